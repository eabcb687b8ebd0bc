"""A whole installation in a folder: releases made by a fake machine, power that goes when told."""

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from typing_extensions import override

from node.jws import PrivateKey, new_key, sign, write_public_key
from node.update.disk import Disk
from node.update.layout import MAILBOX, Layout, release_id
from node.update.machine import MachineError
from node.update.mailbox import (
    FILES,
    HEALTHY,
    LINE,
    ON_AIR,
    REQUEST,
    Go,
    Healthy,
    Line,
    Mailbox,
    OnAir,
    Request,
)
from node.update.manifest import MANIFEST, TYP, USE, Release, Wheel
from node.update.site import Site

PACKAGE = "livesell_node"


class PowerCutError(BaseException):
    """The power has gone: nothing of the process runs any more."""


class CuttableDisk(Disk):
    """Loses power before the change of number `cut_at`, counted from 1; 0: never.

    With `is_forgetful` it loses then, as disks may, all that nobody had it sync: a file's or
    link's new name, and what other programs wrote (`unsynced` folders).
    """

    def __init__(
        self, cut_at: int = 0, *, is_forgetful: bool = False, unsynced: list[Path] | None = None
    ) -> None:
        super().__init__(self._count)
        self.cut_at, self.steps, self._is_forgetful = cut_at, 0, is_forgetful
        self.unsynced: list[Path] = [] if unsynced is None else unsynced
        self._renamed: dict[Path, bytes | Path | None] = {}

    @override
    def sync_all(self) -> None:
        """Counted; the whole machine need not wait for a test."""
        self.step("sync", Path("/"))
        self.unsynced.clear()
        self._renamed.clear()

    @override
    def sync(self, folder: Path) -> None:
        super().sync(folder)
        self._renamed = {one: old for one, old in self._renamed.items() if one.parent != folder}

    def _count(self, what: str, where: Path) -> None:
        self.steps += 1
        if self.steps == self.cut_at:
            if self._is_forgetful:
                self._forget()
            raise PowerCutError(f"before {what} {where.name}")
        if what == "rename":
            self._renamed.setdefault(where, _held(where))

    def _forget(self) -> None:
        for path, old in self._renamed.items():
            path.unlink()
            if isinstance(old, bytes):
                path.write_bytes(old)
            elif old is not None:
                path.symlink_to(old)
        for folder in self.unsynced:
            for path in folder.iterdir():
                path.write_bytes(b"")


def _held(path: Path) -> bytes | Path | None:
    """What lies at a place: a file's content, where a link leads, or nothing."""
    if path.is_symlink():
        return path.readlink()
    return path.read_bytes() if path.exists() else None


@dataclass
class FakeMachine:
    """Makes environments of two files; `faults` by deed; time stands still unless moved."""

    disk: CuttableDisk = field(default_factory=CuttableDisk)
    faults: dict[str, MachineError | OSError] = field(default_factory=dict)
    boot_name: str = "boot-1"
    clock_s: float = 100.0
    free: int = 10 << 30
    pythons: tuple[str, ...] = ("3.11",)
    machine: str = "x86_64"
    restarts: list[bool] = field(default_factory=list)
    installed: list[str] = field(default_factory=list)

    def architecture(self) -> str:
        """As set."""
        return self.machine

    def python(self, version: str) -> Path | None:
        """As set."""
        return Path("/usr/bin/python3") if version in self.pythons else None

    def make_environment(self, python: Path, folder: Path) -> None:
        """A folder with an interpreter."""
        self._do("environment", folder)
        folder.mkdir(parents=True)
        self.disk.unsynced.append(folder)
        (folder / "python").write_text(str(python))

    def install(self, folder: Path, wheels: Path, requirements: Path) -> None:
        """A program that is there if all wheels are."""
        self._do("install", folder)
        for line in requirements.read_text().splitlines():
            package, _, digest = line.partition(" --hash=sha256:")
            name = package.replace("==", "-").replace("-node", "_node")
            found = [one for one in wheels.glob("*.whl") if one.name.startswith(name)]
            if hashlib.sha256(found[0].read_bytes()).hexdigest() != digest:
                raise MachineError(f"{package}: wrong hash")
        self._do("install", folder)
        (folder / "livesell").write_text("program")
        self.installed.append(folder.name)

    def check(self, folder: Path, version: str) -> None:
        """The program is there."""
        self._do("check", folder)
        assert (folder / "livesell").read_text() == "program", version

    def restart(self, *, is_failed: bool) -> None:
        """Noted."""
        self.restarts.append(is_failed)

    def free_bytes(self, folder: Path) -> int:
        """As set."""
        assert folder.is_dir()
        return self.free

    def boot(self) -> str:
        """As set."""
        return self.boot_name

    def now_s(self) -> float:
        """As set."""
        return self.clock_s

    def _do(self, deed: str, where: Path) -> None:
        self.disk.step(deed, where)
        if deed in self.faults:
            raise self.faults[deed]


class Booth:
    """An installed machine: `root`, the node's state directory, the keys that it trusts."""

    def __init__(self, folder: Path) -> None:
        self.layout = Layout(folder / "opt")
        self.state, self.keys = folder / "state", folder / "keys"
        self.mailbox = Mailbox(self.state)
        self.files = self.state / MAILBOX / Path(*FILES)
        for one in (self.layout.root, self.files, self.keys):
            one.mkdir(parents=True)
        self.key = new_key("software-1", USE)
        write_public_key(self.keys / "software-1.jwk", self.key.public)
        self.machine = FakeMachine()

    def site(self, cut_at: int = 0, *, is_forgetful: bool = False) -> Site:
        """The installation, whose power goes at a step."""
        unsynced = self.machine.disk.unsynced  # what an earlier process wrote may still be lost
        disk = CuttableDisk(cut_at, is_forgetful=is_forgetful, unsynced=unsynced)
        self.machine.disk = disk
        return Site(self.layout, disk, self.machine)

    def publish(self, version: str, /, *, key: PrivateKey | None = None, typ: str = TYP,
                folder: Path | None = None, **changes: object) -> str:  # fmt: skip
        """Lay a release where the node would have fetched it; its manifest's SHA-256."""
        body = f"the wheel of {version}".encode()
        wheel = Wheel(f"{PACKAGE}-{version}-py3-none-any.whl", len(body), digest_of(body))
        release = Release(1, version, version, "3.11", "x86_64", 0, 1000, (wheel,))
        payload = json.dumps({**msgspec.to_builtins(release), **changes}).encode()
        token = sign(payload, key or self.key, typ=typ).encode()
        if folder is None:
            (self.files / wheel.sha256).write_bytes(body)
            (self.files / digest_of(token)).write_bytes(token)
        else:
            (folder / wheel.name).write_bytes(body)
            (folder / MANIFEST).write_bytes(token)
        return digest_of(token)

    def ask(self, manifest: str, *, wish: int = 1, goes: bool = False) -> None:
        """Request a release, as the node does."""
        go = Go(self.machine.boot_name, self.machine.clock_s) if goes else None
        self.mailbox.put(REQUEST, Request(1, manifest, wish, go))

    def say_healthy(self, release: str) -> None:
        """Say that a release is well, as the node does."""
        machine = self.machine
        self.mailbox.put(HEALTHY, Healthy(1, release, machine.boot_name, machine.clock_s))

    def say_on_air(self) -> None:
        """Say that somebody is live or armed, as the node does."""
        self.mailbox.put_over(ON_AIR, OnAir(1, self.machine.boot_name, self.machine.clock_s))

    def say_line(self, *, is_heard: bool) -> None:
        """Say whether the controller answers the release that runs, as the node does."""
        self.mailbox.put(LINE, Line(1, self.current, is_heard))

    @property
    def current(self) -> str:
        """The id of what would be started now."""
        return self.layout.led_to(self.layout.current)


def digest_of(body: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()


def id_of(version: str, manifest: str) -> str:
    """A release's id."""
    return release_id(version, manifest)
