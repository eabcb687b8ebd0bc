"""The mixer: one clock; each tick makes exactly one program frame and its share of sound."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from node.board.leisure import Leisure
from node.channels import Fanout
from node.media import (
    SAMPLE_RATE_HZ,
    AudioChunk,
    Frame,
    Overlay,
    Pixels,
    Pts90k,
    Samples,
    Size,
    black,
    house_sync,
    samples_per_frame,
)
from node.program import pixels
from node.program.artwork import Artwork
from node.program.composition import Composition, Layer, Plan, Taken
from node.program.deck import Deck, Pulled
from node.program.looks import card_look, countdown_s, strip_look
from node.program.outputs import Recipe, Standings, kinds_on_air
from node.program.rundown import OverlayKind, Segment
from node.program.runner import ShowRunner
from node.program.seller import seller_look
from node.program.show import Airing, Show, Shown
from node.program.sound import Ring, SoundMixer
from node.program.spoken import SpokenRing

log = logging.getLogger(__name__)

CATCH_UP_S = 0.5
"""A program later than this (a suspended machine) takes up the clock anew; ticks are counted as
missing, timestamps go on without a gap."""
ENCODER_QUEUE = 12
"""Frames that may wait for a late encoder, 0.4 s at 30 fps; it then works them off."""
AFTER_SYNC_S = 0.008
"""The program's tick after the house sync: a drawn camera delivers within 3 ms, busy within 7."""
OPENING_S = 8.0
"""From its start the program has the machine to itself: sources open, viewers join, caches fill."""
RISE = (160, 224)
"""Opacity of a graphic in its first frames, of 256: there at once, yet not a flash."""


@dataclass(slots=True)
class Counters:
    """What the program did since start, in frames; `gaps` counts silences in a clip's sound."""

    out: int = 0
    repeated: int = 0
    missing: int = 0
    black: int = 0
    late_source: int = 0
    gaps: int = 0
    cues: int = 0
    cue_late_max: int = 0


@dataclass(slots=True)
class _Memory:
    """What the mixer carries from tick to tick."""

    main: Pixels
    airing: Airing | None = None


class Mixer:
    """Essential component. Puts each frame on `picture` and its sound on `mixed`.

    Pictures by other recipes are made after the program's, for those fan-outs of `further` that
    somebody reads; `standings` is told each tick what is on air.

    The first tick waits for `begin`: a frame made before the encoder is open would be lost. Until
    a source gives its first picture the fallback slate is shown. `leisure` hears how late each is.
    """

    name = "mixer"

    def __init__(
        self,
        *,
        size: Size,
        fps: int,
        runner: ShowRunner,
        deck: Deck,
        artwork: Artwork,
        live_sound: Ring,
        spoken: SpokenRing | None = None,
        picture: Fanout[Frame],
        mixed: Fanout[AudioChunk],
        counters: Counters,
        begin: Callable[[], Awaitable[object]],
        standings: Standings | None = None,
        further: Mapping[Recipe, Fanout[Frame]] = MappingProxyType({}),
        leisure: Leisure | None = None,
        make_pool: Callable[[], Executor] = lambda: ThreadPoolExecutor(1, "mixer"),
    ) -> None:
        self._size, self._fps = size, fps
        self._runner, self._deck, self._artwork = runner, deck, artwork
        self._live_sound, self._spoken = live_sound, spoken or SpokenRing()
        self._picture, self._mixed = picture, mixed
        self._sound = SoundMixer(fps)
        self._memory = _Memory(main=black(size))
        self._program, self._further = Composition(size), further
        self._others: dict[Recipe, Composition] = {}
        self._standings = standings or Standings(runner.state.value.rundown.outputs)
        self.counters = counters
        self._begin, self._make_pool = begin, make_pool
        self._leisure = leisure or Leisure()

    async def run(self, ready: Callable[[], None]) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
        self._leisure.hold(OPENING_S)
        await self._begin()
        rundown = self._runner.state.value.rundown
        self._memory.main = self._slate(rundown.segments[rundown.fallback])
        try:
            with self._make_pool() as pool:
                start, tick = house_sync(loop.time(), self._fps) + AFTER_SYNC_S, 0
                await asyncio.sleep(start - loop.time())
                while True:
                    await self._tick(tick, start + tick / self._fps, pool)
                    ready()
                    tick += 1
                    late = loop.time() - (start + tick / self._fps)
                    if late > CATCH_UP_S:
                        skipped = int(late * self._fps)
                        start += skipped / self._fps
                        self.counters.missing += skipped
                        log.warning("program: %d ticks missed, the machine stood still", skipped)
                    await asyncio.sleep(max(0.0, -late))
        finally:
            self._runner.end()
            await self._deck.close()

    async def _tick(self, tick: int, due: float, pool: Executor) -> None:
        loop = asyncio.get_running_loop()
        show = self._runner.turn(tick)
        if tick % self._fps == 0 or show.tick - show.airing.entered == self._fps:
            self._deck.expect(self._runner.coming())
        left = self._left(show)
        pulled = self._deck.pull(show.segment, show.airing)
        self._runner.report(show, pulled.source)
        taken = self._take(show, pulled)
        self._standings.note(show, taken.kinds)
        samples = self._mix(show, pulled, left)
        plan, pts = self._program.plan(taken), Pts90k(tick * 90_000 // self._fps)
        made = await loop.run_in_executor(pool, self._made, self._program, plan, tick)
        self._memory.airing = show.airing
        self.counters.out += 1
        self._picture.put(Frame(pts, due, made))
        self._mixed.put(AudioChunk(tick * SAMPLE_RATE_HZ // self._fps, due, samples))
        for other, out in self._watched():
            own = other.plan(taken)
            if own.is_like(plan):
                other.last = made
            else:
                await loop.run_in_executor(pool, self._made, other, own, tick)
            if other.last is not None:
                out.put(Frame(pts, due, other.last))
        self._leisure.note(loop.time() - due, 1 / self._fps)

    def _watched(self) -> list[tuple[Composition, Fanout[Frame]]]:
        """The further pictures that somebody reads now, and where they go."""
        further = {recipe: out for recipe, out in self._further.items() if out.readers}
        self._others = {
            recipe: self._others.get(recipe) or Composition(self._size, recipe)
            for recipe in further
        }
        return [(self._others[recipe], out) for recipe, out in further.items()]

    def _left(self, show: Show) -> Airing | None:
        """The airing that was on until the last tick, if this tick is the first of another."""
        before = self._memory.airing
        if before is None or before.number == show.airing.number:
            return None
        is_dissolve = bool(show.airing.fade)
        self._program.depart(is_dissolve=is_dissolve)
        for other in self._others.values():
            other.depart(is_dissolve=is_dissolve, like=self._program)
        return before

    def _take(self, show: Show, pulled: Pulled) -> Taken:
        airing, rundown = show.airing, show.rundown
        main = self._main(show, pulled)
        self._memory.main = main
        step = show.tick - airing.entered + 1
        fallback = rundown.segments[rundown.fallback]
        return Taken(
            kinds=kinds_on_air(show, is_lost=pulled.source in ("lost", "failed")),
            main=main,
            inset=self._deck.pull_live().pixels if show.layout != "full" else None,
            layout=show.layout,
            layers=self._layers(show),
            weight=256 * step // (airing.fade + 1) if 0 < step <= airing.fade else 256,
            slate=self._artwork.slate(fallback.id, fallback.text, fallback.asset),
        )

    def _main(self, show: Show, pulled: Pulled) -> Pixels:
        """The picture of the source, the one before it, or the slate: never black, never none."""
        segment = show.segment
        if segment.kind == "slate":
            return self._slate(segment)
        if pulled.source in ("lost", "failed"):
            stand_in = show.named(segment.on_lost)
            return self._slate(
                stand_in if stand_in.kind == "slate" else show.named(show.rundown.fallback)
            )
        if not pulled.is_new:
            self.counters.repeated += 1
            self.counters.late_source += pulled.source == "late"
        return self._memory.main if pulled.pixels is None else pulled.pixels

    def _slate(self, segment: Segment) -> Pixels:
        drawn = self._artwork.slate(segment.id, segment.text, segment.asset)
        return self._memory.main if drawn is None else drawn

    def _layers(self, show: Show) -> tuple[Layer, ...]:
        """What lies over the picture; words and label belong to a source, not to its stand-in."""
        art, laid = self._artwork, list[Layer]()
        words, label = show.lower_third, show.segment.ai_label
        if words is not None and words.text is not None and not show.stand_in:
            self._lay(laid, "lower_third", words, show.tick, art.lower_third(words.text))
        seller = seller_look(show)
        if seller is not None and show.seller is not None:
            self._lay(laid, "seller", show.seller, show.tick, art.seller(seller))
        self._lay_card(laid, show)
        self._lay_strip(laid, show)
        drawn = art.label(label) if label and not show.stand_in else None
        if drawn is not None:
            laid.append(Layer("ai_label", drawn, pixels.OPAQUE))
        return tuple(laid)

    def _lay_card(self, laid: list[Layer], show: Show) -> None:
        look = card_look(show)
        if show.card is None or look is None:
            return
        drawn = self._artwork.card(look)
        kind: OverlayKind = "offer" if look.is_offer else "card"
        self._lay(laid, kind, show.card, show.tick, drawn)
        if look.is_offer and drawn is not None:
            clock = self._artwork.clock("card", countdown_s(show, look.offer))
            laid.append(Layer(kind, clock, laid[-1].opacity))

    def _lay_strip(self, laid: list[Layer], show: Show) -> None:
        look = strip_look(show)
        drawn = None if look is None else self._artwork.strip(look)
        if look is not None and drawn is not None:
            clock = self._artwork.clock("strip", countdown_s(show, look.offer))
            laid += [Layer("countdown", one, pixels.OPAQUE) for one in (drawn, clock)]

    def _lay(
        self,
        laid: list[Layer],
        kind: OverlayKind | Literal["seller"],
        shown: Shown,
        tick: int,
        overlay: Overlay | None,
    ) -> None:
        """Add a graphic; one that is not drawn in time is late by the ticks until it is."""
        step = tick - shown.since_tick
        if overlay is None:
            self.counters.cue_late_max = max(self.counters.cue_late_max, step + 1)
            return
        opacity = RISE[step] if 0 <= step < len(RISE) else pixels.OPAQUE
        laid.append(Layer(kind, overlay, opacity))

    def _mix(self, show: Show, pulled: Pulled, left: Airing | None) -> Samples:
        """This tick's sound: the source on air, the one that was left, and speech over both."""
        sources, count = dict[str, Samples](), samples_per_frame(self._fps)
        if show.segment.kind == "live":
            sources["live"] = self._live_sound.take(count)
        elif pulled.samples is not None:
            sources[f"clip {show.airing.player}"] = pulled.samples
        elif pulled.source in ("late", "lost"):
            self.counters.gaps += 1
        fading: dict[str, Samples] = {}
        if left is not None:
            tail = self._deck.tail(left)
            if tail is not None:
                fading[f"clip {left.player}"] = tail
        is_ducked = self._spoken.lowers
        return self._sound.mix(sources, fading, is_ducked=is_ducked, over=self._spoken.take(count))

    def _made(self, composition: Composition, plan: Plan, tick: int) -> Pixels:
        """Make one picture. Thread: the mixer's own."""
        made = composition.compose(plan, tick)
        composition.last = made
        self.counters.black += pixels.is_black(made)
        return made
