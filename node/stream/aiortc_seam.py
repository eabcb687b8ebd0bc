"""The one place that touches what aiortc, aioice and pylibsrtp keep private.

aiortc negotiates, connects (ICE, DTLS) and carries the data channel; the media path is ours:
`FanoutSender` stands in for its sender, starts none of its tasks, and hands out a `Flow` once
DTLS is connected. The names used are asserted at import; tests/contract/test_aiortc_seam.py
proves what they do, and fails on an upgrade that changes it.
"""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

import aioice.ice
import pylibsrtp
from aiortc import (
    RTCBundlePolicy,
    RTCCertificate,
    RTCConfiguration,
    RTCRtpSender,
    clock,
    rtcpeerconnection,
    rtp,
)
from aiortc.codecs import is_rtx
from aiortc.rtcdtlstransport import RTCDtlsTransport
from aiortc.rtcrtpparameters import RTCRtpSendParameters
from typing_extensions import override

from node.errors import LinkError
from node.stream.aiortc_why import TellingDtls, TellingPeer
from node.stream.flow import Flow, FlowTerms
from node.stream.offer import MID
from node.stream.port import DatagramPort

log = logging.getLogger(__name__)

PINNED: Final = (
    (rtcpeerconnection, ("RTCRtpSender", "RTCCertificate", "RTCDtlsTransport")),
    (RTCRtpSender, ("send", "stop", "_handle_rtcp_packet")),
    (RTCDtlsTransport, ("_register_rtp_sender", "_unregister_rtp_sender")),
    (aioice.ice, ("get_host_addresses",)),
    (aioice.ice.Connection, ("add_remote_candidate",)),
)
for _owner, _names in PINNED:
    for _name in _names:
        if not hasattr(_owner, _name):
            raise ImportError(f"{_owner.__name__}.{_name} is gone: aiortc or aioice has changed")

CERTIFICATE_S: Final = 7 * 24 * 3600.0
"""One certificate serves all sessions of a week (aiortc's are valid for 30 days)."""
COMPONENT: Final = 1
NO_DELAY: Final = b"\x00\x00\x00"
"""Playout delay: least 0, most 0: show each picture as soon as it is decoded."""


class Owner(Protocol):
    """Who is told what happens in a session; called on the loop thread."""

    def note_connected(self) -> None:
        """DTLS is connected and a flow can be sent on; once for each kind."""
        ...

    def note_feedback(self) -> None:
        """The viewer reported on a flow."""
        ...

    def note_picture_lost(self) -> None:
        """The viewer cannot decode on (PLI or FIR)."""
        ...

    def note_channel(self) -> None:
        """The channel for messages is open."""
        ...

    def note_message(self, message: str | bytes) -> None:
        """The viewer said something on it; nothing about it was checked."""
        ...

    def note_over(self, why: str = "") -> None:
        """The connection was closed, or failed for a reason."""
        ...


class FanoutSender(RTCRtpSender):
    """A sender without tasks: a registration for feedback, and a `Flow` to send by.

    `flow` is None until DTLS is connected.
    """

    def __init__(self, track_or_kind: str, transport: RTCDtlsTransport) -> None:
        super().__init__(track_or_kind, transport)
        self.flow: Flow | None = None
        self.playout_delay_id = 0
        self.wire: SessionWire | None = None
        self.owner: Owner | None = None

    @override
    async def send(self, parameters: RTCRtpSendParameters) -> None:
        """Called by aiortc once DTLS is connected, and again at each renegotiation."""
        if self.flow is not None or self.wire is None or self.owner is None:
            return
        self.transport._register_rtp_sender(self, parameters)  # noqa: SLF001  # this is the seam
        self.flow = Flow(self._terms(parameters), self.wire)
        self.owner.note_connected()

    @override
    async def stop(self) -> None:
        """Called by aiortc when the session closes."""
        if self.flow is not None:
            self.transport._unregister_rtp_sender(self)  # noqa: SLF001  # this is the seam

    @override
    async def _handle_rtcp_packet(self, packet: rtp.AnyRtcpPacket) -> None:
        if self.flow is None or self.owner is None:
            return
        self.owner.note_feedback()
        if isinstance(packet, rtp.RtcpRrPacket | rtp.RtcpSrPacket):
            for report in packet.reports:
                if report.ssrc == self._ssrc:
                    self.flow.note_round_trip(ntp_now(), report.lsr, report.dlsr)
        elif isinstance(packet, rtp.RtcpRtpfbPacket) and packet.fmt == rtp.RTCP_RTPFB_NACK:
            try:
                self.flow.repeat(packet.lost, asyncio.get_running_loop().time())
            except LinkError as error:
                log.debug("repeat: %s", error)
        elif isinstance(packet, rtp.RtcpPsfbPacket) and packet.fmt in (
            rtp.RTCP_PSFB_PLI,
            rtp.RTCP_PSFB_FIR,
        ):
            self.owner.note_picture_lost()

    def _terms(self, parameters: RTCRtpSendParameters) -> FlowTerms:
        codec = parameters.codecs[0]
        repeats = (
            other.payloadType
            for other in parameters.codecs
            if is_rtx(other) and other.parameters.get("apt") == codec.payloadType
        )
        return FlowTerms(
            ssrc=self._ssrc,
            payload_type=codec.payloadType or 0,  # negotiated ones always have one
            clock_hz=codec.clockRate,
            cname=parameters.rtcp.cname or "",
            extension=self._extension(parameters),
            repeat_ssrc=self._rtx_ssrc,
            repeat_payload_type=next(repeats, None),
        )

    def _extension(self, parameters: RTCRtpSendParameters) -> bytes:
        """The constant header extension block: MID, and the playout delay where it is wanted."""
        values = [
            (known.id, parameters.muxId.encode())
            for known in parameters.headerExtensions
            if known.uri == MID
        ]
        if self.playout_delay_id:
            values.append((self.playout_delay_id, NO_DELAY))
        profile, block = rtp.pack_header_extensions(values)
        head = profile.to_bytes(2, "big") + (len(block) // 4).to_bytes(2, "big")
        return head + block if block else b""


class SessionWire:
    """Protects and sends one session's datagrams, past aiortc's queues. A `Wire`."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport = transport
        self._port: DatagramPort | None = None
        self._pair: aioice.ice.CandidatePair | None = None

    @property
    def backlog_bytes(self) -> int:
        """What waits because the socket does not take it."""
        return 0 if self._port is None else self._port.backlog_bytes

    def send_rtp(self, packet: bytes) -> None:
        """Protect and send, or queue; raises `LinkError` when the session is over."""
        try:
            self._send(self._session().protect(packet))
        except pylibsrtp.Error as error:
            raise LinkError(f"viewer: SRTP: {error}") from error

    def send_rtcp(self, packet: bytes) -> None:
        """As `send_rtp`, for RTCP."""
        try:
            self._send(self._session().protect_rtcp(packet))
        except pylibsrtp.Error as error:
            raise LinkError(f"viewer: SRTCP: {error}") from error

    def clear(self) -> None:
        """Forget what waits."""
        if self._port is not None:
            self._port.clear()

    def close(self) -> None:
        """Release the descriptor."""
        if self._port is not None:
            self._port.close()
            self._port = self._pair = None

    def _session(self) -> pylibsrtp.Session:
        if self._transport.state != "connected":
            raise LinkError("viewer: the session is not connected")
        return self._transport._tx_srtp  # noqa: SLF001  # this is the seam

    def _send(self, datagram: bytes) -> None:
        connection = self._transport.transport._connection  # noqa: SLF001  # this is the seam
        pair = connection._nominated.get(COMPONENT)  # noqa: SLF001  # this is the seam
        if pair is None:
            raise LinkError("viewer: no path is nominated")
        if pair is not self._pair or self._port is None:
            self.close()
            self._pair = pair
            self._port = DatagramPort(pair.protocol.transport.get_extra_info("socket").fileno())
        self._port.send(datagram, pair.remote_addr)


@contextmanager
def fanout_senders() -> Iterator[None]:
    """Transceivers made inside get a `FanoutSender`; nothing may be awaited inside."""
    with _swapped("RTCRtpSender", FanoutSender), _swapped("RTCDtlsTransport", TellingDtls):
        yield


def new_peer() -> TellingPeer:
    """A peer connection with the shared certificate, one transport, and no server to ask."""
    with _swapped("RTCCertificate", _SharedCertificate):
        return TellingPeer(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))


def ntp_now() -> int:
    """NTP time by the wall clock, 64 bits (RFC 3550 §4)."""
    return clock.current_ntp_time()


@contextmanager
def _swapped(name: str, stand_in: type) -> Iterator[None]:
    """Let a global of aiortc's peer connection be `stand_in` for a moment."""
    stock = getattr(rtcpeerconnection, name)
    setattr(rtcpeerconnection, name, stand_in)
    try:
        yield
    finally:
        setattr(rtcpeerconnection, name, stock)


class _SharedCertificate(RTCCertificate):
    """Makes one certificate a week instead of one for each viewer."""

    _shared: RTCCertificate | None = None
    _made_s = 0.0

    @classmethod
    @override
    def generateCertificate(cls) -> RTCCertificate:  # type: ignore[override]  # shared by all
        now = time.monotonic()
        if cls._shared is None or now - cls._made_s > CERTIFICATE_S:
            cls._shared, cls._made_s = RTCCertificate.generateCertificate(), now
        return cls._shared


_stock_host_addresses = aioice.ice.get_host_addresses


def _host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001  # aioice's own
    """Aioice's addresses, or loopback where there is no other: a booth without a network."""
    return _stock_host_addresses(use_ipv4=use_ipv4, use_ipv6=use_ipv6) or ["127.0.0.1"]


aioice.ice.get_host_addresses = _host_addresses
