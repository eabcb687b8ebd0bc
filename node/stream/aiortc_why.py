"""Why a session by aiortc came to nothing, which aiortc tells nobody; part of the seam to it.

aiortc connects in a task that no one holds: an exception in it shows only as asyncio's "Task
exception was never retrieved". Why a handshake failed stands in its debug log alone.
tests/contract/test_aiortc_why.py proves what is used here, and fails on an upgrade that changes it.
"""

import logging
from collections.abc import Callable

from aiortc import RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport
from typing_extensions import override

log = logging.getLogger(__name__)

FAILED = "x DTLS handshake failed ("
"""How aiortc's lines of the debug log begin that say why; the reason ends with a bracket."""
UNKNOWN = "error []"
"""OpenSSL's reason was read, and dropped, while a datagram was taken in."""
PINNED = (
    (RTCPeerConnection, "_RTCPeerConnection__connect"),
    (RTCDtlsTransport, "_RTCDtlsTransport__log_debug"),
    (RTCDtlsTransport, "_recv_next"),
)
for _owner, _name in PINNED:
    if not hasattr(_owner, _name):
        raise ImportError(f"{_owner.__name__}.{_name} is gone: aiortc has changed")


class TellingPeer(RTCPeerConnection):
    """A peer connection that calls `failed`, with the reason, where aiortc would lose one."""

    failed: Callable[[str], None]

    async def _RTCPeerConnection__connect(self) -> None:  # noqa: N802  # aiortc's __connect
        try:
            await super()._RTCPeerConnection__connect()  # type: ignore[misc]  # a private name
        except Exception as error:
            if self.connectionState == "connected":  # our own doing, not the peer's
                log.exception("viewer: its session broke as it began")
            self.failed(f"{type(error).__name__}: {error}")

    @property
    def why(self) -> str:
        """How far the connection has come, in words, and where known why no further."""
        if self.iceConnectionState != "completed":
            return "no path to it was found"
        transports = [sender.transport for sender in self.getSenders()]
        told = [one.why for one in transports if isinstance(one, TellingDtls) and one.why]
        return f"DTLS: {told[0]}" if told else "DTLS: the handshake did not end"


class TellingDtls(RTCDtlsTransport):
    """A DTLS transport that remembers `why` its handshake failed, and outlives empty datagrams."""

    why = ""

    @override
    async def _recv_next(self) -> None:
        try:
            await super()._recv_next()
        except IndexError:
            return  # a datagram without a byte, which anyone may send to the port

    def _RTCDtlsTransport__log_debug(self, msg: str, *args: object) -> None:  # noqa: N802
        if msg.startswith(FAILED):
            told = (msg % args).removeprefix(FAILED).removesuffix(")")
            self.why = told.replace(UNKNOWN, "what it sent is no handshake")
        super()._RTCDtlsTransport__log_debug(msg, *args)  # type: ignore[misc]  # a private name
