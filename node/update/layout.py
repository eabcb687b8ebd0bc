"""Where an installed node's releases lie, and which of them runs."""

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path("/opt/livesell")
KEYS: Final = Path("/etc/livesell/software")
"""Public keys (JWK, use `software`) whose releases this machine takes; root's own folder."""
COMPLETE: Final = ".complete"
"""In a release that is whole: its `Seal`. Written last, removed first."""
LOCK: Final = ".lock"
"""Held for moments by whoever changes links and record, so that a start waits for nothing."""
BUILD_LOCK: Final = ".build.lock"
"""Held for minutes by whoever builds a release, or clears away what is none."""
MAILBOX: Final = "update"
"""In the state directory: what the node hands to root's side. Anyone may have written it."""
_ID: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+]{0,63}-[0-9a-f]{12}")
_ID_DIGITS: Final = 12


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders and files of an installation below `root`."""

    root: Path = ROOT

    @property
    def releases(self) -> Path:
        """Each release in a folder named by its id: a virtual environment."""
        return self.root / "releases"

    @property
    def current(self) -> Path:
        """The link to the release that runs."""
        return self.root / "current"

    @property
    def previous(self) -> Path:
        """The link to the release to go back to."""
        return self.root / "previous"

    @property
    def record(self) -> Path:
        """How far an update is."""
        return self.root / "state.json"

    @property
    def incoming(self) -> Path:
        """Root's own copies of what is being installed."""
        return self.root / "incoming"

    def release(self, release: str) -> Path:
        """The folder of a release; `release` is its id."""
        return self.releases / release

    def led_to(self, link: Path) -> str:
        """The id that a link names; empty where it names none. It may not be there."""
        try:
            target = link.readlink()
        except OSError:
            return ""
        is_ours = target.parent.name == self.releases.name
        return target.name if is_ours and is_id(target.name) else ""

    def is_complete(self, release: str) -> bool:
        """Whether a release is whole."""
        return bool(release) and (self.release(release) / COMPLETE).is_file()

    def complete(self) -> list[str]:
        """All releases that are whole, the one made last at the end."""
        try:
            found = [one.name for one in self.releases.iterdir() if is_id(one.name)]
        except OSError:
            return []
        whole = [one for one in found if self.is_complete(one)]
        return sorted(whole, key=lambda one: (self.release(one) / COMPLETE).stat().st_mtime_ns)


def release_id(version: str, digest: str) -> str:
    """The folder's name for a release: `1.4.2-` and digits of its manifest's SHA-256."""
    return f"{version}-{digest[:_ID_DIGITS]}"


def is_id(name: str) -> bool:
    """Whether a folder's name is that of a release."""
    return _ID.fullmatch(name) is not None


def installation_of(prefix: Path | None = None) -> Layout | None:
    """The installation that the running interpreter belongs to; None: it is no release.

    `prefix` is the environment's folder, the running one by default.
    """
    place = Path(sys.prefix) if prefix is None else prefix
    if place.parent.name != "releases" or not is_id(place.name):
        return None
    return Layout(place.parent.parent)


def running_release() -> str:
    """The id of the release that the running interpreter belongs to; empty: it is none."""
    return "" if installation_of() is None else Path(sys.prefix).name
