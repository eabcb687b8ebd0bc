"""Two operators at once, in the real runner and mixer: both are answered, the show stays whole."""

import asyncio

import pytest

from node.errors import CommandError
from node.program.commands import Arm, Busy, Resume, ShowCard, Skip, Take, TakeLive
from tests.fakes.rundowns import card, clip, live, rundown
from tests.fakes.studio import Studio

DAY = rundown(
    clip("a", 60, card("a", 0, 600)), clip("b", 60), live("desk", 30), play=("a", "b", "desk")
)
OTHER = rundown(clip("a", 60), clip("c", 60), play=("c", "a"))


def at_once(*commands, settle_s=0.2, before=()):
    """What each command's sender is told, all in one frame; and the studio afterwards."""
    studio = Studio(DAY)

    async def story(on):
        await asyncio.sleep(0.3)
        for command in before:
            await on.runner.submit(command, "first")
            await asyncio.sleep(0.1)
        sends = [
            on.runner.replace(one) if one is OTHER else on.runner.submit(one, f"op{number}")
            for number, one in enumerate(commands)
        ]
        answers.extend(await asyncio.gather(*sends, return_exceptions=True))
        await asyncio.sleep(settle_s)

    answers = []
    studio.run(story)
    return answers, studio


def told(studio, ev):
    return [(fact.segment, fact.by) for fact in studio.facts if fact.ev == ev]


def test_of_two_takes_the_one_that_was_ready_later_stays_and_both_are_told():
    answers, studio = at_once(Take("b"), TakeLive())
    assert [one.airing.segment for one in answers] == ["b", "desk"]
    starts = told(studio, "seg.start")[-2:]
    assert sorted(starts) == [("b", "op0"), ("desk", "op1")]
    assert studio.state.value.airing.segment == starts[-1][0]


def test_the_same_take_twice_begins_its_segment_once():
    answers, studio = at_once(Take("b"), Take("b"))
    assert [one.airing.segment for one in answers] == ["b", "b"]
    assert told(studio, "seg.start").count(("b", "op0")) == 1
    assert ("b", "op1") not in told(studio, "seg.start")


def test_the_same_skip_twice_skips_one_segment():
    _, studio = at_once(Skip("a"), Skip("a"))
    assert studio.state.value.airing.segment == "b"


def test_of_two_resumes_the_second_is_refused_with_its_reason():
    answers, studio = at_once(Resume(), Resume(), before=(TakeLive(),))
    assert studio.state.value.airing.segment == "a"
    assert isinstance(answers[1], CommandError)
    assert answers[1].code == "nothing_held"


def test_of_two_cards_one_is_up_and_the_other_was():
    _, studio = at_once(ShowCard("P17", 20), ShowCard("P17", 5))
    ups = [fact.ev for fact in studio.facts if fact.ev.startswith("card.")]
    assert ups == ["card.show", "card.hide", "card.show"]


def test_the_later_of_two_arms_comes_next():
    _, studio = at_once(Arm("desk"), Arm("a"))
    assert studio.state.value.armed == "a"


@pytest.mark.parametrize("commands", [(Take("b"), OTHER), (OTHER, Take("b"))])
def test_a_take_and_an_edit_that_forgets_its_segment_leave_a_whole_show(commands):
    answers, studio = at_once(*commands)
    show, answer = studio.state.value, answers[commands.index(Take("b"))]
    assert show.rundown is OTHER
    if isinstance(answer, CommandError):  # the edit came first
        assert (show.airing.segment, answer.code) == ("a", "unknown_segment")
    else:
        assert (show.airing.segment, show.segment.length) == ("b", 60 * 30)


def test_busy_and_back_in_one_frame_leaves_the_host_on_air():
    _, studio = at_once(Busy(is_busy=True), Busy(is_busy=False), before=(TakeLive(),))
    assert studio.state.value.airing.segment == "desk"
    assert not studio.state.value.is_busy


def test_nothing_is_black_whoever_asks_for_what():
    _, studio = at_once(Take("b"), TakeLive(), Resume(), Skip("b"), ShowCard("P17"), OTHER)
    assert studio.counters.black == 0
    assert studio.counters.missing == 0
