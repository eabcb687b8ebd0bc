"""Pictures by recipe, tick by tick: made where somebody looks, and only of what may be seen."""

import asyncio
from dataclasses import replace

import pytest

from node.channels import Fanout
from node.media import Frame
from node.program.commands import Resume, SetLayout, ShowCard, TakeLive
from node.program.outputs import DRAWN, KINDS, PROGRAM, Recipe
from node.program.rundown import Cue
from tests.fakes.rundowns import agent, card, clip, live, rundown
from tests.fakes.studio import (
    CAMERA,
    CARD,
    CARD_AT,
    CLIP,
    LABEL,
    LABEL_AT,
    SLATE,
    WORDS,
    WORDS_AT,
    Studio,
)

WORDS_CUE = Cue("a.1", 120, "lower_third", text={"zh": "你好"}, for_frames=90)
DAY = rundown(
    clip("a", 20, card("a", 0, at=90, frames=240), WORDS_CUE),
    live("desk", 20),
    agent("help", 20),
    play=("a", "desk"),
)
BARE = Recipe(KINDS, frozenset())
WORDY = Recipe(KINDS, frozenset({"lower_third"}))
LIVE_ONLY = Recipe(frozenset({"live"}), DRAWN)


async def watch(studio: Studio, recipe: Recipe, ticks: int) -> list[tuple[Frame, Frame]]:
    """The frames of a recipe beside the program's, kept as they were when they came."""
    out = studio.further.setdefault(recipe, Fanout[Frame](size=400))
    pairs = []
    with out.subscribe() as own, studio.picture.subscribe() as program:
        while len(pairs) < ticks:
            mine = await own.get()
            theirs = next(one for one in program.take_now() if one.pts == mine.pts)
            pairs.append(tuple(replace(one, pixels=one.pixels.copy()) for one in (mine, theirs)))
    return pairs


def at(frame: Frame, place: tuple[int, int]) -> int:
    return int(frame.pixels[place])


def run(day, story) -> Studio:
    studio = Studio(day)
    studio.run(story)
    return studio


def test_a_card_is_left_out_and_words_are_drawn_as_the_recipe_says():
    seen = {}

    async def story(studio):
        await asyncio.sleep(5)
        for recipe in (BARE, WORDY):
            seen[recipe] = await watch(studio, recipe, 10)

    studio = run(DAY, story)
    for recipe, words in ((BARE, CLIP), (WORDY, WORDS)):
        for own, program in seen[recipe]:
            assert (at(program, CARD_AT), at(own, CARD_AT)) == (CARD, CLIP)
            assert (at(program, WORDS_AT), at(own, WORDS_AT)) == (WORDS, words)
    assert studio.counters.black == 0


def test_pictures_that_are_equal_are_composed_once():
    shared = []

    async def story(studio):
        await asyncio.sleep(1)
        out = studio.further.setdefault(BARE, Fanout[Frame](size=400))
        with out.subscribe() as own, studio.picture.subscribe() as program:
            for _ in range(120):
                mine = await own.get()
                theirs = next(one for one in program.take_now() if one.pts == mine.pts)
                shared.append(mine.pixels is theirs.pixels)

    run(DAY, story)
    first = shared.index(False)
    assert 55 <= first <= 66  # until the card at 3 s
    assert not any(shared[first:])


def test_nothing_is_made_for_who_is_not_there():
    async def story(studio):
        out = studio.further.setdefault(BARE, Fanout[Frame](size=400))
        await asyncio.sleep(4)
        studio.out = out

    studio = run(DAY, story)
    assert studio.out.put_count == 0
    assert studio.mixer._others == {}


@pytest.mark.parametrize("recipe", [BARE, WORDY, Recipe(frozenset({"agent"}), frozenset())])
def test_no_recipe_takes_the_label_off_what_a_machine_made(recipe):
    day, seen = rundown(agent("help", 60), play=("help",)), []

    async def story(studio):
        await asyncio.sleep(1)
        seen.extend(await watch(studio, recipe, 60))

    run(day, story)
    assert {at(own, LABEL_AT) for own, _ in seen} == {LABEL}


def test_what_may_not_be_carried_is_the_slate_alone_from_its_first_frame():
    pairs = []

    async def story(studio):
        await asyncio.sleep(1)
        await studio.runner.submit(TakeLive())
        watching = asyncio.ensure_future(watch(studio, LIVE_ONLY, 90))
        await asyncio.sleep(1)
        await studio.runner.submit(ShowCard("P17"))
        await asyncio.sleep(0.5)
        await studio.runner.submit(Resume())
        pairs.extend(await watching)

    run(DAY, story)
    for own, program in pairs:
        there = at(program, (2, -2))
        assert at(own, (2, -2)) == (CAMERA if there == CAMERA else SLATE)
        assert at(own, CARD_AT) == (at(program, CARD_AT) if there == CAMERA else SLATE)
    assert {at(own, (2, -2)) for own, _ in pairs} == {CAMERA, SLATE}


def test_a_dissolve_shows_nothing_of_what_may_not_be_carried():
    day = rundown(clip("a", 3, fade=9), live("desk", 20), play=("a", "desk"))
    pairs = []

    async def story(studio):
        await asyncio.sleep(1)
        pairs.extend(await watch(studio, LIVE_ONLY, 120))

    run(day, story)
    seen = [at(own, (2, -2)) for own, _ in pairs]
    assert set(seen) == {SLATE, CAMERA}
    assert seen == sorted(seen), "the slate until the dissolve is over, then the camera"
    dissolving = [at(program, (2, -2)) for _, program in pairs]
    assert len(set(dissolving)) > 5


def test_a_dissolve_has_no_card_that_the_recipe_leaves_out():
    day = rundown(
        clip("a", 4, card("a", 0, at=30, frames=90), fade=9), live("desk", 20), play=("a", "desk")
    )
    pairs = []

    async def story(studio):
        await asyncio.sleep(1)
        pairs.extend(await watch(studio, BARE, 120))

    run(day, story)
    mine = [at(own, CARD_AT) for own, _ in pairs]
    assert min(mine) == CLIP
    assert max(mine) == CAMERA
    assert mine == sorted(mine)


def test_a_camera_in_the_corner_is_the_slate_for_who_carries_clips_alone():
    pairs = []

    async def story(studio):
        await asyncio.sleep(1)
        await studio.runner.submit(SetLayout("pip"))
        pairs.extend(await watch(studio, Recipe(frozenset({"clip"}), DRAWN), 10))

    run(DAY, story)
    assert {at(own, (2, -2)) for own, _ in pairs} == {SLATE}
    assert all(CAMERA not in own.pixels[:32] for own, _ in pairs)


def test_a_slate_not_drawn_yet_is_plain_and_neither_black_nor_what_is_forbidden():
    pairs = []

    async def story(studio):
        studio.drawings.slate = lambda *_: None
        await asyncio.sleep(1)
        pairs.extend(await watch(studio, LIVE_ONLY, 10))

    studio = run(DAY, story)
    assert CLIP not in {at(own, (2, -2)) for own, _ in pairs}
    assert studio.counters.black == 0


def test_the_program_s_own_recipe_is_the_program():
    pairs = []

    async def story(studio):
        await asyncio.sleep(4.5)
        pairs.extend(await watch(studio, PROGRAM, 30))

    run(DAY, story)
    assert all((own.pixels == program.pixels).all() for own, program in pairs)
