"""What a rig sees of a node: its status, its show, its answers to commands."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import TypeVar

import msgspec

T = TypeVar("T")
PATIENCE_S = 240.0
"""For anything: an emulated processor on a busy machine may be fifty times slower than a board."""
POLL_S = 0.5


class MissedError(Exception):
    """What a step waited for did not come; says what was seen instead."""


class Part(msgspec.Struct, frozen=True):
    """One part of the node."""

    condition: str
    last_error: str = ""


class Frames(msgspec.Struct, frozen=True):
    """The program's frames."""

    out: int = 0
    repeated: int = 0
    black: int = 0


class Status(msgspec.Struct, frozen=True):
    """What the walk reads of `GET /status`."""

    on_air: bool = False
    uptime_s: float = 0.0
    segment: str = ""
    kind: str = ""
    size: str = ""
    encoder: str = ""
    viewers: int = 0
    frames: Frames = Frames()
    health: dict[str, Part] = {}
    simulated: tuple[str, ...] = ()

    def condition(self, part: str) -> str:
        """How a part is; empty where there is none of that name."""
        found = self.health.get(part)
        return "" if found is None else found.condition


class Turn(msgspec.Struct, frozen=True):
    """One question and who answered it."""

    way: str = ""
    intent: str = ""
    by: str = ""


class Show(msgspec.Struct, frozen=True):
    """What the walk reads of `GET /api/show`."""

    questions: tuple[Turn, ...] = ()


class Ear(msgspec.Struct, frozen=True):
    """What the status tells of the voice."""

    voice: dict[str, object] = {}


class Eyes:
    """What a node at `url` tells."""

    def __init__(self, url: str) -> None:
        self._url = url

    def status(self) -> Status | None:
        """The node's status; None while it does not answer."""
        return self._asked("/status", Status)

    def turn(self, intent: str) -> Turn | None:
        """The last spoken question that was understood as `intent`."""
        show = self._asked("/api/show", Show)
        turns = () if show is None else show.questions
        return next((one for one in turns if (one.way, one.intent) == ("voice", intent)), None)

    def ear(self) -> str:
        """What the voice says of itself."""
        told = self._asked("/status", Ear)
        return "no answer" if told is None else f"ear: {told.voice}"

    def command(self, do: str, **fields: object) -> str:
        """`POST /api/command`; its answer. Raises `MissedError` when it is refused."""
        asked = urllib.request.Request(  # noqa: S310
            f"{self._url}/api/command",
            json.dumps({"do": do, **fields}).encode(),
            {"Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            raise MissedError(f"{do}: {error.code} {error.read().decode()}") from error
        except (OSError, http.client.HTTPException) as error:
            raise MissedError(f"{do}: {error}") from error

    def until(
        self, what: str, is_so: Callable[[Status], bool], limit_s: float = PATIENCE_S
    ) -> Status:
        """The first status of which `is_so` is true; raises `MissedError` with the last one."""
        deadline = time.monotonic() + limit_s
        last: Status | None = None
        while time.monotonic() < deadline:
            now = self.status()
            if now is not None and is_so(now):
                return now
            last = now or last
            time.sleep(POLL_S)
        raise MissedError(f"{what}: not within {limit_s:g} s; last {_told(last)}")

    def _asked(self, path: str, form: type[T]) -> T | None:
        try:
            with urllib.request.urlopen(f"{self._url}{path}", timeout=60) as answer:  # noqa: S310
                return msgspec.json.decode(answer.read(), type=form)
        except (OSError, http.client.HTTPException, msgspec.DecodeError):
            return None


def _told(last: Status | None) -> str:
    if last is None:
        return "no answer"
    ill = {name: part.last_error for name, part in last.health.items() if part.last_error}
    return f"{last.kind} {last.segment!r}, {last.frames.out} frames, {ill or 'all well'}"
