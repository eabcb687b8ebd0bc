"""One access unit into RTP payloads, once for every viewer (RFC 6184). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from struct import pack
from typing import Final

from node.encode import annexb
from node.media import AccessUnit

PAYLOAD_MAX: Final = 1180
"""An SRTP datagram then stays within 1232 bytes: the smallest IPv6 MTU less its headers."""
STAP_A: Final = 24
FU_A: Final = 28
FU_A_HEADER_SIZE: Final = 2
FU_START: Final = 0x80
FU_END: Final = 0x40
NRI_MASK: Final = 0x60


@dataclass(frozen=True, slots=True, eq=False)
class PackedUnit:
    """An access unit ready to be sent: `payloads` in order, each at most 1180 bytes."""

    unit: AccessUnit
    payloads: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Bytes of all payloads together."""
        return sum(map(len, self.payloads))


def packetise(unit: AccessUnit) -> PackedUnit:
    """Pack a unit: SPS and PPS together first (STAP-A), large slices in equal parts (FU-A)."""
    nals = list(annexb.split(unit.payload))
    sets = [nal for nal in nals if annexb.nal_type(nal) in (annexb.NAL_SPS, annexb.NAL_PPS)]
    payloads: list[bytes] = []
    if len(sets) > 1 and _stap_size(sets) <= PAYLOAD_MAX:
        payloads.append(_stap_a(sets))
        nals = [nal for nal in nals if nal not in sets]
    for nal in nals:
        payloads += [nal] if len(nal) <= PAYLOAD_MAX else _fu_a(nal)
    return PackedUnit(unit, tuple(payloads))


def _stap_size(nals: list[bytes]) -> int:
    return 1 + sum(2 + len(nal) for nal in nals)


def _stap_a(nals: list[bytes]) -> bytes:
    """One payload of several NAL units (RFC 6184 §5.7.1); NRI is the highest among them."""
    nri = max(nal[0] & NRI_MASK for nal in nals)
    return bytes([STAP_A | nri]) + b"".join(pack("!H", len(nal)) + nal for nal in nals)


def _fu_a(nal: bytes) -> Iterator[bytes]:
    """Parts of one NAL unit (RFC 6184 §5.8), all of one size but the last, which may be less."""
    length = len(nal) - 1
    parts = -(-length // (PAYLOAD_MAX - FU_A_HEADER_SIZE))
    size = -(-length // parts)
    indicator, kind = nal[0] & ~0x1F | FU_A, annexb.nal_type(nal)
    for start in range(1, len(nal), size):
        flags = FU_START if start == 1 else 0
        if start + size >= len(nal):
            flags |= FU_END
        yield bytes((indicator, kind | flags)) + nal[start : start + size]
