"""What a source sends to an HDMI input: detected, taken over, and watched for a change.

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
    errno.ENOLINK: "no signal at its HDMI input: is the source on, is its cable in, "
    "and was the input given an EDID (v4l2-ctl --set-edid pad=0,type=hdmi)?",
    errno.ENOLCK: "the signal at its HDMI input is unstable: a bad cable, or a source that begins",
    errno.ERANGE: "its HDMI input cannot take what comes in: set the source to 1920x1080 or less",
}
"""Why there are no timings, with what to do about it."""
RATE_JITTER = Fraction(1, 100)
EVENTS_MAX = 64
"""More than a driver keeps waiting: one that never comes to an end."""


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


def signal_of(ioctl: Ioctl) -> Signal | None:
    """What comes in; None for a camera that is no HDMI input.

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
            raise DeviceError(REASONS[error.errno]) from error
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


def watch(ioctl: Ioctl) -> bool:
    """Have the driver tell of another source from now on; False where it never does."""
    asked = v4l2.EVENT_SUBSCRIPTION.pack(v4l2.V4L2_EVENT_SOURCE_CHANGE, 0, 0)
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
