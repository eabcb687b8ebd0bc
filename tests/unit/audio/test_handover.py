"""Sound passes from a device's thread to the loop: bounded, counted, in turn."""

import asyncio
import threading

import numpy as np
import pytest

from node.audio import handover as module
from node.audio.handover import FIRST_S, RING_S, STALL_S, Handover
from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ
from tests.virtual_time import run_virtually

BLOCK = np.zeros(320, np.int16)
RING_BLOCKS = round(RING_S * SPEECH_RATE_HZ) // 320


@pytest.fixture
def _patient(monkeypatch):
    """A thread that waits for the processor is no device that has fallen silent."""
    monkeypatch.setattr(module, "FIRST_S", 60.0)
    monkeypatch.setattr(module, "STALL_S", 60.0)


async def taken(handover, count):
    got = []
    async for chunk in handover.chunks():
        got.append(chunk)
        if len(got) == count:
            break
    return got


async def test_samples_are_counted_from_0_and_come_in_turn():
    handover = Handover("microphone")
    for number in range(5):
        handover.put(BLOCK, number * 0.02)
    assert [chunk.at_16k for chunk in await taken(handover, 5)] == [0, 320, 640, 960, 1280]


async def test_a_ring_of_2_s_forgets_the_oldest_and_counts_them():
    handover = Handover("microphone")
    for _ in range(RING_BLOCKS + 10):
        handover.put(BLOCK, 0.0)
    chunks = await taken(handover, RING_BLOCKS)
    assert chunks[0].at_16k == 10 * 320
    assert handover.lost == 10 * 320


async def test_lost_samples_leave_a_jump_in_the_count():
    handover = Handover("microphone")
    handover.put(BLOCK, 0.0)
    handover.skip(1000)
    handover.put(BLOCK, 0.1)
    assert [chunk.at_16k for chunk in await taken(handover, 2)] == [0, 1320]
    assert handover.lost == 1000


async def test_what_was_heard_before_the_end_is_still_delivered():
    handover = Handover("microphone")
    handover.put(BLOCK, 0.0)
    handover.end(DeviceError("microphone: unplugged"))
    chunks = handover.chunks()
    assert (await anext(chunks)).at_16k == 0
    with pytest.raises(DeviceError, match="unplugged"):
        await anext(chunks)


async def test_an_end_without_a_reason_says_that_it_ended():
    handover = Handover("microphone desk")
    handover.end(None)
    with pytest.raises(DeviceError, match="microphone desk: has ended"):
        await taken(handover, 1)


def test_a_device_that_never_delivers_is_given_up():
    async def wait() -> float:
        with pytest.raises(DeviceError, match="no sound for 10 s"):
            await taken(Handover("microphone"), 1)
        return asyncio.get_running_loop().time()

    assert run_virtually(wait()) == pytest.approx(FIRST_S)


def test_a_device_that_falls_silent_is_given_up_sooner():
    async def wait() -> float:
        handover = Handover("microphone")
        handover.put(BLOCK, 0.0)
        with pytest.raises(DeviceError, match="no sound for 2 s"):
            await taken(handover, 2)
        return asyncio.get_running_loop().time()

    assert run_virtually(wait()) == pytest.approx(STALL_S)


def test_what_was_heard_while_the_loop_stood_still_is_no_silence():
    async def wait() -> int:
        handover = Handover("microphone")
        listening = asyncio.ensure_future(taken(handover, 1))
        await asyncio.sleep(0)
        handover.put(BLOCK, 0.0)
        asyncio.get_running_loop().jump(2 * FIRST_S)
        return len(await listening)

    assert run_virtually(wait()) == 1


@pytest.mark.usefixtures("_patient")
async def test_a_file_waits_for_room_and_loses_nothing():
    handover = Handover("microphone")

    def read() -> None:
        for _ in range(3 * RING_BLOCKS):
            handover.put_in_turn(BLOCK, 0.0)
        handover.end(None)
        handover.close()

    threading.Thread(target=read).start()
    chunks = await taken(handover, 3 * RING_BLOCKS)
    assert chunks[-1].at_16k == (3 * RING_BLOCKS - 1) * 320
    assert handover.lost == 0
    assert await handover.leave(60)


@pytest.mark.usefixtures("_patient")
async def test_leaving_wakes_a_thread_that_waits_for_room():
    handover = Handover("microphone")

    def read() -> None:
        while not handover.has_left():
            handover.put_in_turn(BLOCK, 0.0)
        handover.close()

    threading.Thread(target=read).start()
    await taken(handover, 1)
    assert await handover.leave(60)


def test_a_thread_that_does_not_end_is_left_behind():
    async def leave() -> bool:
        return await Handover("microphone").leave(3)

    assert run_virtually(leave()) is False


def test_a_thread_outlives_its_loop_without_a_fault():
    async def make() -> Handover:
        return Handover("microphone")

    handover = asyncio.run(make())
    handover.put(BLOCK, 0.0)
    handover.end(None)
    handover.close()
    assert handover.at_16k == 320
