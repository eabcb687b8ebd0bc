"""Facts about who speaks over an answer, and how it ends."""

import asyncio
from collections.abc import Callable

import pytest

from node.errors import CommandError
from node.program.commands import (
    HushVoice,
    Misheard,
)
from node.voice.heard import SpeechConfirmed, SpeechStarted, SpeechVanished
from tests.fakes.studio import Studio
from tests.fakes.voice_booth import (
    PRICE,
    WAKE,
    VoiceBooth,
    played,
    with_card,
)


async def _being_answered(booth: VoiceBooth) -> None:
    await with_card(booth)
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
        await with_card(booth)
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
