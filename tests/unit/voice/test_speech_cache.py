"""Rendered speech on disk: bounded, and nothing damaged is ever played."""

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.voice.sounding import Trimmed
from node.voice.speech_cache import SpeechCache, _read, _written
from tests.fakes.voices import tone

SPEECH = Trimmed(tone(0.1), 16_000, -3.5)
BYTES = len(_written(SPEECH))


def opened(folder, limit=100 * BYTES) -> SpeechCache:
    cache = SpeechCache(folder, limit)
    cache.open()
    return cache


def test_what_is_kept_is_found_as_it_was(tmp_path):
    cache = opened(tmp_path)
    cache.keep("a", SPEECH)
    found = cache.find("a")
    assert found is not None
    assert (found.rate_hz, found.gain_db) == (16_000, -3.5)
    assert np.abs(found.pcm - SPEECH.pcm).max() < 1 / 32000


@given(cut=st.integers(1, BYTES - 1))
def test_a_file_that_a_power_cut_has_shortened_is_known_for_damaged(cut: int) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        _read(_written(SPEECH)[:cut])


@given(at=st.integers(0, BYTES - 1), by=st.integers(1, 255))
def test_a_byte_that_has_changed_is_known_for_damaged(at: int, by: int) -> None:
    content = bytearray(_written(SPEECH))
    content[at] ^= by
    with pytest.raises(ValueError, match="SHA-256"):
        _read(bytes(content))


def test_a_damaged_file_is_dropped_and_made_anew(tmp_path):
    opened(tmp_path).keep("a", SPEECH)
    (path,) = tmp_path.iterdir()
    path.write_bytes(b"")
    cache = opened(tmp_path)
    assert cache.has("a")
    assert (cache.find("a"), cache.damaged, path.exists()) == (None, 1, False)
    cache.keep("a", SPEECH)
    assert cache.find("a") is not None


def test_the_longest_unused_goes_first(tmp_path):
    cache = opened(tmp_path, 2 * BYTES)
    cache.keep("a", SPEECH)
    cache.keep("b", SPEECH)
    cache.find("a")
    cache.keep("c", SPEECH)
    assert [cache.has(key) for key in "abc"] == [True, False, True]
    assert cache.held_bytes == sum(path.stat().st_size for path in tmp_path.iterdir())


def test_which_was_used_last_is_remembered_over_a_restart(tmp_path):
    cache, before = opened(tmp_path), set()
    for age, key in enumerate("ab"):
        cache.keep(key, SPEECH)
        (kept,) = set(tmp_path.iterdir()) - before
        before.add(kept)
        os.utime(kept, (1000 + age, 1000 + age))
    cache.find("a")
    later = opened(tmp_path, BYTES)
    assert (later.has("a"), later.has("b")) == (True, False)


def test_what_was_half_written_is_dropped_at_the_next_start(tmp_path):
    half = tmp_path / "x.wav.part"
    half.write_bytes(b"RIFF")
    opened(tmp_path)
    assert not half.exists()


def test_a_folder_that_cannot_be_written_leaves_speech_without_a_cache(tmp_path):
    place = tmp_path / "file"
    place.write_bytes(b"")
    cache = opened(place / "speech")
    cache.keep("a", SPEECH)
    assert cache.find("a") is None
