"""Training a head: its speech, scenes and features."""

from dataclasses import replace

import numpy as np
import pytest

from node.voice.frontend import FRAMES_PER_ROW, HOP_SAMPLES, MEL_BANDS, FrontEnd
from tools.train_keywords.augment import (
    TAIL,
    Noises,
    heard,
    in_room,
    quick_size,
    tune,
    voiced,
    with_noise,
)
from tools.train_keywords.examples import FeatureStore, LookBook, class_of
from tools.train_keywords.long_front_end import rows_of
from tools.train_keywords.measure import QUIET, Place, at_place
from tools.train_keywords.scenes import SCENE_HOPS, Scene, Stage
from tools.train_keywords.speech import dressed

RATE = 16_000


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.fixture
def stage(rng):
    hum = rng.standard_normal(3 * RATE).astype(np.float32)
    return Stage(Noises([hum], [hum]), [hum])


def noise(rng, seconds):
    return rng.standard_normal(round(seconds * RATE)).astype(np.float32)


def test_speech_is_trimmed_and_as_loud_as_all_other():
    quiet = np.zeros(12_000, np.float32)
    tone = np.sin(np.arange(24_000) / 5).astype(np.float32) * 0.1
    pcm = dressed(np.concatenate((quiet, tone, quiet)), 24_000)
    assert len(pcm) == pytest.approx(RATE, abs=RATE // 100)
    assert np.abs(pcm).max() == pytest.approx(16_384, rel=0.05)


def test_silence_from_an_engine_is_short_silence():
    assert not dressed(np.zeros(4_000, np.float32), 24_000).any()


def test_noise_lies_as_far_below_the_speech_as_asked_for(rng):
    speech, hum = noise(rng, 1), noise(rng, 1)
    mixed = with_noise(speech, hum, 10.0)
    added = mixed - speech
    loud = speech[np.abs(speech) > 0.1 * np.abs(speech).max()]
    assert 10 * np.log10(np.mean(loud**2) / np.mean(added**2)) == pytest.approx(10, abs=0.01)


def test_a_room_leaves_the_direct_sound_in_its_place(rng):
    click = np.zeros(RATE, np.float32)
    click[400] = 1
    assert int(np.argmax(np.abs(in_room(click, 0.3, 12.0, rng)))) == 400


@pytest.mark.parametrize(
    ("count", "size"), [(16, 16), (17, 18), (40_960, 40_960), (41_003, 45_056)]
)
def test_a_transform_gets_a_little_more_than_it_needs(count, size):
    assert quick_size(count) == size


def test_another_throat_is_between_a_seventh_faster_and_slower(rng):
    lengths = [len(voiced(noise(rng, 1), rng)) - TAIL for _ in range(20)]
    assert RATE / 1.19 < min(lengths) < max(lengths) < RATE / 0.85


def test_a_keyword_lies_wholly_in_the_last_looks_of_its_scene(stage, rng):
    for _ in range(20):
        scene = stage.keyword(noise(rng, 0.8), rng)
        assert len(scene.pcm) == SCENE_HOPS * HOP_SAMPLES
        assert 2.0 * RATE <= scene.end <= 2.5 * RATE
        assert 0.6 * RATE < scene.end - scene.start < 1.0 * RATE


def test_a_keyword_without_its_beginning_is_none(stage, rng):
    assert stage.keyword(noise(rng, 0.8), rng, beheaded=True).end == 0


def test_a_keyword_that_runs_into_another_word_is_none(stage, rng):
    scene = stage.crossed(noise(rng, 0.8), rng)
    assert len(scene.pcm) == SCENE_HOPS * HOP_SAMPLES
    assert scene.end == 0


def test_noise_asked_for_is_always_there(rng):
    quiet = np.zeros(RATE, np.float32)
    quiet[: RATE // 2] = 0.5
    hum = Noises([noise(rng, 1)], [])
    ends = [heard(quiet, hum, rng, (0.0, 1.0))[-RATE // 4 :].std() for _ in range(20)]
    assert min(ends) > 0.02


def test_a_tune_is_as_long_as_asked_for_and_comes_only_where_wanted(rng):
    assert tune(RATE, rng).shape == (RATE,)
    assert np.isfinite(tune(RATE, rng)).all()
    plain = Noises([np.ones(RATE, np.float32)], [])
    shared = [plain.draw(100, np.random.default_rng(seed)) for seed in range(9)]
    again = [replace(plain, has_tunes=True).draw(100, np.random.default_rng(3)) for _ in range(2)]
    assert any((one == 1).all() for one in shared)
    np.testing.assert_array_equal(*again)


def test_the_class_of_a_look_hangs_on_where_the_word_ends():
    start, end = 16_000, 32_000
    assert class_of(end, start, end, 7) == 7
    assert class_of(end + 5_000, start, end, 7) == 7
    assert class_of(end - 8_000, start, end, 7) == 0
    assert class_of(end - 4_000, start, end, 7) is None
    assert class_of(end + 8_000, start, end, 7) is None
    assert class_of(end, start, 0, 7) == 0


def test_features_are_made_once_and_are_the_same_each_time(tmp_path, stage, rng):
    calls = []

    def rows(pcm):
        calls.append(len(pcm))
        return np.tile(pcm[::HOP_SAMPLES][:, None], (1, 96)).astype(np.float32)

    clip = noise(rng, 0.8)
    store = FeatureStore(tmp_path, rows, 1)
    first = store.get("a", 3, lambda rng, _: stage.keyword(clip, rng))
    again = store.get("a", 3, lambda rng, _: stage.keyword(clip, rng))
    assert len(calls) == 3
    assert first.ends == again.ends
    assert all(np.array_equal(a, b) for a, b in zip(first.rows, again.rows, strict=True))


def test_a_book_knows_keywords_from_their_beginnings(tmp_path):
    store = FeatureStore(
        tmp_path, lambda pcm: np.zeros((len(pcm) // HOP_SAMPLES, 96), np.float32), 1
    )
    pcm = np.zeros(SCENE_HOPS * HOP_SAMPLES, np.int16)
    book = LookBook()
    book.add_word(store.get("word", 1, lambda _, __: Scene(pcm, 20_000, 34_000)), 3)
    looks = book.looks()
    assert set(looks.label) == {0, 3}
    assert (looks.label == 3).sum() == 5  # looks 80 ms apart end within 400 ms
    ends = (looks.last[looks.label == 3] + 1) * HOP_SAMPLES
    assert ends.min() >= 34_000 - 800
    assert ends.max() <= 34_000 + 5_600


def test_long_sound_gives_the_rows_that_the_node_makes_one_by_one(rng):
    weights = rng.standard_normal((MEL_BANDS, 96)).astype(np.float32)

    class Fake:
        @staticmethod
        def melspectrogram(sound):
            return np.tile(sound[:MEL_BANDS] / 1e3, (8, 1)) + np.arange(8)[:, None]

        @staticmethod
        def embedding(frames, state):
            state = np.append(state, frames.ravel())[-76 * 32 :]
            return row_of(state.reshape(76, 32)), state

        state = 76 * 32

    def row_of(frames):
        return (frames.mean(axis=0) @ weights).astype(np.float32)

    def at_once(frames):
        starts = range(0, len(frames) - FRAMES_PER_ROW + 1, 8)
        return np.stack([row_of(frames[at : at + FRAMES_PER_ROW]) for at in starts])

    pcm = (noise(rng, 3) * 3_000).astype(np.int16)
    pcm[:9_000] = 0
    front_end = FrontEnd(Fake)
    expected = front_end.feed(pcm)
    assert np.allclose(rows_of(pcm, Fake.melspectrogram, at_once), expected, atol=1e-3)


def test_a_place_adds_its_noise_around_the_clip_too(rng):
    clip = noise(rng, 1)
    quiet = at_place(clip, QUIET, lambda count: noise(rng, count / RATE), rng)
    loud = at_place(clip, Place("5 dB", 5.0), lambda count: noise(rng, count / RATE), rng)
    assert len(quiet) == len(loud)
    assert np.abs(quiet[:8_000]).mean() < 60 < np.abs(loud[:8_000]).mean()
