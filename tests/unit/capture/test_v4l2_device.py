"""The buffers of a V4L2 camera: newest first, losses known, no trust in what its driver says."""

import asyncio
import os
from contextlib import contextmanager
from itertools import pairwise

import pytest

from node.board import videodev2
from node.board.videokernel import LinuxKernel
from node.capture import v4l2
from node.capture.v4l2_device import opened
from node.errors import DeviceError
from tests.fakes.fake_v4l2 import FakeV4l2
from tests.fakes.v4l2_booth import camera_of, frames_of, kernel_of, mode_of


def test_of_pictures_that_wait_the_newest_is_read():
    kernel = kernel_of(period_s=None)
    with opened(kernel, "/dev/video2") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.step(3)
            pictures = camera.pictures(1, newest=True)
            assert [one.content[0] for one in pictures] == [42]
            kernel.step(2)
            assert [one.content[0] for one in camera.pictures(1, newest=False)] == [43, 44]
            kernel.step(9)
            assert camera.pictures(1, newest=True)[0].content[0] == 48  # 4 buffers: 5 were lost
        assert not kernel.is_streaming


def test_colours_are_taken_as_the_driver_says():
    for colors, is_709, is_full in ((0, False, None), (3, True, None), (7, False, True)):
        kernel = kernel_of(colors=colors)
        with opened(kernel, "") as camera:
            form = camera.set_mode(mode_of(camera))
        assert (form.is_bt709, form.is_full_range) == (is_709, is_full)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda said: said.__setitem__(0, 77), r"tells of \d+ bytes in buffer 77"),
        (lambda said: said.__setitem__(2, 0xFFFF_FFFF), "tells of 4294967295 bytes in buffer"),
    ],
)
async def test_a_driver_that_tells_nonsense_of_its_buffers_is_a_lost_camera(
    monkeypatch, spoil, said
):
    real = FakeV4l2._dequeue

    def spoilt(self, buffer):
        real(self, buffer)
        fields = list(videodev2.BUFFER.unpack(buffer))
        spoil(fields)
        buffer[:] = videodev2.BUFFER.pack(*fields)

    monkeypatch.setattr(FakeV4l2, "_dequeue", spoilt)
    kernel = kernel_of()
    with pytest.raises(DeviceError, match=f"camera: its driver {said}"):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


@contextmanager
def open_memory():
    descriptor = os.memfd_create("empty")
    yield descriptor
    os.close(descriptor)


async def test_a_buffer_without_a_byte_is_an_error_of_the_driver():
    kernel = kernel_of()
    with open_memory() as empty:
        kernel.map = lambda *_, **__: LinuxKernel().map(empty, 0, 0)
        with pytest.raises(DeviceError, match="camera: a buffer of 0 bytes at 0"):
            await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


async def test_a_camera_that_is_pulled_between_two_buffers_is_lost():
    kernel = kernel_of()
    real = kernel._dequeue

    def pulled(buffer):
        real(buffer)
        kernel.unplug()

    kernel._dequeue = pulled
    with pytest.raises(DeviceError, match="camera: unplugged"):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


async def test_a_driver_that_calls_and_has_nothing_is_not_asked_without_a_pause(monkeypatch):
    monkeypatch.setattr(v4l2, "FIRST_S", 0.2)
    kernel, asked = kernel_of(), []

    def called(*_):
        asked.append(1)
        return True

    kernel.wait = called
    with pytest.raises(DeviceError, match="no picture for"):
        await frames_of(camera_of(kernel))
    assert len(asked) <= 0.2 / v4l2.IDLE_S + 2


def test_a_driver_that_fills_at_once_what_it_gets_back_is_not_read_for_ever():
    kernel = kernel_of(period_s=None)
    real = kernel._queue

    def refilled(buffer):
        real(buffer)
        kernel.step()

    with opened(kernel, "") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.step()
            kernel._queue = refilled
            assert len(camera.pictures(1, newest=True)) == 1


def test_of_a_damaged_picture_and_an_earlier_whole_one_the_whole_is_read():
    kernel = kernel_of(period_s=None)
    with opened(kernel, "") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.step()
            kernel.content = lambda _: b""
            kernel.step()
            assert [one.content[0] for one in camera.pictures(1, newest=True)] == [40]


@pytest.mark.parametrize("stamps", [lambda _: 0, lambda n: 1_900_000_000_000_000 + n * 33_333])
async def test_stamps_of_no_clock_or_of_the_wall_clock_place_pictures_by_their_arrival(stamps):
    kernel = kernel_of()
    kernel.stamp_us = stamps
    frames = await frames_of(camera_of(kernel), 4)
    now_s = asyncio.get_running_loop().time()
    assert all(later.pts > earlier.pts for earlier, later in pairwise(frames))
    assert all(0 <= now_s - frame.captured_s < 60 for frame in frames)


def test_a_picture_knows_whether_any_before_it_was_lost():
    kernel = kernel_of(period_s=None)
    with opened(kernel, "") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.step(6)  # two of them find no buffer
            losses = [one.is_after_loss for one in camera.pictures(1, newest=False)]
            kernel.step(2)
            losses += [one.is_after_loss for one in camera.pictures(1, newest=False)]
            kernel.content, content = lambda _: b"", kernel.content
            kernel.step()
            kernel.content = content
            kernel.step(2)
            losses += [one.is_after_loss for one in camera.pictures(1, newest=False)]
    assert losses == [False] * 4 + [True, False] + [True, False]
