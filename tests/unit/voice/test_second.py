"""The second stage: words of English to an intent, in time, and never more than that."""

import asyncio
import contextlib
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from node.board.capacity import Capacity
from node.errors import AssetError
from node.voice import second as module
from node.voice.intents import Understood
from node.voice.second import SecondEar, open_moonshine
from tests.fakes.asked_booth import sample_lexicon

SOUND = np.zeros(1600, np.int16)


class MoonshineError(Exception):
    """The library's own."""


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    monkeypatch.setattr(module, "WORDS_S", 60.0)  # its thread gives way to all others


@contextlib.asynccontextmanager
async def opened(load):
    ear = SecondEar(load)
    task = asyncio.ensure_future(ear.run(lambda: None))
    while not (ear.is_there or ear.trouble):  # noqa: ASYNC110  # a thread is waited for
        await asyncio.sleep(0.001)
    try:
        yield ear
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        ear.close()


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("How much is it?", "price"), ("Do you ship to Germany?", "delivery"),
        ("Thank you.", ""), ("", ""), ("Is it you say?", ""),
    ],
)  # fmt: skip
async def test_words_are_understood_as_typed_ones_are_but_no_thanks(words, intent):
    async with opened(lambda: lambda _: words) as ear:
        assert (await ear.understood(SOUND, sample_lexicon())).intent == intent


async def test_a_slow_recogniser_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(module, "WORDS_S", 0.02)
    gate = threading.Event()

    def write(_):
        gate.wait(60)
        return "how much is it"

    async with opened(lambda: write) as ear:
        assert await ear.understood(SOUND, sample_lexicon()) == Understood()
        gate.set()


async def test_one_that_fails_has_understood_nothing():
    def write(_):
        raise AssetError("broken")

    async with opened(lambda: write) as ear:
        assert (await ear.understood(SOUND, sample_lexicon())).intent == ""


async def test_without_a_recogniser_it_says_what_is_missing(monkeypatch, caplog):
    monkeypatch.setattr(module, "LIBRARY", "a_library_that_nobody_has")
    async with opened(None) as ear:
        assert not ear.is_there
        assert "the extra asr is not installed" in ear.trouble
        assert (await ear.understood(SOUND, sample_lexicon())).intent == ""
    assert "no second stage" in caplog.text


def test_a_small_board_does_without(monkeypatch):
    monkeypatch.setattr(module, "read_capacity", lambda: Capacity("a Pi", 4, 1850, 900))
    with pytest.raises(AssetError, match="there are 1850"):
        open_moonshine()


def test_the_recogniser_is_given_sound_at_full_scale_one_and_its_lines_are_joined():
    given = []

    class Transcriber:
        def __init__(self, folder, arch):
            given.append((folder, arch))

        def transcribe_without_streaming(self, sound, rate_hz):
            given.append((max(sound), rate_hz))
            return SimpleNamespace(
                lines=[SimpleNamespace(text="How much"), SimpleNamespace(text="is it?")]
            )

    library = SimpleNamespace(
        MoonshineError=MoonshineError, ModelArch=SimpleNamespace(TINY=0), Transcriber=Transcriber,
        get_model_path=lambda name: f"/models/{name}",
    )  # fmt: skip
    write = module._writer(library)
    assert write(np.full(160, 16384, np.int16)) == "How much is it?"
    assert given == [("/models/tiny-en", 0), (0.5, 16_000)]


def test_a_model_that_is_not_there_is_told():
    def missing(_):
        raise MoonshineError("no such folder")

    library = SimpleNamespace(MoonshineError=MoonshineError, get_model_path=missing)
    with pytest.raises(AssetError, match="tiny-en: no such folder"):
        module._writer(library)
