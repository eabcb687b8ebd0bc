"""What pages and viewers are told: status, the operator's view, notices bound to a frame."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from node.board.clock import SyncState
from node.board.identity import VERSION
from node.channels import State
from node.encode.encoder import EncoderReport
from node.media import Size
from node.metrics.events import Event, Events
from node.program import course
from node.program.facts import OWN_OUTPUTS, event_of
from node.program.listening import Listening
from node.program.looks import card_left_s
from node.program.mixer import Counters
from node.program.rundown import Rundown
from node.program.show import Fact, Show
from node.stream.seating import OutputReport
from node.stream.viewer import Notice, Value
from node.supervise import Health
from node.web.assetsview import assets_view
from node.web.boothview import booth_told, booth_view
from node.web.cards import CardBook
from node.web.dayview import day_view
from node.web.health import parts_view
from node.web.notices import card_notice, seller_notice, strip_notice
from node.web.outputview import output_view
from node.web.rundownview import blocks_of, day_of, name_of
from node.web.status import (
    CardView,
    Cues,
    DemoView,
    EventView,
    Frames,
    Idrs,
    RunningOffer,
    SellerView,
    ShowView,
    Sound,
    Status,
)
from node.web.voiceview import ear_view, questions_view

log = logging.getLogger(__name__)

TELL_EVERY_S = 1.0
EVENTS_SHOWN = 50
TELLING = frozenset({"card.show", "card.hide", "card.state", "cue.fire", "offer.end", "seg.start"})
"""Facts after which card or strip differ at once; a quantity is told with the second, as a
thousand sales a second are not a thousand messages to each viewer."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the presenter reads what it tells; all are cheap and belong to the loop thread.

    `carrying` names the outputs that carry the program, `listening` is what the ear does, if there
    is one (`may_send`: its utterances may be sent away); `refused` files may not play.
    """

    state: Callable[[], Show]
    counters: Counters
    encoder: Callable[[], EncoderReport]
    viewers: Callable[[], int]
    health: State[Health]
    events: Events
    clock: Callable[[], SyncState]
    announce: Callable[[Notice], None]
    demo: Callable[[], DemoView]
    outputs: Callable[[], tuple[OutputReport, ...]] = tuple
    carrying: Callable[[Show], tuple[str, ...]] = lambda _: OWN_OUTPUTS
    listening: Callable[[], Listening] = Listening
    may_send: bool = False
    broker: Callable[[], str] = lambda: ""
    refused: Callable[[], Collection[Path]] = tuple
    can_lock: bool = False


class Presenter:
    """Optional component `presenter`: tells viewers once a second where the show is.

    `note` is given to the show's runner; `snapshot` to the operator's face; `greet` to the hub.
    """

    name = "presenter"

    def __init__(
        self,
        *,
        node: str,
        rundown: Rundown,
        size: Size,
        cards: CardBook,
        sources: Sources,
        simulated: tuple[str, ...],
        began_s: float,
    ) -> None:
        self._node, self._size, self._cards = node, size, cards
        self._sources, self._simulated = sources, simulated
        self._code, self._coded = "", ""
        self._told: tuple[CardView | None, RunningOffer | None] = (None, None)
        self._seller: SellerView | None = None
        self._synced: SyncState = "unknown"
        self._began_s, self._is_deafness_told = began_s, False
        self._rundown, self._day = rundown, day_of(rundown)

    async def run(self, ready: Callable[[], None]) -> None:
        """Tell the place of the show each second."""
        ready()
        while True:
            self._synced = self._sources.clock()
            show = self._sources.state()
            self._sources.announce(self._place(show))
            self._tell(show)
            await asyncio.sleep(TELL_EVERY_S)

    def note(self, show: Show, facts: tuple[Fact, ...]) -> None:
        """Take what happened at a tick: events to the log, cards to the viewers."""
        is_told = False
        for fact in facts:
            price = self._cards.price_of(fact.product) if fact.ev == "card.show" else None
            cur = self._cards.catalog.currency if price is not None else ""
            out = self._sources.carrying(show)
            heard = self._heard(fact)
            event = event_of(show, heard, node=self._node, price=price, cur=cur, out=out)
            self._sources.events.note(event)
            if fact.ev == "cue.fire":
                self._sources.counters.cues += 1
                late = self._sources.counters.cue_late_max
                self._sources.counters.cue_late_max = max(late, fact.late_frames)
            elif fact.ev == "card.show":
                self._coded = fact.product
                self._code = self._cards.new(fact.product, cue=fact.cue, loop=fact.loop)
            elif fact.ev == "say.cut":
                self._sources.announce(Notice(show.pts, {"t": "hush"}))
            elif fact.ev in ("seg.start", "rundown.edit"):
                self._sources.announce(self._place(show))
            is_told = is_told or fact.ev in TELLING
        if is_told:
            self._tell(show)

    def _heard(self, fact: Fact) -> Fact:
        """A microphone window without a microphone says so, in the log at each opening."""
        if fact.ev != "listen.open" or (heard := self._sources.listening()).microphone:
            return fact
        if heard.ear in ("closed", "muted", "resting"):  # a closed one is opened by the window
            return replace(fact, why="" if heard.ear == "closed" else heard.ear)
        if not self._is_deafness_told:
            log.warning("a microphone window opens, but there is no microphone: nothing is heard")
        self._is_deafness_told = True
        return replace(fact, why="no microphone")

    def greet(self) -> list[Notice]:
        """What a viewer is told when it comes: the place of the show, card and countdown."""
        show = self._sources.state()
        notices = [self._place(show), card_notice(show, self._card_now(show))]
        if (seller := self._cards.seller()) is not None:
            notices.append(seller_notice(show, seller))
        strip = self._strip_now(show)
        return notices if strip is None else [*notices, strip_notice(show, strip)]

    async def obey(self, applied: Awaitable[Show]) -> str:
        """Say in words what an applied command has led to."""
        show = await applied
        self._sources.announce(self._place(show))
        card = f", card {show.card.product}" if show.card else ""
        return f"{show.airing.segment} on air, next {course.following(show)}{card}"

    def snapshot(self) -> ShowView:
        """The operator's view of this moment."""
        show = self._sources.state()
        if show.rundown is not self._rundown:  # another one has come in the middle of the day
            self._rundown, self._day = show.rundown, day_of(show.rundown)
        events = list(self._sources.events.latest)[-EVENTS_SHOWN:]
        return ShowView(
            status=self._status(show),
            rundown=msgspec.structs.replace(
                self._day, camera=show.live, blocks=blocks_of(show.rundown, show.block)
            ),
            products=self._cards.views(),
            events=tuple(map(_event_view, events)),
            demo=self._sources.demo(),
            day=day_view(show),
            questions=questions_view(self._sources.listening(), self._loop_s()),
        )

    def _status(self, show: Show) -> Status:
        sources, segment, fps = self._sources, show.segment, show.rundown.fps
        encoder, counters = sources.encoder(), sources.counters
        left = (show.end - show.airing.position) / fps
        return Status(
            version=VERSION,
            node=self._node,
            uptime_s=round(self._loop_s() - self._began_s, 1),
            on_air=encoder.frames > 0,
            segment=segment.id,
            kind=segment.kind,
            position_s=round(show.airing.position / fps, 3),
            length_s=round(show.end / fps, 3),
            next=course.following(show),
            next_in_s=round(max(left, 0.0), 2) if show.end else None,
            block=name_of(show.rundown.blocks[show.block]),
            loop=show.loop + 1,
            layout=show.layout,
            held=show.held.segment if show.held else None,
            fps=fps,
            size=str(self._size),
            encoder=encoder.name,
            encoder_why=encoder.why,
            encoder_stands_in=encoder.stands_in,
            bitrate_kbps=encoder.bitrate_kbps,
            viewers=sources.viewers(),
            health=parts_view(sources.health.value),
            frames=_frames(counters, encoder),
            cues=Cues(fired=counters.cues, late_frames_max=counters.cue_late_max),
            audio=Sound(gaps=counters.gaps),
            card=self._card_now(show),
            strip=self._strip_now(show),
            simulated=self._simulated,
            idr=Idrs(forced=encoder.idr_forced, requested=encoder.idr_requested),
            clock="synced" if self._synced == "synced" else "unsynced",
            outputs=tuple(map(output_view, sources.outputs())),
            broker=sources.broker(),
            booth=booth_view(show, sources.listening().microphone, can_lock=sources.can_lock),
            assets=assets_view(show.rundown, sources.refused()),
            voice=ear_view(sources.listening(), may_send=sources.may_send),
        )

    def _loop_s(self) -> float:
        return asyncio.get_running_loop().time()

    def _place(self, show: Show) -> Notice:
        segment, fps = show.segment, show.rundown.fps
        place: dict[str, Value] = {
            "t": "at",
            "seg": segment.id,
            "kind": segment.kind,
            "pos": round(show.airing.position / fps, 3),
            "len": round(show.end / fps, 3),
            "title": segment.title,
            "layout": show.layout,
            "tz": show.rundown.timezone.key,
            "locales": show.rundown.locales,
            **booth_told(show, self._node),
            "who": show.rundown.persona.name if segment.kind == "agent" else {},
        }
        return Notice(show.pts, place)

    def _tell(self, show: Show) -> None:
        """Tell viewers of card and countdown strip where they are no longer as last told."""
        card, strip, before = self._card_now(show), self._strip_now(show), self._told
        timeless = None if card is None else msgspec.structs.replace(card, until_s=0.0)
        self._told = (timeless, strip)
        if timeless != before[0]:
            self._sources.announce(card_notice(show, card))
        if strip != before[1]:
            self._sources.announce(strip_notice(show, strip))
        if (seller := self._cards.seller()) != self._seller:
            self._seller = seller
            self._sources.announce(seller_notice(show, seller))

    def _card_now(self, show: Show) -> CardView | None:
        if show.card is None:
            return None
        if self._coded != show.card.product:  # of a restored show: no fact told of it
            self._coded = show.card.product
            self._code = self._cards.new(self._coded, cue=show.card.cue, loop=show.loop)
        return self._cards.card(self._code, card_left_s(show))

    def _strip_now(self, show: Show) -> RunningOffer | None:
        return self._cards.offer(show.countdown) if show.countdown else None


def _frames(counters: Counters, encoder: EncoderReport) -> Frames:
    return Frames(
        out=counters.out,
        repeated=counters.repeated,
        missing=counters.missing + encoder.missed,
        black=counters.black,
        late_source=counters.late_source,
    )


def _event_view(event: Event) -> EventView:
    return EventView(
        ts=event.ts,
        ev=event.ev,
        seg=event.seg,
        cue=event.cue,
        product=event.product,
        part=event.part,
        why=event.why or event.name,
        intent=event.intent,
    )
