"""A V4L2 camera: negotiated, decoded, newest first, unplugged and plugged in again."""

import asyncio
import errno
import logging
import os
from contextlib import contextmanager
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest

from node.board import videodev2
from node.board.devices import VideoDevice
from node.board.videokernel import LinuxKernel
from node.capture import v4l2
from node.capture import v4l2_device as device
from node.capture.v4l2 import find_device, v4l2_camera
from node.capture.v4l2_modes import Mode
from node.config_camera import V4l2Config
from node.errors import DeviceError
from node.media import Size, planes
from tests.fakes.fake_v4l2 import H264, MJPG, NV12, YUYV, FakeV4l2

SIZE = Size(320, 180)
THIRTY = [Fraction(30)]
CAMERA = VideoDevice("/dev/video2", "HD Pro Webcam C920", is_camera=True, is_coder=False)
CODER = VideoDevice("/dev/video11", "bcm2835-codec", is_camera=False, is_coder=True)


def yuyv(number, size=SIZE, padding=0):
    rows = np.full((size.height, 2 * size.width + padding), 128, np.uint8)
    rows[:, : 2 * size.width : 2] = 40 + number % 100
    return rows.tobytes()


def nv12(number, size=SIZE, padding=0):
    rows = np.full((size.height * 3 // 2, size.width + padding), 100, np.uint8)
    rows[: size.height] = 40 + number % 100
    rows[size.height :, 1 : size.width : 2] = 150
    return rows.tobytes()


def coded(name, count=60):
    """So many coded pictures, each grey a step brighter."""
    coder = av.CodecContext.create({"mjpeg": "mjpeg", "h264": "libx264"}[name], "w")
    coder.width, coder.height, coder.time_base = SIZE.width, SIZE.height, Fraction(1, 30)
    coder.pix_fmt = "yuvj422p" if name == "mjpeg" else "yuv420p"
    coder.options = {"tune": "zerolatency"} if name == "h264" else {}
    pictures = []
    for number in range(count):
        grey = np.full((SIZE.height, SIZE.width), 40 + number, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, "gray").reformat(format=coder.pix_fmt)
        frame.pts = number
        pictures += [bytes(packet) for packet in coder.encode(frame)]
    return pictures


def kernel_of(fourcc=YUYV, content=yuyv, size=SIZE, **others):
    return FakeV4l2([(fourcc, size.width, size.height, THIRTY)], content, **others)


def camera_of(kernel, cfg=None, size=SIZE):
    return v4l2_camera(
        cfg or V4l2Config(), size=size, fps=30, kernel=kernel, devices=lambda: (CODER, CAMERA)
    )


async def frames_of(camera, count=3):
    frames = []
    async with camera as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


def grey_of(frame):
    return float(planes(frame.pixels)[0].mean())


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


def test_of_pictures_that_wait_the_newest_is_read():
    kernel = kernel_of(period_s=None)
    with device.opened(kernel, "/dev/video2") as camera:
        camera.set_mode(v4l2.choose(v4l2.modes_of(camera.ioctl, WISH), WISH).mode)
        with camera.streaming():
            kernel.step(3)
            pictures = camera.pictures(1, newest=True)
            assert [one.content[0] for one in pictures] == [42]
            kernel.step(2)
            assert [one.content[0] for one in camera.pictures(1, newest=False)] == [43, 44]
            kernel.step(9)
            assert camera.pictures(1, newest=True)[0].content[0] == 48  # 4 buffers: 5 were lost
        assert not kernel.is_streaming


WISH = v4l2.Wish(SIZE, 30)


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


def test_colours_are_taken_as_the_driver_says():
    for colors, is_709, is_full in ((0, False, False), (3, True, False), (7, False, True)):
        kernel = kernel_of(colors=colors)
        with device.opened(kernel, "") as camera:
            form = camera.set_mode(v4l2.choose(v4l2.modes_of(camera.ioctl, WISH), WISH).mode)
        assert (form.is_bt709, form.is_full_range) == (is_709, is_full)


def jpeg(size=SIZE, grey=100):
    """A JPEG with a picture's texture and the standard's own Huffman tables, as cameras send it."""
    coder = av.CodecContext.create("mjpeg", "w")
    coder.width, coder.height, coder.time_base = size.width, size.height, Fraction(1, 30)
    coder.pix_fmt, coder.options = "yuvj422p", {"huffman": "default"}
    noise = np.random.default_rng(1).integers(0, 40, (size.height, size.width))
    frame = av.VideoFrame.from_ndarray((grey + noise).astype(np.uint8), "gray")
    frame = frame.reformat(format="yuvj422p")
    frame.pts = 0
    (packet,) = [*coder.encode(frame), *coder.encode(None)]
    return bytes(packet)


def without_tables(coded):
    """As most USB cameras send it: no segment DHT (FF C4)."""
    at = coded.index(b"\xff\xc4")
    length = int.from_bytes(coded[at + 2 : at + 4], "big")
    return coded[:at] + coded[at + 2 + length :]


def decoded(*pictures, name="mjpeg", size=SIZE, stride=0):
    """Mean luma of what a camera's pictures decode to; None for one that is left out."""
    return [
        round(float(planes(pixels)[0].mean())) if pixels is not None else None
        for pixels in pixels_of(*pictures, name=name, size=size, stride=stride)
    ]


def pixels_of(*pictures, name="mjpeg", size=SIZE, stride=0):
    form = device.Format(Mode(name, 0, size, Fraction(30)), stride, False, False)
    decoder, fitter = v4l2.Decoder(form), v4l2.Fitter(SIZE)
    contents = [np.frombuffer(one, np.uint8) for one in pictures]
    return [
        v4l2._fitted(decoder.decode(device.Picture(content, None)), fitter) for content in contents
    ]


def test_jpegs_without_huffman_tables_are_read_by_the_standards_own():
    whole = jpeg()
    assert len(without_tables(whole)) < len(whole) - 400
    assert decoded(without_tables(whole)) == decoded(whole)


def test_jpegs_with_broken_huffman_tables_are_left_out():
    whole = jpeg()
    at = whole.index(b"\xff\xc4")
    broken = whole[: at + 4] + bytes([255]) * 17 + whole[at + 21 :]
    first, second, third = decoded(whole, broken, whole)
    assert first == third is not None
    assert second is None


def test_half_a_jpeg_is_left_out():
    whole = jpeg()
    cut = [whole[: len(whole) * part // 10] for part in (1, 5, 9)]
    grey = decoded(whole)[0]
    assert decoded(whole, *cut, whole) == [grey, None, None, None, grey]


def test_jpegs_of_a_camera_that_never_ends_them_are_shown():
    whole = jpeg()
    assert decoded(whole[:-2], whole[:-2]) == decoded(whole, whole)


@pytest.mark.parametrize("padding", [bytes(3000), b"\xff" * 3000, b"left over" * 300])
def test_jpegs_that_are_padded_are_shown(padding):
    whole = jpeg()
    assert decoded(whole, whole + padding) == decoded(whole, whole)


def test_a_jpeg_of_another_size_than_was_said_is_fitted():
    first, odd, large = pixels_of(jpeg(), jpeg(Size(321, 181)), jpeg(Size(640, 360)))
    assert {one.shape for one in (first, odd, large)} == {(270, 320)}


def test_h264_that_says_its_headers_once_is_read_from_there_on():
    pictures = coded("h264")
    assert decoded(*pictures[1:5], name="h264") == [None] * 4
    shown = decoded(*pictures[:4], name="h264")
    assert shown == sorted(shown)
    assert None not in shown


@pytest.mark.parametrize(("name", "content"), [("yuyv", yuyv), ("nv12", nv12)])
def test_the_last_row_of_a_padded_picture_may_lack_its_padding(name, content):
    padded = content(3, padding=32)
    stride = (2 if name == "yuyv" else 1) * SIZE.width + 32
    assert decoded(padded[:-32], padded[:-33], name=name, stride=stride) == [
        decoded(padded, name=name, stride=stride)[0], None,
    ]  # fmt: skip


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

    with device.opened(kernel, "") as camera:
        camera.set_mode(v4l2.choose(v4l2.modes_of(camera.ioctl, WISH), WISH).mode)
        with camera.streaming():
            kernel.step()
            kernel._queue = refilled
            assert len(camera.pictures(1, newest=True)) == 1


def test_of_a_damaged_picture_and_an_earlier_whole_one_the_whole_is_read():
    kernel = kernel_of(period_s=None)
    with device.opened(kernel, "") as camera:
        camera.set_mode(v4l2.choose(v4l2.modes_of(camera.ioctl, WISH), WISH).mode)
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
    with device.opened(kernel, "") as camera:
        camera.set_mode(v4l2.choose(v4l2.modes_of(camera.ioctl, WISH), WISH).mode)
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


def test_h264_that_leans_on_a_lost_picture_is_held_back_to_the_next_idr():
    pictures = [*coded("h264", 6), *coded("h264", 3)]  # an IDR, five deltas; an IDR, two deltas
    form = device.Format(Mode("h264", 0, SIZE, Fraction(30)), 0, False, False)
    decoder = v4l2.Decoder(form)
    shown = [
        len(decoder.decode(device.Picture(np.frombuffer(one, np.uint8), None, number == 3)))
        for number, one in enumerate(pictures)
    ]
    assert shown == [1, 1, 1, 0, 0, 0, 1, 1, 1]
