"""Typed questions between pages and voice: who is told what, what is refused, what is kept."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from node.errors import CommandError
from node.program.commands import Ask, VoiceCommand
from node.program.listening import Listening, Turn
from node.stream.inbox import Question
from node.stream.viewer import Notice
from node.web.questions import ASKED_MAX, Questions
from tests.fakes.fake_voice import PRICE, PRICE_SAID, FakeVoice
from tests.virtual_time import run_virtually


class Desk:
    """Questions over a fake voice; what is told is kept."""

    def __init__(self, voice: FakeVoice, *, has_voice: bool = True) -> None:
        self.voice = voice
        self.to_one: list[tuple[str, dict[str, object]]] = []
        self.to_all: list[dict[str, object]] = []
        self.questions = Questions(
            voice.obey if has_voice else None,
            voice.listening,
            tell=lambda sid, notice: self.to_one.append((sid, dict(notice.message))),
            announce=self._announce,
            pts=lambda: 0,
        )

    def _announce(self, notice: Notice) -> None:
        self.to_all.append(dict(notice.message))

    def told(self, kind: str) -> list[dict[str, object]]:
        return [one for one in self.to_all if one["t"] == kind]


def play(desk: Desk, acts: Callable[[Desk], Awaitable[None]]) -> Desk:
    async def run() -> None:
        ready = asyncio.Event()
        task = asyncio.create_task(desk.questions.run(ready.set))
        await ready.wait()
        await acts(desk)
        await asyncio.sleep(1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run_virtually(run())
    return desk


def test_an_answer_comes_back_to_who_asked_alone():
    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("多少钱", "zh", 7))

    desk = play(Desk(FakeVoice()), acts)
    assert desk.voice.commands == [Ask("多少钱", "zh")]
    assert desk.to_one == [
        ("ann", {"t": "answer", "id": 7, "state": "answered", "label": PRICE,
                 "answer": PRICE_SAID, "by": "node"}),
    ]  # fmt: skip


def test_what_waits_for_staff_is_answered_when_they_have():
    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("适合孕妇吗", "zh", 1))
        await asyncio.sleep(1)
        desk.voice.settle(1, {"zh": "请问店员。"})

    desk = play(Desk(FakeVoice()), acts)
    assert [(sid, told["state"], told["answer"]) for sid, told in desk.to_one] == [
        ("ann", "waits", {}),
        ("ann", "answered", {"zh": "请问店员。"}),
    ]


def test_what_the_voice_has_forgotten_is_told_as_unanswered():
    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("嗯", "zh", 1))
        await asyncio.sleep(1)
        later = Turn(21, 0.0, "voice", "zh", "price", PRICE, PRICE_SAID, "node")
        desk.voice.listening.set(replace(desk.voice.listening.value, turns=(later,)))

    desk = play(Desk(FakeVoice()), acts)
    assert desk.to_one[-1] == (
        "ann", {"t": "answer", "id": 1, "state": "refused", "code": "no_answer"},
    )  # fmt: skip


def test_without_a_voice_a_question_is_refused_and_none_is_offered():
    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("多少钱"))

    desk = play(Desk(FakeVoice(Listening()), has_voice=False), acts)
    assert desk.to_one[0][1]["code"] == "no_voice"
    assert desk.questions.greet()[0].message["asks"] is False


def test_more_questions_than_can_be_under_way_are_told_to_come_again():
    held = asyncio.Event()

    class Slow(FakeVoice):
        async def obey(self, command: VoiceCommand) -> Turn | None:
            await held.wait()
            return await super().obey(command)

    async def acts(desk: Desk) -> None:
        for number in range(ASKED_MAX + 3):
            desk.questions.ask("ann", Question("多少钱", "zh", number))
        await asyncio.sleep(1)
        held.set()

    desk = play(Desk(Slow()), acts)
    assert [told["id"] for _, told in desk.to_one[:3]] == [32, 33, 34]
    assert {told.get("code") for _, told in desk.to_one[:3]} == {"busy"}
    assert len(desk.to_one) == ASKED_MAX + 3


def test_a_refusal_of_the_voice_reaches_who_asked():
    class Deaf(FakeVoice):
        async def obey(self, command: VoiceCommand) -> Turn | None:
            raise CommandError("no_voice", "the models are gone")

    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("多少钱"))

    assert play(Desk(Deaf()), acts).to_one[0][1]["code"] == "no_voice"


def test_a_level_alone_is_told_to_nobody_and_a_light_once():
    async def acts(desk: Desk) -> None:
        for level in (-40.0, -30.0, -20.0):
            desk.voice.listening.set(replace(desk.voice.listening.value, level_db=level))
            await asyncio.sleep(0.1)
        desk.voice.turn_to("listening")
        await asyncio.sleep(0.1)

    assert [one["ear"] for one in play(Desk(FakeVoice()), acts).told("ear")] == ["listening"]


def test_a_turn_is_told_when_it_comes_and_when_it_is_rejected():
    async def acts(desk: Desk) -> None:
        desk.voice.hear()
        await asyncio.sleep(0.1)
        desk.voice._reject(1)
        await asyncio.sleep(0.1)

    turns = play(Desk(FakeVoice()), acts).told("turn")
    assert [(one["number"], one["rejected"]) for one in turns] == [(1, False), (1, True)]


def test_turns_from_before_the_pages_came_are_not_told_again():
    voice = FakeVoice()
    old = Turn(1, 0.0, "voice", "zh", "price", PRICE, PRICE_SAID, "node")
    voice.listening.set(replace(voice.listening.value, turns=(old,)))

    async def acts(_desk: Desk) -> None:
        await asyncio.sleep(0.1)

    assert play(Desk(voice), acts).told("turn") == []


@pytest.mark.parametrize("kind", ["to_one", "to_all"])
def test_the_words_of_a_question_are_told_to_nobody(kind, caplog):
    async def acts(desk: Desk) -> None:
        desk.questions.ask("ann", Question("a very private price question", "en", 1))

    with caplog.at_level("DEBUG"):
        desk = play(Desk(FakeVoice()), acts)
    assert "private" not in str(getattr(desk, kind))
    assert "private" not in caplog.text
