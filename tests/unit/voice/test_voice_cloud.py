"""Facts about what a keyword does not answer: a second stage, the cloud."""

import asyncio
from dataclasses import replace

import pytest

from node.program.commands import (
    Talk,
)
from node.voice.accepting import Reply
from node.voice.heard import SpeechConfirmed, SpeechStarted
from node.voice.wishes import Wishes
from tests.fakes.voice_booth import (
    DAY,
    FakeSecond,
    VoiceBooth,
    played,
    with_card,
)


async def _not_understood_twice(booth: VoiceBooth, pcm) -> None:
    for _ in range(2):
        await booth.voice.obey(Talk(may_send=True))
        now = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now), SpeechConfirmed(now + 0.1))
        await asyncio.sleep(1)
        booth.ended(pcm)
        await asyncio.sleep(4)


async def _asked_without_a_keyword(booth: VoiceBooth) -> None:
    await with_card(booth)
    await booth.voice.obey(Talk())
    now = asyncio.get_running_loop().time()
    booth.hear(SpeechStarted(now), SpeechConfirmed(now + 0.1))
    await asyncio.sleep(1)
    booth.ended("the sound")
    await asyncio.sleep(3)


def test_what_is_not_understood_twice_goes_to_the_cloud_with_consent_and_its_reply_is_said():
    async def scene(booth):
        await with_card(booth)
        await _not_understood_twice(booth, "the sound")
        (hand_over, pcm), *_ = booth.cloud.sent
        assert (hand_over.to, pcm) == ("cloud", "the sound")
        assert booth.listening.value.ear == "sending"
        now = asyncio.get_running_loop().time()
        reply = Reply(hand_over.number, "cloud", now, {"zh": "可以放进背包。", "en": "It fits."})
        assert booth.voice.replied(reply) == ""
        await asyncio.sleep(0.3)
        assert booth.listening.value.turns[-1].by == "cloud"
        assert not booth.listening.value.turns[-1].waits
        assert booth.listening.value.ear != "sending"

    played(scene, Wishes(may_send=True))


def test_a_models_reply_that_judges_for_whom_it_is_fit_is_not_said():
    async def scene(booth):
        await with_card(booth)
        await _not_understood_twice(booth, "the sound")
        (hand_over, _), *_ = booth.cloud.sent
        now = asyncio.get_running_loop().time()
        reply = Reply(hand_over.number, "cloud", now, {"zh": "孕期可以喝。", "en": "It is fine."})
        booth.voice.replied(reply)
        await asyncio.sleep(0.3)
        assert booth.listening.value.turns[-1].by == "staff"

    played(scene, Wishes(may_send=True))


def test_without_the_merchants_leave_nothing_is_sent():
    async def scene(booth):
        await with_card(booth)
        await _not_understood_twice(booth, "the sound")
        assert booth.listening.value.turns[-1].by == "staff"

    assert played(scene).cloud.sent == []


def test_a_question_that_the_cloud_leaves_unanswered_goes_to_staff():
    async def scene(booth):
        await with_card(booth)
        await _not_understood_twice(booth, None)
        number = booth.cloud.sent[0][0].number
        await asyncio.sleep(10)
        turn = next(one for one in booth.listening.value.turns if one.number == number)
        assert (turn.by, turn.waits) == ("staff", True)

    played(scene, Wishes(may_send=True))


@pytest.mark.parametrize(("second", "intent"), [("price", "price"), ("", "")])
def test_what_holds_no_keyword_is_heard_again_by_a_second_stage(second, intent):
    again = FakeSecond(second)

    async def scene(booth):
        assert booth.voice.keeps_utterance
        await _asked_without_a_keyword(booth)

    assert [one.intent for one in played(scene, second=again).noted] == [intent]
    assert again.asked == ["the sound"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_second_stage_hears_nothing_where_it_is_not_there_or_nobody_speaks_english(is_there):
    again = FakeSecond("price", is_there=is_there)
    day = replace(DAY, locales=("zh",)) if is_there else DAY

    async def scene(booth):
        assert not booth.voice.keeps_utterance
        await _asked_without_a_keyword(booth)

    assert [one.intent for one in played(scene, second=again, day=day).noted] == [""]
    assert again.asked == []
