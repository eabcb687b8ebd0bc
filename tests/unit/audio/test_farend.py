"""The far end is laid beside what was heard at the same moment."""

import numpy as np
import pytest

from node.audio.delay import find_delay
from node.audio.farend import EARLY_S, FarEnd
from node.audio.resample import from_pcm, to_pcm
from node.media import SpeechChunk
from tests.fakes.sounds import TICK, noise, program

FAR_48K = noise(4.0, rate_hz=48_000, seed=4) * 0
FAR_48K += np.convolve(noise(4.0, rate_hz=48_000, seed=4), np.ones(8) / 8, "same")


def block(at: int, captured_s: float | None = None) -> SpeechChunk:
    end_s = (at + 320) / 16_000 if captured_s is None else captured_s
    return SpeechChunk(at, end_s, np.zeros(320, np.int16))


def beside(far, blocks, chunks):
    """The far end of each block; both streams as they come in time."""
    taken, chunks = [], list(chunks)
    for near in blocks:
        while chunks and chunks[0].captured_s <= near.captured_s:
            far.put(chunks.pop(0))
        taken.append(far.take(near))
    return np.concatenate(taken)


def blocks_of(seconds: float, *, first: int = 0, late_s: float = 0.0):
    count = round(seconds * 50)
    return [block(first + k * 320, (first + (k + 1) * 320) / 16_000 + late_s) for k in range(count)]


def offset_s(taken) -> float:
    """How much later than the program the far end was given."""
    said = to_pcm(FAR_48K[::3].copy())[: len(taken)]
    delay = find_delay(taken, said, earliest_s=-0.2)
    assert delay.is_clear
    return delay.seconds


def test_it_is_given_as_early_as_its_echo_needs():
    far = FarEnd(delay_s=0.2)
    assert offset_s(beside(far, blocks_of(3), program(FAR_48K))) == pytest.approx(
        0.2 - EARLY_S, abs=0.001
    )


def test_without_a_delay_it_is_given_as_it_was_played():
    assert offset_s(beside(FarEnd(), blocks_of(3), program(FAR_48K))) == pytest.approx(0, abs=0.001)


def test_streams_that_began_at_different_times_are_laid_together():
    chunks = program(FAR_48K, began_s=100.0)
    blocks = [block(k * 320, 100.5 + (k + 1) * 0.02) for k in range(100)]
    taken = beside(FarEnd(delay_s=0.1), blocks, chunks)
    said = to_pcm(FAR_48K[::3].copy())[8000:]
    delay = find_delay(taken[:30_000], said[:30_000], earliest_s=-0.2)
    assert delay.seconds == pytest.approx(0.1 - EARLY_S, abs=0.001)


def test_late_callbacks_shift_nothing():
    rng = np.random.default_rng(2)
    blocks = [
        SpeechChunk(one.at_16k, one.captured_s + rng.uniform(0, 0.05), one.pcm)
        for one in blocks_of(3)
    ]
    steady = beside(FarEnd(delay_s=0.2), blocks_of(3), program(FAR_48K))
    jittered = beside(FarEnd(delay_s=0.2), blocks, program(FAR_48K))
    shift = find_delay(jittered[8000:40_000], steady[8000:40_000], earliest_s=-0.2)
    assert abs(shift.seconds) < 0.05
    first, last = jittered[8000:16_000], jittered[32_000:40_000]
    early = find_delay(first, steady[8000:16_000], earliest_s=-0.2).samples
    late = find_delay(last, steady[32_000:40_000], earliest_s=-0.2).samples
    assert early == pytest.approx(late, abs=0.01)


def test_lost_samples_of_the_microphone_shift_nothing():
    far = FarEnd(delay_s=0.2)
    chunks = program(FAR_48K)
    early = blocks_of(1)
    late = blocks_of(1, first=32_000)
    taken = beside(far, [*early, *late], chunks)
    steady = beside(FarEnd(delay_s=0.2), blocks_of(3), program(FAR_48K))
    assert np.abs(from_pcm(taken[16_000:]) - from_pcm(steady[32_000:48_000])).max() < 0.01


@pytest.mark.parametrize("ppm", [-100.0, 100.0])
def test_drift_is_made_good(ppm):
    far = FarEnd(delay_s=0.2)
    chunks, blocks = program(FAR_48K), blocks_of(3)
    beside(far, blocks[:1], chunks)
    far.drift_ppm = ppm
    taken = beside(far, blocks[1:], [one for one in chunks if one.captured_s > 0.02])
    steady = beside(FarEnd(delay_s=0.2), blocks_of(3), program(FAR_48K))[320:]
    end = slice(len(taken) - 16_000, len(taken))
    middle_s = (len(taken) - 8000) / 16_000
    shift = find_delay(taken[end], steady[end], earliest_s=-0.1).samples
    assert shift == pytest.approx(ppm * 1e-6 * 16_000 * middle_s, abs=0.2)


def test_before_anything_was_played_there_is_silence():
    far = FarEnd()
    assert not far.take(block(0)).any()
    assert far.missing == 0


def test_what_is_not_known_yet_is_silence_and_counted():
    far = FarEnd()
    far.put(program(FAR_48K)[0])
    far.take(block(0))
    assert not far.take(block(32_000)).any()
    assert far.missing == 320


def test_a_gap_of_the_program_is_silence():
    chunks = program(FAR_48K)
    taken = beside(FarEnd(delay_s=0.1), blocks_of(3), [*chunks[:30], *chunks[45:]])
    silent = taken[round(1.15 * 16_000) : round(1.5 * 16_000)]
    assert not silent.any()
    said = to_pcm(FAR_48K[::3].copy())
    delay = find_delay(taken[32_000:], said[32_000:48_000], earliest_s=-0.1)
    assert delay.seconds == pytest.approx(0.1 - EARLY_S, abs=0.001)


def test_a_program_that_begins_anew_is_matched_anew():
    far = FarEnd(delay_s=0.1)
    beside(far, blocks_of(1), program(FAR_48K[: 48_000 * 2]))
    again = program(FAR_48K, began_s=2.0)
    taken = beside(far, blocks_of(2, first=32_000), again)
    said = to_pcm(FAR_48K[::3].copy())[: len(taken)]
    delay = find_delay(taken, said, earliest_s=-0.1)
    assert delay.seconds == pytest.approx(0.1 - EARLY_S, abs=0.001)


def test_a_stream_that_was_held_up_is_matched_anew():
    chunks = program(FAR_48K)
    held_up = [
        type(one)(
            one.pts_48k, one.captured_s + (0.5 if one.pts_48k >= 30 * TICK else 0), one.samples
        )
        for one in chunks
    ]
    taken = beside(FarEnd(delay_s=0.1), blocks_of(4), held_up)
    said = to_pcm(FAR_48K[::3].copy())
    delay = find_delay(taken[40_000:56_000], said[32_000:48_000], earliest_s=-0.1)
    assert delay.seconds == pytest.approx(0.1 - EARLY_S, abs=0.002)


def test_a_microphone_opened_anew_is_matched_anew():
    far = FarEnd(delay_s=0.1)
    chunks = program(FAR_48K)
    beside(far, blocks_of(1), [one for one in chunks if one.captured_s <= 1])
    far.forget()
    again = [block(k * 320, 2 + (k + 1) * 0.02) for k in range(90)]
    taken = beside(far, again, [one for one in chunks if one.captured_s > 1])
    said = to_pcm(FAR_48K[::3].copy())[32_000 : 32_000 + len(taken)]
    delay = find_delay(taken, said, earliest_s=-0.1)
    assert delay.seconds == pytest.approx(0.1 - EARLY_S, abs=0.002)
