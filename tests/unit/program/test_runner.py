"""The show's one writer: who is told a fact finds the state that the fact has made."""

import asyncio

from node.program.commands import HideCard, ShowCard
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
