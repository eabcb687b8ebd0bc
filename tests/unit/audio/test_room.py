"""A synthetic room: distance, reflections, decay."""

import numpy as np
import pytest

from node.audio.room import RoomFilter, reverberated, room_response
from tests.fakes.sounds import noise


def test_the_direct_sound_falls_with_distance_the_reflections_do_not():
    near, far = room_response(0.4, 0.5, seed=1), room_response(0.4, 2.0, seed=1)
    assert near[0] / far[0] == pytest.approx(4)
    assert (near[1:] == far[1:]).all()


def test_reflections_decay_by_60_db_in_the_rooms_time():
    response = room_response(0.4, 1.0, seed=1).astype(np.float64)
    early, late = response[800:1600] ** 2, response[4000:4800] ** 2
    fall_db = 10 * np.log10(early.mean() / late.mean())
    assert fall_db == pytest.approx(60 * (3200 / 16_000) / 0.4, abs=2)


def test_the_same_seed_is_the_same_room():
    assert (room_response(0.3, 1.0, seed=5) == room_response(0.3, 1.0, seed=5)).all()


def test_block_by_block_is_the_same_as_all_at_once():
    sound, response = noise(0.5), room_response(0.3, 1.0, seed=2)
    whole = reverberated(sound, response)
    room = RoomFilter(response, 320)
    blocks = [room.feed(sound[at : at + 320]) for at in range(0, len(sound), 320)]
    assert np.concatenate(blocks) == pytest.approx(whole[: len(sound)], abs=1e-4)
