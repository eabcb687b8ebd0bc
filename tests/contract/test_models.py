"""What others promise: the model files are the ones named, and behave as the ear expects."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.decode.speech import read_speech
from node.voice.frontend import HOPS_SEEN, SILENT_MEL, FrontEnd, LateFrontEnd
from node.voice.heard import UtteranceEnded
from node.voice.hearing import Hearing, VoiceModels
from node.voice.manifest import CHECKOUT, FETCHED, MODELS, load_manifest
from node.voice.models import EMBEDDING, SPEECH, load_features, load_head, load_speech
from node.voice.vad import Vad
from tests.fakes.tiny_head import write_head
from tools.make_streaming import original, streaming
from tools.train_keywords.long_front_end import long_embedding

pytestmark = pytest.mark.timeout(600)
is_fetched = pytest.mark.skipif(
    not (FETCHED / SPEECH).is_file(), reason="python -m tools.fetch_models has got no speech model"
)
HEADS = sorted(path for path in MODELS.glob("*.onnx") if path.name != EMBEDDING)


@pytest.fixture(scope="module")
def features():
    return load_features()


@pytest.fixture(scope="module")
def spoken():
    """A spoken sentence of the demo's drama, int16 16 kHz mono, with quiet round it."""
    clip = CHECKOUT / "node/demo/ep1.mp4"
    pcm = np.concatenate(list(read_speech(clip)))[: 16_000 * 12]
    return np.concatenate((np.zeros(8000, np.int16), pcm, np.zeros(16_000, np.int16)))


def test_silence_has_the_mel_that_the_front_end_assumes(features):
    mel = features.melspectrogram(np.zeros(1760, np.float32))
    assert mel.shape == (8, 32)
    np.testing.assert_allclose(mel / 10 + 2, SILENT_MEL, rtol=1e-6)  # ARM rounds otherwise


def test_the_front_end_is_deaf_to_chunking_with_the_real_models(features, spoken):
    pcm = spoken[:48_000]
    pieces = FrontEnd(features)
    rows = [pieces.feed(pcm[at : at + 777]) for at in range(0, len(pcm), 777)]
    np.testing.assert_array_equal(np.concatenate(rows), FrontEnd(features).feed(pcm))


def test_the_streaming_embedding_is_made_of_the_published_one():
    assert (MODELS / EMBEDDING).read_bytes() == streaming(original())


def test_the_streaming_embedding_gives_the_numbers_of_the_published_one(features):
    rng = np.random.default_rng(2)
    mel = rng.normal(0, 4, (8 * 60, 32)).astype(np.float32)
    state = rng.normal(0, 9, features.state).astype(np.float32)
    rows = []
    for hop in mel.reshape(60, 8, 32):
        row, state = features.embedding(hop, state)
        rows.append(row)
    expected = long_embedding(original())(mel[4:])
    np.testing.assert_allclose(rows[HOPS_SEEN - 1 :], expected, rtol=0, atol=1e-3)


def test_a_row_asked_for_alone_is_the_streams_own(features, spoken):
    pcm = spoken[:80_000]
    late = LateFrontEnd(features, 60)
    hops = list(late.hops(pcm))
    np.testing.assert_array_equal(late.row(hops[-9]), FrontEnd(features).feed(pcm)[-9])


@is_fetched
def test_the_speech_model_hears_speech_and_no_noise(spoken):
    model = load_speech()
    heard = Vad(model).feed(spoken)
    noise = (np.random.default_rng(1).normal(size=48_000) * 300).astype(np.int16)
    assert max(heard) > 0.9
    assert max(Vad(model).feed(noise)) < 0.5


@is_fetched
@settings(max_examples=4, deadline=None)
@given(sizes=st.lists(st.integers(1, 30_000), max_size=40))
def test_any_chunking_gives_the_same_utterances_with_the_real_models(
    features, spoken, tmp_path_factory, sizes
):
    head = load_head(write_head(tmp_path_factory.mktemp("head")))
    models = VoiceModels(features, load_speech(), head)
    hearing, told, at = Hearing(models), [], 0
    for size in [*sizes, len(spoken)]:
        told += hearing.feed(spoken[at : at + size])
        at += size

    def plain(heard):
        return [
            (one.start_s, one.end_s, one.spotted) if isinstance(one, UtteranceEnded) else one
            for one in heard
        ]

    assert plain(told) == plain(Hearing(models).feed(spoken))
    assert any(isinstance(one, UtteranceEnded) for one in told)


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.name)
def test_our_own_heads_are_in_the_manifest_byte_for_byte(path):
    entry = load_manifest().named(path.name)
    payload = path.read_bytes()
    assert (entry.bytes, entry.sha256) == (len(payload), hashlib.sha256(payload).hexdigest())
    assert entry.inputs == {"x": (0, 12, 96)}


@pytest.mark.parametrize("path", HEADS, ids=lambda path: path.name)
def test_our_own_heads_open(path):
    head = load_head(head=path.stem)
    assert len(head.labels) > 0
    assert len({(one.keyword, one.locale) for one in head.labels}) == len(head.labels)
