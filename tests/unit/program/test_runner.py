"""The show's one writer: who is told a fact finds the state that the fact has made."""

import asyncio

import pytest

from node.errors import CommandError
from node.program.commands import HideCard, LockCamera, ShowCard
from tests.fakes.rundowns import card, clip, rundown
from tests.fakes.studio import Studio


def told_beside(day, commands=()):
    """Each fact of a card, with the product that the state had on its card at that moment."""
    studio, seen = Studio(day), []

    def note(_show, facts):
        shown = studio.state.value.card
        seen.extend((one.ev, shown and shown.product) for one in facts if one.ev[:4] == "card")

    async def story(on):
        on.runner._note = note
        for command in commands:
            await on.runner.submit(command)
        await asyncio.sleep(1)

    studio.run(story)
    return seen


def test_a_card_of_a_cue_is_on_the_state_when_it_is_told():
    day = rundown(clip("a", 60, card("a", 0, 10, frames=10)), play=("a",))
    assert told_beside(day) == [("card.show", "P17"), ("card.hide", None)]


def test_a_card_by_hand_is_on_the_state_when_it_is_told():
    day = rundown(clip("a", 60), play=("a",))
    told = told_beside(day, (ShowCard("P17", 20), HideCard()))
    assert told == [("card.show", "P17"), ("card.hide", None)]


def test_a_camera_is_locked_and_let_go_where_it_can_be():
    studio, seen = Studio(rundown(clip("a", 60), play=("a",))), []

    async def story(on):
        with pytest.raises(CommandError) as refused:
            await on.runner.submit(LockCamera())
        assert refused.value.code == "no_camera_lock"
        on.runner._can_lock_camera = True
        for is_locked in (True, True, False):
            await on.runner.submit(LockCamera(is_locked=is_locked))
            seen.append(studio.state.value.is_camera_locked)

    studio.run(story)
    assert seen == [True, True, False]


def test_a_command_of_which_it_was_said_that_nobody_answers_is_not_obeyed_later():
    studio = Studio(rundown(clip("a", 60), play=("a",)))

    async def story(on):
        obeyed, on.runner._obeyed = on.runner._obeyed, lambda show, _tick: show
        with pytest.raises(CommandError) as refused:
            await on.runner.submit(ShowCard("P17", 20))
        assert refused.value.code == "no_answer"
        on.runner._obeyed = obeyed
        await asyncio.sleep(1)
        assert studio.state.value.card is None
        await on.runner.submit(ShowCard("P17", 20))

    studio.run(story)


def test_a_command_whose_sender_left_is_obeyed():
    studio = Studio(rundown(clip("a", 60), play=("a",)))

    async def story(on):
        ordered = asyncio.create_task(on.runner.submit(ShowCard("P17", 20)))
        await asyncio.sleep(0)
        ordered.cancel()
        await asyncio.sleep(1)
        assert studio.state.value.card is not None

    studio.run(story)
