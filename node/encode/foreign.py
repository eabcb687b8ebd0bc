"""What comes out of an encoder that is not ours: checked, completed, made into access units."""

from dataclasses import dataclass
from typing import Final

from node.encode import annexb
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k

BASELINE: Final = 66
"""What the answer of WHEP promises (`42e01f`)."""
SHORTEST_SPS: Final = 4


@dataclass(frozen=True, slots=True)
class _Awaited:
    """A frame that was handed in, and what its unit must carry."""

    pts: Pts90k
    captured_s: float


class ForeignUnits:
    """Between a driver or another process and the node: nothing passes that is not as promised.

    Each frame is announced with a stamp, by which its coded picture is known again. An IDR that
    comes without its SPS and PPS gets those that came last: a driver may say them once only.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._awaited: dict[int, _Awaited] = {}
        self._sets: tuple[bytes, bytes] | None = None
        self.lost = 0

    @property
    def awaited(self) -> int:
        """Frames handed in that have not come back."""
        return len(self._awaited)

    def expect(self, stamp: int, frame: Frame) -> None:
        """A frame goes in; stamps rise strictly."""
        self._awaited[stamp] = _Awaited(frame.pts, frame.captured_s)

    def take(self, stamp: int, payload: bytes) -> AccessUnit | None:
        """The unit of a coded picture; None for parameter sets that came by themselves.

        Frames before it that have not come back were dropped by the encoder, and count as `lost`.

        Raises:
            DeviceError: it is no H.264 byte stream, has the wrong profile, belongs to no frame that
                waits (or to one that was overtaken), or is an IDR whose parameter sets never came.
        """
        self._check(payload)
        kinds = {annexb.nal_type(unit) for unit in annexb.split(payload)}
        is_idr = annexb.NAL_SLICE_IDR in kinds
        if not is_idr and annexb.NAL_SLICE not in kinds:
            return None
        awaited = self._awaited.pop(stamp, None)
        if awaited is None:
            raise DeviceError(f"{self._name}: a picture of {stamp}, which no waiting frame has")
        overtaken = [one for one in self._awaited if one < stamp]
        self.lost += len(overtaken)
        for one in overtaken:
            del self._awaited[one]
        if is_idr and not {annexb.NAL_SPS, annexb.NAL_PPS} <= kinds:
            payload = self._completed(payload)
        return AccessUnit(awaited.pts, awaited.captured_s, is_idr, payload)

    def _check(self, payload: bytes) -> None:
        if not annexb.is_byte_stream(payload):
            raise DeviceError(
                f"{self._name}: {len(payload)} bytes that are no H.264: {payload[:8].hex(' ')}"
            )
        sets = annexb.parameter_sets(payload)
        if sets is None or sets == self._sets:
            return
        sps, _ = sets
        if len(sps) < SHORTEST_SPS or annexb.promise(sps).profile != BASELINE:
            raise DeviceError(
                f"{self._name}: not baseline, which viewers are promised: {sps.hex()}"
            )
        self._sets = sets

    def _completed(self, payload: bytes) -> bytes:
        if self._sets is None:
            raise DeviceError(f"{self._name}: an IDR, and no SPS and PPS so far")
        return annexb.join(self._sets) + payload
