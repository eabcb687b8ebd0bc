"""A card's microphone: its sound, its overflows, its silences, and its end."""

import asyncio
import threading

import numpy as np
import pytest

from node.audio import handover, portaudio, ports
from node.audio.portaudio import DeviceMicrophone
from node.audio.ports import Ports
from node.audio.resample import to_pcm
from node.board import hanging
from node.config_voice import DeviceMicrophoneConfig
from node.errors import DeviceError
from tests.fakes.portaudio import FakeCards
from tests.fakes.sounds import loudness, noise, tone

PIECE = 960


@pytest.fixture
def cards(monkeypatch):
    machine = FakeCards()
    machine.plug_in("Desk microphone", inputs=2)
    machine.install(monkeypatch.setitem)
    return machine


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A thread that waits for the processor is no card that is silent or stuck."""
    for module, limits in ((handover, ("FIRST_S", "STALL_S")), (portaudio, ("CLOSE_S",))):
        for limit in limits:
            monkeypatch.setattr(module, limit, 60.0)


def pieces(sound, channels=2):
    """Sound of 48 kHz as the card delivers it."""
    line = np.repeat(to_pcm(sound), channels).tobytes()
    step = PIECE * channels * 2
    return [line[at : at + step] for at in range(0, len(line), step)]


async def listened(cards, act, *, blocks, cfg=DeviceMicrophoneConfig()):  # noqa: B008  # frozen
    """What is heard of what `act` does to the stream, once it is open."""
    cards.opened = act
    microphone, chunks = DeviceMicrophone(cfg), []
    async with asyncio.timeout(60), microphone:
        async for chunk in microphone:
            chunks.append(chunk)
            if len(chunks) == blocks:
                break
    return chunks, microphone


async def test_what_the_card_hears_comes_as_speech(cards):
    def speak(stream):
        for piece in pieces(tone(1.0, hertz=1000, rate_hz=48_000)):
            stream.heard(piece)

    chunks, microphone = await listened(cards, speak, blocks=45)
    pcm = np.concatenate([chunk.pcm for chunk in chunks])
    assert [chunk.at_16k for chunk in chunks] == list(range(0, 45 * 320, 320))
    assert loudness(pcm[1600:]) == pytest.approx(0.25 / 2**0.5, rel=0.02)
    assert microphone.label == "Desk microphone"
    assert cards.streams[0].is_closed
    assert cards.terminated == cards.initialised


async def test_a_rate_and_a_channel_can_be_chosen(cards):
    cfg = DeviceMicrophoneConfig(rate_hz=16_000, channel=1)

    def speak(stream):
        assert (stream.rate_hz, stream.channels) == (16_000, 1)
        for piece in pieces(tone(1.0), channels=1):
            stream.heard(piece)

    assert len((await listened(cards, speak, blocks=3, cfg=cfg))[0]) == 3


async def test_an_overflow_is_counted_and_leaves_a_jump(cards):
    def speak(stream):
        said = pieces(tone(1.0, rate_hz=48_000))
        stream.heard(said[0], adc_s=10.0)
        stream.heard(said[1], adc_s=10.02)
        stream.heard(said[2], adc_s=11.04, status=2)
        for number, piece in enumerate(said[3:]):
            stream.heard(piece, adc_s=11.06 + number * 0.02)

    chunks, microphone = await listened(cards, speak, blocks=20)
    assert microphone.lost == 16_000
    assert chunks[-1].at_16k - chunks[0].at_16k == 19 * 320 + 16_000
    assert max(np.diff([chunk.at_16k for chunk in chunks])) == 16_320


async def test_a_card_that_is_gone_is_a_device_error(cards):
    def vanish(stream):
        for piece in pieces(noise(0.1, rate_hz=48_000)):
            stream.heard(piece)
        stream.alive = False

    with pytest.raises(DeviceError, match=r": is gone"):
        await listened(cards, vanish, blocks=1000)
    assert cards.streams[0].is_closed


async def test_exact_zeros_for_5_s_are_a_fault(cards):
    def hum(stream):
        for _ in range(5 * 50 + 1):
            stream.heard(bytes(PIECE * 4))

    with pytest.raises(DeviceError, match="nothing but zeros for 5 s: muted, or not plugged in"):
        await listened(cards, hum, blocks=1000)


async def test_a_quiet_room_is_no_fault(cards):
    def rustle(stream):
        quiet = np.zeros(PIECE * 2, np.int16)
        for number in range(6 * 50):
            quiet[0] = number % 50 == 0
            stream.heard(quiet.tobytes())

    assert len((await listened(cards, rustle, blocks=50))[0]) == 50


async def test_a_fault_in_the_callback_stops_the_stream_and_is_raised(cards):
    answers = []

    def garble(stream):
        answers.append(stream.heard(b"\0" * 3))

    with pytest.raises(ValueError, match="buffer size"):
        await listened(cards, garble, blocks=1)
    assert answers == [2]


async def test_a_channel_too_many_is_refused(cards):
    cards.refusal = OSError(-9998, "Invalid number of channels")
    with pytest.raises(DeviceError, match="invalid number of channels"):
        await listened(cards, lambda _: None, blocks=1, cfg=DeviceMicrophoneConfig(channel=9))


async def test_a_missing_card_is_told_by_the_name_asked_for(cards):
    with pytest.raises(DeviceError, match="microphone Jabra: no sound input 'Jabra'"):
        await listened(cards, lambda _: None, blocks=1, cfg=DeviceMicrophoneConfig("Jabra"))


async def test_it_makes_way_when_another_looks_for_a_card(cards, monkeypatch):
    cards.opened = lambda stream: stream.heard(pieces(tone(0.1, rate_hz=48_000))[0] * 5)
    async with asyncio.timeout(60), DeviceMicrophone(DeviceMicrophoneConfig()) as microphone:
        chunks = aiter(microphone)
        await anext(chunks)
        monkeypatch.setattr(ports, "cards_now", lambda: b"one more")
        with Ports() as other, pytest.raises(DeviceError):
            other.find("Jabra", "output")
        with pytest.raises(DeviceError, match="looked for anew"):
            async for _ in chunks:
                pass


async def test_a_driver_that_hangs_is_not_asked_for_ever(cards, monkeypatch):
    let_go = threading.Event()
    monkeypatch.setattr(portaudio, "CLOSE_S", 0.0)
    monkeypatch.setattr(hanging, "MOST", 1)
    cards.opened = lambda _: let_go.wait(60)
    async with DeviceMicrophone(DeviceMicrophoneConfig()):
        pass
    with pytest.raises(DeviceError, match="microphone: its driver hangs"):
        await listened(cards, lambda _: None, blocks=1)
    let_go.set()
    for one in threading.enumerate():
        if one.name == "microphone":
            await asyncio.to_thread(one.join, 60)
    said = pieces(tone(1.0, rate_hz=48_000))
    assert (await listened(cards, lambda stream: [*map(stream.heard, said)], blocks=2))[0]


async def test_it_must_be_open_before_it_is_heard():
    with pytest.raises(DeviceError, match="not open"):
        aiter(DeviceMicrophone(DeviceMicrophoneConfig()))
