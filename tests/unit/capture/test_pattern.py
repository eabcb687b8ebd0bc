"""The simulated camera's pace and sound."""

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from node.capture.pattern import PatternCamera
from node.channels import Fanout
from node.config import PatternConfig
from node.media import AudioChunk, Size

SIZE = Size(320, 180)


async def heard(frames, *, fps=30, barcode=True, stall_at=None):
    """Sound chunks and frames of so many frames; the consumer is late once at `stall_at`."""
    sound: Fanout[AudioChunk] = Fanout(1000)
    pictures = []
    with sound.subscribe() as reader:
        camera = PatternCamera(PatternConfig(barcode=barcode), size=SIZE, fps=fps, sound=sound)
        async with camera:
            async for frame in camera:
                pictures.append(frame)
                if len(pictures) == stall_at:
                    now = camera_loop_time()
                    while camera_loop_time() < now + 0.15:
                        pass
                if len(pictures) == frames:
                    break
        return pictures, reader.take_now()


def camera_loop_time():
    return asyncio.get_running_loop().time()


async def test_sound_has_no_gap_and_keeps_step_with_the_pictures():
    pictures, chunks = await heard(10)
    assert chunks[0].pts_48k == 0
    for before, after in pairwise(chunks):
        assert after.pts_48k == before.pts_48k + len(before.samples)
    assert chunks[-1].pts_48k + len(chunks[-1].samples) == (pictures[-1].pts // 3000 + 1) * 1600


async def test_ticks_left_out_leave_no_hole_in_the_sound():
    pictures, chunks = await heard(6, stall_at=3)
    steps = np.diff([frame.pts for frame in pictures])
    assert steps.max() >= 4 * 3000
    total = sum(len(chunk.samples) for chunk in chunks)
    assert total == (pictures[-1].pts // 3000 + 1) * 1600


async def test_pts_stay_on_the_grid():
    pictures, _ = await heard(8, fps=25)
    assert all(frame.pts % 3600 == 0 for frame in pictures)


async def test_the_beep_begins_on_the_second_at_minus_30_dbfs():
    _, chunks = await heard(3)
    samples = np.concatenate([chunk.samples for chunk in chunks])[:48_000]
    assert samples.dtype == np.float32
    loud = np.flatnonzero(np.abs(samples[:, 0]) > 0.01)
    assert loud[0] < 100
    assert loud[-1] == pytest.approx(0.04 * 48_000, abs=100)
    assert np.abs(samples).max() == pytest.approx(10 ** (-30 / 20), rel=0.1)


async def test_without_the_barcode_only_the_room_is_heard():
    _, chunks = await heard(3, barcode=False)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert 0 < np.abs(samples).max() < 10 ** (-50 / 20)
