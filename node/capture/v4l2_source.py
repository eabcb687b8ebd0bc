"""What a V4L2 device reads from: its input, what comes in there, and the news of a change.

Whether it is a camera, an HDMI receiver or an analog grabber is the driver's own word (the
capabilities of its input), and so are the words in which a loss is told.
"""

from dataclasses import dataclass

from typing_extensions import override

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl
from node.capture import v4l2_input, v4l2_signal
from node.capture.v4l2_input import Input
from node.capture.v4l2_signal import Signal
from node.errors import DeviceError

EVENTS_MAX = 64
"""More than a driver keeps waiting: one that never comes to an end."""


@dataclass(frozen=True, slots=True)
class Source:
    """A device's input and what comes in there.

    `place` is None of a driver without inputs, `signal` where there are no timings, `standard` 0
    where an analog driver tells none (else V4L2_STD_*, a set).
    """

    place: Input | None
    signal: Signal | None
    standard: int = 0

    def is_like(self, other: "Source") -> bool:
        """Whether both are read alike, with the same buffers."""
        if _socket(self.place) != _socket(other.place):
            return False
        lines = {v4l2_input.lines_of(one.standard) for one in (self, other)} - {""}
        if len(lines) > 1:  # of both: many drivers tell the standard only at rest
            return False
        if self.signal is None or other.signal is None:
            return self.signal is other.signal
        return self.signal.is_like(other.signal)

    @property
    def is_analog(self) -> bool:
        """Whether it is an input of composite or S-Video."""
        return self.place is not None and self.place.kind == "analog"

    @property
    def trouble(self) -> str:
        """Why there may be nothing to be seen, as the driver says; empty where it does not."""
        return "" if self.place is None else self.place.trouble

    @override
    def __str__(self) -> str:
        if self.signal is not None:
            return str(self.signal)
        if self.place is None:
            return "no HDMI any more"
        lines = v4l2_input.lines_of(self.standard)
        return f"{self.place}, {lines}" if lines else str(self.place)


def _socket(place: Input | None) -> tuple[int, str] | None:
    return None if place is None else (place.number, place.kind)


def source_of(ioctl: Ioctl, path: str) -> Source:
    """What the device `path` reads from now.

    Raises:
        DeviceError: nothing comes in, or nothing that can be read; with the cure.
        OSError: as the kernel does.
    """
    place = v4l2_input.input_of(ioctl)
    signal = v4l2_signal.signal_of(ioctl, path, 0 if place is None else place.number)
    if signal is not None or place is None or place.kind == "camera":
        return Source(place, signal)
    if place.is_lost:
        raise DeviceError(place.trouble)
    standard = v4l2_input.standard_of(ioctl, place) if place.kind == "analog" else 0
    return Source(place, None, standard)


def take(ioctl: Ioctl, source: Source) -> None:
    """Have the input go by what comes in; formats and buffers are of its size from then on.

    Raises OSError.
    """
    if source.signal is not None:
        v4l2_signal.take(ioctl, source.signal)
    elif source.standard:
        v4l2_input.take_standard(ioctl, source.standard)


def judge_input(ioctl: Ioctl) -> None:
    """Raises `DeviceError` where the driver says that nothing comes in; asks nothing else of it."""
    place = v4l2_input.input_of(ioctl)
    if place is not None and place.is_lost:
        raise DeviceError(place.trouble)


def watch(ioctl: Ioctl) -> bool:
    """Have the driver tell of another source from now on; False where it never does.

    A video device tells it of one input, by its number (the kernel's VIDIOC_DQEVENT).
    """
    place = v4l2_input.input_of(ioctl)
    number = 0 if place is None else place.number
    asked = v4l2.EVENT_SUBSCRIPTION.pack(v4l2.V4L2_EVENT_SOURCE_CHANGE, number, 0)
    try:
        ioctl(v4l2.VIDIOC_SUBSCRIBE_EVENT, bytearray(asked))
    except OSError:
        return False
    return True


def has_changed(ioctl: Ioctl) -> bool:
    """Whether the driver has told so since this was last asked."""
    for number in range(EVENTS_MAX):
        try:
            ioctl(v4l2.VIDIOC_DQEVENT, bytearray(v4l2.EVENT.size))
        except OSError:  # ENOENT: no more
            return number > 0
    return True
