"""PortAudio, through PyAudio: what is plugged in, found by name; the one module that imports it."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Literal, Protocol, Self

from node.config_voice import Device
from node.errors import DeviceError

Way = Literal["input", "output"]
INPUT_OVERFLOW = 0x2
"""`paInputOverflow` (portaudio.h): the card had to drop sound before this piece."""
CONTINUE, ABORT = 0, 2
"""`paContinue`, `paAbort` (portaudio.h): what a callback answers."""
TURN_S = 5.0
_TURN = threading.Lock()
BUSY_S = 60.0
"""A device that was busy when PortAudio looked is looked for once more when so long has passed."""
PIECES_A_SECOND = 50
"""Sound passes in pieces of 20 ms."""

Callback = Callable[[bytes | None, int, dict[str, float], int], tuple[bytes | None, int]]


class Stream(Protocol):
    """What is used of `pyaudio.Stream`."""

    def is_active(self) -> bool:
        """Whether callbacks still come."""
        ...

    def close(self) -> None:
        """Release the device; may hang with a card that was torn out."""
        ...


Said = dict[str, str | int | float]


class _PortAudio(Protocol):
    """What is used of `pyaudio.PyAudio`."""

    def get_device_count(self) -> int: ...
    def get_device_info_by_index(self, index: int, /) -> Said: ...
    def get_default_input_device_info(self) -> Said: ...
    def get_default_output_device_info(self) -> Said: ...
    def terminate(self) -> None: ...
    def open(
        self,
        *,
        format: int,  # noqa: A002  # its name
        channels: int,
        rate: int,
        input: bool,  # noqa: A002
        output: bool,
        input_device_index: int | None,
        output_device_index: int | None,
        frames_per_buffer: int,
        stream_callback: Callback,
    ) -> Stream: ...


@dataclass(frozen=True, slots=True)
class Port:
    """One way into or out of the machine, as PortAudio counts them."""

    index: int
    name: str
    channels: int
    rate_hz: int


class Ports:
    """PortAudio, initialised: it lists what was plugged in at that moment.

    It looks anew only when nobody uses it. So who does not find his device makes the others
    `is_stale`, if cards came or went since it last looked: they should leave and come back. So does
    who finds it, and another card in its place; and once who misses one that the kernel has and
    PortAudio leaves out, as it was busy (BuildDeviceList in pa_linux_alsa.c). Thread: that of one
    device. Raises `DeviceError` where PyAudio is not installed.
    """

    _lock = threading.Lock()
    _users: ClassVar["set[Ports]"] = set()
    _seen: ClassVar[bytes] = b""
    _looked_s: ClassVar[float] = 0.0
    _missed: ClassVar[frozenset[str]] = frozenset()

    def __init__(self) -> None:
        with _in_turn():
            cards = cards_now()
            self._portaudio = _initialised()
            self.is_stale = False
            with self._lock:
                if not self._users:
                    Ports._seen, Ports._looked_s = cards, time.monotonic()
                self._users.add(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with _in_turn():  # as one: who comes in between would get what was listed long ago
            with self._lock:
                self._users.discard(self)
            self._portaudio.terminate()

    def every(self, way: Way) -> list[Port]:
        """All ports of one way."""
        count = self._portaudio.get_device_count()
        found = [self._portaudio.get_device_info_by_index(index) for index in range(count)]
        return [port for port in (_port(one, way) for one in found) if port.channels]

    def find(self, device: Device, way: Way) -> Port:
        """The port meant by a part of its name or its number; raises `DeviceError` with all names.

        A name that fits several means the first.
        """
        if device == "":
            return self._still_there(self._default(way))
        ports = self.every(way)
        for port in ports:
            if port.index == device or (
                isinstance(device, str) and device.casefold() in port.name.casefold()
            ):
                return self._still_there(port)
        self._look_anew(way)
        named = ", ".join(f"{port.index} {port.name!r}" for port in ports) or "none"
        raise DeviceError(f"no sound {way} {device!r}; there are: {named}")

    def start(
        self, port: Port, way: Way, *, channels: int, rate_hz: int, callback: Callback
    ) -> Stream:
        """A running stream of int16, in pieces of 20 ms; raises `DeviceError`."""
        try:
            with _in_turn():
                stream: Stream = self._portaudio.open(
                    format=8,  # paInt16 (portaudio.h)
                    channels=channels,
                    rate=rate_hz,
                    input=way == "input",
                    output=way == "output",
                    input_device_index=port.index if way == "input" else None,
                    output_device_index=port.index if way == "output" else None,
                    frames_per_buffer=rate_hz // PIECES_A_SECOND,
                    stream_callback=callback,
                )
        except (OSError, ValueError) as error:
            self._look_anew()
            form = f"{channels} channels at {rate_hz} Hz"
            raise DeviceError(f"{port.name!r}, {form}: {_reason(error)}") from error
        return stream

    def stop(self, stream: Stream) -> None:
        """Release a stream's device; may hang with a card that was torn out."""
        with _in_turn():
            stream.close()

    def _default(self, way: Way) -> Port:
        ask = (
            self._portaudio.get_default_input_device_info
            if way == "input"
            else self._portaudio.get_default_output_device_info
        )
        try:
            return _port(ask(), way)
        except OSError as error:
            self._look_anew(way)
            raise DeviceError(f"no sound {way} in this machine") from error

    def _still_there(self, port: Port) -> Port:
        """The port, which PortAudio opens by its card's number: another card may have that now."""
        now = cards_now()
        if _card_of(port, now) != _card_of(port, self._seen):
            self._look_anew()
            raise DeviceError(f"{port.name!r} is gone")
        return port

    def _look_anew(self, missing: Way | None = None) -> None:
        left_out = self._left_out(missing) if missing else frozenset()
        with self._lock:
            others, age_s = self._users - {self}, time.monotonic() - self._looked_s
            is_news = others and left_out not in (frozenset(), self._missed) and age_s > BUSY_S
            if is_news:
                Ports._missed = left_out
            if is_news or cards_now() != self._seen:
                for other in others:
                    other.is_stale = True

    def _left_out(self, way: Way) -> frozenset[str]:
        """Devices of the kernel that PortAudio does not list, by the numbers of card and device."""
        does = "capture" if way == "input" else "playback"
        there = re.findall(rf"^(\d+)-(\d+):.*\b{does}\b", devices_now(), re.MULTILINE)
        names = " ".join(port.name for port in self.every(way))
        places = {f"{int(card)},{int(device)}" for card, device in there}
        return frozenset(one for one in places if f"(hw:{one})" not in names)


def cards_now(listing: Path = Path("/proc/asound/cards")) -> bytes:
    """The kernel's list of sound cards; empty where it has none."""
    try:
        return listing.read_bytes()
    except OSError:
        return b""


def devices_now(listing: Path = Path("/proc/asound/pcm")) -> str:
    """The kernel's list of what each card can; empty where it has none."""
    try:
        return listing.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _card_of(port: Port, cards: bytes) -> bytes:
    """The line of a port's card in the kernel's list; empty for one of a sound server."""
    number = re.search(r"\(hw:(\d+),", port.name)
    line = number and re.search(rb"^ *%d \[.*$" % int(number[1]), cards, re.MULTILINE)
    return line[0] if line else b""


def is_installed() -> bool:
    """Whether PyAudio and PortAudio can be loaded."""
    try:
        import pyaudio  # noqa: F401, PLC0415  # asked for alone
    except ImportError:
        return False
    return True


def _initialised() -> _PortAudio:
    try:
        import pyaudio  # noqa: PLC0415  # an optional package
    except ImportError as error:
        raise DeviceError(f"no driver: PyAudio is not installed ({error})") from error
    with _quiet():
        portaudio: _PortAudio = pyaudio.PyAudio()
    return portaudio


@contextmanager
def _in_turn() -> Iterator[None]:
    """PortAudio may be called by one thread at a time (portaudio.h, Pa_Initialize).

    Who is stuck in it with a dead card keeps others waiting for `TURN_S`, not for ever.
    """
    is_ours = _TURN.acquire(timeout=TURN_S)
    try:
        yield
    finally:
        if is_ours:
            _TURN.release()


@contextmanager
def _quiet() -> Iterator[None]:
    """PortAudio's search prints dozens of lines of ALSA and JACK on stderr: not ours to log."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _port(said: Said, way: Way) -> Port:
    channels = said["maxInputChannels" if way == "input" else "maxOutputChannels"]
    return Port(
        int(said["index"]), str(said["name"]), int(channels), int(float(said["defaultSampleRate"]))
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error).lower()
