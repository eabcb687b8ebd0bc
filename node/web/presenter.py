"""What pages and viewers are told: status, the operator's view, notices bound to a frame."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import msgspec

from node.board.clock import SyncState
from node.board.identity import VERSION
from node.channels import State
from node.encode.encoder import EncoderReport
from node.media import Pts90k, Size
from node.metrics.events import Events
from node.program import course
from node.program.facts import event_of
from node.program.mixer import Counters
from node.program.rundown import MINUTES_A_DAY, Block, Rundown, Segment
from node.program.show import Fact, Show
from node.stream.viewer import Notice, Value
from node.supervise import Health
from node.web.cards import CardBook
from node.web.status import (
    BlockView,
    CardView,
    Cues,
    CueView,
    DemoView,
    EventView,
    Frames,
    Idrs,
    PartView,
    RundownView,
    SegmentView,
    ShowView,
    Sound,
    Status,
)

TELL_EVERY_S = 1.0
EVENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the presenter reads what it tells; all are cheap and belong to the loop thread."""

    state: Callable[[], Show]
    counters: Counters
    encoder: Callable[[], EncoderReport]
    viewers: Callable[[], int]
    health: State[Health]
    events: Events
    clock: Callable[[], SyncState]
    announce: Callable[[Notice], None]
    demo: Callable[[], DemoView]


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
        self._sources = sources
        self._simulated = simulated
        self._card: CardView | None = None
        self._synced: SyncState = "unknown"
        self._began_s = began_s
        self._rundown, self._day = rundown, _day_of(rundown)

    async def run(self, ready: Callable[[], None]) -> None:
        """Tell the place of the show each second."""
        ready()
        while True:
            self._synced = self._sources.clock()
            self._sources.announce(self._place(self._sources.state()))
            await asyncio.sleep(TELL_EVERY_S)

    def note(self, show: Show, facts: tuple[Fact, ...]) -> None:
        """Take what happened at a tick: events to the log, cards to the viewers."""
        for fact in facts:
            self._sources.events.note(event_of(show, fact, node=self._node))
            if fact.ev == "cue.fire":
                self._sources.counters.cues += 1
                late = self._sources.counters.cue_late_max
                self._sources.counters.cue_late_max = max(late, fact.late_frames)
            elif fact.ev == "card.show":
                self._card = self._cards.new(fact.product, self._until_s(show))
                self._sources.announce(self._card_notice(show))
            elif fact.ev == "card.hide":
                self._card = None
                self._sources.announce(self._card_notice(show))
            elif fact.ev == "seg.start":
                self._sources.announce(self._place(show))

    def greet(self) -> list[Notice]:
        """What a viewer is told when it comes: the place of the show and the card on air."""
        show = self._sources.state()
        return [self._place(show), self._card_notice(show)]

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
            self._rundown, self._day = show.rundown, _day_of(show.rundown)
        events = list(self._sources.events.latest)[-EVENTS_SHOWN:]
        return ShowView(
            status=self._status(show),
            rundown=msgspec.structs.replace(
                self._day, camera=show.live, blocks=_blocks(show.rundown, show.block)
            ),
            products=self._cards.views(),
            events=tuple(
                EventView(
                    ts=event.ts,
                    ev=event.ev,
                    seg=event.seg,
                    cue=event.cue,
                    product=event.product,
                    part=event.part,
                    why=event.why,
                )
                for event in events
            ),
            demo=self._sources.demo(),
        )

    def _status(self, show: Show) -> Status:
        sources, segment, fps = self._sources, show.segment, show.rundown.fps
        encoder, counters = sources.encoder(), sources.counters
        left = (show.end - show.airing.position) / fps
        return Status(
            version=VERSION,
            node=self._node,
            uptime_s=round(self._uptime_s(), 1),
            on_air=encoder.frames > 0,
            segment=segment.id,
            kind=segment.kind,
            position_s=round(show.airing.position / fps, 3),
            length_s=round(show.end / fps, 3),
            next=course.following(show),
            next_in_s=round(max(left, 0.0), 2) if show.end else None,
            block=_name(show.rundown.blocks[show.block]),
            loop=show.loop + 1,
            layout=show.layout,
            held=show.held.segment if show.held else None,
            fps=fps,
            size=str(self._size),
            encoder=encoder.name,
            encoder_why=encoder.why,
            bitrate_kbps=encoder.bitrate_kbps,
            viewers=sources.viewers(),
            health=_health(sources.health.value),
            frames=Frames(
                out=counters.out,
                repeated=counters.repeated,
                missing=counters.missing + encoder.missed,
                black=counters.black,
                late_source=counters.late_source,
            ),
            cues=Cues(fired=counters.cues, late_frames_max=counters.cue_late_max),
            audio=Sound(gaps=counters.gaps),
            card=self._card_now(show),
            simulated=self._simulated,
            idr=Idrs(forced=encoder.idr_forced, requested=encoder.idr_requested),
            clock="synced" if self._synced == "synced" else "unsynced",
        )

    def _uptime_s(self) -> float:
        return asyncio.get_running_loop().time() - self._began_s

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
        }
        return Notice(_pts(show), place)

    def _card_notice(self, show: Show) -> Notice:
        card = self._card_now(show)
        shown: dict[str, Value] = {"t": "card", "show": card is not None}
        if card is not None:
            shown["card"] = msgspec.to_builtins(card)
        return Notice(_pts(show), shown)

    def _card_now(self, show: Show) -> CardView | None:
        if show.card is None:
            return None
        if self._card is None or self._card.product != show.card.product:
            self._card = self._cards.new(show.card.product, 0.0)  # of a restored show: no fact
        return msgspec.structs.replace(self._card, until_s=round(self._until_s(show), 1))

    def _until_s(self, show: Show) -> float:
        if show.card is None:
            return 0.0
        by_position = show.card.until - show.airing.position
        frames = by_position if show.card.until >= 0 else show.card.until_tick - show.tick
        return max(0, frames) / show.rundown.fps


def _pts(show: Show) -> Pts90k:
    return Pts90k(show.tick * 90_000 // show.rundown.fps)


def _health(parts: Health) -> Mapping[str, PartView]:
    return {
        name: PartView(
            condition=part.condition,
            essential=part.is_essential,
            failures=part.failures,
            last_error=part.last_error,
        )
        for name, part in parts.items()
    }


def _day_of(rundown: Rundown) -> RundownView:
    return RundownView(
        id=rundown.id,
        title=dict(rundown.title),
        timezone=rundown.timezone.key,
        locales=rundown.locales,
        fallback=rundown.fallback,
        camera="",
        blocks=_blocks(rundown, -1),
        segments=tuple(_segment(one, rundown.fps) for one in rundown.segments.values()),
    )


def _segment(segment: Segment, fps: int) -> SegmentView:
    cues = tuple(
        CueView(id=cue.id, at_s=round(cue.at / fps, 3), do=cue.do, beat=cue.beat,
                product=cue.product)
        for cue in segment.cues
    )  # fmt: skip
    length = segment.length + (segment.overrun if segment.kind == "live" else 0)
    return SegmentView(
        id=segment.id,
        kind=segment.kind,
        title=dict(segment.title),
        length_s=round(length / fps, 3),
        cues=cues,
    )


def _blocks(rundown: Rundown, now: int) -> tuple[BlockView, ...]:
    return tuple(
        BlockView(start=_time(block.start), end=_time(block.end), play=block.play, now=index == now)
        for index, block in enumerate(rundown.blocks)
    )


def _name(block: Block) -> str:
    return f"{_time(block.start)}-{_time(block.end)}"


def _time(minute: int) -> str:
    minute %= MINUTES_A_DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"
