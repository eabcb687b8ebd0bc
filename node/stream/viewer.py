"""One viewer: a WHEP session's media, messages and watchdogs. Knows no HTTP."""

import asyncio
import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from node.errors import CommandError, LinkError
from node.media import OpusPacket, Pts90k
from node.stream import sdp
from node.stream.flow import Flow
from node.stream.inbox import Mouth
from node.stream.offer import Offer, is_usable_candidate
from node.stream.packetiser import PackedUnit
from node.stream.session import Session
from node.stream.timeline import Timeline

log = logging.getLogger(__name__)

CONNECT_S: Final = 12.0
"""From the answer to DTLS connected; aioice would wait for ever (browsers trickle)."""
SUSPECT_S: Final = 3.0
"""Without feedback on the picture (browsers report each second): no more pictures."""
GONE_S: Final = 10.0
AUDIO_SLACK_S: Final = 12.0
"""Feedback on sound alone comes only each 5 s (RFC 3550 §6.2)."""
REPORT_S: Final = 1.0
LOSS_REPORT_S: Final = 1.0
"""A viewer's picture-loss reports count once in this time (as Janus does)."""
FIRST_BUDGET: Final = 1 << 20
"""Bytes that may wait before the first picture; nothing does."""

Value = str | int | float | bool | None | Mapping[str, "Value"] | Sequence["Value"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A message for pages, tied to the frame at `pts`; `message` is plain JSON values."""

    pts: Pts90k
    message: Mapping[str, Value]


class Broker(Protocol):
    """What a viewer asks of the hub."""

    def request_idr(self) -> None:
        """A picture is needed that can be decoded alone."""
        ...

    def recent_units(self) -> Sequence[PackedUnit]:
        """The last IDR and what came since, if it is two pictures old at most; else empty."""
        ...

    def greetings(self) -> Sequence[Notice]:
        """What a new viewer is told."""
        ...

    def note_joined(self, viewer: "Viewer") -> None:
        """Media flows to a viewer now; once for each."""
        ...


class Viewer:
    """One viewer, from its offer to its leaving; loop thread only.

    `id` and `etag` are unguessable (160 bits) and name the session and its ICE state; they are
    its keys and never logged. `connected_s` is the loop's time since which media flows;
    `has_failed` says of a viewer that has left that it never did, and not by its own will.
    """

    def __init__(
        self, offer: Offer, *, is_kiosk: bool, broker: Broker, timeline: Timeline, mouth: Mouth
    ) -> None:
        self.id = secrets.token_urlsafe(20)
        self.etag = f'"{secrets.token_urlsafe(20)}"'
        self.is_kiosk = is_kiosk
        self.overflows = 0
        self.messages_dropped = 0
        self.connected_s: float | None = None
        self.has_failed = False
        self._mouth = mouth
        self._why = "left"
        self._offer = offer
        self._broker = broker
        self._timeline = timeline
        self._session = Session(offer, self, is_kiosk=is_kiosk)
        self._loop = asyncio.get_running_loop()
        self._begun = asyncio.Event()
        self._left = asyncio.Event()
        self._is_served = False
        self._is_waiting = True
        self._last_pts = -1
        self._last_ticks = -1
        self._heard_s = float("inf")
        self._loss_reported_s = float("-inf")

    @property
    def answer(self) -> str:
        """The SDP answer; empty before `negotiate`."""
        return self._session.answer

    @property
    def is_connected(self) -> bool:
        """Whether media flows."""
        return self.connected_s is not None and not self._left.is_set()

    @property
    def sid(self) -> str:
        """The random id of this session in events."""
        return self._mouth.sid

    async def negotiate(self) -> None:
        """Make the answer; raises `CommandError` "bad_sdp"."""
        await self._session.negotiate()

    async def run(self) -> str:
        """Stay until the viewer leaves; the reason in words. Releases everything."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._begun.wait()
            while not await _is_set_within(self._left, REPORT_S):
                now = self._loop.time()
                if self._is_gone(now):
                    return "no feedback"
                self._report(now)
        except TimeoutError:
            self.has_failed = True
            return f"not within {CONNECT_S:g} s: {self._session.why}"
        else:
            return self._why
        finally:
            self._left.set()
            await self._session.close()

    async def abandon(self) -> None:
        """Release everything of a viewer that will not `run`."""
        self._left.set()
        await self._session.close()

    def leave(self, why: str = "left") -> None:
        """End the session; `run` returns soon, with the reason of the first call."""
        if not self._left.is_set():
            self._why = why
        self._left.set()
        self._begun.set()

    async def add_candidates(self, fragment: str) -> None:
        """Take addresses from a trickle-ICE fragment (RFC 8840); unusable ones are ignored.

        Raises:
            CommandError: "ice_restart" when the fragment names other ICE credentials.
        """
        lines = [line.strip() for line in fragment.splitlines()]
        ufrag = sdp.value_of(lines, "ice-ufrag")
        if ufrag and ufrag != self._offer.ice_ufrag:
            raise CommandError("ice_restart", "ICE restart is not supported: post a new offer")
        for line in lines:
            value = line.partition(":")[2]
            if sdp.name_of(line) == "candidate" and is_usable_candidate(value):
                await self._session.add_candidate(value)

    def send_unit(self, packed: PackedUnit, now: float, budget_bytes: int) -> None:
        """Send a picture, or not: while waiting for an IDR, suspect, or with a full socket."""
        flow = self._session.video
        if flow is None or self._left.is_set() or self._is_suspect(now):
            return
        if packed.unit.pts <= self._last_pts or (self._is_waiting and not packed.unit.is_idr):
            return
        if self._session.backlog_bytes > budget_bytes:
            self._resume_later()
            self.overflows += 1
            return
        self._is_waiting = False
        self._last_pts = packed.unit.pts
        self._last_ticks = max(packed.unit.pts, self._last_ticks + 1)
        self._send(flow, packed.payloads, self._last_ticks, now)

    def splice(self, packed: PackedUnit) -> None:
        """Go over to another rendition, whose IDR this is, without a break.

        Its pictures may trail those already sent by a frame or two. These are sent all the same,
        for the later ones need them, a tick of the RTP clock (11 us) apart until time has caught
        up: the viewer decodes every picture, and its timestamps go on rising.
        """
        self._last_pts = packed.unit.pts - 1

    def pause(self) -> None:
        """Send no more pictures; the next one that is sent is an IDR."""
        self._is_waiting = True

    def send_packet(self, packet: OpusPacket, now: float) -> None:
        """Send 20 ms of sound."""
        flow = self._session.audio
        if flow is not None and not self._left.is_set():
            self._send(flow, (packet.payload,), packet.pts_48k, now)

    def tell(self, notice: Notice) -> None:
        """Send a message with this viewer's RTP timestamp of its frame (null without video)."""
        flow = self._session.video
        rtp = None if flow is None else flow.timestamp(notice.pts)
        text = json.dumps({**notice.message, "rtp": rtp}, ensure_ascii=False)
        if not self._session.send_text(text):
            self.messages_dropped += 1

    def note_connected(self) -> None:
        """Media may flow: start with what was just sent to others, or ask for an IDR."""
        if self.connected_s is None:
            self.connected_s = self._loop.time()
            self._broker.note_joined(self)
        self._begun.set()
        if self._session.video is None or self._is_served:
            return
        self._is_served = True
        recent = self._broker.recent_units()
        for packed in recent:
            self.send_unit(packed, self._loop.time(), FIRST_BUDGET)
        if not recent:
            self._broker.request_idr()

    def note_feedback(self) -> None:
        """The viewer lives; one that was suspect resumes at an IDR."""
        if self._is_suspect(self._loop.time()):
            self._resume_later()
        self._heard_s = self._loop.time()

    def note_picture_lost(self) -> None:
        """Ask for an IDR, at most once a second for one viewer."""
        now = self._loop.time()
        if now - self._loss_reported_s >= LOSS_REPORT_S:
            self._loss_reported_s = now
            self._broker.request_idr()

    def note_channel(self) -> None:
        """Tell a new page what is on."""
        for notice in self._broker.greetings():
            self.tell(notice)

    def note_message(self, message: str | bytes) -> None:
        """Hear what the viewer says; one that floods the node is sent away."""
        self._mouth.hear(message, self._loop.time())
        if self._mouth.is_flooding and not self._left.is_set():
            self.leave("flood")

    def note_over(self, why: str = "") -> None:
        """The connection is gone, or never came to be for a reason."""
        if why and self.connected_s is None and not self._left.is_set():
            self.has_failed = True
            self.leave(why)
        self.leave()

    def _send(self, flow: Flow, payloads: Sequence[bytes], ticks: int, now: float) -> None:
        is_first = flow.packets == 0
        self._heard_s = min(self._heard_s, now)
        try:
            flow.send(payloads, ticks, now)
            if is_first:
                flow.report(self._timeline, now)
        except LinkError as error:
            log.debug("viewer leaves: %s", error)
            self.leave()

    def _report(self, now: float) -> None:
        """Sender reports for picture and sound, so that the browser keeps them together."""
        for flow in (self._session.video, self._session.audio):
            if flow is not None and flow.packets:
                try:
                    flow.report(self._timeline, now)
                except LinkError as error:
                    log.debug("viewer leaves: %s", error)
                    self.leave()

    def _resume_later(self) -> None:
        """Give up what waits; the next picture for this viewer is an IDR."""
        self._session.drop_backlog()
        self._is_waiting = True
        self._broker.request_idr()

    def _is_suspect(self, now: float) -> bool:
        return now - self._heard_s > SUSPECT_S

    def _is_gone(self, now: float) -> bool:
        slack_s = 0.0 if self._session.video is not None else AUDIO_SLACK_S
        return now - self._heard_s > GONE_S + slack_s


async def _is_set_within(event: asyncio.Event, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
