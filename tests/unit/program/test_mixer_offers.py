"""Offers, states, words and a busy host on the real mixer's pictures, in virtual time."""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from node.media import Frame
from node.program.commands import Busy, SetStock, Sold
from node.program.rundown import Cue
from tests.fakes.rundowns import agent, card, clip, live, offer, offered, rundown, say
from tests.fakes.stage import clock
from tests.fakes.studio import (
    CAMERA,
    CARD,
    CARD_AT,
    CARD_CLOCK_AT,
    CLIP,
    CLOCK,
    OFFER,
    SOLD_OUT,
    STRIP,
    STRIP_AT,
    STRIP_CLOCK_AT,
    WORDS,
    WORDS_AT,
    Studio,
)

if TYPE_CHECKING:
    from datetime import datetime

DESK = live("desk", 600, 60, offered("desk", 0, 730))
NOON = rundown(DESK, play=("desk",), offers=(offer(end=732),))


def studio_at(day, minute: int, second: int = 0) -> Studio:
    """A studio whose clock runs from a moment of the first day."""
    return Studio(day, clock(day, minute, second), runs=True)


class Watcher:
    """Looks at each frame as it comes: canvases are used again."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.seen: list[dict[tuple[int, int], int]] = []
        self.clocks: list[datetime] = []

    async def watch(self, frames: int) -> None:
        """So many frames."""
        with self._studio.picture.subscribe() as reader:
            async for frame in reader:
                self.seen.append(_samples(frame))
                self.clocks.append(self._studio.state.value.now)
                if len(self.seen) == frames:
                    return

    def first(self, at: tuple[int, int], luma: int) -> int:
        """Index of the first frame with a luma at a place."""
        return next(n for n, one in enumerate(self.seen) if one[at] == luma)


PLACES = (CARD_AT, CARD_CLOCK_AT, STRIP_AT, STRIP_CLOCK_AT, WORDS_AT)


def _samples(frame: Frame) -> dict[tuple[int, int], int]:
    return {at: int(frame.pixels[at]) for at in PLACES}


def watched(studio: Studio, frames: int, *, then=None) -> Watcher:
    """A run of so many frames; `then` is a story that goes on beside it."""
    watcher = Watcher(studio)

    async def story(studio):
        beside = asyncio.ensure_future(then(studio)) if then else None
        await watcher.watch(frames)
        if beside is not None:
            await beside

    studio.run(story)
    return watcher


def test_the_offer_card_is_on_the_first_frame_of_its_second():
    watcher = watched(studio_at(NOON, 729, 58), 90)
    first = next(n for n, one in enumerate(watcher.seen) if one[CARD_AT] != CAMERA)
    moments = [(one.hour, one.minute, one.second) for one in watcher.clocks]
    assert moments[first] == (12, 10, 0)
    assert moments[first - 1] == (12, 9, 59)
    assert watcher.seen[first + 2][CARD_AT] == OFFER


def test_the_cards_clock_counts_the_seconds_to_the_end_of_the_window():
    watcher = watched(studio_at(NOON, 730, 0), 95)
    shown = [one[CARD_CLOCK_AT] for one in watcher.seen[2:]]
    assert set(shown) == {CLOCK + 0, CLOCK + 59, CLOCK + 58, CLOCK + 57}
    assert shown.count(CLOCK + 59) == 30


def test_the_strip_follows_its_card_after_a_minute_and_goes_with_the_window():
    watcher = watched(studio_at(NOON, 730, 58), 30 * 75)
    strips = [n for n, one in enumerate(watcher.seen) if one[STRIP_AT] == STRIP]
    cards = [n for n, one in enumerate(watcher.seen) if one[CARD_AT] == OFFER]
    assert strips[0] == cards[-1] + 1
    assert strips == list(range(strips[0], strips[-1] + 1))
    assert watcher.clocks[strips[-1]].minute == 11
    assert watcher.clocks[strips[-1] + 1].minute == 12
    assert watcher.seen[strips[-1]][STRIP_CLOCK_AT] == CLOCK + 1


def test_an_offer_sold_out_is_off_the_picture_in_the_next_frames():
    async def sell(studio):
        await asyncio.sleep(1)
        await studio.runner.submit(Sold("noon", 30))

    watcher = watched(studio_at(NOON, 730), 90, then=sell)
    ends = [one[CARD_AT] for one in watcher.seen]
    assert OFFER in ends[:40]
    assert set(ends[40:]) == {CAMERA}


def test_a_sold_out_card_flips_in_the_next_frame():
    asked = []

    async def sell(studio):
        await asyncio.sleep(1)
        show = await studio.runner.submit(SetStock("P17", 0))
        asked.append(show.tick)

    day = rundown(clip("a", 60, card("a", 0, at=0, frames=1200)), play=("a",))
    watcher = watched(studio_at(day, 600), 90, then=sell)
    assert watcher.first(CARD_AT, SOLD_OUT) - asked[0] in (0, 1)
    assert CARD in [one[CARD_AT] for one in watcher.seen[: asked[0]]]


def test_what_is_said_is_seen_for_as_long_as_reading_takes():
    day = rundown(clip("a", 60, say("a", 0, 30, "今天天气很好适合喝茶聊天")), play=("a",))
    studio = studio_at(day, 600)
    watcher = watched(studio, 300)
    words = [n for n, one in enumerate(watcher.seen) if one[WORDS_AT] == WORDS]
    assert len(words) == round(12 / 5 * 30) - 2  # it rises in its first two frames
    said = [fact.ev for fact in studio.facts if fact.ev.startswith("say.")]
    assert said == ["say.start", "say.end"]


BUSY = rundown(
    replace(
        live("desk", 60, 0, Cue("desk.0", 90, "lower_third", text={"zh": "你好"}, for_frames=60)),
        on_busy="agent",
    ),
    agent("agent", 4, say("agent", 0, 0)),
    play=("desk",),
)


def test_a_busy_host_is_stood_in_for_its_words_shown_and_back_at_the_same_clock():
    ticks = []

    async def busy(studio):
        await asyncio.sleep(1)
        ticks.append((await studio.runner.submit(Busy(is_busy=True))).tick)
        await asyncio.sleep(6)  # longer than the stand-in's clip: it begins again
        show = await studio.runner.submit(Busy(is_busy=False))
        ticks.append(show.tick)
        assert (show.airing.segment, show.airing.position) == ("desk", show.tick)

    studio = studio_at(BUSY, 600)
    watcher = watched(studio, 300, then=busy)
    away, back = ticks
    pictures = [one[STRIP_AT] for one in watcher.seen]
    assert set(pictures[:away]) == {CAMERA}
    assert set(pictures[away + 2 : back]) == {CLIP}
    assert set(pictures[back + 2 :]) == {CAMERA}
    assert WORDS in [one[WORDS_AT] for one in watcher.seen[away : away + 30]]
    assert studio.counters.black == 0
    assert [fact.cue for fact in studio.facts if fact.ev == "say.start"] == ["agent.0"] * 2


@pytest.mark.parametrize("qty", [1, 30])
def test_an_offer_sold_out_before_its_minute_is_never_on_the_picture(qty):
    async def sell(studio):
        await asyncio.sleep(0.5)
        await studio.runner.submit(Sold("noon", qty))

    day = rundown(DESK, play=("desk",), offers=(offer(end=732, qty=qty),))
    watcher = watched(studio_at(day, 729, 58), 120, then=sell)
    assert {one[CARD_AT] for one in watcher.seen} == {CAMERA}
    assert {one[STRIP_AT] for one in watcher.seen} == {CAMERA}
