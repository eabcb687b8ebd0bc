"""The machine at hand made a node: what is written where, and what systemd is asked to do."""

import ctypes
import json
import os
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from node.update.layout import Layout
from tools.provisioning import release
from tools.provisioning.boards import CHECKOUT, load_board
from tools.provisioning.changes import Change
from tools.provisioning.given import give
from tools.provisioning.nodetoml import PORT, SHOW, node_toml, port_of
from tools.provisioning.refusals import Refusal
from tools.provisioning.units import UNITS, unit_files
from tools.provisioning.wish import Wish, read_text

FIRMWARE: Final = CHECKOUT / "firmware_config"
PLACES: Final = {
    "journald.conf.d": "etc/systemd/journald.conf.d",
    "system.conf.d": "etc/systemd/system.conf.d",
    "sysusers.d": "etc/sysusers.d",
    "tmpfiles.d": "etc/tmpfiles.d",
    "modules-load.d": "etc/modules-load.d",
    "systemd-time-wait-sync.service.d": "etc/systemd/system/systemd-time-wait-sync.service.d",
}
LOCKED_DOWN: Final = {
    "ssh/50-livesell.conf": "etc/ssh/sshd_config.d/50-livesell.conf",
    "firewall/livesell.nft": "etc/livesell/firewall.nft",
}
ENABLED: Final = (
    "livesell.service", "livesell-update.path", "livesell-update.timer",
    "systemd-time-wait-sync.service",
)  # fmt: skip
KIOSK: Final = "livesell-kiosk.service"
FIREWALL: Final = "livesell-firewall.service"
GETTY: Final = "getty@tty1.service"
SSH: Final = "usr/lib/systemd/system/ssh.service"
CONFIG: Final = "etc/livesell/node.toml"
CONFIG_MODE: Final = 0o640
KIOSK_ENV: Final = "etc/livesell/kiosk.env"
SOFTWARE_KEY: Final = "etc/livesell/software/provisioned.jwk"
TOKEN: Final = "etc/livesell/secrets/operator_token"  # noqa: S105  # a place
TOKEN_BYTES: Final = 24
NEEDED_BYTES: Final = 8
"""Of an address: the packages, the video driver's calls and the browser are those of 64 bits."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is asked for: `board` empty for none of ours; `wheels` None: packages of the index.

    `is_locked_down` has nobody in but by key, and closes all ports but the node's.
    """

    wish: Wish
    root: Path = Path("/")
    board: str = ""
    wheels: Path | None = None
    has_kiosk: bool = True
    is_locked_down: bool = False

    @property
    def layout(self) -> Layout:
        """Where releases lie."""
        return Layout(self.root / "opt/livesell")

    @property
    def units(self) -> list[str]:
        """What is started with the machine, of what is there."""
        units = [*ENABLED, *[KIOSK] * self.has_kiosk, *[FIREWALL] * self.is_locked_down]
        places = ("etc/systemd/system", "usr/lib/systemd/system", "lib/systemd/system")
        return [one for one in units if any((self.root / at / one).exists() for at in places)]

    def files(self) -> Iterator[Change]:
        """The files of the service; a configuration that is there stays as it is."""
        root = self.root
        for unit in unit_files():
            yield Change(root / "etc/systemd/system" / unit.name, unit.read_bytes())
        for name, place in PLACES.items():
            yield from _folder(UNITS / name, root / place)
        yield Change(root / "usr/local/lib/livesell/kiosk", (UNITS / "kiosk").read_bytes(), 0o755)
        yield from _folder(FIRMWARE / "udev", root / "etc/udev/rules.d")
        yield from _folder(FIRMWARE / "polkit", root / "etc/polkit-1/rules.d")
        yield from _folder(FIRMWARE / "pam", root / "etc/pam.d")
        if self.board:
            drop_in = load_board(self.board).folder / "livesell.service.d"
            yield from _folder(drop_in, root / "etc/systemd/system/livesell.service.d")
        yield from self._of_port()
        if self.wish.software_key:
            yield Change(root / SOFTWARE_KEY, self.wish.software_key.encode())
        if not (root / CONFIG).exists():
            # Root's alone until the node's group is there: systemd/tmpfiles.d gives it to that.
            yield Change(root / CONFIG, self._config.encode(), CONFIG_MODE,
                         is_secret=bool(self.wish.node_toml))  # fmt: skip

    @property
    def _is_running(self) -> bool:
        """Whether it is this machine's own root, and systemd runs here."""
        return self.root == Path("/") and Path("/run/systemd/system").is_dir()

    def _of_port(self) -> Iterator[Change]:
        """What knows the port of the node's pages, and what else is locked down."""
        port = port_of(self._config)
        if self.is_locked_down:
            for name, place in LOCKED_DOWN.items():
                text = (FIRMWARE / name).read_text(encoding="utf-8")
                yield Change(self.root / place, text.replace(f" {PORT} ", f" {port} ").encode())
        if port != PORT and not (self.root / KIOSK_ENV).exists():
            yield Change(self.root / KIOSK_ENV, f"KIOSK_PORT={port}\n".encode())

    @property
    def _config(self) -> str:
        """The configuration's text: the one that is there, else the one that it begins with."""
        place = self.root / CONFIG
        return read_text(place) if place.exists() else node_toml(self.wish)

    def links(self) -> Iterator[Change]:
        """The links that make this checkout's release the one that runs.

        Raises `Refusal` while an update is under way: two at once would be none.
        """
        layout, new = self.layout, release.own_id()
        phase, floor = _record(layout)
        if phase != "steady":
            raise Refusal("update_running", phase=phase)
        before = layout.led_to(layout.current)
        record = {"v": 1} | ({"floor": floor} if floor else {})
        yield Change(layout.record, json.dumps(record).encode())
        if before not in ("", new):
            yield Change(layout.previous, link=f"{layout.releases.name}/{before}")
        yield Change(layout.current, link=f"{layout.releases.name}/{new}")

    def own(self) -> list[str]:
        """Users, folders, the first show, the operator's token: what belongs to this machine."""
        done = []
        root = [] if self.root == Path("/") else [f"--root={self.root}"]
        _run(["systemd-sysusers", *root, str(self.root / "etc/sysusers.d/livesell.conf")])
        _run(["systemd-tmpfiles", *root, "--create",
              str(self.root / "etc/tmpfiles.d/livesell.conf")])  # fmt: skip
        token = self.root / TOKEN
        if not token.exists():
            handle = os.open(token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_urlsafe(TOKEN_BYTES)}\n")
            done.append(str(token))
        show = (self.root / SHOW.lstrip("/")).parent
        if not os.path.lexists(show):
            give(CHECKOUT / "node/demo", show, *_owner(self.root))
            done.append(str(show))
        return done

    def stop(self) -> None:
        """Have nothing of the node run until it is started again, where systemd runs."""
        if self._is_running:
            _run(["systemctl", "stop", *(one for one in self.units if one.startswith("livesell"))])

    def enable(self, *, is_started: bool = True) -> None:
        """Have systemd start it with the machine, and now where systemd runs."""
        root = [] if self.root == Path("/") else [f"--root={self.root}"]
        _run(["systemctl", *root, "enable", *self.units])
        if KIOSK in self.units:
            # Two for one screen: at the start systemd would leave either out.
            _run(["systemctl", *root, "disable", GETTY])
        if self._is_running:
            _run(["systemctl", "daemon-reload"])
            _run(["udevadm", "control", "--reload"])
            if self.is_locked_down and (self.root / SSH).exists():
                _run(["systemctl", "try-reload-or-restart", Path(SSH).name])
            if is_started:
                _run(["systemctl", "--no-block", "restart", *self.units])

    def removed(self) -> Iterator[Change]:
        """What takes the service away, whatever was asked for then.

        Configuration, state and releases stay.
        """
        whole = replace(self, has_kiosk=True, is_locked_down=True)
        root = [] if self.root == Path("/") else [f"--root={self.root}"]
        now = ["--now"] if self._is_running else []
        mine = [unit for unit in whole.units if unit.startswith("livesell")]
        if mine:
            _run(["systemctl", *root, "disable", *now, *mine])
        if KIOSK in mine:
            _run(["systemctl", *root, "enable", GETTY])
        kept = {self.root / CONFIG, self.root / KIOSK_ENV, self.root / SOFTWARE_KEY}
        for change in whole.files():
            if change.path not in kept and change.path.exists():
                yield Change(change.path)


def judge_machine(
    root: Path, board: str, found: str, *, address_bytes: int = ctypes.sizeof(ctypes.c_void_p)
) -> None:
    """Raises `Refusal` for somebody who may not, or a machine that is another board or of 32 bits.

    What counts is the programs' (this Python's): a 64-bit kernel may run a 32-bit system.
    """
    if address_bytes != NEEDED_BYTES:
        raise Refusal("system_32_bit", bits=8 * address_bytes)
    if os.geteuid() != 0:
        raise Refusal("not_root")
    if root == Path("/") and board and found != board:
        raise Refusal("another_machine", board=board, found=found or "-")


def _record(layout: Layout) -> tuple[str, str]:
    """Phase and floor of `state.json`, as far as it can be read without msgspec."""
    try:
        told = json.loads(layout.record.read_text(encoding="utf-8"))
        return str(told.get("phase", "steady")), str(told.get("floor", ""))
    except (OSError, ValueError, AttributeError):
        return "steady", ""


def _folder(source: Path, to: Path) -> Iterator[Change]:
    if source.is_dir():
        for path in sorted(source.iterdir()):
            yield Change(to / path.name, path.read_bytes())


def _owner(root: Path) -> tuple[int, int]:
    """The node's user and group by the numbers of that root's own users; -1 leaves it as it is."""
    for line in (root / "etc/passwd").read_text(encoding="utf-8").splitlines():
        name, *rest = line.split(":")
        if name == "livesell":
            return int(rest[1]), int(rest[2])
    return -1, -1


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(  # noqa: S603  # words of our own, no shell
        words, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal("command", what=" ".join(words[:4]), why=done.stderr.strip()[:300])
