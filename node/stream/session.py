"""One peer connection to one viewer, by aiortc's public interface and the seam."""

import asyncio
import logging
from typing import Final

from aiortc import RTCDataChannel, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

from node.errors import CommandError, LinkError
from node.stream.aiortc_seam import FanoutSender, Owner, SessionWire, fanout_senders, new_peer
from node.stream.flow import Flow
from node.stream.offer import Offer

log = logging.getLogger(__name__)

CHANNEL: Final = "show"
CLOSE_S: Final = 1.0
"""For goodbyes when the node stops."""
MESSAGES_MAX: Final = 65_536
"""Bytes of messages that may wait for a viewer; more are dropped, later ones say it anew."""


class Session:
    """One peer connection that sends to one viewer."""

    def __init__(self, offer: Offer, owner: Owner, *, is_kiosk: bool) -> None:
        self.answer = ""
        self._offer = offer
        self._owner = owner
        self._video: FanoutSender | None = None
        self._audio: FanoutSender | None = None
        self._channel: RTCDataChannel | None = None
        self._has_playout_delay = is_kiosk and offer.playout_delay_id > 0
        self._peer = new_peer()
        self._peer.failed = owner.note_over
        self._wire: SessionWire | None = None

    async def negotiate(self) -> None:
        """Answer the offer, all candidates gathered; DTLS follows by itself.

        Raises:
            CommandError: "bad_sdp": what passed our reading, but not aiortc's.
        """
        self._add_senders()
        self._peer.on("datachannel", self._note_channel)
        self._peer.on("connectionstatechange", self._note_state)
        try:
            offer = RTCSessionDescription(sdp=self._offer.reduced, type="offer")
            await self._peer.setRemoteDescription(offer)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except (ArithmeticError, AssertionError, AttributeError, LookupError, ValueError) as error:
            raise CommandError("bad_sdp", f"cannot be answered: {error!r}") from error
        self.answer = self._offer.complete(
            self._peer.localDescription.sdp, has_playout_delay=self._has_playout_delay
        )

    async def add_candidate(self, value: str) -> None:
        """Try one more address of the viewer: a candidate attribute's value, already checked."""
        candidate = candidate_from_sdp(value)
        candidate.sdpMid = self._offer.first_mid
        await self._peer.addIceCandidate(candidate)

    @property
    def video(self) -> Flow | None:
        """The picture's flow; None until DTLS is connected, or when it was not asked for."""
        return None if self._video is None else self._video.flow

    @property
    def audio(self) -> Flow | None:
        """The sound's flow; None until DTLS is connected, or when it was not asked for."""
        return None if self._audio is None else self._audio.flow

    @property
    def why(self) -> str:
        """How far the connection has come, in words, and where known why no further."""
        return self._peer.why

    def send_text(self, text: str) -> bool:
        """Send a message where there is a channel; false when too much waits in it."""
        channel = self._channel
        if channel is None or channel.readyState != "open":
            return True
        if channel.bufferedAmount > MESSAGES_MAX:
            return False
        channel.send(text)
        return True

    @property
    def backlog_bytes(self) -> int:
        """What waits because the socket does not take it."""
        return 0 if self._wire is None else self._wire.backlog_bytes

    def drop_backlog(self) -> None:
        """Forget what waits, and do not repeat it either."""
        if self._wire is not None:
            self._wire.clear()
        for flow in (self.video, self.audio):
            if flow is not None:
                flow.forget()

    async def close(self) -> None:
        """Say goodbye and release everything."""
        for flow in (self.video, self.audio):
            if flow is not None:
                try:
                    flow.goodbye()
                except LinkError as error:
                    log.debug("goodbye: %s", error)
        if self._wire is not None:
            self._wire.close()
        # aiortc may be closing it already, and a caller cancelled meanwhile would break that.
        closing = asyncio.ensure_future(self._peer.close())
        try:
            await asyncio.shield(closing)
        except asyncio.CancelledError:
            await asyncio.wait([closing], timeout=CLOSE_S)
            raise

    def _add_senders(self) -> None:
        with fanout_senders():
            for kind in self._offer.kinds:
                if kind != "application":
                    self._peer.addTransceiver(kind, direction="sendonly")
        for sender in self._peer.getSenders():
            assert isinstance(sender, FanoutSender)  # noqa: S101  # fanout_senders promises it
            if self._wire is None:
                self._wire = SessionWire(sender.transport)
            sender.wire, sender.owner = self._wire, self._owner
            if sender.kind == "video":
                self._video = sender
                if self._has_playout_delay:
                    sender.playout_delay_id = self._offer.playout_delay_id
            else:
                self._audio = sender

    def _note_channel(self, channel: RTCDataChannel) -> None:
        channel.on("message", self._owner.note_message)  # of any channel: a flood must be noticed
        if channel.label == CHANNEL and self._channel is None:
            self._channel = channel
            self._owner.note_channel()

    def _note_state(self) -> None:
        if self._peer.connectionState == "failed":
            self._owner.note_over(self.why)
        elif self._peer.connectionState == "closed":
            self._owner.note_over()
