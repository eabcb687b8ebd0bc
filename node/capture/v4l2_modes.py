"""What a V4L2 camera can deliver, as its driver lists it, and which of it suits the program."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from typing_extensions import override

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl, formats_of, listed
from node.capture.v4l2_queue import format_of
from node.capture.v4l2_signal import Signal
from node.errors import DeviceError
from node.media import Size

FormatName = Literal["nv12", "yuyv", "uyvy", "bgr24", "mjpeg", "h264"]
"""From what costs least to what costs most: a copy, a conversion, a JPEG, delay and damage."""
FORMATS: dict[FormatName, tuple[bytes, ...]] = {
    "nv12": (b"NV12", b"NM12"),
    "yuyv": (b"YUYV",),
    "uyvy": (b"UYVY",),
    "bgr24": (b"BGR3",),
    "mjpeg": (b"MJPG", b"JPEG"),
    "h264": (b"H264",),
}
RAW: frozenset[FormatName] = frozenset({"nv12", "yuyv", "uyvy", "bgr24"})


@dataclass(frozen=True, slots=True)
class Mode:
    """One way in which a camera delivers; `rate` in frames/s, 0 where its driver does not tell."""

    format: FormatName
    fourcc: int
    size: Size
    rate: Fraction

    @override
    def __str__(self) -> str:
        rate = f" at {float(self.rate):g}/s" if self.rate else ""
        return f"{self.format} {self.size}{rate}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the program and the configuration ask for; None leaves the choice."""

    size: Size
    fps: int
    format: FormatName | None = None
    mode_size: Size | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The mode that is taken, and why."""

    mode: Mode
    why: str


def modes_of(
    ioctl: Ioctl, queue: int, wish: Wish, signal: Signal | None = None
) -> tuple[Mode, ...]:
    """Every mode of a device that the node can read; of a range what comes next to the wish.

    An HDMI input delivers what comes in, `signal`, whatever else its driver lists.
    """
    if signal is not None:
        return tuple(
            Mode(name, fourcc, signal.size, signal.rate) for name, fourcc in _formats(ioctl, queue)
        )
    size = wish.mode_size or wish.size
    return tuple(
        Mode(name, fourcc, one, rate)
        for name, fourcc in _formats(ioctl, queue)
        for one in _sizes(ioctl, fourcc, size) or _size_now(ioctl, queue)
        for rate in _rates(ioctl, fourcc, one, wish.fps)
    )


def choose(modes: Sequence[Mode], wish: Wish) -> Choice:
    """The mode for a wish; raises `DeviceError` that lists what there is."""
    if not modes:
        raise DeviceError(f"offers no format that can be read ({', '.join(get_args(FormatName))})")
    fitting = [
        mode
        for mode in modes
        if wish.format in (None, mode.format) and wish.mode_size in (None, mode.size)
    ]
    if not fitting:
        asked = " ".join(str(one) for one in (wish.format, wish.mode_size) if one is not None)
        there = ", ".join(dict.fromkeys(f"{mode.format} {mode.size}" for mode in modes))
        raise DeviceError(f"has no {asked}, only {there}")
    best = min(fitting, key=lambda mode: _badness(mode, wish))
    return Choice(best, _why(best, fitting, wish))


def _badness(mode: Mode, wish: Wish) -> tuple[float, int, Fraction, int]:
    """What counts, in this order: rate and detail, no surplus of them, little work."""
    surplus = max(0, mode.size.width * mode.size.height - wish.size.width * wish.size.height)
    too_fast = max(Fraction(0), mode.rate - wish.fps)
    return (
        -_worth(mode, wish),
        surplus,
        too_fast,
        get_args(FormatName).index(mode.format),
    )


def _worth(mode: Mode, wish: Wish) -> float:
    """From 0 to 1: how much of the program's rate and detail there is."""
    detail = min(1.0, mode.size.width / wish.size.width, mode.size.height / wish.size.height)
    rate = mode.rate or Fraction(wish.fps)
    return detail * float(min(Fraction(1), rate / wish.fps))


def _why(best: Mode, fitting: Sequence[Mode], wish: Wish) -> str:
    """One line: what was asked, and why a format that costs less was not taken."""
    others = []
    for name in get_args(FormatName)[: get_args(FormatName).index(best.format)]:
        rivals = [mode for mode in fitting if mode.format == name]
        if rivals:
            others.append(str(min(rivals, key=lambda mode: _badness(mode, wish))))
    instead = f"; costs less but gives less: {', '.join(others)}" if others else ""
    return f"best of {len(fitting)} modes for {wish.size} at {wish.fps}/s{instead}"


def _formats(ioctl: Ioctl, queue: int) -> Iterator[tuple[FormatName, int]]:
    by_fourcc = {
        int.from_bytes(fourcc, "little"): name
        for name, codes in FORMATS.items()
        for fourcc in codes
    }
    for fourcc in formats_of(ioctl, queue):
        if fourcc in by_fourcc:
            yield by_fourcc[fourcc], fourcc


def _sizes(ioctl: Ioctl, fourcc: int, wanted: Size) -> list[Size]:
    return list(_listed_sizes(ioctl, fourcc, wanted))


def _size_now(ioctl: Ioctl, queue: int) -> list[Size]:
    """The size that is set: analog grabbers list none, theirs is that of the standard."""
    said = format_of(queue, Size(0, 0), 0)
    try:
        ioctl(v4l2.VIDIOC_G_FMT, said)
    except OSError:
        return []
    _, width, height, *_ = v4l2.CAMERA_FORMAT.unpack(said)  # both kinds have them there
    is_readable = width and height and not (width % 2 or height % 2)
    return [Size(width, height)] if is_readable else []


def _listed_sizes(ioctl: Ioctl, fourcc: int, wanted: Size) -> Iterator[Size]:
    def asked(n: int) -> bytes:
        return v4l2.FRMSIZEENUM.pack(n, fourcc, 0, 0, 0, 0, 0, 0, 0)

    for buffer in listed(ioctl, v4l2.VIDIOC_ENUM_FRAMESIZES, asked):
        _, _, kind, *said = v4l2.FRMSIZEENUM.unpack(buffer)
        if kind != v4l2.V4L2_FRMSIZE_TYPE_DISCRETE:
            said = [_stepped(wanted.width, *said[:3]), _stepped(wanted.height, *said[3:])]
        if not (said[0] % 2 or said[1] % 2) and min(said[:2]) > 0:
            yield Size(said[0], said[1])
        if kind != v4l2.V4L2_FRMSIZE_TYPE_DISCRETE:
            return


def _rates(ioctl: Ioctl, fourcc: int, size: Size, fps: int) -> Iterator[Fraction]:
    def asked(n: int) -> bytes:
        return v4l2.FRMIVALENUM.pack(n, fourcc, size.width, size.height, 0, 0, 0, 0, 0, 0, 0)

    told = False
    for buffer in listed(ioctl, v4l2.VIDIOC_ENUM_FRAMEINTERVALS, asked):
        _, _, _, _, kind, shortest, per, longest, per_longest, *_ = v4l2.FRMIVALENUM.unpack(buffer)
        if not shortest or not per:
            continue
        told = True
        fastest = Fraction(per, shortest)
        if kind != v4l2.V4L2_FRMIVAL_TYPE_DISCRETE:
            slowest = Fraction(per_longest, longest) if longest else Fraction(0)
            yield min(fastest, max(slowest, Fraction(fps)))
            return
        yield fastest
    if not told:
        yield Fraction(0)


def _stepped(wanted: int, least: int, most: int, step: int) -> int:
    """The value of a range that comes nearest from below, even where the steps allow it."""
    kept = max(least, min(most, wanted))
    kept -= (kept - least) % max(1, step)
    return kept - step if kept % 2 and kept - step >= least else kept
