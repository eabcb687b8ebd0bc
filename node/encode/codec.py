"""What every video codec promises, and how it can be spared."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from node.media import AccessUnit, Frame


class Relief(IntEnum):
    """How much the machine is spared, each step with those before it."""

    NONE = 0
    CHEAPER_PICTURES = 1
    """The fastest preset of libx264; a board's own encoder has nothing to save here."""
    LOWER_BITRATE = 2
    """Six tenths of the bit rate: less to code, to encrypt and to send."""
    FEWER_PICTURES = 3
    """Every second picture."""


@dataclass(frozen=True, slots=True)
class Sparing:
    """How much to spare, and why, in words for people."""

    relief: Relief = Relief.NONE
    why: str = ""


class VideoCodec(Protocol):
    """A codec opened for one rendition. Thread: one at a time, any."""

    name: str
    why: str

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001
        """Encode one picture; raises `DeviceError` when the codec fails."""
        ...

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s, from the next picture on."""
        ...

    def ease(self) -> bool:
        """Spend less on each picture from the next one on; False when there is nothing to save."""
        ...

    def restore(self) -> None:
        """Spend again what was spent before the first `ease`."""
        ...

    def close(self) -> None:
        """Release the codec; encoding again opens it anew."""
        ...


class BoardCodec(VideoCodec, Protocol):
    """A codec that a board may or may not have."""

    def open(self) -> None:
        """Open it now; raises `DeviceError` with what is missing or in the way."""
        ...
