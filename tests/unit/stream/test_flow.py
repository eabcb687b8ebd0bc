"""One RTP stream: headers, repeats, reports, read back with aiortc's parsers."""

from itertools import pairwise

import pytest
from aiortc import rtp

from node.errors import LinkError
from node.stream.flow import Flow, FlowTerms
from node.stream.timeline import Timeline

TERMS = FlowTerms(
    ssrc=0x1111,
    payload_type=102,
    clock_hz=90_000,
    cname="booth",
    repeat_ssrc=0x2222,
    repeat_payload_type=103,
)


class Tape:
    """A wire that keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[rtp.RtpPacket] = []
        self.control: list[rtp.AnyRtcpPacket] = []
        self.is_cut = False

    def send_rtp(self, packet: bytes) -> None:
        if self.is_cut:
            raise LinkError("cut")
        self.sent.append(rtp.RtpPacket.parse(packet))

    def send_rtcp(self, packet: bytes) -> None:
        self.control += rtp.RtcpPacket.parse(packet)


def flow(terms: FlowTerms = TERMS) -> tuple[Flow, Tape]:
    tape = Tape()
    return Flow(terms, tape), tape


def test_a_picture_has_one_time_stamp_and_its_last_packet_the_marker():
    stream, tape = flow()
    stream.send((b"a", b"b", b"c"), 3000, 0.0)
    assert [packet.payload for packet in tape.sent] == [b"a", b"b", b"c"]
    assert [packet.marker for packet in tape.sent] == [0, 0, 1]
    assert {packet.timestamp for packet in tape.sent} == {stream.timestamp(3000)}
    assert {(packet.ssrc, packet.payload_type) for packet in tape.sent} == {(0x1111, 102)}


def test_sequence_numbers_and_time_stamps_wrap_without_a_gap():
    stream, tape = flow()
    for number in range(70_000):
        stream.send((b"x",), number * 90_000, 0.0)
    numbers = [packet.sequence_number for packet in tape.sent]
    assert all((b - a) % 65_536 == 1 for a, b in pairwise(numbers))
    stamps = [packet.timestamp for packet in tape.sent]
    assert all((b - a) % 2**32 == 90_000 for a, b in pairwise(stamps))


def test_each_flow_has_an_origin_of_its_own():
    assert flow()[0].timestamp(0) != flow()[0].timestamp(0)


def test_the_extension_block_is_carried_on_every_packet():
    profile, block = rtp.pack_header_extensions([(4, b"0"), (5, bytes(3))])
    head = profile.to_bytes(2, "big") + (len(block) // 4).to_bytes(2, "big")
    stream, tape = flow(FlowTerms(1, 96, 90_000, "", extension=head + block))
    stream.send((b"payload",), 0, 0.0)
    assert tape.sent[0].payload == b"payload"


def test_a_lost_packet_is_repeated_as_rtx():
    stream, tape = flow()
    stream.send((b"a", b"b"), 0, 0.0)
    lost = tape.sent[1]
    stream.repeat([lost.sequence_number], 0.1)
    repeat = tape.sent[2]
    assert (repeat.ssrc, repeat.payload_type) == (0x2222, 103)
    original = rtp.unwrap_rtx(repeat, payload_type=102, ssrc=0x1111)
    assert (original.sequence_number, original.payload) == (lost.sequence_number, b"b")
    assert (original.timestamp, original.marker) == (lost.timestamp, lost.marker)


def test_without_rtx_the_same_packet_goes_again():
    stream, tape = flow(FlowTerms(1, 96, 90_000, ""))
    stream.send((b"a",), 0, 0.0)
    stream.repeat([tape.sent[0].sequence_number], 0.1)
    assert tape.sent[0].serialize() == tape.sent[1].serialize()


def test_what_is_old_unknown_or_given_up_is_not_repeated():
    stream, tape = flow()
    stream.send((b"a",), 0, 0.0)
    sequence = tape.sent[0].sequence_number
    stream.repeat([sequence], 1.5)
    stream.repeat([(sequence + 5) % 65_536, (sequence - 1024) % 65_536], 0.1)
    stream.forget()
    stream.repeat([sequence], 0.1)
    assert len(tape.sent) == 1


def test_a_packet_is_repeated_once_in_a_round_trip():
    stream, tape = flow()
    stream.send((b"a",), 0, 0.0)
    sequence = tape.sent[0].sequence_number
    stream.repeat([sequence] * 5, 0.1)
    stream.repeat([sequence], 0.1 + stream.round_trip_s / 2)
    assert stream.repeats == 1
    stream.repeat([sequence], 0.3)
    assert stream.repeats == 2


def test_a_storm_of_requests_costs_a_quarter_at_most():
    stream, tape = flow()
    sent = 0
    for second in range(20):
        for _ in range(250):
            stream.send((bytes(1000),), 0, float(second))
        sent += 250_000
        numbers = [packet.sequence_number for packet in tape.sent if packet.ssrc == 0x1111]
        stream.repeat(numbers[-250:], second + 0.1)
        stream.repeat(numbers[-250:], second + 0.3)
    assert stream.repeats * 1000 < 0.25 * sent + 50_000


def test_a_report_maps_now_to_program_time():
    stream, tape = flow()
    stream.send((b"abc", b"d"), 90_000, 10.0)
    line = Timeline(ntp_now=7 << 32, now_s=10.0)
    line.observe(1.0, 10.0)
    stream.report(line, 10.5)
    report, description = tape.control
    assert isinstance(report, rtp.RtcpSrPacket)
    assert report.sender_info.ntp_timestamp == (7 << 32) + (1 << 31)
    assert report.sender_info.rtp_timestamp == stream.timestamp(135_000)
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (2, 4)
    assert isinstance(description, rtp.RtcpSdesPacket)
    assert description.chunks[0].items == [(1, b"booth")]


def test_the_round_trip_follows_receiver_reports():
    stream, _ = flow()
    for _ in range(60):
        stream.note_round_trip(ntp_now=100 << 32, last_report=(99 << 16), delay=52_428)
    assert stream.round_trip_s == pytest.approx(0.2, abs=0.01)
    stream.note_round_trip(ntp_now=1 << 32, last_report=99 << 16, delay=0)
    assert stream.round_trip_s == pytest.approx(0.2, abs=0.01)


def test_goodbye_names_the_stream():
    stream, tape = flow()
    stream.goodbye()
    assert tape.control == [rtp.RtcpByePacket(sources=[0x1111])]


def test_a_wire_that_is_cut_says_so():
    stream, tape = flow()
    tape.is_cut = True
    with pytest.raises(LinkError):
        stream.send((b"a",), 0, 0.0)
