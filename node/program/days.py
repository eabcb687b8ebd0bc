"""Days that came by upload: kept in the state directory, judged beside the first, remembered.

An edited day lies in `days/SHA/` with its catalog; clips and pictures stay in the folder of the
rundown that the configuration names, or where they were fetched with their manifest.
`days/current.json` says which one is played; it no longer counts once that first rundown or its
catalog has been changed on disk.
"""

import hashlib
import logging
import os
import shutil
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from node.catalog.assets import FETCHED, place_of
from node.catalog.checks import NO_CHECKS, AssetChecks
from node.catalog.strikes import Ledger
from node.chainfile import sync_folder
from node.errors import DeviceError
from node.findings import Finding
from node.program.reading import Reading, read_rundown

log = logging.getLogger(__name__)

FOLDER: Final = "days"
CURRENT: Final = "current.json"
DAYS_KEPT: Final = 20
"""An edited day is 10 kB; twenty are a week of changes."""
_CATALOG_FORMAT: Final = "livesell-catalog/"


class Current(msgspec.Struct, frozen=True):
    """Which edited day is played: its folder, and the hash of the first day that it came after.

    `assets` is the folder of its files; empty is that of the first rundown.
    """

    sha256: str
    after: str
    assets: str = ""


@dataclass(frozen=True, slots=True)
class EditedDay:
    """An edited day as judged; it is not in place before `Days.keep`."""

    sha256: str
    reading: Reading
    assets: str = ""


class Days:
    """The rundown that the configuration names and those that came after it.

    Every method reads or writes files. Thread: one at a time, never the loop's.
    """

    def __init__(
        self, rundown: Path, state_dir: Path, *, fps: int, checks: AssetChecks = NO_CHECKS
    ) -> None:
        self._first = rundown
        self._folder = state_dir / FOLDER
        self._fetched = state_dir / FETCHED
        self._fps = fps
        self._checks = checks

    def read(self, ledger: Ledger | None) -> Reading:
        """The day to be played: the edited one last kept, else the first.

        An edited day that is refused by now is logged, and the first one is played. Approvals that
        have ended refuse no start: their files are skipped when their turn comes.
        """
        (path, assets), checks = self._current(), replace(self._checks, now=None)
        if path != self._first:
            reading = self._judged(path, ledger, checks, assets)
            if reading.rundown is not None:
                return reading
            log.error("the edited day is refused, %s is played: %s", self._first.name,
                      "; ".join(str(one) for one in reading.findings[:3]))  # fmt: skip
        return read_rundown(self._first, fps=self._fps, ledger=ledger, checks=checks)

    def judge(self, files: Mapping[str, bytes], ledger: Ledger | None) -> EditedDay:
        """Write the files beside the day that is played, and judge what they make of it.

        One is a catalog by its `format`, the other the rundown; what is not given stays as it is.

        Raises:
            DeviceError: the disk refuses; nothing has changed.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._folder, prefix=".new-") as new:
                path = self._written(Path(new), files)
                sha256 = _hash_of(Path(new))
                assets = str(self._fetched.resolve()) if self._fetched.is_dir() else ""
                reading = self._judged(path, ledger, self._checks, assets)
                findings = tuple(_plainly(one, Path(new)) for one in reading.findings)
                if reading.rundown is not None:
                    self._put(Path(new), sha256)
        except OSError as error:
            raise DeviceError(f"{self._folder}: {error.strerror or error}") from error
        return EditedDay(sha256, replace(reading, findings=findings), assets)

    def keep(self, day: EditedDay) -> None:
        """Play an edited day at the next start too; raises `DeviceError`."""
        current = Current(day.sha256, _hash_of_day(self._first), day.assets)
        try:
            with tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as file:
                file.write(msgspec.json.encode(current))
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(self._folder / CURRENT)
            sync_folder(self._folder)
            self._forget(day.sha256)
        except OSError as error:
            raise DeviceError(f"{self._folder}: {error.strerror or error}") from error

    def _current(self) -> tuple[Path, str]:
        """The rundown file that is played, and the folder of its files if it is another."""
        try:
            content = (self._folder / CURRENT).read_bytes()
            current = msgspec.json.decode(content, type=Current)
            if current.after == _hash_of_day(self._first):
                folder = self._folder / current.sha256
                is_whole = _hash_of(folder) == current.sha256  # else it was torn by a power cut
                if is_whole:
                    return folder / self._first.name, current.assets
        except (OSError, msgspec.MsgspecError):
            pass  # none was kept, or none that can be read
        return self._first, ""

    def _judged(
        self, path: Path, ledger: Ledger | None, checks: AssetChecks, assets: str
    ) -> Reading:
        folder = Path(assets) if assets else self._first.absolute().parent
        return read_rundown(path, fps=self._fps, ledger=ledger, folder=folder, checks=checks)

    def _written(self, new: Path, files: Mapping[str, bytes]) -> Path:
        """The whole day in a folder of its own; returns its rundown file."""
        before, _ = self._current()
        day, catalog = before.read_bytes(), b""
        for content in files.values():
            if _is_catalog(content):
                catalog = content
            else:
                day = content
        path = new / self._first.name
        path.write_bytes(day)
        name = _catalog_of(day)
        if name and not _leads_out(name):  # else the rules say what is wrong with it
            kept = before.parent / name
            kept = kept if kept.is_file() else self._first.parent / name
            content = catalog or (kept.read_bytes() if kept.is_file() else b"")
            if content:
                place_of(new, name).parent.mkdir(parents=True, exist_ok=True)
                place_of(new, name).write_bytes(content)
        return path

    def _put(self, new: Path, sha256: str) -> None:
        place, copy = self._folder / sha256, self._folder / f".copy-{sha256}"
        if place.is_dir() and _hash_of(place) == sha256:
            return
        for old in (place, copy):
            shutil.rmtree(old, ignore_errors=True)
        shutil.copytree(new, copy)
        copy.rename(place)

    def _forget(self, kept: str) -> None:
        """Remove the oldest days that are no longer played."""
        others = [one for one in self._folder.iterdir() if one.is_dir() and one.name != kept]
        others.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        for one in others[DAYS_KEPT:]:
            shutil.rmtree(one, ignore_errors=True)


def _is_catalog(content: bytes) -> bool:
    return str(_entries(content).get("format", "")).startswith(_CATALOG_FORMAT)


def _catalog_of(day: bytes) -> str:
    name = _entries(day).get("catalog", "")
    return name if isinstance(name, str) and "\0" not in name else ""


def _leads_out(name: str) -> bool:
    return Path(name).is_absolute() or os.path.normpath(name).startswith(os.pardir)


def _entries(content: bytes) -> dict[str, object]:
    """The entries of a file, or none where it is no TOML: the rules say why."""
    try:
        return tomllib.loads(content.removeprefix(b"\xef\xbb\xbf").decode())
    except (ValueError, RecursionError):
        return {}


def _hash_of(folder: Path) -> str:
    """One hash over all files of a folder."""
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _hash_of_day(path: Path) -> str:
    """The hash of a rundown and its catalog as they lie on disk; empty if they cannot be read."""
    try:
        day = path.read_bytes()
        catalog = path.parent / _catalog_of(day)
        sold = catalog.read_bytes() if catalog.is_file() else b""
    except OSError:
        return ""
    return hashlib.sha256(hashlib.sha256(day).digest() + sold).hexdigest()


def _plainly(finding: Finding, folder: Path) -> Finding:
    """A finding that names its file as the author knows it."""
    return replace(finding, file=finding.file.removeprefix(f"{folder}{os.sep}"))
