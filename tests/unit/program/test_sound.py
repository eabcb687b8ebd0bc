"""Program sound: always whole, never a click, live sound between two clocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.media import SAMPLE_RATE_HZ, Samples
from node.program.limiter import LATENCY_SAMPLES
from node.program.sound import DUCKED_DB, Ring, SoundMixer

FPS = 30
TICK = SAMPLE_RATE_HZ // FPS


def level(value: float, count: int = TICK) -> Samples:
    return np.full((count, 2), value, np.float32)


def tone(tick: int, frequency_hz: float = 200, amplitude: float = 0.5) -> Samples:
    """One tick of a running tone."""
    times = (np.arange(TICK) + tick * TICK) / SAMPLE_RATE_HZ
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * times)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def steepest(samples: Samples) -> float:
    return float(np.abs(np.diff(samples, axis=0)).max())


presence = st.lists(st.sampled_from(["on", "fading", "missing"]), min_size=1, max_size=6)


@given(
    fps=st.sampled_from([25, 30, 50, 60]),
    counts=st.lists(st.integers(0, 5000), min_size=1, max_size=5),
)
def test_every_tick_has_exactly_its_share_of_samples(fps: int, counts: list[int]) -> None:
    mixer = SoundMixer(fps)
    for count in counts:
        assert mixer.mix({"clip": level(0.5, count)}).shape == (SAMPLE_RATE_HZ // fps, 2)
    assert mixer.mix({}).shape == (SAMPLE_RATE_HZ // fps, 2)


@given(a=presence, b=presence)
def test_no_switching_makes_a_step(a: list[str], b: list[str]) -> None:
    mixer, heard = SoundMixer(FPS), list[Samples]()
    for tick in range(8):
        states = {"a": a[tick % len(a)], "b": b[tick % len(b)]}
        sound = {"a": level(0.4), "b": level(-0.4)}
        sources = {key: sound[key] for key, state in states.items() if state == "on"}
        fading = {key: sound[key] for key, state in states.items() if state == "fading"}
        heard.append(mixer.mix(sources, fading))
    # The shortest fade takes 0.8 over 240 samples on a raised cosine: 0.8 * pi / 2 / 240.
    assert steepest(np.concatenate(heard)) < 0.0055


def test_a_cut_keeps_the_level_of_what_both_carry() -> None:
    mixer = SoundMixer(FPS)
    for tick in range(3):
        mixer.mix({"a": tone(tick)})
    mixer.mix({"b": tone(3)}, {"a": tone(3)})
    now = mixer.mix({"b": tone(4)})
    running = np.concatenate((tone(3), tone(4)))
    expected = running[TICK - LATENCY_SAMPLES : 2 * TICK - LATENCY_SAMPLES]
    assert np.allclose(now, expected, atol=1e-6)


def test_a_dissolve_cross_fades_over_its_whole_length() -> None:
    mixer = SoundMixer(FPS)
    for _ in range(3):
        mixer.mix({"a": level(0.5)})
    heard = [mixer.mix({"b": level(0.0)}, {"a": level(0.5)}, ramp_ticks=4) for _ in range(5)]
    curve = np.concatenate(heard)[LATENCY_SAMPLES:, 0]
    assert (np.diff(curve) <= 1e-6).all()
    assert curve[2 * TICK] == pytest.approx(0.25, abs=0.001)
    assert curve[4 * TICK] == pytest.approx(0.0, abs=1e-6)


def test_mixed_sound_leaves_after_the_limiters_latency() -> None:
    mixer = SoundMixer(FPS)
    mixer.mix({"a": level(0.0)})
    pulse = level(0.0)
    pulse[100] = 0.5
    assert mixer.mix({"a": pulse})[100 + LATENCY_SAMPLES, 0] == 0.5


def test_a_ducked_source_is_12_db_lower() -> None:
    mixer = SoundMixer(FPS)
    for _ in range(3):
        heard = mixer.mix({"a": level(0.5)}, is_ducked=True)
    assert 20 * np.log10(heard[-1, 0] / 0.5) == pytest.approx(DUCKED_DB, abs=0.01)


def test_many_loud_sources_stay_below_full_scale() -> None:
    mixer = SoundMixer(FPS)
    for _ in range(10):
        heard = mixer.mix({key: level(0.9) for key in "abcdef"})
        assert np.abs(heard).max() <= 10 ** (-1 / 20) * (1 + 1e-6)


def test_a_mixer_remembers_nothing_of_sources_long_gone() -> None:
    mixer = SoundMixer(FPS)
    for tick in range(50):
        mixer.mix({f"clip {tick}": tone(tick)})
    assert len(mixer._voices) == 1


def test_a_ring_is_silent_until_it_has_filled_to_its_target() -> None:
    ring = Ring()
    ring.put(level(0.5, 2000))
    assert not ring.take(TICK).any()
    ring.put(level(0.5, 1000))
    assert ring.take(TICK)[-1, 0] == 0.5
    assert ring.gaps == 0


def test_a_ring_hands_out_what_was_put_in_order() -> None:
    ring = Ring()
    sound = np.arange(20 * TICK, dtype=np.float32)[:, None].repeat(2, axis=1)
    ring.put(sound[: 2 * TICK])
    heard = []
    for tick in range(2, 18):
        heard.append(ring.take(TICK))
        ring.put(sound[tick * TICK : (tick + 1) * TICK])
    assert np.array_equal(np.concatenate(heard)[240:], sound[240 : 16 * TICK])


@given(left_over=st.integers(0, TICK - 1))
def test_a_ring_that_runs_dry_fades_to_silence_and_counts_one_gap(left_over: int) -> None:
    ring = Ring()
    ring.put(level(0.5, 3 * TICK))
    heard = [ring.take(TICK), ring.take(TICK)]
    ring.put(level(0.5, left_over))
    heard += [ring.take(TICK) for _ in range(4)]
    assert ring.gaps == 1
    assert not heard[-1].any()
    assert steepest(np.concatenate(heard)) < 0.0035


def test_sound_returns_softly_after_a_gap() -> None:
    ring = Ring()
    ring.put(level(0.5, 3000))
    heard = [ring.take(TICK) for _ in range(3)]
    ring.put(level(0.5, 6000))
    heard += [ring.take(TICK) for _ in range(2)]
    assert heard[-1][-1, 0] == 0.5
    assert steepest(np.concatenate(heard)) < 0.0035
    assert ring.gaps == 1


def test_a_burst_beyond_the_limit_drops_the_oldest_and_is_counted() -> None:
    ring = Ring()
    ring.put(level(0.1, 3000))
    ring.take(TICK)
    ring.put(level(0.2, 13_500))
    assert ring.held == 2880
    assert ring.overruns == 1
    heard = ring.take(TICK)
    assert heard[0, 0] == pytest.approx(0.1, abs=0.001)
    assert heard[-1, 0] == pytest.approx(0.2)
    assert steepest(heard) < 0.001


@given(sizes=st.lists(st.integers(0, 20_000), max_size=20))
def test_a_ring_never_holds_more_than_its_limit(sizes: list[int]) -> None:
    ring = Ring()
    for size in sizes:
        ring.put(level(0.5, size))
        assert ring.held <= 0.3 * SAMPLE_RATE_HZ


def test_a_ring_nobody_listens_to_starts_with_fresh_sound_and_counts_nothing() -> None:
    ring = Ring()
    for second in range(100):
        ring.put(level(second / 100, 960))
    heard = ring.take(TICK)
    assert heard[-1, 0] >= 0.96
    assert (ring.gaps, ring.overruns) == (0, 0)


@pytest.mark.parametrize("ppm", [-1000, 1000])
def test_a_clock_that_differs_neither_starves_nor_fills_the_ring(ppm: int) -> None:
    # 180 ms of difference in three minutes: as much as 100 ppm make in half an hour.
    piece, minutes = 960, 3
    ring, put = Ring(), 0
    sound = level(0.0, piece)
    held: list[int] = []
    for tick in range(minutes * 60 * FPS):
        while put * piece * FPS <= tick * TICK * FPS * (1 + ppm * 1e-6):
            ring.put(sound)
            put += 1
        ring.take(TICK)
        held.append(ring.held)
    assert (ring.gaps, ring.overruns) == (0, 0)
    assert min(held[FPS:]) > 0
    assert max(held) < 0.060 * SAMPLE_RATE_HZ


def test_following_a_clock_is_inaudible_on_a_tone() -> None:
    ring, heard = Ring(), list[Samples]()
    times = np.arange(3600) / SAMPLE_RATE_HZ
    ring.put(np.zeros((3600, 2), np.float32) + np.sin(2 * np.pi * 1000 * times)[:, None] * 0.5)
    for tick in range(200):
        heard.append(ring.take(TICK))
        at = (np.arange(TICK + 1) + 3600 + tick * (TICK + 1)) / SAMPLE_RATE_HZ
        ring.put(
            np.repeat(0.5 * np.sin(2 * np.pi * 1000 * at)[:, None], 2, axis=1).astype(np.float32)
        )
    sound = np.concatenate(heard)[TICK:, 0]
    assert ring.held < 3600 + 100  # 200 samples too many came, and were used up
    power = np.abs(np.fft.rfft(sound * np.hanning(len(sound)))) ** 2
    peak = int(power.argmax())
    away = power.sum() - power[peak - 60 : peak + 60].sum()
    assert away / power.sum() < 1e-6  # -60 dB beside the tone
