"""Facts about the voice as a part: who is heard when, what is said, shown and handed over."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

import pytest

from node.channels import State
from node.errors import CommandError
from node.program.commands import (
    Ask,
    Attend,
    CallStaff,
    HushVoice,
    Misheard,
    MuteEar,
    ShowCard,
    Talk,
)
from node.program.listening import Listening
from node.program.rundown import Rundown
from node.voice.accepting import Reply
from node.voice.acting import Acting
from node.voice.acts import HandOver
from node.voice.conversation import Conversation, Noted
from node.voice.heard import SpeechConfirmed, SpeechStarted, SpeechVanished, Spotted, UtteranceEnded
from node.voice.intents import Understood
from node.voice.lexicon import lexicon_of
from node.voice.moments import Moments
from node.voice.replies import own_replies
from node.voice.saying import Aloud
from node.voice.voice import VoicePart
from node.voice.wishes import Wishes
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.rundowns import agent, clip, live, rundown
from tests.fakes.studio import Studio
from tests.fakes.voices import FakeSpeech

DAY = rundown(clip("a", 60), play=("a",))
CATALOG = sample_catalog()
PRICE = ("多少钱", "price", "zh")
WAKE = ("小潮小潮", "wake", "zh")


@dataclass
class FakeEars:
    """A microphone that is there and tells nothing."""

    listening: Listening = field(
        default_factory=lambda: Listening(duplex="full", microphone="desk", level_db=-40.0)
    )
    is_shut: bool = False

    def shut(self, *, is_shut: bool) -> None:
        self.is_shut = is_shut


@dataclass
class FakeCloud:
    """A line that keeps what was sent."""

    is_up: bool = True
    sent: list[tuple[HandOver, object]] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)

    def send(self, hand_over, _locale, _due_s, pcm) -> None:
        self.sent.append((hand_over, pcm))

    def withdraw(self, number: int) -> None:
        self.withdrawn.append(number)


@dataclass
class FakeSecond:
    """A second stage that understands everything as this."""

    intent: str
    is_there: bool = True
    asked: list[object] = field(default_factory=list)

    async def understood(self, pcm, _lexicon) -> Understood:
        self.asked.append(pcm)
        await asyncio.sleep(0.5)
        return Understood(self.intent, "en" if self.intent else "", confidence=0.8)


class Booth:
    """A voice in a studio, and what a visitor can do with it."""

    def __init__(
        self, studio: Studio, wishes: Wishes, ears: FakeEars | None, second: object = None
    ) -> None:
        self.studio, self.ears, self.cloud = studio, ears, FakeCloud()
        self.noted: list[Noted] = []
        self.replies = own_replies()
        self.listening = State(Listening())
        self.aloud = Aloud(
            state=studio.state, ring=studio.spoken, speech=FakeSpeech(seconds=1.0),
            submit=studio.runner.submit,
        )  # fmt: skip
        moments = Moments(lambda: CATALOG)
        lexicon = lexicon_of(CATALOG)

        def converse(ways, close_ear) -> Conversation:
            acting = Acting(
                state=studio.state, submit=studio.runner.submit, tongue=self.aloud,
                hand=lambda one: talk.hand(one), withdraw=lambda n: talk.withdraw(n),
                close_ear=close_ear,
            )  # fmt: skip
            talk = Conversation(
                lambda: self.replies, state=studio.state, moments=moments, acting=acting,
                ways=ways, cloud=self.cloud, note=self.noted.append,
            )  # fmt: skip
            return talk

        self.voice = VoicePart(
            wishes, state=studio.state, listening=self.listening, lexicon=lambda: lexicon,
            moments=moments, ring=studio.spoken, tongue=self.aloud,
            submit=studio.runner.submit, ears=ears, converse=converse,
            can_ask_cloud=lambda: wishes.may_send, second=second,
        )  # fmt: skip

    def hear(self, *events) -> None:
        """Something is heard now; the stream of sound began at loop time 0."""
        for event in events:
            self.voice.hear(event, 0.0)

    def spot(self, keyword: str, intent: str, locale: str) -> None:
        now = asyncio.get_running_loop().time()
        self.hear(Spotted(now, now - 1, keyword, intent, locale, 0.9))

    def ended(self, pcm=None) -> None:
        now = asyncio.get_running_loop().time()
        self.hear(UtteranceEnded(now - 1, now, None, pcm))

    def said(self) -> list[str]:
        """What has been said aloud, by key."""
        return [one.cue for one in self.studio.facts if one.ev == "say.start"]


Scene = Callable[[Booth], Awaitable[None]]


def played(
    scene: Scene,
    wishes: Wishes = Wishes(),  # noqa: B008  # frozen
    *,
    has_ears: bool = True,
    day: Rundown = DAY,
    second: object = None,
) -> Booth:
    """A booth in which a scene was played; P17 can be asked for by name or by its card."""
    studio = Studio(day)
    booth = Booth(studio, wishes, FakeEars() if has_ears else None, second)

    async def story(_: Studio) -> None:
        parts = [booth.aloud, booth.voice]
        tasks = [asyncio.ensure_future(part.run(lambda: None)) for part in parts]
        await asyncio.sleep(1)
        try:
            await scene(booth)
        finally:
            for task in tasks:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task

    studio.run(story)
    return booth


async def _with_card(booth: Booth) -> None:
    await booth.studio.runner.submit(ShowCard("P17", 60.0))
    await asyncio.sleep(0.2)


def test_a_typed_question_is_answered_shown_and_said():
    async def scene(booth):
        await _with_card(booth)
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
        await _with_card(booth)
        booth.spot(*PRICE)
        await asyncio.sleep(1)
        assert booth.listening.value.ear == "armed"

    assert played(scene).noted == []


def test_after_the_wake_word_a_question_counts_and_is_answered_aloud():
    async def scene(booth):
        await _with_card(booth)
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
        await _with_card(booth)
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


async def _being_answered(booth: Booth) -> None:
    await _with_card(booth)
    booth.spot(*WAKE)
    booth.spot(*PRICE)
    await _until(lambda: _is_being_answered(booth.studio))  # behind the notice that an AI speaks
    await asyncio.sleep(0.2)


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110  # virtual time costs nothing
            await asyncio.sleep(0.02)


def _is_being_answered(studio: Studio) -> bool:
    saying = studio.state.value.saying
    return saying is not None and not saying.is_firm and studio.spoken.is_playing


def test_speech_over_an_answer_ducks_it_then_stops_it():
    async def scene(booth):
        await _being_answered(booth)
        now = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now))
        assert booth.studio.spoken.is_ducked
        booth.hear(SpeechConfirmed(now + 0.18))
        await asyncio.sleep(0.1)
        assert not booth.studio.spoken.is_playing

    booth = played(scene)
    assert [one.why for one in booth.studio.facts if one.ev == "say.cut"] == ["speech"]


def test_the_notice_that_an_ai_speaks_is_said_to_its_end_and_nothing_after_it_if_one_speaks():
    async def scene(booth):
        await _with_card(booth)
        booth.spot(*WAKE)
        booth.spot(*PRICE)
        await _until(lambda: booth.studio.spoken.is_playing)
        await asyncio.sleep(0.1)
        now = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now), SpeechConfirmed(now + 0.1))
        await asyncio.sleep(0.3)
        assert booth.studio.spoken.is_playing
        await asyncio.sleep(1.5)
        assert not booth.studio.spoken.is_playing

    booth = played(scene)
    assert len(booth.said()) == 1
    assert [one.why for one in booth.studio.facts if one.ev == "say.cut"] == []


def test_a_cough_ducks_an_answer_and_no_more():
    async def scene(booth):
        await _being_answered(booth)
        now = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now))
        await asyncio.sleep(0.3)
        booth.hear(SpeechVanished(now + 0.3))
        await asyncio.sleep(0.1)
        assert booth.studio.spoken.is_playing
        assert not booth.studio.spoken.is_ducked

    booth = played(scene)
    assert [one for one in booth.studio.facts if one.ev == "say.cut"] == []


def test_a_button_hushes_the_voice():
    async def scene(booth):
        await _being_answered(booth)
        await booth.voice.obey(HushVoice())
        await asyncio.sleep(0.1)
        assert not booth.studio.spoken.is_playing

    played(scene)


def test_what_was_misheard_is_taken_back_and_falls_silent():
    async def scene(booth):
        await _being_answered(booth)
        number = booth.listening.value.turns[-1].number
        await booth.voice.obey(Misheard(number))
        await asyncio.sleep(0.2)
        assert booth.listening.value.turns[-1].is_rejected
        assert not booth.studio.spoken.is_playing
        with pytest.raises(CommandError, match="turn 99"):
            await booth.voice.obey(Misheard(99))

    played(scene)


def test_dont_record_me_closes_the_ear_until_a_press():
    async def scene(booth):
        await booth.voice.obey(Ask("别录我"))
        await asyncio.sleep(0.2)
        assert booth.listening.value.ear == "muted"

    played(scene)


def test_another_persona_s_sentences_are_said_from_the_next_question_on():
    async def scene(booth):
        await _with_card(booth)
        before = await booth.voice.obey(Ask("这是什么材质", "zh"))
        booth.replies = own_replies().with_own({"zh": {"fact.told": "是{text}哦。"}})
        after = await booth.voice.obey(Ask("这是什么材质", "zh"))
        assert before.answer["zh"].endswith("。")
        assert after.answer["zh"] == f"是{before.answer['zh'].rstrip('。')}哦。"

    played(scene)


def test_without_a_microphone_questions_are_typed_alone():
    async def scene(booth):
        await _with_card(booth)
        with pytest.raises(CommandError, match="no microphone"):
            await booth.voice.obey(Talk())
        turn = await booth.voice.obey(Ask("how much is it"))
        assert turn.intent == "price"
        assert booth.listening.value.ear == "off"

    played(scene, has_ears=False)


async def _not_understood_twice(booth: Booth, pcm) -> None:
    for _ in range(2):
        await booth.voice.obey(Talk(may_send=True))
        now = asyncio.get_running_loop().time()
        booth.hear(SpeechStarted(now), SpeechConfirmed(now + 0.1))
        await asyncio.sleep(1)
        booth.ended(pcm)
        await asyncio.sleep(4)


def test_what_is_not_understood_twice_goes_to_the_cloud_with_consent_and_its_reply_is_said():
    async def scene(booth):
        await _with_card(booth)
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


def test_without_the_merchants_leave_nothing_is_sent():
    async def scene(booth):
        await _with_card(booth)
        await _not_understood_twice(booth, "the sound")
        assert booth.listening.value.turns[-1].by == "staff"

    assert played(scene).cloud.sent == []


def test_a_question_that_the_cloud_leaves_unanswered_goes_to_staff():
    async def scene(booth):
        await _with_card(booth)
        await _not_understood_twice(booth, None)
        number = booth.cloud.sent[0][0].number
        await asyncio.sleep(10)
        turn = next(one for one in booth.listening.value.turns if one.number == number)
        assert (turn.by, turn.waits) == ("staff", True)

    played(scene, Wishes(may_send=True))


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
        await _with_card(booth)
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
        await _with_card(booth)
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


def test_once_the_voice_has_ended_nobody_is_obeyed():
    async def scene(booth):
        return None

    booth = played(scene)
    with pytest.raises(CommandError, match="not running"):
        asyncio.run(booth.voice.obey(Ask("hello")))
    assert booth.listening.value == Listening()


async def _asked_without_a_keyword(booth: Booth) -> None:
    await _with_card(booth)
    await booth.voice.obey(Talk())
    now = asyncio.get_running_loop().time()
    booth.hear(SpeechStarted(now), SpeechConfirmed(now + 0.1))
    await asyncio.sleep(1)
    booth.ended("the sound")
    await asyncio.sleep(3)


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
