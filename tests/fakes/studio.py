"""A studio: a real mixer over fake players, a pulled camera and plain drawings, in virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import numpy as np
from typing_extensions import override

from node.catalog.looks import CardLook, StripLook
from node.catalog.products import Seller
from node.channels import Fanout, Latest, State
from node.media import AudioChunk, Frame, Overlay, Pixels, Pts90k, Size, black
from node.program.deck import Deck
from node.program.mixer import Counters, Mixer
from node.program.outputs import Recipe, Standings
from node.program.rundown import LocalText, Rundown, Segment
from node.program.runner import ShowRunner
from node.program.schedule import opening
from node.program.show import Fact, Show
from node.program.sound import Ring
from node.program.spoken import SpokenRing
from tests.fakes.inline_pool import InlinePool
from tests.fakes.players import FakePlayer, FakeTick
from tests.virtual_time import run_virtually

SIZE = Size(64, 32)
CLIP, CAMERA, SLATE, CARD = 90, 150, 60, 235
OFFER, SOLD_OUT, STRIP, CLOCK, WORDS, LABEL = 225, 180, 200, 40, 215, 120
"""Lumas of what lies over the picture; a clock's is `CLOCK` and its seconds."""
CARD_AT, CARD_CLOCK_AT, STRIP_AT, STRIP_CLOCK_AT, WORDS_AT, LABEL_AT = (
    (28, 2), (28, 10), (20, 2), (20, 10), (28, 20), (28, 44),
)  # fmt: skip
"""Row and column of one of its samples."""
MORNING = datetime(2026, 11, 21, 2, tzinfo=UTC)


def flat(luma: int) -> Pixels:
    picture = black(SIZE)
    picture[: SIZE.height] = luma
    return picture


class PaintedPlayer(FakePlayer):
    """A clip of one grey."""

    @override
    def next(self) -> FakeTick | None:
        tick = super().next()
        return None if tick is None else FakeTick(flat(CLIP), tick.samples * 0 + 0.1)


def patch(x: int, y: int, luma: int) -> Overlay:
    """A square of one grey, 8 px wide and high."""
    full, half = (np.full(shape, 256, np.uint16) for shape in ((8, 8), (4, 4)))
    grey = np.full((4, 4), 128 * 256, np.uint16)
    return Overlay(x, y, full * np.uint16(luma), full, grey, grey, half)


class Drawings:
    """Artwork that is drawn at once, or not at all."""

    def __init__(self) -> None:
        self.is_drawn = True

    def card(self, look: CardLook) -> Overlay | None:
        luma = SOLD_OUT if look.state == "sold_out" else OFFER if look.is_offer else CARD
        return patch(0, 24, luma) if self.is_drawn else None

    def strip(self, look: StripLook) -> Overlay | None:
        return patch(0, 16, STRIP) if self.is_drawn else None

    def clock(self, where: Literal["card", "strip"], seconds: int) -> Overlay:
        return patch(8, 24 if where == "card" else 16, CLOCK + seconds % 60)

    def seller(self, seller: Seller) -> Overlay | None:
        """The seller's panel: none."""
        return None

    def lower_third(self, text: LocalText) -> Overlay | None:
        return patch(16, 24, WORDS) if self.is_drawn else None

    def label(self, text: LocalText) -> Overlay | None:
        return patch(40, 24, LABEL) if self.is_drawn else None

    def slate(self, name: str, text: LocalText, image: Path | None) -> Pixels | None:
        return flat(SLATE)


class Studio:
    """A mixer over fake players and a camera that can be pulled, all in virtual time.

    The wall clock stands still, unless it `runs`: then it goes on from `clock` with the mixer.
    """

    def __init__(self, day: Rundown, clock: datetime = MORNING, *, runs: bool = False) -> None:
        self.clock, self.runs = clock, runs
        self.live = Latest[Frame]()
        self.players: list[PaintedPlayer] = []
        self.deck = Deck(open_clip=self.open, live=self.live, fps=30)
        self.state: State[Show] = State(opening(day, clock, None))
        self.facts = list[Fact]()
        self.runner = ShowRunner(
            self.state,
            deck=self.deck,
            now=self.now,
            note=lambda _show, facts: self.facts.extend(facts),
            products=frozenset({"P17"}),
        )
        self.picture, self.mixed = Fanout[Frame](size=4000), Fanout[AudioChunk](size=4000)
        self.further: dict[Recipe, Fanout[Frame]] = {}
        self.standings = Standings(day.outputs)
        self.counters, self.drawings = Counters(), Drawings()
        self.spoken = SpokenRing()
        self.mixer = Mixer(
            size=SIZE,
            fps=30,
            runner=self.runner,
            deck=self.deck,
            artwork=self.drawings,
            live_sound=Ring(),
            spoken=self.spoken,
            picture=self.picture,
            mixed=self.mixed,
            counters=self.counters,
            begin=self.begin,
            standings=self.standings,
            further=self.further,
            make_pool=InlinePool,
        )
        self.is_camera_there = True

    def now(self) -> datetime:
        gone_s = self.counters.out / 30 if self.runs else 0.0
        return self.clock + timedelta(seconds=gone_s)

    def open(self, segment: Segment) -> PaintedPlayer:
        self.players.append(PaintedPlayer(length=segment.length))
        return self.players[-1]

    async def begin(self) -> None:
        show = self.state.value
        self.deck.follow(show.segment, show.airing, None)
        await self.deck.settle()

    async def film(self) -> None:
        loop, number = asyncio.get_running_loop(), 0
        while True:
            if self.is_camera_there:
                self.live.put(Frame(Pts90k(number), loop.time(), flat(CAMERA)))
                number += 1
            await asyncio.sleep(1 / 30)

    def run(self, story: "Story") -> tuple[list[Frame], list[AudioChunk]]:
        async def main() -> tuple[list[Frame], list[AudioChunk]]:
            with self.picture.subscribe() as pictures, self.mixed.subscribe() as sounds:
                tasks: list[asyncio.Future[None]] = [asyncio.ensure_future(self.film())]
                await asyncio.sleep(0.05)
                tasks.append(asyncio.ensure_future(self.mixer.run(lambda: None)))
                await story(self)
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                return pictures.take_now(), sounds.take_now()

        return run_virtually(main())


Story = Callable[[Studio], Awaitable[object]]
"""What happens while the mixer runs."""
