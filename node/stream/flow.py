"""One RTP stream to one viewer: headers, repeats on request, sender reports. No sockets."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct, pack
from typing import Final, Protocol

from node.stream.timeline import Timeline

HISTORY: Final = 1024
"""Packets kept for repeats: 3 s at 2.5 Mbit/s. They share their payloads with every viewer."""
REPEAT_WITHIN_S: Final = 1.0
REPEAT_SHARE: Final = 0.25
"""Of what is sent may go into repeats, so that a storm of NACKs does not double the load."""
REPEAT_BURST: Final = 48_000
FIRST_RTT_S: Final = 0.05
HEADER: Final = Struct("!BBHLL")
SENDER_REPORT: Final = Struct("!BBHLQLLL")
MARKER: Final = 0x80
UINT16: Final = 0xFFFF
UINT32: Final = 0xFFFF_FFFF


class Wire(Protocol):
    """Where datagrams of one viewer go; never waits."""

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send, or drop; raises `LinkError` when the session is over."""
        ...

    def send_rtcp(self, packet: bytes) -> None:
        """As `send_rtp`, for RTCP."""
        ...


@dataclass(frozen=True, slots=True)
class FlowTerms:
    """What was negotiated for one RTP stream.

    `extension` is the constant header extension block with its header, or empty.
    `repeat_payload_type` is that of RTX (RFC 4588), None where it was not negotiated.
    """

    ssrc: int
    payload_type: int
    clock_hz: int
    cname: str
    extension: bytes = b""
    repeat_ssrc: int = 0
    repeat_payload_type: int | None = None


@dataclass(slots=True, eq=False)
class _Sent:
    sequence: int
    sent_s: float
    timestamp: int
    marker: int
    payload: bytes
    repeated_s: float = float("-inf")


class Flow:
    """Sends payloads as RTP; `packets` and `octets` count what was sent, without repeats."""

    def __init__(self, terms: FlowTerms, wire: Wire) -> None:
        self._terms = terms
        self._wire = wire
        self._flags = 0x90 if terms.extension else 0x80
        # In the lower half, far from a wrap that would break SRTP's index if packets are lost.
        self._sequence = secrets.randbelow(0x8000)
        self._repeat_sequence = secrets.randbelow(0x8000)
        self._origin = secrets.randbits(32)
        self._sent: list[_Sent | None] = [None] * HISTORY
        self._allowance = float(REPEAT_BURST)
        self._rtt_s = FIRST_RTT_S
        self.packets = 0
        self.octets = 0
        self.repeats = 0

    def timestamp(self, ticks: int) -> int:
        """RTP timestamp, as sent, of program time `ticks` in the stream's clock rate."""
        return (self._origin + ticks) & UINT32

    def send(self, payloads: Sequence[bytes], ticks: int, now: float) -> None:
        """Send the payloads of one picture or sound packet; the last carries the marker.

        Raises:
            LinkError: the session is over.
        """
        terms, timestamp = self._terms, self.timestamp(ticks)
        last = len(payloads) - 1
        for number, payload in enumerate(payloads):
            sent = _Sent(self._sequence, now, timestamp, MARKER * (number == last), payload)
            self._sent[sent.sequence % HISTORY] = sent
            self._send(sent, terms.payload_type, sent.sequence, terms.ssrc, payload)
            self._sequence = (self._sequence + 1) & UINT16
            self.octets += len(payload)
        self.packets += len(payloads)
        self._allowance = min(
            REPEAT_BURST, self._allowance + REPEAT_SHARE * sum(map(len, payloads))
        )

    def repeat(self, sequences: Iterable[int], now: float) -> None:
        """Send lost packets again: those not older than 1 s, once a round trip, 25 % at most.

        Raises:
            LinkError: the session is over.
        """
        for sequence in sequences:
            sent = self._sent[sequence % HISTORY]
            if sent is None or sent.sequence != sequence or now - sent.sent_s > REPEAT_WITHIN_S:
                continue
            if now - sent.repeated_s < self._rtt_s or self._allowance < len(sent.payload):
                continue
            sent.repeated_s = now
            self._allowance -= len(sent.payload)
            self.repeats += 1
            self._repeat(sent)

    def forget(self) -> None:
        """Drop the history: what was given up on purpose is not repeated."""
        self._sent = [None] * HISTORY

    def report(self, timeline: Timeline, now: float) -> None:
        """Send a sender report that maps now to program time extrapolated to now.

        Raises:
            LinkError: the session is over.
        """
        ticks = round(timeline.program_s(now) * self._terms.clock_hz)
        report = SENDER_REPORT.pack(
            0x80,
            200,
            6,
            self._terms.ssrc,
            timeline.ntp(now),
            self.timestamp(ticks),
            self.packets & UINT32,
            self.octets & UINT32,
        )
        self._wire.send_rtcp(report + self._description())

    def goodbye(self) -> None:
        """Tell the receiver that the stream ends (RTCP BYE).

        Raises:
            LinkError: the session is over.
        """
        self._wire.send_rtcp(pack("!BBHL", 0x81, 203, 1, self._terms.ssrc))

    def note_round_trip(self, ntp_now: int, last_report: int, delay: int) -> None:
        """Take the round trip from a receiver report's LSR and DLSR (RFC 3550 §6.4.1)."""
        if last_report:
            span = ((ntp_now >> 16) - last_report - delay) & UINT32
            if span < 1 << 31:
                self._rtt_s = 0.8 * self._rtt_s + 0.2 * span / 65_536

    @property
    def round_trip_s(self) -> float:
        """Smoothed round trip in seconds; 0.05 before the first report."""
        return self._rtt_s

    def _repeat(self, sent: _Sent) -> None:
        terms = self._terms
        if terms.repeat_payload_type is None:
            self._send(sent, terms.payload_type, sent.sequence, terms.ssrc, sent.payload)
            return
        payload = pack("!H", sent.sequence) + sent.payload
        sequence = self._repeat_sequence
        self._send(sent, terms.repeat_payload_type, sequence, terms.repeat_ssrc, payload)
        self._repeat_sequence = (sequence + 1) & UINT16

    def _send(
        self, sent: _Sent, payload_type: int, sequence: int, ssrc: int, payload: bytes
    ) -> None:
        header = HEADER.pack(
            self._flags, sent.marker | payload_type, sequence, sent.timestamp, ssrc
        )
        self._wire.send_rtp(header + self._terms.extension + payload)

    def _description(self) -> bytes:
        """RTCP SDES with the CNAME, which ties sound and picture together (RFC 3550 §6.5)."""
        name = self._terms.cname.encode()
        chunk = pack("!LBB", self._terms.ssrc, 1, len(name)) + name
        chunk += bytes(4 - len(chunk) % 4)
        return pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk
