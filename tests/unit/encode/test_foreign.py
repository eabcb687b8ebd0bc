"""Nothing passes from a foreign encoder that is not as viewers were promised."""

import pytest

from node.encode import annexb
from node.encode.foreign import ForeignUnits
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Size, black

SPS, PPS = bytes([0x67, 66, 0xC0, 31]), bytes([0x68, 1])
IDR, DELTA, SEI = bytes([0x65, 9]), bytes([0x41, 9]), bytes([0x06, 9])


def units_of(*payloads: tuple[bytes, ...]) -> list[AccessUnit | None]:
    made = ForeignUnits("wood")
    units: list[AccessUnit | None] = []
    for number, parts in enumerate(payloads):
        made.expect(number, Frame(Pts90k(number * 3000), number / 30, black(Size(16, 16))))
        units.append(made.take(number, annexb.join(parts)))
    return units


def test_a_unit_carries_its_frames_stamps():
    (unit,) = units_of((SPS, PPS, IDR))
    assert unit is not None
    assert (unit.pts, unit.captured_s, unit.is_idr) == (0, 0.0, True)
    assert unit.payload == annexb.join((SPS, PPS, IDR))


def test_an_idr_without_its_headers_gets_those_that_came_last():
    other = bytes([0x67, 66, 0xC0, 40])
    units = units_of((SPS, PPS, IDR), (DELTA,), (IDR,), (other, PPS, IDR), (SEI, IDR))
    payloads = [unit.payload for unit in units if unit is not None]
    assert payloads[1] == annexb.join((DELTA,))
    assert payloads[2] == annexb.join((SPS, PPS, IDR))
    assert payloads[4] == annexb.join((other, PPS, SEI, IDR))


def test_headers_that_come_by_themselves_are_kept_for_the_picture():
    made = ForeignUnits("wood")
    made.expect(0, Frame(Pts90k(0), 0.0, black(Size(16, 16))))
    assert made.take(0, annexb.join((SPS, PPS))) is None
    unit = made.take(0, annexb.join((IDR,)))
    assert unit is not None
    assert unit.payload == annexb.join((SPS, PPS, IDR))


def test_frames_that_were_overtaken_are_lost():
    made = ForeignUnits("wood")
    for number in range(4):
        made.expect(number, Frame(Pts90k(number), 0.0, black(Size(16, 16))))
    made.take(2, annexb.join((DELTA,)))
    assert (made.lost, made.awaited) == (2, 1)
    with pytest.raises(DeviceError, match="wood: a picture of 1, which no waiting frame has"):
        made.take(1, annexb.join((DELTA,)))


@pytest.mark.parametrize(
    ("payload", "told"),
    [
        (b"", "0 bytes that are no H.264"),
        (b"\x00\x00\x02\x65", "no H.264: 00 00 02 65"),
        (annexb.START_CODE + b"\xe5\x01", "no H.264"),
        (annexb.join((bytes([0x67, 100, 0, 31]), PPS, IDR)), "not baseline.*: 6764001f"),
        (annexb.join((b"\x67\x42", PPS, IDR)), "not baseline"),
        (annexb.join((IDR,)), "an IDR, and no SPS and PPS so far"),
    ],
)
def test_what_is_not_as_promised_is_refused(payload: bytes, told: str):
    made = ForeignUnits("wood")
    made.expect(0, Frame(Pts90k(0), 0.0, black(Size(16, 16))))
    with pytest.raises(DeviceError, match=told):
        made.take(0, payload)


def test_start_codes_of_three_bytes_are_understood():
    made = ForeignUnits("wood")
    made.expect(0, Frame(Pts90k(0), 0.0, black(Size(16, 16))))
    assert made.take(0, b"\x00\x00\x01" + DELTA) is not None
