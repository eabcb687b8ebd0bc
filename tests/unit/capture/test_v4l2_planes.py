"""Cameras of the multi-planar kind, and the raw formats that receivers of an SoC have."""

import pytest

from node.board import videodev2
from node.capture import v4l2_device, v4l2_queue
from node.capture.v4l2_device import opened
from node.errors import DeviceError
from node.media import planes
from tests.fakes.fake_v4l2 import BGR3, MJPG, NM12, NV12, UYVY, YUYV
from tests.fakes.v4l2_booth import (
    SIZE,
    bgr24,
    camera_of,
    coded,
    frames_of,
    grey_of,
    kernel_of,
    mode_of,
    nv12,
    uyvy,
    yuyv,
)


def colours_of(frame):
    """Mean luma, and both means of colour."""
    return [round(float(plane.mean())) for plane in planes(frame.pixels)]


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize(
    ("fourcc", "content", "count"),
    [(NV12, nv12, 1), (NM12, nv12, 2), (YUYV, yuyv, 1), (UYVY, uyvy, 1)],
)
async def test_a_picture_in_planes_is_the_same_as_in_one_piece(fourcc, content, count, padding):
    kernel = kernel_of(fourcc, lambda _: content(0, padding=padding), padding=padding, planes=count)
    plainly = (NV12, nv12) if content is nv12 else (YUYV, yuyv)
    expected = kernel_of(plainly[0], lambda _: plainly[1](0))
    (frame,) = await frames_of(camera_of(kernel), 1)
    (plain,) = await frames_of(camera_of(expected), 1)
    assert colours_of(frame) == colours_of(plain)
    assert planes(frame.pixels)[0].std() < 1  # no row out of step
    assert kernel.rate == 30
    assert kernel.opened == kernel.closed


async def test_two_planes_whose_driver_tells_no_length_of_a_row_have_rows_without_padding():
    kernel = kernel_of(NM12, lambda _: nv12(0), planes=2)
    real = kernel._set_format

    def untold(buffer):
        real(buffer)
        fields = list(videodev2.CAMERA_FORMAT_MPLANE.unpack(buffer))
        fields[7] = fields[9] = 0
        buffer[:] = videodev2.CAMERA_FORMAT_MPLANE.pack(*fields)

    kernel._set_format = untold
    (frame,) = await frames_of(camera_of(kernel), 1)
    (plain,) = await frames_of(camera_of(kernel_of(NV12, lambda _: nv12(0))), 1)
    assert colours_of(frame) == colours_of(plain)


async def test_jpegs_in_a_plane_are_read_from_where_they_begin():
    pictures = coded("mjpeg")
    kernel = kernel_of(MJPG, lambda n: pictures[n % 60], planes=1)
    frames = await frames_of(camera_of(kernel), 5)
    assert grey_of(frames[-1]) > grey_of(frames[0]) > 20


async def test_colours_in_full_become_those_of_the_program():
    (grey,) = await frames_of(camera_of(kernel_of(BGR3, bgr24)), 1)
    assert colours_of(grey) == pytest.approx([16 + 40 * 219 / 255, 128, 128], abs=1)
    red = bytes([0, 0, 255]) * (SIZE.width * SIZE.height)
    (frame,) = await frames_of(camera_of(kernel_of(BGR3, lambda _: red)), 1)
    assert colours_of(frame) == pytest.approx([63, 102, 240], abs=1)  # ITU-R BT.709


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"planes": 3}, "camera: delivers a picture in 3 planes"),
        ({"planes": 2, "strides": (320, 640)}, "camera: its planes have rows of 320 and 640 bytes"),
        ({"planes": 2, "sends": (YUYV, 640, 480)}, "asked for nv12 .* and sends YUYV 640x480"),
    ],
)
async def test_planes_that_are_not_read_are_told(faults, said):
    kernel = kernel_of(NM12, nv12, **faults)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


def test_luma_that_is_cut_short_gives_nothing_to_read():
    kernel = kernel_of(NM12, nv12, planes=2, period_s=None)
    with opened(kernel, "") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.content = lambda _: bytes(SIZE.width * SIZE.height)  # no colour at all
            kernel.step()
            assert camera.pictures(1, newest=True) == []
            kernel._luma_bytes //= 2
            kernel.step()
            assert [one.content.size for one in camera.pictures(1, newest=True)] == [0]


async def test_a_driver_that_tells_nonsense_of_its_planes_is_a_lost_camera():
    kernel = kernel_of(NV12, nv12, planes=1)
    real = kernel._tell_planes

    def spoilt(fields, told):
        real(fields, [(0xFFFF_FFFF, *one[1:]) if one[0] else one for one in told])

    kernel._tell_planes = spoilt
    with pytest.raises(DeviceError, match="camera: its driver tells of 4294967295 bytes"):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


def test_a_device_of_both_kinds_is_read_as_the_plain_one():
    kernel = kernel_of()

    def both(buffer):
        bits = videodev2.V4L2_CAP_VIDEO_CAPTURE | videodev2.V4L2_CAP_VIDEO_CAPTURE_MPLANE
        bits |= videodev2.V4L2_CAP_STREAMING
        buffer[:] = videodev2.CAPABILITY.pack(b"fake", b"both", b"", 0, bits, 0)

    kernel._tell_capability = both
    with opened(kernel, "") as camera:
        assert camera.queue == videodev2.V4L2_BUF_TYPE_VIDEO_CAPTURE


async def test_planes_stay_in_memory_while_the_driver_writes_to_them(monkeypatch):
    alive = set()

    class Counted(v4l2_queue.CaptureBuffer):
        def __init__(self, *words):
            super().__init__(*words)
            alive.add(id(self._planes))

        def __del__(self):
            alive.discard(id(self._planes))

    monkeypatch.setattr(v4l2_device, "CaptureBuffer", Counted)
    kernel = kernel_of(NM12, nv12, planes=2)
    real, asked = kernel.ioctl, []

    def judged(descriptor, request, buffer):
        if len(buffer) == videodev2.BUFFER.size:
            asked.append(len(alive))
        real(descriptor, request, buffer)

    kernel.ioctl = judged
    await frames_of(camera_of(kernel))
    assert len(asked) > 10
    assert min(asked) == 1
