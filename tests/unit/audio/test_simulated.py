"""The simulated hall: its noise, its visitors, the booth's own sound, and being unplugged."""

import asyncio

import numpy as np
import pytest

from node.audio.delay import find_delay
from node.audio.resample import to_pcm
from node.audio.simulated import Hall, SimulatedMicrophone, hall_noise
from node.channels import Fanout
from node.config_voice import SimulatedMicrophoneConfig
from node.errors import DeviceError
from node.media import AudioChunk
from tests.fakes.inline_pool import InlinePool
from tests.fakes.sounds import loudness, noise, program, tone
from tests.virtual_time import run_virtually

QUIET = SimulatedMicrophoneConfig(noise_db=-90)


async def listen(microphone, blocks):
    chunks = []
    async with microphone:
        async for chunk in microphone:
            chunks.append(chunk)
            if len(chunks) == blocks:
                break
    return chunks


def pcm_of(chunks):
    return np.concatenate([chunk.pcm for chunk in chunks])


def test_it_says_that_it_is_simulated():
    assert "simulated" in SimulatedMicrophone(QUIET, Hall()).label


def test_it_is_paced_by_the_clock_and_counts_from_0():
    async def main():
        chunks = await listen(SimulatedMicrophone(QUIET, Hall()), 50)
        return chunks, asyncio.get_running_loop().time()

    chunks, now_s = run_virtually(main())
    assert [chunk.at_16k for chunk in chunks] == list(range(0, 16_000, 320))
    assert now_s == pytest.approx(1.0)
    assert chunks[-1].captured_s == pytest.approx(1.0)


def test_the_halls_noise_has_the_level_asked_for():
    cfg = SimulatedMicrophoneConfig(noise_db=-40)
    chunks = run_virtually(listen(SimulatedMicrophone(cfg, Hall()), 500))
    assert 20 * np.log10(loudness(pcm_of(chunks))) == pytest.approx(-40, abs=1)


def test_the_noise_repeats_without_a_seam():
    wave = hall_noise(-30, seed=1)
    assert abs(wave[0] - wave[-1]) < 4 * np.abs(np.diff(wave)).std()


def test_a_visitor_is_heard_from_the_next_block_on_and_then_no_more():
    async def main():
        hall, blocks = Hall(), []
        microphone = SimulatedMicrophone(QUIET, hall)
        async with microphone:
            async for chunk in microphone:
                blocks.append(loudness(chunk.pcm))
                if len(blocks) == 10:
                    hall.say(to_pcm(tone(0.5)), distance_m=1.0)
                if len(blocks) == 100:
                    break
        return blocks, hall.is_speaking

    blocks, is_speaking = run_virtually(main())
    assert max(blocks[:10]) < 0.001
    assert min(blocks[10:30]) > 0.03
    assert max(blocks[70:]) < 0.001
    assert not is_speaking


def test_a_visitor_further_off_is_quieter():
    def level(distance_m):
        hall = Hall()
        hall.say(to_pcm(tone(0.5)), distance_m=distance_m)
        return float(np.sqrt(np.mean(hall.take(8000) ** 2)))

    assert level(0.5) > level(1.0) > level(2.0)


def test_two_visitors_speak_at_once_and_both_fall_silent_when_told():
    hall = Hall()
    hall.say(to_pcm(tone(1.0)), distance_m=1.0)
    hall.say(to_pcm(tone(1.0, hertz=2000)), distance_m=1.0)
    spectrum = np.abs(np.fft.rfft(hall.take(8000)))
    assert spectrum[220] > 100
    assert spectrum[1000] > 100
    hall.hush()
    assert not hall.take(320).any()


def test_silence_can_be_said():
    hall = Hall()
    hall.say(np.zeros(1600, np.int16), distance_m=1.0)
    assert not hall.take(1600).any()


def test_the_booths_own_sound_comes_back_late():
    async def main():
        played = Fanout[AudioChunk](50)
        cfg = SimulatedMicrophoneConfig(noise_db=-90, echo_db=-10, echo_delay_ms=100)
        said = noise(2.0, rate_hz=48_000)

        async def play():
            for chunk in program(said):
                await asyncio.sleep(chunk.captured_s - asyncio.get_running_loop().time())
                played.put(chunk)

        task = asyncio.create_task(play())
        chunks = await listen(SimulatedMicrophone(cfg, Hall(played), pool=InlinePool()), 100)
        await task
        return said[::3], pcm_of(chunks)

    said, heard = run_virtually(main())
    delay = find_delay(heard, to_pcm(said[: len(heard)]))
    assert delay.is_clear
    assert delay.seconds == pytest.approx(0.1, abs=0.002)


def test_an_unplugged_microphone_is_a_device_error_until_it_is_plugged_in():
    async def main():
        hall = Hall()
        microphone = SimulatedMicrophone(QUIET, hall)
        asyncio.get_running_loop().call_later(0.5, setattr, hall, "is_unplugged", True)
        with pytest.raises(DeviceError, match=r"unplugged \(simulated\)"):
            await listen(microphone, 1000)
        with pytest.raises(DeviceError):
            await listen(microphone, 1)
        hall.is_unplugged = False
        return await listen(microphone, 3)

    assert [chunk.at_16k for chunk in run_virtually(main())] == [0, 320, 640]


def test_a_stalled_loop_skips_what_it_cannot_catch_up_with():
    async def main():
        loop = asyncio.get_running_loop()
        microphone = SimulatedMicrophone(QUIET, Hall())
        ats = []
        async with microphone:
            async for chunk in microphone:
                ats.append(chunk.at_16k)
                if len(ats) == 5:
                    loop.jump(10.0)
                if len(ats) == 10:
                    break
        return ats, microphone.lost

    ats, lost = run_virtually(main())
    assert lost > 9 * 16_000
    assert ats[5] == ats[4] + 320 + lost
