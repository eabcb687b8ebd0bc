"""A V4L2 camera: chosen, read, unplugged and plugged in again."""

import errno
import logging
from fractions import Fraction
from itertools import pairwise

import pytest

from node.board import videodev2
from node.capture import v4l2
from node.capture.v4l2 import find_device
from node.config_camera import V4l2Config
from node.errors import DeviceError
from node.media import planes
from tests.fakes.fake_v4l2 import H264, MJPG, NV12, YUYV, FakeV4l2
from tests.fakes.v4l2_booth import (
    CAMERA,
    CODER,
    SIZE,
    THIRTY,
    camera_of,
    coded,
    frames_of,
    grey_of,
    kernel_of,
    nv12,
    yuyv,
)


@pytest.mark.parametrize("padding", [0, 32])
@pytest.mark.parametrize(("fourcc", "content"), [(YUYV, yuyv), (NV12, nv12)])
async def test_raw_pictures_are_freed_of_their_padding(fourcc, content, padding):
    kernel = kernel_of(fourcc, lambda n: content(n, padding=padding), padding=padding)
    for frame in await frames_of(camera_of(kernel)):
        luma = planes(frame.pixels)[0]
        assert frame.size == SIZE
        assert luma.max() - luma.min() <= 1  # swscale dithers


@pytest.mark.parametrize(("fourcc", "name"), [(MJPG, "mjpeg"), (H264, "h264")])
async def test_coded_pictures_are_decoded_one_by_one(fourcc, name):
    pictures = coded(name)
    kernel = kernel_of(fourcc, lambda n: pictures[n % len(pictures)])
    frames = await frames_of(camera_of(kernel), 8)
    assert {frame.size for frame in frames} == {SIZE}
    assert grey_of(frames[-1]) > grey_of(frames[0]) > 20


async def test_damaged_pictures_are_left_out(caplog):
    pictures = coded("mjpeg")
    kernel = kernel_of(MJPG, lambda n: pictures[n % 60] if n % 3 else b"\xff\xd8 torn")
    assert len(await frames_of(camera_of(kernel), 5)) == 5
    assert "Traceback" not in caplog.text


async def test_the_choice_and_its_reason_are_told(caplog):
    caplog.set_level(logging.INFO)
    pictures = coded("mjpeg")
    kernel = FakeV4l2([(YUYV, 320, 180, [Fraction(5)]), (MJPG, 320, 180, THIRTY)],
                      lambda n: pictures[n % 60])  # fmt: skip
    await frames_of(camera_of(kernel), 1)
    assert "camera /dev/video2: mjpeg 320x180 at 30/s, best of 2 modes" in caplog.text
    assert "costs less but gives less: yuyv 320x180 at 5/s" in caplog.text
    assert kernel.rate == 30
    assert kernel.asked == [(MJPG, 320, 180)]


async def test_the_kernels_stamp_says_when_it_was_taken():
    frames = await frames_of(camera_of(kernel_of(period_s=0.01)), 5)
    assert all(later.pts - earlier.pts >= 800 for earlier, later in pairwise(frames))


async def test_a_fast_camera_has_pictures_left_out():
    kernel = FakeV4l2([(YUYV, 320, 180, [Fraction(120)])], yuyv, period_s=1 / 240)
    frames = await frames_of(camera_of(kernel), 4)
    assert all(later.pts * 30 // 90_000 > earlier.pts * 30 // 90_000
               for earlier, later in pairwise(frames))  # fmt: skip


async def test_unplugging_is_told_and_plugging_in_again_works():
    kernel = kernel_of()
    camera = camera_of(kernel, V4l2Config("c920"))
    with pytest.raises(DeviceError, match="camera c920: unplugged"):  # noqa: PT012
        async with camera as opened:
            async for _ in opened:
                kernel.unplug()
    with pytest.raises(DeviceError, match="unplugged"):
        await frames_of(camera)
    kernel.plug()
    assert len(await frames_of(camera)) == 3
    assert kernel.opened == kernel.closed


async def test_a_camera_that_stalls_is_closed_and_opens_again(monkeypatch):
    monkeypatch.setattr(v4l2, "STALL_S", 0.1)
    monkeypatch.setattr(v4l2, "WAIT_S", 0.02)
    kernel = kernel_of()
    camera = camera_of(kernel)
    with pytest.raises(DeviceError, match="camera: no picture for"):  # noqa: PT012
        async with camera as opened:
            async for _ in opened:
                kernel.is_stalled = True
    kernel.is_stalled = False
    assert len(await frames_of(camera)) == 3


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ({"open_error": errno.EACCES}, "group video"),
        ({"open_error": errno.EBUSY}, "in use by another program"),
        ({"errors": {videodev2.VIDIOC_QUERYCAP: errno.ENOTTY}}, "camera: no video device"),
        ({"errors": {videodev2.VIDIOC_S_FMT: errno.EBUSY}}, "in use by another program"),
        ({"errors": {videodev2.VIDIOC_STREAMON: errno.ENOSPC}}, "no room on its USB bus"),
        ({"errors": {videodev2.VIDIOC_REQBUFS: errno.EINVAL}}, "einval"),
        ({"sends": (YUYV, 640, 480)}, "asked for yuyv 320x180 at 30/s and sends YUYV 640x480"),
        ({"fourcc": int.from_bytes(b"BA81", "little")}, "no format that can be read"),
    ],
)
async def test_what_cannot_be_opened_is_told_with_its_reason(faults, said):
    kernel = kernel_of(**faults)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


async def test_the_flicker_of_lamps_is_told_to_the_camera(caplog):
    kernel = kernel_of()
    await frames_of(camera_of(kernel))
    assert kernel.controls == []
    await frames_of(camera_of(kernel, V4l2Config(flicker="50hz")))
    assert kernel.controls == [(0x980918, 1)]
    kernel.errors[videodev2.VIDIOC_S_CTRL] = errno.EINVAL
    assert len(await frames_of(camera_of(kernel, V4l2Config(flicker="60hz")))) == 3
    assert "flicker 60hz not set" in caplog.text


async def test_a_grabber_that_knows_no_rate_is_read_all_the_same():
    kernel = kernel_of(errors={videodev2.VIDIOC_S_PARM: errno.ENOTTY})
    assert len(await frames_of(camera_of(kernel))) == 3


@pytest.mark.parametrize("fourcc", [YUYV, MJPG, H264])
async def test_a_camera_that_sends_nothing_readable_is_lost(monkeypatch, fourcc):
    monkeypatch.setattr(v4l2, "UNREADABLE_S", 0.1)
    kernel = kernel_of(fourcc, lambda _: b"\0" * 100)
    with pytest.raises(DeviceError, match=r"camera: sends .* that cannot be read"):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed == 1


async def test_pictures_that_the_driver_calls_damaged_do_not_count(monkeypatch):
    monkeypatch.setattr(v4l2, "FIRST_S", 0.1)
    kernel = kernel_of(flags=videodev2.V4L2_BUF_FLAG_ERROR)
    with pytest.raises(DeviceError, match="camera: no picture for"):
        await frames_of(camera_of(kernel))


def test_a_camera_is_found_by_path_by_name_or_as_the_first(tmp_path):
    def devices():
        return (CODER, CAMERA)

    assert find_device("", devices) == "/dev/video2"
    assert find_device("webcam c9", devices) == "/dev/video2"
    link = tmp_path / "platform-usb-0:1.2:1.0-video-index0"
    link.touch()
    assert find_device(str(link), devices) == str(link)
    with pytest.raises(DeviceError, match=r"no camera of that name; found: /dev/video2 \(HD Pro"):
        find_device("Logi", devices)
    with pytest.raises(DeviceError, match="not there; no other camera found"):
        find_device(str(tmp_path / "gone"), lambda: (CODER,))
