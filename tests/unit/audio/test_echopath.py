"""The echo is found, cancelled and judged while it runs; the mode follows what was measured."""

import numpy as np
import pytest

from node.audio.echo import open_canceller
from node.audio.echopath import EchoPath, EchoReport, probe
from node.audio.judgement import judge
from node.audio.resample import from_pcm, to_pcm
from node.audio.room import reverberated, room_response
from node.media import SpeechChunk
from tests.fakes.sounds import finer, noise, program

DELAY_S = 0.12


def far_48k(seconds: float):
    """Sound that swells and sinks ten times a second, as speech does; nothing above 8 kHz."""
    sound = noise(seconds, seed=6)
    steps = np.random.default_rng(1).uniform(0.1, 1.0, len(sound) // 1600 + 2)
    swell = np.interp(np.arange(len(sound)), np.arange(len(steps)) * 1600, steps)
    return finer(sound * swell.astype(np.float32))


def echo_of(far, *, gain: float = 0.3, delay_s: float = DELAY_S):
    wet = reverberated(far[::3].copy(), room_response(0.2, 1.0, seed=4))
    late = np.concatenate((np.zeros(round(delay_s * 16_000), np.float32), wet * np.float32(gain)))
    return late[: len(far) // 3]


def run(path: EchoPath, near, far, *, first: int = 0, played_from_s: float = 0.0):
    """Feed both streams in time; the reports after each block, and all that was left."""
    chunks = program(far, began_s=played_from_s)
    pcm, reports, left = to_pcm(near), [], []
    for at in range(0, len(pcm) - 319, 320):
        end_s = played_from_s + (at + 320) / 16_000
        while chunks and chunks[0].captured_s <= end_s:
            path.play(chunks.pop(0))
        clean, _ = path.hear(SpeechChunk(first + at, end_s, pcm[at : at + 320]))
        left.append(clean)
        if (window := path.window()) is not None:
            path.learn(judge(window))
        reports.append(path.report)
    return reports, np.concatenate(left)


def test_an_echo_is_found_and_cancelled_and_full_duplex_begins():
    far = far_48k(16)
    near = echo_of(far)
    path = EchoPath(open_canceller())
    reports, left = run(path, near, far)
    assert reports[0] == EchoReport("half", "unheard")
    last = reports[-1]
    assert (last.duplex, last.why) == ("full", "cancelled")
    assert last.delay_ms == pytest.approx(120, abs=2)
    assert last.erle_db is not None
    assert last.erle_db >= 20
    tail = slice(-48_000, None)
    erle = np.mean(near[: len(left)][tail] ** 2) / np.mean(from_pcm(left[tail]) ** 2)
    assert 10 * np.log10(erle) > 20


def test_where_nothing_comes_back_half_duplex_stays():
    far = far_48k(12)
    reports, _ = run(EchoPath(open_canceller()), noise(12, rms=0.003), far)
    assert reports[-1] == EchoReport("half", "unheard")


def test_where_nothing_is_played_nothing_is_judged():
    silence = np.zeros(48_000 * 8, np.float32)
    reports, _ = run(EchoPath(open_canceller()), noise(8, rms=0.05), silence)
    assert reports[-1] == EchoReport("half", "unheard")


def test_an_echo_that_is_not_linear_leaves_a_residue_and_half_duplex():
    far = far_48k(16)
    near = echo_of(far)
    crushed = near * np.abs(near) / np.abs(near).max()
    reports, _ = run(EchoPath(open_canceller()), crushed, far)
    assert (reports[-1].duplex, reports[-1].why) == ("half", "residue")


def test_a_visitor_who_speaks_does_not_end_full_duplex():
    far = far_48k(28)
    near = echo_of(far)
    talk = noise(8, rms=0.03, seed=12)
    near[20 * 16_000 :] += talk[: len(near) - 20 * 16_000]
    reports, _ = run(EchoPath(open_canceller()), near, far)
    assert reports[19 * 50].duplex == "full"
    assert reports[-1].duplex == "full"


def test_a_delay_that_jumps_is_followed_and_half_duplex_until_it_is_learnt():
    far = far_48k(34)
    near = echo_of(far)
    moved = echo_of(far, delay_s=0.3)
    near[16 * 16_000 :] = moved[16 * 16_000 :]
    reports, _ = run(EchoPath(open_canceller()), near, far)
    assert reports[15 * 50].duplex == "full"
    assert any(one.duplex == "half" for one in reports[16 * 50 : 26 * 50])
    assert reports[-1].duplex == "full"
    assert reports[-1].delay_ms == pytest.approx(300, abs=3)


def test_an_echo_too_faint_to_judge_changes_nothing():
    far = far_48k(30)
    near = echo_of(far) + noise(30, rms=0.001, seed=9)
    near[18 * 16_000 :] = near[18 * 16_000 :] * np.float32(0.02) + noise(12, rms=0.02, seed=2)
    reports, _ = run(EchoPath(open_canceller()), near, far)
    assert reports[17 * 50].duplex == "full"
    assert reports[-1].duplex == "full"
    assert reports[-1].erle_db == reports[24 * 50].erle_db


def test_a_mode_set_by_hand_is_never_changed():
    far = far_48k(12)
    for duplex in ("full", "half"):
        reports, _ = run(EchoPath(open_canceller(), duplex=duplex), echo_of(far), far)
        assert {(one.duplex, one.why) for one in reports} == {(duplex, "set")}
        assert reports[-1].erle_db is not None


def test_a_delay_set_by_hand_is_used_from_the_first_block():
    far = far_48k(6)
    near = echo_of(far)
    _, left = run(EchoPath(open_canceller(), delay_s=DELAY_S), near, far)
    window = slice(3 * 16_000, 5 * 16_000)
    assert np.mean(from_pcm(left[window]) ** 2) < 0.05 * np.mean(near[window] ** 2)


def test_without_a_canceller_blocks_pass_as_they_are():
    far = far_48k(8)
    near = echo_of(far)
    path = EchoPath(None)
    reports, left = run(path, near, far)
    assert (left == to_pcm(near)[: len(left)]).all()
    assert reports[-1] == EchoReport("half", "nothing to cancel with")


def test_a_microphone_opened_anew_learns_the_room_anew():
    far = far_48k(16)
    path = EchoPath(open_canceller())
    run(path, echo_of(far), far)
    assert path.report.duplex == "full"
    reports, _ = run(path, echo_of(far), far, played_from_s=100.0)
    assert reports[0].duplex == "half"
    assert reports[-1].duplex == "full"


def test_the_far_end_is_given_beside_each_block():
    far = far_48k(2)
    path = EchoPath(None)
    for chunk in program(far)[:6]:
        path.play(chunk)
    _, beside = path.hear(SpeechChunk(0, 0.12, np.zeros(320, np.int16)))
    assert len(beside) == 320
    assert beside.any()


def test_the_probe_is_soft_and_ends_as_softly_as_it_begins():
    sound = probe()
    assert sound.shape == (144_000, 2)
    assert np.abs(sound).max() < 0.5
    assert np.abs(sound[:480]).max() < 0.01
    assert np.abs(sound[-480:]).max() < 0.01


def test_the_probe_finds_an_echo():
    far = np.concatenate((probe()[:, 0], np.zeros(48_000 * 2, np.float32)))
    path = EchoPath(open_canceller())
    run(path, echo_of(far, gain=1.0), far)
    assert path.report.delay_ms == pytest.approx(120, abs=2)
