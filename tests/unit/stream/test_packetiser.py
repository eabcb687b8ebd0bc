"""Packing access units into RTP payloads, proven against aiortc's unpacking."""

from pathlib import Path

from aiortc.codecs.h264 import h264_depayload
from hypothesis import given
from hypothesis import strategies as st

from node.encode import annexb
from node.media import AccessUnit, Pts90k
from node.stream.packetiser import FU_A, PAYLOAD_MAX, STAP_A, packetise

VECTORS = Path(__file__).parents[2] / "vectors" / "h264"
SPS, PPS = b"\x67" + b"\x42\xc0\x1f" * 6, b"\x68\xce\x3c\x80"


def unit(stream: bytes) -> AccessUnit:
    return AccessUnit(Pts90k(0), 0.0, annexb.is_idr(stream), stream)


def slices(length: int, kind: int = 0x65) -> bytes:
    return bytes((kind,)) + b"\xaa" * (length - 1)


@given(
    st.lists(
        st.tuples(st.sampled_from((0x41, 0x65, 0x06, 0x67, 0x68)), st.integers(2, 9000)),
        min_size=1,
        max_size=5,
    )
)
def test_what_is_packed_is_unpacked_unchanged(shape: list[tuple[int, int]]):
    nals = [slices(length, kind) for kind, length in shape]
    payloads = packetise(unit(annexb.join(nals))).payloads
    stream = b"".join(h264_depayload(payload) for payload in payloads)
    assert sorted(annexb.split(stream)) == sorted(nals)
    assert all(0 < len(payload) <= PAYLOAD_MAX for payload in payloads)


def test_parameter_sets_go_first_and_together():
    payloads = packetise(unit(annexb.join([SPS, PPS, slices(500)]))).payloads
    assert payloads[0][0] & 0x1F == STAP_A
    assert len(payloads) == 2


def test_parts_of_a_slice_have_one_size_but_the_last():
    payloads = packetise(unit(annexb.join([slices(10_000)]))).payloads
    sizes = [len(payload) for payload in payloads]
    assert {payload[0] & 0x1F for payload in payloads} == {FU_A}
    assert len(set(sizes[:-1])) == 1
    assert sizes[-1] <= sizes[0]


def test_a_slice_at_the_limit_is_one_payload():
    assert len(packetise(unit(annexb.join([slices(PAYLOAD_MAX)]))).payloads) == 1
    assert len(packetise(unit(annexb.join([slices(PAYLOAD_MAX + 1)]))).payloads) == 2


def test_a_real_idr_survives():
    stream = (VECTORS / "idr.h264").read_bytes()
    packed = packetise(unit(stream))
    again = b"".join(h264_depayload(payload) for payload in packed.payloads)
    assert sorted(annexb.split(again)) == sorted(annexb.split(stream))
    assert packed.size == sum(map(len, packed.payloads))
