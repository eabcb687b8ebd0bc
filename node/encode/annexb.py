"""Annex B byte streams: NAL units split and joined, their types read. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

START_CODE = b"\x00\x00\x00\x01"
NAL_SLICE = 1
NAL_SLICE_IDR = 5
NAL_SPS = 7
NAL_PPS = 8


def split(stream: bytes) -> Iterator[bytes]:
    """The NAL units of a byte stream, in order, without start codes and trailing zeros.

    Start codes of three and four bytes are understood (H.264 Annex B). What stands before the
    first start code is ignored; empty units are left out.
    """
    start = stream.find(b"\x00\x00\x01")
    while start >= 0:
        start += 3
        following = stream.find(b"\x00\x00\x01", start)
        end = len(stream) if following < 0 else following
        unit = stream[start:end].rstrip(b"\x00")
        if unit:
            yield unit
        start = following


def join(units: Iterable[bytes]) -> bytes:
    """A byte stream with a four-byte start code before each NAL unit."""
    return b"".join(START_CODE + unit for unit in units)


def nal_type(unit: bytes) -> int:
    """Type of a NAL unit, 0..31 (H.264 table 7-1); `unit` is not empty."""
    return unit[0] & 0x1F


def is_idr(stream: bytes) -> bool:
    """Whether the coded picture is an IDR: any of its NAL units has type 5."""
    return any(nal_type(unit) == NAL_SLICE_IDR for unit in split(stream))


def parameter_sets(stream: bytes) -> tuple[bytes, bytes] | None:
    """The first SPS and PPS, without start codes, or None when either is missing."""
    by_type = {nal_type(unit): unit for unit in reversed(list(split(stream)))}
    if NAL_SPS in by_type and NAL_PPS in by_type:
        return by_type[NAL_SPS], by_type[NAL_PPS]
    return None


@dataclass(frozen=True, slots=True)
class Promise:
    """What an SPS says a decoder must bear: ten times the level; 66 is baseline.

    `is_constrained`: constraint_set1_flag, without which a baseline stream may hold what browsers
    do not decode (H.264 §7.4.2.1.1).
    """

    profile: int
    is_constrained: bool
    level: int


def promise(sps: bytes) -> Promise:
    """Profile and level of an SPS of at least four bytes (H.264 §7.3.2.1.1)."""
    return Promise(sps[1], bool(sps[2] & 0x40), sps[3])


def is_byte_stream(stream: bytes) -> bool:
    """Whether it begins with a start code and each unit's forbidden bit is zero."""
    begins = stream.startswith((START_CODE, START_CODE[1:]))
    return begins and all(unit[0] < 0x80 for unit in split(stream))  # noqa: PLR2004  # the bit
