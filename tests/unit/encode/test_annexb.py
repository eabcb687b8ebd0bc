"""Annex B byte streams."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from node.encode import annexb

VECTORS = Path(__file__).parents[2] / "vectors" / "h264"

# A NAL unit holds no start code (emulation prevention) and does not end in a zero byte.
nal_units = st.binary(min_size=1, max_size=60).filter(
    lambda unit: b"\0\0\1" not in unit and not unit.endswith(b"\0")
)


@given(st.lists(nal_units, max_size=8))
def test_what_is_joined_is_split_again(units: list[bytes]):
    assert list(annexb.split(annexb.join(units))) == units


@given(st.lists(nal_units, min_size=1, max_size=8))
def test_three_byte_start_codes_split_alike(units: list[bytes]):
    stream = b"".join(b"\0\0\1" + unit for unit in units)
    assert list(annexb.split(stream)) == units


@given(st.binary(max_size=200))
def test_any_bytes_can_be_split(stream: bytes):
    assert all(unit and not unit.endswith(b"\0") for unit in annexb.split(stream))


def test_an_idr_is_known_by_its_slice():
    assert annexb.is_idr((VECTORS / "idr.h264").read_bytes())
    assert annexb.is_idr((VECTORS / "idr_truncated.h264").read_bytes())
    assert not annexb.is_idr((VECTORS / "delta.h264").read_bytes())
    assert not annexb.is_idr(b"")


def test_parameter_sets_are_found_in_an_idr_only():
    sets = annexb.parameter_sets((VECTORS / "idr.h264").read_bytes())
    assert sets is not None
    assert [annexb.nal_type(unit) for unit in sets] == [annexb.NAL_SPS, annexb.NAL_PPS]
    assert annexb.parameter_sets((VECTORS / "delta.h264").read_bytes()) is None
