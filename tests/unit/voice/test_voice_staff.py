"""Facts about questions that people answer."""

import asyncio
from dataclasses import replace

import pytest

from node.errors import CommandError
from node.program.commands import (
    Ask,
    Attend,
    CallStaff,
)
from tests.fakes.rundowns import agent, live, rundown
from tests.fakes.voice_booth import (
    played,
    with_card,
)


def test_staff_is_called_by_command_once_until_somebody_came():
    async def scene(booth):
        first = await booth.voice.obey(CallStaff())
        assert (first.intent, first.by, first.waits) == ("call_staff", "staff", True)
        assert await booth.voice.obey(CallStaff()) == first
        await booth.voice.obey(Attend(first.number))
        second = await booth.voice.obey(CallStaff())
        assert second.number == first.number + 1
        await asyncio.sleep(3)

    booth = played(scene)
    assert [one.intent for one in booth.noted] == ["call_staff", "call_staff"]
    assert booth.said()


def test_staff_answers_in_words_that_are_said_or_in_person():
    async def scene(booth):
        await with_card(booth)
        first = await booth.voice.obey(Ask("孕妇能用吗"))
        second = await booth.voice.obey(Ask("对孩子安全吗"))
        assert first.waits
        told = await booth.voice.obey(Attend(first.number, {"zh": "可以,店里有说明书。"}))
        assert (told.by, told.waits, told.answer["zh"]) == ("staff", False, "可以,店里有说明书。")
        seen_to = await booth.voice.obey(Attend(second.number))
        assert not seen_to.waits
        with pytest.raises(CommandError, match="does not wait"):
            await booth.voice.obey(Attend(second.number))

    played(scene)


def test_what_staff_writes_is_judged_as_everything_that_is_said():
    async def scene(booth):
        await with_card(booth)
        turn = await booth.voice.obey(Ask("孕妇能用吗"))
        with pytest.raises(CommandError, match="may not be said"):
            await booth.voice.obey(Attend(turn.number, {"zh": "全网最低价。"}))
        assert booth.listening.value.turns[-1].waits

    played(scene)


def test_three_questions_that_wait_have_the_assistant_stand_in_for_the_host_until_none_does():
    desk = replace(live("desk", 600), on_busy="idle")
    day = rundown(desk, agent("idle", 600), play=("desk",))

    async def scene(booth):
        numbers = [(await booth.voice.obey(Ask("孕妇能用吗"))).number for _ in range(3)]
        await asyncio.sleep(1)
        assert booth.studio.state.value.is_busy
        assert booth.studio.state.value.airing.segment == "idle"
        for number in numbers:
            await booth.voice.obey(Attend(number))
        await asyncio.sleep(1)
        assert not booth.studio.state.value.is_busy
        assert booth.studio.state.value.airing.segment == "desk"

    played(scene, day=day)
