"""Sound passes from the program's clock to the card's without a gap or a click."""

import numpy as np
import pytest

from node.audio.playring import PlayRing
from tests.fakes.sounds import tone

TICK, PIECE = 1600, 960


def stereo(sound):
    return np.repeat(sound[:, None], 2, axis=1)


def played(ring, seconds, *, ppm=0.0, hertz=440.0):
    """What the card takes when it runs so much faster than the program."""
    said = stereo(tone(seconds, hertz=hertz, rate_hz=48_000))
    put = taken = 0
    out = []
    while put + TICK <= len(said):
        ring.put(said[put : put + TICK])
        put += TICK
        while taken + PIECE <= put * (1 + ppm * 1e-6):
            out.append(ring.take(PIECE))
            taken += PIECE
    return np.concatenate(out)


def test_it_is_silent_until_it_has_filled_to_its_target():
    out = played(PlayRing(0.08), 1.0)
    first = int(np.argmax(np.abs(out[:, 0]) > 0.001))
    assert 0.06 * 48_000 < first < 0.15 * 48_000


def test_sound_begins_softly():
    out = played(PlayRing(0.08), 1.0)
    assert np.abs(np.diff(out[:, 0])).max() < 1.1 * 0.25 * 2 * np.pi * 440 / 48_000


@pytest.mark.parametrize("ppm", [-200.0, 0.0, 200.0])
def test_a_card_that_runs_fast_or_slow_never_runs_dry_and_is_never_too_full(ppm):
    ring = PlayRing(0.08)
    out = played(ring, 60.0, ppm=ppm)
    assert (ring.gaps, ring.overruns) == (0, 0)
    assert np.abs(np.diff(out[:, 0])).max() < 1.1 * 0.25 * 2 * np.pi * 440 / 48_000


def test_pitch_is_kept_to_a_few_cents():
    out = played(PlayRing(0.08), 30.0, ppm=200.0, hertz=1000.0)[-48_000 * 5 :, 0]
    crossings = np.count_nonzero((out[:-1] < 0) & (out[1:] >= 0)) / 5
    assert crossings == pytest.approx(1000, rel=0.004)


def test_a_program_that_stops_is_let_down_and_begins_again():
    ring = PlayRing(0.08)
    ring.put(stereo(tone(0.3, rate_hz=48_000)))
    out = np.concatenate([ring.take(PIECE) for _ in range(30)])
    assert ring.gaps == 1
    assert not out[-PIECE:].any()
    assert np.abs(np.diff(out[:, 0])).max() < 2 * 0.25 * 2 * np.pi * 440 / 48_000
    again = played(ring, 1.0)
    assert again[-PIECE:].any()


def test_a_card_that_took_nothing_for_long_goes_on_with_the_newest():
    ring = PlayRing(0.08)
    played(ring, 0.5)
    for _ in range(60):
        ring.put(stereo(tone(TICK / 48_000, hertz=1000, rate_hz=48_000)))
    assert ring.overruns >= 1
    assert ring.take(PIECE).any()


def test_pieces_of_any_size_are_taken():
    ring = PlayRing(0.02)
    ring.put(stereo(tone(1.0, rate_hz=48_000)))
    assert [len(ring.take(count)) for count in (1, 17, 960, 4000)] == [1, 17, 960, 4000]
