"""What a source sends to an HDMI input: detected, and taken over.

After the kernel's "Digital Video (DV) Timings": a driver never goes over to other timings by
itself, since they need other buffers; it tells of them, and whoever reads begins anew.
"""

import errno
from dataclasses import dataclass
from fractions import Fraction

from typing_extensions import override

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl
from node.errors import DeviceError
from node.media import Size

NO_TIMINGS = frozenset({errno.ENODATA, errno.ENOTTY, errno.EINVAL, errno.EOPNOTSUPP})
"""Of an input that is no HDMI one, and of drivers without such inputs."""
REASONS = {
    errno.ENOLINK: "no signal at its HDMI input: is the source on, is its cable in",
    errno.ENOLCK: "the signal at its HDMI input is unstable: a bad cable, or a source that begins",
    errno.ERANGE: "its HDMI input cannot take what comes in: set the source to 1920x1080 or less",
}
"""Why there are no timings, with what to do about it."""
SET_EDID = "v4l2-ctl -d {path} --set-edid=pad={number},type=hdmi"
"""Gives an input the display data without which a source sends nothing (package v4l-utils)."""
RATE_JITTER = Fraction(1, 100)


@dataclass(frozen=True, slots=True)
class Signal:
    """A source's pictures, `rate` of them a second; `timings` as the driver has detected them."""

    size: Size
    rate: Fraction
    timings: bytes

    def is_like(self, other: "Signal") -> bool:
        """Whether both are read alike: rates are measured, and never twice the same."""
        return self.size == other.size and abs(self.rate - other.rate) <= RATE_JITTER * other.rate

    @override
    def __str__(self) -> str:
        return f"{self.size} at {float(self.rate):.4g}/s"


def signal_of(ioctl: Ioctl, path: str, number: int) -> Signal | None:
    """What comes in at input `number` of the device `path`; None where it is no HDMI input.

    Raises:
        DeviceError: no source, one that is unstable or too much for the input, or half pictures,
            which nothing here puts together.
        OSError: as the kernel does.
    """
    said = bytearray(v4l2.DV_TIMINGS.size)
    try:
        ioctl(v4l2.VIDIOC_QUERY_DV_TIMINGS, said)
    except OSError as error:
        if error.errno in NO_TIMINGS:
            return None
        if error.errno in REASONS:
            no_signal = error.errno == errno.ENOLINK
            why = _no_source(ioctl, path, number) if no_signal else REASONS[error.errno]
            raise DeviceError(why) from error
        raise
    _, width, height, is_interlaced, _, clock_hz, *blanking = v4l2.DV_TIMINGS.unpack(said)
    if is_interlaced:
        raise DeviceError(
            f"its source sends half pictures ({width}x{height}i): have it send progressive ones"
        )
    dots = (width + sum(blanking[:3])) * (height + sum(blanking[3:6]))
    rate = Fraction(clock_hz, dots) if dots else Fraction(0)
    return Signal(Size(width, height), rate.limit_denominator(1001), bytes(said))


def take(ioctl: Ioctl, signal: Signal) -> None:
    """Have the input go by a signal; formats and buffers are of its size from then on.

    Raises OSError.
    """
    ioctl(v4l2.VIDIOC_S_DV_TIMINGS, bytearray(signal.timings))


def edid_blocks(ioctl: Ioctl, number: int) -> int | None:
    """How many blocks of display data an input has; None where its driver does not tell."""
    asked = bytearray(v4l2.EDID.pack(number, 0, 0, 0))
    try:
        ioctl(v4l2.VIDIOC_G_EDID, asked)
    except OSError as error:
        return 0 if error.errno == errno.ENODATA else None
    blocks: int = v4l2.EDID.unpack(asked)[2]
    return blocks


def _no_source(ioctl: Ioctl, path: str, number: int) -> str:
    """Why nothing comes in: the input's own display data missing, else the other end's fault."""
    command = SET_EDID.format(path=path, number=number)
    blocks = edid_blocks(ioctl, number)
    if blocks == 0:
        return (
            "its HDMI input has no EDID (0 blocks), and no source sends anything without: "
            f"{command}, before each start of the node (firmware_config/hdmi)"
        )
    if blocks is None:
        return f"{REASONS[errno.ENOLINK]}, and was the input given an EDID ({command})?"
    return f"{REASONS[errno.ENOLINK]}? (its EDID is set)"
