"""Facts about the voice as a part: who is heard when, what is answered, shown and said."""

import asyncio
from dataclasses import replace

import pytest

from node.errors import CommandError
from node.program.commands import (
    Ask,
    MuteEar,
    Talk,
)
from node.program.listening import Listening
from node.voice.heard import SpeechConfirmed, SpeechStarted
from node.voice.replies import own_replies
from node.voice.wishes import Wishes, light_of, releases
from tests.fakes.voice_booth import (
    PRICE,
    WAKE,
    played,
    with_card,
)


def test_a_typed_question_is_answered_shown_and_said():
    async def scene(booth):
        await with_card(booth)
        turn = await booth.voice.obey(Ask("这个多少钱"))
        assert (turn.intent, turn.by, turn.product) == ("price", "node", "P17")
        assert "¥" in turn.answer["zh"]
        await asyncio.sleep(3)
        assert booth.listening.value.turns[-1].number == turn.number

    booth = played(scene)
    assert booth.said()
    assert [(one.intent, one.where) for one in booth.noted] == [("price", "node")]


def test_a_keyword_without_the_wake_word_is_no_question():
    async def scene(booth):
        await with_card(booth)
        booth.spot(*PRICE)
        await asyncio.sleep(1)
        assert booth.listening.value.ear == "armed"

    assert played(scene).noted == []


def test_after_the_wake_word_a_question_counts_and_is_answered_aloud():
    async def scene(booth):
        await with_card(booth)
        booth.spot(*WAKE)
        await asyncio.sleep(0.1)
        assert booth.listening.value.ear == "listening"
        booth.spot(*PRICE)
        await asyncio.sleep(4)

    booth = played(scene)
    assert [one.intent for one in booth.noted] == ["price"]
    assert booth.said()


def test_a_press_of_talk_counts_as_the_wake_word():
    async def scene(booth):
        await with_card(booth)
        await booth.voice.obey(Talk())
        assert booth.listening.value.ear == "listening"
        booth.spot(*PRICE)
        await asyncio.sleep(0.2)
        assert booth.listening.value.turns[-1].way == "talk"

    played(scene)


def test_with_press_alone_the_microphone_is_released_until_then():
    async def scene(booth):
        await asyncio.sleep(0.2)
        assert booth.listening.value.ear == "closed"
        assert booth.ears.is_shut
        booth.spot(*WAKE)
        await asyncio.sleep(0.2)
        assert booth.listening.value.ear == "closed"
        await booth.voice.obey(Talk())
        assert not booth.ears.is_shut

    played(scene, Wishes(needs_press=True))


def test_a_muted_ear_is_released_and_opens_by_a_press():
    async def scene(booth):
        await booth.voice.obey(MuteEar())
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("muted", True)
        booth.spot(*WAKE)
        assert booth.listening.value.ear == "muted"
        await booth.voice.obey(Talk())
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("listening", False)

    played(scene)


def test_an_ear_in_trouble_leaves_the_microphone_alone_and_takes_it_again_after():
    async def scene(booth):
        well = booth.ears.listening
        booth.ears.listening = replace(well, trouble="booth.onnx: damaged")
        await asyncio.sleep(0.2)
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("off", True)
        with pytest.raises(CommandError, match="damaged"):
            await booth.voice.obey(Talk())
        booth.ears.listening = well
        await asyncio.sleep(0.2)
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("armed", False)

    played(scene)


def test_an_ear_that_rests_says_for_how_long_and_questions_are_typed_meanwhile():
    async def scene(booth):
        well = booth.ears.listening
        booth.ears.listening = replace(well, again_s=42)
        await asyncio.sleep(0.2)
        told = booth.listening.value
        assert (told.ear, told.again_s, booth.ears.is_shut) == ("resting", 42, True)
        with pytest.raises(CommandError, match="too slow") as refused:
            await booth.voice.obey(Talk())
        assert refused.value.code == "resting"
        turn = await booth.voice.obey(Ask(text="多少钱"))
        assert turn.intent == "price"
        booth.ears.listening = well
        await asyncio.sleep(0.2)
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("listening", False)

    played(scene)


def test_an_ear_whose_model_failed_rests_with_its_reason_and_may_be_muted_meanwhile():
    async def scene(booth):
        booth.ears.listening = replace(booth.ears.listening, trouble="no memory", again_s=4)
        await asyncio.sleep(0.2)
        told = booth.listening.value
        assert (told.ear, told.trouble, booth.ears.is_shut) == ("resting", "no memory", True)
        with pytest.raises(CommandError, match="no memory") as refused:
            await booth.voice.obey(Talk())
        assert refused.value.code == "resting"
        await booth.voice.obey(MuteEar(is_muted=True))
        assert booth.listening.value.ear == "muted"

    played(scene)


def test_a_microphone_may_be_muted_while_the_ear_rests():
    async def scene(booth):
        booth.ears.listening = replace(booth.ears.listening, again_s=42)
        await booth.voice.obey(MuteEar(is_muted=True))
        assert booth.listening.value.ear == "muted"

    played(scene)


def test_a_press_on_a_muted_ear_that_rests_is_refused_and_it_stays_muted():
    async def scene(booth):
        await booth.voice.obey(MuteEar())
        booth.ears.listening = replace(booth.ears.listening, again_s=42)
        await asyncio.sleep(0.2)
        with pytest.raises(CommandError, match="too slow"):
            await booth.voice.obey(Talk())
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("muted", True)

    played(scene)


@pytest.mark.parametrize("ear", ["sending", "muted", "closed"])
def test_the_light_of_an_ear_that_rests_tells_of_what_weighs_more(ear):
    assert light_of(ear, Listening(again_s=42)) == ear


def test_a_lost_microphone_is_off_and_looked_for_but_for_one_that_is_shut_anyway():
    lost = Listening(trouble="microphone usb: is gone", is_lost=True)
    lights = {ear: light_of(ear, lost) for ear in ("armed", "listening", "muted", "closed")}
    assert lights == {"armed": "off", "listening": "off", "muted": "muted", "closed": "closed"}
    assert light_of("sending", lost) == "sending"  # what was heard before leaves the booth now
    assert not releases("off", lost)
    assert releases("muted", lost)
    assert releases("off", Listening(trouble="models/booth.onnx: is missing"))


def test_a_lost_microphone_is_not_talked_to_but_may_be_muted_for_when_it_is_back():
    async def scene(booth):
        well = booth.ears.listening
        booth.ears.listening = replace(well, trouble="usb: is gone", is_lost=True)
        await asyncio.sleep(0.2)
        with pytest.raises(CommandError, match="is gone") as refused:
            await booth.voice.obey(Talk())
        assert refused.value.code == "deaf"
        await booth.voice.obey(MuteEar())
        booth.ears.listening = well
        await asyncio.sleep(0.2)
        assert (booth.listening.value.ear, booth.ears.is_shut) == ("muted", True)

    played(scene)


def test_who_was_speaking_into_a_microphone_that_is_lost_is_not_asked_back():
    async def scene(booth):
        await booth.voice.obey(Talk())
        now_s = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now_s), SpeechConfirmed(now_s))
        booth.ears.listening = replace(booth.ears.listening, trouble="is gone", is_lost=True)
        await asyncio.sleep(10)
        assert not booth.voice.is_addressed

    assert played(scene).said() == []


@pytest.mark.parametrize("needs_press", [False, True])
def test_else_the_light_tells_that_it_rests(needs_press):
    assert light_of("armed", Listening(again_s=42), needs_press=needs_press) == "resting"


def test_dont_record_me_closes_the_ear_until_a_press():
    async def scene(booth):
        await booth.voice.obey(Ask("别录我"))
        await asyncio.sleep(0.2)
        assert booth.listening.value.ear == "muted"

    played(scene)


def test_another_persona_s_sentences_are_said_from_the_next_question_on():
    async def scene(booth):
        await with_card(booth)
        before = await booth.voice.obey(Ask("这是什么材质", "zh"))
        booth.replies = own_replies().with_own({"zh": {"fact.told": "是{text}哦。"}})
        after = await booth.voice.obey(Ask("这是什么材质", "zh"))
        assert before.answer["zh"].endswith("。")
        assert after.answer["zh"] == f"是{before.answer['zh'].rstrip('。')}哦。"

    played(scene)


def test_without_a_microphone_questions_are_typed_alone():
    async def scene(booth):
        await with_card(booth)
        with pytest.raises(CommandError, match="no microphone"):
            await booth.voice.obey(Talk())
        turn = await booth.voice.obey(Ask("how much is it"))
        assert turn.intent == "price"
        assert booth.listening.value.ear == "off"

    played(scene, has_ears=False)


def test_once_the_voice_has_ended_nobody_is_obeyed():
    async def scene(booth):
        return None

    booth = played(scene)
    with pytest.raises(CommandError, match="not running"):
        asyncio.run(booth.voice.obey(Ask("hello")))
    assert booth.listening.value == Listening()
