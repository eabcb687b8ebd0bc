"""What every microphone promises, over every driver there is."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from node.audio import handover
from node.audio.microphone import MicrophoneSource, open_microphone
from node.audio.ports import is_installed
from node.audio.resample import BLOCK_SAMPLES, to_pcm
from node.audio.simulated import Hall
from node.config_voice import (
    DeviceMicrophoneConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
)
from node.errors import DeviceError
from node.media import SpeechChunk
from tests.fakes.pulse import ALSA_CONF, PrivatePulse, has_pulse
from tests.fakes.scripted_microphone import ScriptedMicrophone
from tests.fakes.sounds import loudness, tone, write_wav

pytestmark = pytest.mark.timeout(600)
PATIENCE_S = 60.0
"""Generous: the machine may be busy with other tests."""
STALL_S = handover.STALL_S
HERTZ, PEAK = 1000.0, 0.25
WINDOW = 20
needs_alsa = pytest.mark.skipif(
    not (is_installed() and Path(ALSA_CONF).is_file()), reason="needs PyAudio and ALSA's files"
)
needs_pulse = pytest.mark.skipif(
    not (is_installed() and has_pulse()), reason="needs PyAudio and pulseaudio"
)


@dataclass
class Make:
    """How to make a microphone that hears a tone, and one that is lost after a while."""

    well: Callable[[], MicrophoneSource]
    lost: Callable[[], MicrophoneSource]


@pytest.fixture(
    params=[
        "scripted",
        "simulated",
        "file",
        pytest.param("alsa", marks=needs_alsa),
        pytest.param("pulse", marks=needs_pulse),
    ]
)
def make(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    for limit in ("FIRST_S", "STALL_S"):  # a thread that waits for the processor is not silent
        monkeypatch.setattr(handover, limit, PATIENCE_S)
    match request.param:
        case "scripted":
            yield Make(_scripted, _unplugged_script)
        case "simulated":
            yield Make(_simulated, _unplugged_hall)
        case "file":
            path = write_wav(tmp_path / "a.wav", _tone(1.0), rate_hz=48_000, channels=2)
            yield Make(
                lambda: open_microphone(UrlMicrophoneConfig(str(path), loop=True)),
                lambda: open_microphone(UrlMicrophoneConfig(str(path))),
            )
        case "alsa":
            yield _alsa(tmp_path, monkeypatch)
        case _:
            with PrivatePulse(tmp_path) as pulse:
                for name, value in pulse.environment.items():
                    monkeypatch.setenv(name, value)
                said = tmp_path / "tone.raw"
                said.write_bytes(to_pcm(_tone(1.0)).tobytes() * 600)
                pulse.speak(said)
                yield Make(_default, lambda: _killed_later(pulse, monkeypatch))


async def test_a_microphone(make: Make) -> None:
    await check_microphone(make)


async def check_microphone(make: Make) -> None:
    """The whole contract of `MicrophoneSource`; losing it is the last, a daemon dies of it."""
    await _check_sound(make)
    await _check_that_cancelling_releases(make)
    await _check_that_a_second_open_works(make)
    await _check_that_losing_it_is_a_device_error(make)


async def _check_sound(make: Make) -> None:
    source = make.well()
    chunks = await _take(source, 60, until=_is_heard_whole)
    for chunk in chunks:
        assert chunk.pcm.dtype == np.int16
        assert chunk.pcm.shape == (BLOCK_SAMPLES,)
    lost = sum(later.at_16k - sooner.at_16k - 320 for sooner, later in pairwise(chunks))
    assert lost <= source.lost  # what is lost behind the last of them counts as well
    assert all(later.at_16k > sooner.at_16k for sooner, later in pairwise(chunks))
    assert all(later.captured_s >= sooner.captured_s for sooner, later in pairwise(chunks))
    assert chunks[-1].captured_s <= asyncio.get_running_loop().time() + 0.001
    assert source.label
    heard = np.concatenate([chunk.pcm for chunk in chunks[-WINDOW:]])
    spectrum = np.abs(np.fft.rfft(heard))
    assert np.argmax(spectrum) * 16_000 / len(heard) == pytest.approx(HERTZ, abs=5)


def _is_heard_whole(chunks: list[SpeechChunk]) -> bool:
    """Whether the last 0.4 s came without a gap and somebody speaks all through them."""
    last = chunks[-WINDOW:]
    span = last[-1].at_16k - last[0].at_16k
    return span == 320 * (WINDOW - 1) and all(loudness(chunk.pcm) > 0.02 for chunk in last)


async def _check_that_cancelling_releases(make: Make) -> None:
    before = _threads()
    got = asyncio.Event()

    async def listen() -> None:
        async with make.well() as source:
            async for _ in source:
                got.set()

    task = asyncio.create_task(listen())
    async with asyncio.timeout(PATIENCE_S):
        await got.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE_S):
        while _threads() - before:  # noqa: ASYNC110  # threads tell of no end
            await asyncio.sleep(0.01)


def _threads() -> set[threading.Thread]:
    """All but those of the loop's own pool, which stay."""
    return {one for one in threading.enumerate() if not one.name.startswith("asyncio_")}


async def _check_that_a_second_open_works(make: Make) -> None:
    source = make.well()
    first, second = await _take(source, 3), await _take(source, 3)
    assert [chunk.at_16k for chunk in second][:1] == [chunk.at_16k for chunk in first][:1]
    assert len(second) == 3


async def _check_that_losing_it_is_a_device_error(make: Make) -> None:
    with pytest.raises(DeviceError):
        await _take(make.lost(), 100_000)


async def _take(
    source: MicrophoneSource,
    count: int,
    until: Callable[[list[SpeechChunk]], bool] = lambda _: True,
) -> list[SpeechChunk]:
    """So many blocks, and as many more as it takes until they are so."""
    chunks: list[SpeechChunk] = []
    async with asyncio.timeout(PATIENCE_S), source as opened:
        async for chunk in opened:
            chunks.append(chunk)
            if len(chunks) >= count and until(chunks):
                break
    return chunks


def _tone(seconds: float) -> np.ndarray:
    return tone(seconds, hertz=HERTZ, peak=PEAK, rate_hz=48_000)


def _scripted() -> ScriptedMicrophone:
    said = to_pcm(tone(2.0, hertz=HERTZ, peak=PEAK))
    source = ScriptedMicrophone(np.split(said, 100))
    loop = asyncio.get_running_loop()
    loop.call_later(PATIENCE_S * 4, source.unplug)
    return _Past(source)


class _Past(ScriptedMicrophone):
    """Its sound was heard before it is delivered."""

    def __init__(self, script: ScriptedMicrophone) -> None:
        super().__init__(script._blocks)

    async def __aiter__(self):
        shift_s = len(self._blocks) * 0.02
        async for chunk in super().__aiter__():
            yield SpeechChunk(chunk.at_16k, chunk.captured_s - shift_s, chunk.pcm)


def _unplugged_script() -> ScriptedMicrophone:
    source = ScriptedMicrophone([to_pcm(tone(0.02))] * 3)
    asyncio.get_running_loop().call_later(0.1, source.unplug)
    return source


def _simulated(hall: Hall | None = None) -> MicrophoneSource:
    hall = hall or Hall()
    hall.say(to_pcm(tone(30.0, hertz=HERTZ, peak=PEAK)), distance_m=1.0)
    return open_microphone(SimulatedMicrophoneConfig(), hall=hall)


def _unplugged_hall() -> MicrophoneSource:
    hall = Hall()
    asyncio.get_running_loop().call_later(0.3, setattr, hall, "is_unplugged", True)
    return _simulated(hall)


def _default() -> MicrophoneSource:
    return open_microphone(DeviceMicrophoneConfig())


def _alsa(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """ALSA's default device is a file: not paced, but opened, read and converted by real code."""
    raw = folder / "mic.raw"
    raw.write_bytes(to_pcm(_tone(1.0)).tobytes() * 600)
    conf = folder / "asound.conf"
    conf.write_text(f"""<{ALSA_CONF}>
pcm.mic {{ type file slave.pcm "null" file "/dev/null" infile "{raw}" format "raw" }}
pcm.mic48 {{ type plug slave {{ pcm "mic" format S16_LE rate 48000 channels 1 }} }}
pcm.!default {{ type plug slave.pcm "mic48" hint {{ show on description "Default (file)" }} }}
""")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(conf))
    monkeypatch.delenv("PULSE_SERVER", raising=False)
    nowhere = DeviceMicrophoneConfig("a card that is not there")
    return Make(_default, lambda: open_microphone(nowhere))


def _killed_later(pulse: PrivatePulse, monkeypatch: pytest.MonkeyPatch) -> MicrophoneSource:
    """A microphone whose daemon dies while it listens."""
    monkeypatch.setattr(handover, "STALL_S", STALL_S)
    asyncio.get_running_loop().call_later(1.0, pulse.die)
    return _default()
