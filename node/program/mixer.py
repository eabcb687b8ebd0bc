"""The mixer: one clock; each tick makes exactly one program frame and its share of sound."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass

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
from node.program.commands import Layout
from node.program.deck import Deck, Pulled
from node.program.looks import card_look, countdown_s, strip_look
from node.program.rundown import Segment
from node.program.runner import ShowRunner
from node.program.scene import compose
from node.program.seller import seller_look
from node.program.show import Airing, Show, Shown
from node.program.sound import Ring, SoundMixer

log = logging.getLogger(__name__)

CATCH_UP_S = 0.5
"""A program later than this (a suspended machine) takes up the clock anew; ticks are counted as
missing, timestamps go on without a gap."""
ENCODER_QUEUE = 12
"""Frames that may wait for a late encoder, 0.4 s at 30 fps; it then works them off."""
CANVASES = ENCODER_QUEUE + 4
"""More than can be alive at once: those queued, one encoded, one shown, one drawn."""
AFTER_SYNC_S = 0.008
"""The program's tick after the house sync: a drawn camera delivers within 3 ms, busy within 7."""
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


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    """All that one picture is made of; `weight` is the incoming one's in a dissolve, 0..256."""

    main: Pixels
    inset: Pixels | None
    layout: Layout
    overlays: tuple[tuple[Overlay, int], ...]
    outgoing: Pixels | None
    weight: int


@dataclass(slots=True)
class _Memory:
    """What the mixer carries from tick to tick."""

    main: Pixels
    program: Pixels
    airing: Airing | None = None
    outgoing: Pixels | None = None


class Mixer:
    """Essential component. Puts each frame on `picture` and its sound on `mixed`.

    The first tick waits for `begin`: a frame made before the encoder is open would be lost. Until
    a source gives its first picture the fallback slate is shown.
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
        picture: Fanout[Frame],
        mixed: Fanout[AudioChunk],
        counters: Counters,
        begin: Callable[[], Awaitable[object]],
        make_pool: Callable[[], Executor] = lambda: ThreadPoolExecutor(1, "mixer"),
    ) -> None:
        self._size, self._fps = size, fps
        self._runner, self._deck, self._artwork = runner, deck, artwork
        self._live_sound = live_sound
        self._picture, self._mixed = picture, mixed
        self._sound = SoundMixer(fps)
        self._canvases = [black(size) for _ in range(CANVASES)]
        start = black(size)
        self._memory = _Memory(main=start, program=start)
        self.counters = counters
        self._begin = begin
        self._make_pool = make_pool

    async def run(self, ready: Callable[[], None]) -> None:
        """Tick until cancelled."""
        loop = asyncio.get_running_loop()
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
        plan = self._plan(show, pulled)
        samples = self._mix(show, pulled, left)
        made = await loop.run_in_executor(pool, self._compose, plan, tick)
        self._memory.program = made
        self._memory.airing = show.airing
        self.counters.out += 1
        self._picture.put(Frame(Pts90k(tick * 90_000 // self._fps), due, made))
        pts = tick * SAMPLE_RATE_HZ // self._fps
        self._mixed.put(AudioChunk(pts, due, samples))

    def _left(self, show: Show) -> Airing | None:
        """The airing that was on until the last tick, if this tick is the first of another."""
        before = self._memory.airing
        if before is None or before.number == show.airing.number:
            return None
        fade = show.airing.fade
        self._memory.outgoing = self._memory.program.copy() if fade else None
        return before

    def _plan(self, show: Show, pulled: Pulled) -> _Picture:
        memory, airing = self._memory, show.airing
        main = self._main(show, pulled)
        memory.main = main
        step = show.tick - airing.entered + 1
        weight = 256 * step // (airing.fade + 1) if 0 < step <= airing.fade else 256
        outgoing = memory.outgoing if weight < pixels.OPAQUE else None
        if outgoing is None:
            memory.outgoing = None
        inset = self._deck.pull_live().pixels if show.layout != "full" else None
        return _Picture(main, inset, show.layout, self._overlays(show), outgoing, weight)

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

    def _overlays(self, show: Show) -> tuple[tuple[Overlay, int], ...]:
        """What lies over the picture; words and label belong to a source, not to its stand-in."""
        art, laid = self._artwork, list[tuple[Overlay, int]]()
        words, label = show.lower_third, show.segment.ai_label
        if words is not None and words.text is not None and not show.stand_in:
            self._lay(laid, words, show.tick, art.lower_third(words.text))
        seller = seller_look(show)
        if seller is not None and show.seller is not None:
            self._lay(laid, show.seller, show.tick, art.seller(seller))
        self._lay_card(laid, show)
        self._lay_strip(laid, show)
        drawn = art.label(label) if label and not show.stand_in else None
        if drawn is not None:
            laid.append((drawn, pixels.OPAQUE))
        return tuple(laid)

    def _lay_card(self, laid: list[tuple[Overlay, int]], show: Show) -> None:
        look = card_look(show)
        if show.card is None or look is None:
            return
        drawn = self._artwork.card(look)
        self._lay(laid, show.card, show.tick, drawn)
        if look.is_offer and drawn is not None:
            clock = self._artwork.clock("card", countdown_s(show, look.offer))
            laid.append((clock, laid[-1][1]))

    def _lay_strip(self, laid: list[tuple[Overlay, int]], show: Show) -> None:
        look = strip_look(show)
        drawn = None if look is None else self._artwork.strip(look)
        if look is not None and drawn is not None:
            clock = self._artwork.clock("strip", countdown_s(show, look.offer))
            laid += [(drawn, pixels.OPAQUE), (clock, pixels.OPAQUE)]

    def _lay(
        self,
        laid: list[tuple[Overlay, int]],
        shown: Shown,
        tick: int,
        overlay: Overlay | None,
    ) -> None:
        """Add a graphic; one that is not drawn in time is late by the ticks until it is."""
        step = tick - shown.since_tick
        if overlay is None:
            self.counters.cue_late_max = max(self.counters.cue_late_max, step + 1)
            return
        laid.append((overlay, RISE[step] if 0 <= step < len(RISE) else pixels.OPAQUE))

    def _mix(self, show: Show, pulled: Pulled, left: Airing | None) -> Samples:
        """This tick's sound: the source on air, and the one that was left, fading out."""
        sources: dict[str, Samples] = {}
        if show.segment.kind == "live":
            sources["live"] = self._live_sound.take(samples_per_frame(self._fps))
        elif pulled.samples is not None:
            sources[f"clip {show.airing.player}"] = pulled.samples
        elif pulled.source in ("late", "lost"):
            self.counters.gaps += 1
        fading: dict[str, Samples] = {}
        if left is not None:
            tail = self._deck.tail(left)
            if tail is not None:
                fading[f"clip {left.player}"] = tail
        return self._sound.mix(sources, fading)

    def _compose(self, plan: _Picture, tick: int) -> Pixels:
        """Draw a picture. Thread: the mixer's own."""
        made = plan.main
        if plan.layout != "full" or plan.overlays or plan.outgoing is not None:
            made = self._canvases[tick % CANVASES]
            compose(plan.layout, plan.main, plan.inset, made)
            if plan.outgoing is not None:
                pixels.dissolve(plan.outgoing, made, plan.weight, made)
            for overlay, opacity in plan.overlays:
                pixels.blend(made, overlay, opacity)
        self.counters.black += pixels.is_black(made)
        return made
