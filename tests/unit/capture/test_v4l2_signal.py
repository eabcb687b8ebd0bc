"""HDMI inputs: what comes in is detected and taken, its loss and its change are told."""

import errno
from fractions import Fraction
from pathlib import Path

import pytest

from node.board import videodev2
from node.capture import v4l2
from node.capture.v4l2 import survey
from node.capture.v4l2_signal import SET_EDID, Signal, signal_of
from node.config_camera import V4l2Config
from node.errors import DeviceError
from node.media import Size
from tests.fakes.fake_v4l2 import NV12, UYVY, FakeInput, hdmi
from tests.fakes.v4l2_booth import CAMERA, SIZE, camera_of, frames_of, kernel_of, nv12, uyvy

HD = Size(640, 360)


def input_of(signal, content=nv12, fourcc=NV12, **others):
    """An HDMI input that lists no sizes of its own, as CSI bridges do not."""
    return kernel_of(
        fourcc, lambda n: content(n, size=HD), signal=signal,
        errors={videodev2.VIDIOC_ENUM_FRAMESIZES: errno.ENOTTY}, **others,
    )  # fmt: skip


async def read_until(kernel, happens):
    """Read; `happens` with the first frame; raises what the camera does then."""
    async with camera_of(kernel) as opened:
        async for _ in opened:
            if happens is not None:
                happens = happens()


@pytest.mark.parametrize("planes", [0, 1])
async def test_what_comes_in_is_taken_and_read_at_its_own_size(planes):
    signal = hdmi(640, 360, 60)
    kernel = input_of(signal, uyvy, UYVY, planes=planes)
    frames = await frames_of(camera_of(kernel))
    assert {frame.size for frame in frames} == {SIZE}
    assert kernel.taken == [signal]
    assert kernel.asked == [(UYVY, 640, 360)]
    assert kernel.rate == 60


@pytest.mark.parametrize(
    ("signal", "said"),
    [
        (errno.ENOLINK, "camera: no signal at its HDMI input: .*EDID"),
        (errno.ENOLCK, "camera: the signal at its HDMI input is unstable"),
        (errno.ERANGE, "camera: its HDMI input cannot take what comes in"),
        (hdmi(1920, 1080, 60, is_interlaced=True), r"sends half pictures \(1920x1080i\)"),
        (errno.ENODEV, "camera: unplugged"),
    ],
)
async def test_what_cannot_be_read_is_told_with_the_cure(signal, said):
    kernel = input_of(signal)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    assert kernel.taken == []
    assert kernel.opened == kernel.closed == 1


@pytest.mark.parametrize("error", [errno.ENOTTY, errno.ENODATA, errno.EINVAL])
async def test_a_camera_without_an_hdmi_input_is_read_as_ever(error):
    kernel = kernel_of(signal=error)
    assert len(await frames_of(camera_of(kernel))) == 3
    assert kernel.taken == []


async def test_a_signal_that_is_lost_is_told_at_once_and_read_again_when_it_is_back():
    kernel = input_of(hdmi(640, 360, 60))
    with pytest.raises(DeviceError, match="camera: no signal at its HDMI input"):
        await read_until(kernel, lambda: kernel.send(errno.ENOLINK))
    with pytest.raises(DeviceError, match="no signal"):
        await frames_of(camera_of(kernel))
    smaller = hdmi(320, 180, 50)
    kernel.send(smaller)
    kernel.content = nv12
    assert len(await frames_of(camera_of(kernel))) == 3
    assert (kernel.taken[-1], kernel.asked[-1], kernel.rate) == (smaller, (NV12, 320, 180), 50)
    assert kernel.opened == kernel.closed


async def test_a_signal_of_another_size_has_the_camera_opened_anew():
    kernel = input_of(hdmi(640, 360, 60))
    with pytest.raises(DeviceError, match="camera: its source has changed: 320x180 at 25/s"):
        await read_until(kernel, lambda: kernel.send(hdmi(320, 180, 25)))
    assert kernel.opened == kernel.closed


async def test_a_break_in_the_same_signal_has_the_buffers_started_again_and_is_read_on(
    monkeypatch,
):
    monkeypatch.setattr(v4l2, "RESTART_S", 3600)
    kernel = input_of(hdmi(640, 360, 60))
    count = 0
    async with camera_of(kernel) as opened:
        async for _ in opened:
            kernel.send(hdmi(640, 360, 60))
            count += 1
            if count == 5:
                break
    assert len(kernel.taken) == kernel.opened == 1
    assert kernel.starts == 2  # and not at each word of a driver that goes on telling


async def test_an_input_that_has_become_another_is_opened_anew():
    kernel = input_of(hdmi(640, 360, 60))
    with pytest.raises(DeviceError, match="its source has changed: no HDMI any more"):
        await read_until(kernel, lambda: kernel.send(errno.ENODATA))


async def test_a_driver_that_tells_nothing_is_not_asked():
    kernel = input_of(hdmi(640, 360, 60))
    kernel.errors[videodev2.VIDIOC_SUBSCRIBE_EVENT] = errno.ENOTTY
    kernel.errors[videodev2.VIDIOC_DQEVENT] = errno.EIO
    kernel.news = 5
    assert len(await frames_of(camera_of(kernel))) == 3


def test_the_doctor_looks_at_an_input_and_changes_nothing():
    kernel = input_of(hdmi(640, 360, 60))
    path, choice = survey(V4l2Config(), size=SIZE, fps=30, kernel=kernel, devices=lambda: (CAMERA,))
    assert (path, choice.mode.size, choice.mode.rate) == ("/dev/video2", HD, 60)
    assert kernel.taken == []
    kernel.signal = errno.ENOLINK
    with pytest.raises(DeviceError, match="no signal"):
        survey(V4l2Config(), size=SIZE, fps=30, kernel=kernel, devices=lambda: (CAMERA,))


@pytest.mark.parametrize(
    ("width", "height", "clock_hz", "blanking", "rate"),
    [
        (1280, 720, 74_250_000, (110, 40, 220, 5, 5, 20), Fraction(60)),
        (1920, 1080, 148_351_648, (88, 44, 148, 4, 5, 36), Fraction(60_000, 1001)),
        (720, 576, 27_000_000, (12, 64, 68, 5, 5, 39), Fraction(50)),
        (1280, 720, 0, (0, 0, 0, 0, 0, 0), Fraction(0)),
    ],
)
def test_a_rate_is_what_the_timings_of_cta_861_make(width, height, clock_hz, blanking, rate):
    said = videodev2.DV_TIMINGS.pack(0, width, height, 0, 0, clock_hz, *blanking, *(0,) * 9)

    def ioctl(_request, buffer):
        buffer[:] = said

    assert signal_of(ioctl, "/dev/video2", 0) == Signal(Size(width, height), rate, said)


COMMAND = "v4l2-ctl -d /dev/video2 --set-edid=pad=1,type=hdmi"


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        (0, rf"no EDID \(0 blocks\), and no source sends anything without: {COMMAND}, before"),
        (2, r"no signal at its HDMI input: is the source on, .*\? \(its EDID is set\)"),
        (None, rf"no signal at its HDMI input: .* was the input given an EDID \({COMMAND}\)\?"),
    ],
)
async def test_an_input_without_display_data_is_told_apart_from_one_without_a_source(blocks, said):
    inputs = [FakeInput("S-Video"), FakeInput("HDMI", videodev2.V4L2_IN_CAP_DV_TIMINGS)]
    kernel = input_of(errno.ENOLINK, inputs=inputs, chosen=1, edid=blocks)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))


async def test_an_input_whose_display_data_are_said_to_be_missing_by_an_error_has_none():
    kernel = input_of(errno.ENOLINK)
    kernel.errors[videodev2.VIDIOC_G_EDID] = errno.ENODATA
    with pytest.raises(DeviceError, match=r"no EDID \(0 blocks\).*pad=0,type=hdmi"):
        await frames_of(camera_of(kernel))


async def test_a_driver_that_tells_nothing_is_asked_why_no_picture_comes(monkeypatch):
    monkeypatch.setattr(v4l2, "STALL_S", 0.1)
    monkeypatch.setattr(v4l2, "WAIT_S", 0.02)
    kernel = input_of(hdmi(640, 360, 60))
    kernel.errors[videodev2.VIDIOC_SUBSCRIBE_EVENT] = errno.ENOTTY

    def stall():
        kernel.signal, kernel.is_stalled = errno.ENOLCK, True

    with pytest.raises(DeviceError, match=r"no picture for 0 s: the signal .* is unstable"):
        await read_until(kernel, stall)


def test_the_drop_in_gives_an_edid_as_the_error_says():
    folder = Path(__file__).parents[3] / "firmware_config/hdmi"
    (drop_in,) = folder.iterdir()
    lines = drop_in.read_text(encoding="utf-8").splitlines()
    assert lines[-2] == "[Service]"
    assert lines[-1] == f"ExecStartPre=+-/usr/bin/{SET_EDID.format(path='/dev/video0', number=0)}"
