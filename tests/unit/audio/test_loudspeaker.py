"""The loudspeaker plays the program, tells what it played, and is lost with a word."""

import asyncio

import numpy as np
import pytest

from node.audio import loudspeaker
from node.audio.loudspeaker import Loudspeaker
from node.channels import Fanout
from node.config_voice import LoudspeakerConfig
from node.errors import DeviceError
from node.media import AudioChunk
from tests.fakes.portaudio import FakeCards
from tests.fakes.sounds import program, tone


@pytest.fixture
def cards(monkeypatch):
    machine = FakeCards()
    machine.plug_in("Booth loudspeaker", outputs=2)
    machine.install(monkeypatch.setitem)
    return machine


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A thread that waits for the processor is not left behind, nor a card lost for it."""
    monkeypatch.setattr(loudspeaker, "CLOSE_S", 60.0)
    monkeypatch.setattr(loudspeaker, "STALL_S", 60.0)


class Playing:
    """A loudspeaker that runs, with what it was given and what it told."""

    def __init__(self, cfg=LoudspeakerConfig(), first=None):  # noqa: B008  # frozen
        self.mixed, self.played = Fanout[AudioChunk](50), Fanout[AudioChunk](1000)
        self.volume = 1.0
        self.part = Loudspeaker(
            cfg, mixed=self.mixed, played=self.played, first=first, volume=lambda: self.volume
        )
        self.is_ready = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.create_task(self.part.run(self.is_ready.set))
        done, _ = await asyncio.wait(
            [self.task, asyncio.create_task(self.is_ready.wait())],
            return_when=asyncio.FIRST_COMPLETED,
            timeout=60,
        )
        if self.task in done:
            self.task.result()
        return self

    async def __aexit__(self, *_):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def say(playing, seconds):
    """Give it sound, and let it come to the card's ring."""
    for chunk in program(tone(seconds, rate_hz=48_000)):
        playing.mixed.put(chunk)
        await asyncio.sleep(0)


async def test_the_card_gets_the_programs_sound(cards):
    async with Playing() as playing:
        assert playing.part.label == "Booth loudspeaker"
        await say(playing, 0.3)
        stream = cards.streams[0]
        assert (stream.rate_hz, stream.channels) == (48_000, 2)
        given = np.concatenate([np.frombuffer(stream.asked(960), np.int16) for _ in range(10)])
        assert given.max() == pytest.approx(0.25 * 32_768, rel=0.02)
    assert cards.streams[0].is_closed
    assert playing.part.label == ""


async def test_its_volume_is_that_of_the_configuration(cards):
    async with Playing(LoudspeakerConfig(volume_db=-20)) as playing:
        await say(playing, 0.3)
        given = np.frombuffer(cards.streams[0].asked(4800), np.int16)
        assert given.max() == pytest.approx(0.025 * 32_768, rel=0.05)


async def test_a_block_with_its_loudspeaker_off_is_silent_in_the_booth(cards):
    async with Playing() as playing:
        await say(playing, 0.1)
        playing.volume = 0.0
        await say(playing, 0.2)
        given = np.frombuffer(cards.streams[0].asked(9600), np.int16)
        assert given.max() > 0
        given = np.frombuffer(cards.streams[0].asked(4800), np.int16)
        assert np.abs(given).max() == 0


async def test_what_was_played_is_told_by_the_cards_own_count(cards):
    async with Playing() as playing:
        with playing.played.subscribe() as reader:
            await say(playing, 0.3)
            for _ in range(5):
                cards.streams[0].asked(960)
            async with asyncio.timeout(60):
                told = [await reader.get() for _ in range(5)]
    assert [one.pts_48k for one in told] == [0, 960, 1920, 2880, 3840]
    assert np.abs(told[-1].samples).max() > 0.2


async def test_the_first_sound_is_played_once_and_told_as_played(cards):
    first = np.full((1440, 2), 0.125, np.float32)
    async with Playing(first=first) as playing:
        with playing.played.subscribe() as reader:
            given = [np.frombuffer(cards.streams[0].asked(960), np.int16) for _ in range(3)]
            async with asyncio.timeout(60):
                told = [await reader.get() for _ in range(3)]
    assert [int(np.count_nonzero(one)) for one in given] == [1920, 960, 0]
    assert (told[0].samples == 0.125).all()


async def test_a_program_that_stops_is_counted_as_a_gap(cards):
    async with Playing() as playing:
        await say(playing, 0.3)
        for _ in range(40):
            cards.streams[0].asked(960)
        assert playing.part.gaps == 1


async def test_a_card_that_is_gone_is_a_device_error(cards):
    async with Playing() as playing:
        cards.streams[0].alive = False
        async with asyncio.timeout(60):
            with pytest.raises(DeviceError, match="loudspeaker default: is gone"):
                await playing.task
    assert cards.streams[0].is_closed


async def test_a_card_that_takes_no_sound_is_lost(cards, monkeypatch):
    async with Playing() as playing:
        cards.streams[0].asked(960)
        monkeypatch.setattr(loudspeaker, "STALL_S", 0.0)
        async with asyncio.timeout(60):
            with pytest.raises(DeviceError, match="loudspeaker default: takes no sound for 0 s"):
                await playing.task
    assert cards.streams[0].is_closed


async def test_a_missing_card_is_told_by_name(cards):
    with pytest.raises(DeviceError, match="loudspeaker Jabra: no sound output 'Jabra'"):
        async with Playing(LoudspeakerConfig("Jabra")):
            pass


async def test_a_fault_of_the_callback_is_raised(cards):
    async with Playing() as playing:
        cards.streams[0].asked(-1)
        async with asyncio.timeout(60):
            with pytest.raises(ValueError, match="negative"):
                await playing.task
