"""Which input of a device is read, of what kind, and what its driver says of the signal there.

A driver without inputs (pipelines of a media controller, some cameras) has nothing to tell here.
"""

import errno
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from typing_extensions import override

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl
from node.errors import DeviceError

Kind = Literal["digital", "analog", "camera"]
LOST = {
    v4l2.V4L2_IN_ST_NO_POWER: "the device at {place} is off",
    v4l2.V4L2_IN_ST_NO_SIGNAL: "no signal at {place}: is the source on, is its cable in?",
}
"""What a driver says of an input that has nothing to deliver (V4L2_IN_ST_*)."""
UNSTABLE = (
    v4l2.V4L2_IN_ST_NO_H_LOCK
    | v4l2.V4L2_IN_ST_NO_V_LOCK
    | v4l2.V4L2_IN_ST_NO_STD_LOCK
    | v4l2.V4L2_IN_ST_NO_SYNC
    | v4l2.V4L2_IN_ST_NO_EQU
    | v4l2.V4L2_IN_ST_NO_CARRIER
)
"""What it says of one whose signal it cannot hold: pictures may come all the same."""
LINES = {v4l2.V4L2_STD_525_60: "525 lines at 60 Hz", v4l2.V4L2_STD_625_50: "625 lines at 50 Hz"}
"""The two families of analog standards: another one of the same family has the same pictures."""


@dataclass(frozen=True, slots=True)
class Input:
    """An input: by its number and its driver's name for it; `standards` are V4L2_STD_*, a set."""

    number: int
    name: str
    kind: Kind
    standards: int
    status: int

    @override
    def __str__(self) -> str:
        kind = {"digital": "HDMI input", "analog": "analog input", "camera": "input"}[self.kind]
        return f"its {kind} {self.name or self.number}"

    @property
    def trouble(self) -> str:
        """Why there is nothing to be seen at it, as its driver says; empty where it does not."""
        for bit, words in LOST.items():
            if self.status & bit:
                return words.format(place=self)
        if self.status & UNSTABLE:
            return f"the signal at {self} is unstable: a bad cable, or a source that begins"
        return ""

    @property
    def is_lost(self) -> bool:
        """Whether the driver says that there is no source, or that it is off."""
        return any(self.status & bit for bit in LOST)


def input_of(ioctl: Ioctl) -> Input | None:
    """The input that is read; None of a driver without any."""
    chosen = bytearray(v4l2.INPUT_NUMBER.size)
    try:
        ioctl(v4l2.VIDIOC_G_INPUT, chosen)
        (number,) = v4l2.INPUT_NUMBER.unpack(chosen)
        said = bytearray(v4l2.INPUT.pack(number, b"", 0, 0, 0, 0, 0, 0))
        ioctl(v4l2.VIDIOC_ENUMINPUT, said)
    except OSError:
        return None
    _, name, _, _, _, standards, status, capabilities = v4l2.INPUT.unpack(said)
    kind: Kind = "camera"
    if capabilities & v4l2.V4L2_IN_CAP_DV_TIMINGS:
        kind = "digital"
    elif capabilities & v4l2.V4L2_IN_CAP_STD or standards:
        kind = "analog"
    text = name.partition(b"\0")[0].decode("ascii", "replace")
    return Input(number, text, kind, standards, status)


def standard_of(ioctl: Ioctl, place: Input) -> int:
    """The standards that an analog input's signal may be of; 0 where its driver cannot tell.

    Raises `DeviceError` where there is no signal.
    """
    said = bytearray(v4l2.STANDARD.size)
    try:
        ioctl(v4l2.VIDIOC_QUERYSTD, said)
    except OSError:  # ENOTTY; ENODATA of an input without standards; EBUSY while it streams
        return 0
    (found,) = v4l2.STANDARD.unpack(said)
    if not found:  # V4L2_STD_UNKNOWN
        raise DeviceError(LOST[v4l2.V4L2_IN_ST_NO_SIGNAL].format(place=place))
    return 0 if found == place.standards else found  # all there are: it found none out


def take_standard(ioctl: Ioctl, found: int) -> None:
    """Have an analog input go by what comes in, unless it does; formats are of its size then.

    Raises OSError, EBUSY while another program reads.
    """
    now = bytearray(v4l2.STANDARD.size)
    with suppress(OSError):  # ENOTTY of a driver that does not tell what is set
        ioctl(v4l2.VIDIOC_G_STD, now)
    if v4l2.STANDARD.unpack(now)[0] & found:
        return
    try:
        ioctl(v4l2.VIDIOC_S_STD, bytearray(v4l2.STANDARD.pack(found)))
    except OSError as error:
        if error.errno != errno.EINVAL:  # of a driver that takes one at a time: as it was set
            raise


def lines_of(standard: int) -> str:
    """What an analog standard means for its pictures; empty for one that is not told."""
    fitting = [words for bits, words in LINES.items() if standard & bits]
    return fitting[0] if len(fitting) == 1 else ""
