"""What passes between the node and root's side: small files in the state directory.

The node writes, root's side reads and believes nothing of it that it has not found itself: whoever
owns the state directory may have put anything there.
"""

import errno
import os
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from node.chainfile import sync_folder
from node.errors import DeviceError
from node.update.intake import Intake
from node.update.layout import MAILBOX
from node.update.manifest import Digest

REQUEST: Final = "request.json"
HEALTHY: Final = "healthy.json"
ON_AIR: Final = "onair.json"
LINE: Final = "line.json"
FILES: Final = ("assets", "blobs")
"""Below the mailbox: what was fetched, by its SHA-256 (`control.fetch`)."""
LIMIT_BYTES: Final = 4096
ROOM_BYTES: Final = 256
"""What a letter that is written over keeps of the disk; the longest has 180."""
GO_HOLDS_S: Final = 30.0
"""A go is as old as that at most: nobody went on the air since."""
ON_AIR_SAID_S: Final = 30.0
"""So often it is said again that somebody is on the air."""
ON_AIR_HOLDS_S: Final = 90.0
"""What was said so long ago comes from a process that has ended or hangs."""

_OVER: Final = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC

Boot = Annotated[str, msgspec.Meta(max_length=64)]
ReleaseId = Annotated[str, msgspec.Meta(max_length=80)]
T = TypeVar("T")


class Go(msgspec.Struct, frozen=True):
    """Nobody is on the air or about to be, at this time of this boot (CLOCK_BOOTTIME)."""

    boot: Boot
    at_s: float


class Request(msgspec.Struct, frozen=True, omit_defaults=True):
    """The release that is wanted, whose files are all here; `go` once it may take over.

    `wish` is the version of the desired section.
    """

    v: Literal[1]
    manifest: Digest
    wish: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)] = 0
    go: Go | None = None


class Healthy(msgspec.Struct, frozen=True):
    """A release on trial has done its work for long enough, at this time of this boot."""

    v: Literal[1]
    release: ReleaseId
    boot: Boot
    at_s: float


class OnAir(msgspec.Struct, frozen=True):
    """Somebody is live or armed during a trial, at this time of this boot; no boot: nobody is."""

    v: Literal[1]
    boot: Boot = ""
    at_s: float = 0.0


class Line(msgspec.Struct, frozen=True):
    """Whether the controller has answered the release that says so, when it was last able to tell.

    True from the first answer on, false after a while without any: the next release need not do
    better.
    """

    v: Literal[1]
    release: ReleaseId
    is_heard: bool


Letter = Request | Healthy | OnAir | Line


class Mailbox:
    """The node's end. Blocks on the disk; raises `DeviceError`."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / MAILBOX

    def put(self, name: str, letter: Letter) -> None:
        """All of a letter or nothing, on disk when it returns."""
        path = self.folder / name
        new = path.with_name(f".{name}.new")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                file.write(msgspec.json.encode(letter))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            sync_folder(self.folder)
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error

    def put_over(self, name: str, letter: OnAir) -> None:
        """A letter in the room of the one before, so that a full disk takes it as well.

        The first one needs room. It may be torn by a power cut: for what holds in one boot alone.
        """
        path = self.folder / name
        body = msgspec.json.encode(letter).ljust(ROOM_BYTES)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, _OVER, 0o666)
            try:
                if os.pwrite(handle, body, 0) != len(body):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.ftruncate(handle, len(body))
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error

    def drop(self, name: str) -> None:
        """Take a letter back, if there is one."""
        path = self.folder / name
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error


def request_in(state_dir: Path) -> Request | None:
    """The node's request; None where there is none that can be read."""
    return _letter(state_dir, REQUEST, Request)


def healthy_in(state_dir: Path) -> Healthy | None:
    """What the node says of itself; None where it says nothing that can be read."""
    return _letter(state_dir, HEALTHY, Healthy)


def line_in(state_dir: Path) -> Line | None:
    """What the node says of its line; None where it says nothing that can be read."""
    return _letter(state_dir, LINE, Line)


def is_on_air(state_dir: Path, boot: str, now_s: float) -> bool:
    """Whether the node says that somebody is live or armed, and has said so lately."""
    letter = _letter(state_dir, ON_AIR, OnAir)
    if letter is None:  # it may have been met while it was written over
        letter = _letter(state_dir, ON_AIR, OnAir)
    return letter is not None and _holds(letter, boot, now_s, ON_AIR_HOLDS_S)


def files_in(state_dir: Path) -> Intake:
    """The files that the node has fetched, by their hashes."""
    return Intake(state_dir, (MAILBOX, *FILES), is_by_hash=True)


def is_fresh(go: Go | None, boot: str, now_s: float) -> bool:
    """Whether a go holds now."""
    return go is not None and _holds(go, boot, now_s, GO_HOLDS_S)


def _holds(said: Go | OnAir, boot: str, now_s: float, limit_s: float) -> bool:
    return said.boot == boot and 0 <= now_s - said.at_s <= limit_s


def _letter(state_dir: Path, name: str, kind: type[T]) -> T | None:
    try:
        body = Intake(state_dir, (MAILBOX,)).read(name, LIMIT_BYTES)
        return msgspec.json.decode(body, type=kind)
    except (OSError, ValueError, RecursionError, msgspec.MsgspecError):
        return None
