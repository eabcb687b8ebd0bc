"""Inputs of a device: the one that is read, what kind it is, and its loss in words that fit it."""

import errno

import numpy as np
import pytest

from node.board import videodev2
from node.capture import v4l2
from node.capture.v4l2_device import opened
from node.capture.v4l2_source import EVENTS_MAX, has_changed
from node.errors import DeviceError
from node.media import Size, planes
from tests.fakes.fake_v4l2 import BGR3, NV12, UYVY, YUYV, FakeInput, hdmi
from tests.fakes.v4l2_booth import bgr24, camera_of, frames_of, kernel_of, mode_of, nv12, uyvy

PAL, NTSC = 0xFF, 0xB000
ALL = videodev2.V4L2_STD_525_60 | videodev2.V4L2_STD_625_50
LOST, OFF, UNHELD = (
    videodev2.V4L2_IN_ST_NO_SIGNAL,
    videodev2.V4L2_IN_ST_NO_POWER,
    videodev2.V4L2_IN_ST_NO_H_LOCK,
)


def grabber(**others):
    """A device whose second of three inputs is read: composite."""
    inputs = [
        FakeInput("HDMI", videodev2.V4L2_IN_CAP_DV_TIMINGS),
        FakeInput("Composite", videodev2.V4L2_IN_CAP_STD, ALL),
        FakeInput("Webcam"),
    ]
    return kernel_of(**({"inputs": inputs, "chosen": 1, "standard": PAL} | others))


async def read_until(kernel, happens):
    """Read; `happens` with the first frame; raises what the camera does then."""
    async with camera_of(kernel) as source:
        async for _ in source:
            if happens is not None:
                happens = happens()


@pytest.mark.parametrize("chosen", [0, 1, 2])
async def test_news_are_asked_for_of_the_input_that_is_read(chosen):
    kernel = grabber(chosen=chosen)
    await frames_of(camera_of(kernel))
    assert kernel.watched == chosen


async def test_a_driver_without_inputs_is_asked_for_news_of_the_first():
    kernel = kernel_of()
    await frames_of(camera_of(kernel))
    assert kernel.watched == 0


async def test_hdmi_that_is_not_the_first_input_is_told_of_when_it_is_lost():
    kernel = kernel_of(
        signal=hdmi(320, 180, 30), chosen=1, edid=1,
        inputs=[FakeInput("A"), FakeInput("B", videodev2.V4L2_IN_CAP_DV_TIMINGS)],
    )  # fmt: skip
    with pytest.raises(DeviceError, match="no signal at its HDMI input"):
        await read_until(kernel, lambda: kernel.send(errno.ENOLINK))


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (LOST, "camera: no signal at its analog input Composite: is the source on"),
        (OFF, "camera: the device at its analog input Composite is off"),
    ],
)
@pytest.mark.parametrize("is_told", [True, False])
async def test_an_analog_source_that_is_lost_is_told_in_words_that_fit_it(
    monkeypatch, status, said, is_told
):
    monkeypatch.setattr(v4l2, "ASK_S", 0.02)
    kernel = grabber()
    with pytest.raises(DeviceError, match=said) as told:
        await read_until(kernel, lambda: kernel.lose(status, is_told=is_told))
    assert "HDMI" not in str(told.value)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    kernel.lose(0)
    assert len(await frames_of(camera_of(kernel))) == 3
    assert kernel.opened == kernel.closed


async def test_an_analog_source_that_no_standard_is_found_of_is_lost():
    with pytest.raises(DeviceError, match="no signal at its analog input Composite"):
        await frames_of(camera_of(grabber(standard=0)))


async def test_an_analog_signal_that_is_not_held_is_shown_and_named_where_nothing_comes(
    monkeypatch,
):
    kernel = grabber()
    kernel.inputs[1].status = UNHELD
    assert len(await frames_of(camera_of(kernel))) == 3
    monkeypatch.setattr(v4l2, "FIRST_S", 0.1)
    kernel.is_stalled = True
    said = "no picture for 0 s: the signal at its analog input Composite is unstable"
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [(NTSC, PAL, PAL), (PAL & ~1, PAL, PAL & ~1), (NTSC, ALL, NTSC), (NTSC, None, NTSC)],
)
async def test_an_analog_input_goes_by_the_standard_that_comes_in(before, found, after):
    kernel = grabber(standard=found)
    kernel.standard_set = before
    await frames_of(camera_of(kernel))
    assert kernel.standard_set == after


async def test_a_driver_that_does_not_tell_its_standard_is_given_what_comes_in():
    kernel = grabber(errors={videodev2.VIDIOC_G_STD: errno.ENOTTY})
    await frames_of(camera_of(kernel))
    assert kernel.standard_set == PAL


async def test_a_driver_that_takes_one_standard_at_a_time_is_read_as_it_is_set():
    kernel = grabber()
    kernel.standard_set = NTSC
    kernel.errors[videodev2.VIDIOC_S_STD] = errno.EINVAL
    assert len(await frames_of(camera_of(kernel))) == 3
    kernel.errors[videodev2.VIDIOC_S_STD] = errno.EBUSY
    with pytest.raises(DeviceError, match="in use by another program"):
        await frames_of(camera_of(kernel))


async def test_a_break_in_an_analog_signal_has_the_buffers_started_again():
    kernel = grabber()
    count = 0
    async with camera_of(kernel) as source:
        async for _ in source:
            count += 1
            if count == 1:
                kernel.lose(0)
            if kernel.starts == 2 and not kernel.news:
                break
    assert kernel.opened == 1


async def test_an_input_that_is_changed_by_somebody_has_the_camera_opened_anew():
    kernel = grabber(chosen=2)

    def switched():
        kernel.news += 1
        kernel.inputs[2] = FakeInput("S-Video", videodev2.V4L2_IN_CAP_STD, ALL)

    with pytest.raises(DeviceError, match="source has changed: its analog input S-Video"):
        await read_until(kernel, switched)


async def test_a_grabber_that_lists_no_sizes_is_read_at_the_one_that_is_set():
    kernel = grabber(errors={videodev2.VIDIOC_ENUM_FRAMESIZES: errno.ENOTTY})
    assert len(await frames_of(camera_of(kernel))) == 3
    assert kernel.asked == [(YUYV, 320, 180)]
    kernel.errors[videodev2.VIDIOC_G_FMT] = errno.EINVAL
    with pytest.raises(DeviceError, match="no format that can be read"):
        await frames_of(camera_of(kernel))


COMBED = Size(320, 184)


def woven(number, content):
    """Two half pictures: one as `content` has it, in the rows between nothing but white."""
    rows = np.frombuffer(content(number, size=COMBED), np.uint8).reshape(-1, COMBED.width).copy()
    packed = 1 if content is nv12 else rows.size // (COMBED.width * COMBED.height)
    rows = rows.reshape(-1, COMBED.width * packed)
    rows[1 : COMBED.height : 2] = 255
    return rows.tobytes()


@pytest.mark.parametrize("order", [4, 8, 9])
@pytest.mark.parametrize(("fourcc", "content"), [(NV12, nv12), (UYVY, uyvy), (BGR3, bgr24)])
async def test_of_woven_half_pictures_one_is_shown_whole(fourcc, content, order):
    kernel = kernel_of(fourcc, lambda _: woven(0, content), COMBED, fields=order)
    (frame,) = await frames_of(camera_of(kernel), 1)
    shown = planes(frame.pixels)[0][:, 20:-20]
    assert int(shown.max()) - int(shown.min()) <= 1
    assert shown.mean() < 60
    assert not (planes(frame.pixels)[0][:, 10:-10] < 20).any()  # no bars above and below


@pytest.mark.parametrize(("order", "name"), [(5, "SEQ_TB"), (6, "SEQ_BT"), (7, "ALTERNATE")])
async def test_half_pictures_that_lie_apart_are_refused_by_name(order, name):
    kernel = kernel_of(fields=order)
    with pytest.raises(DeviceError, match=rf"camera: delivers half pictures, .*FIELD_{name}\)"):
        await frames_of(camera_of(kernel))


@pytest.mark.parametrize(("quantization", "luma"), [(0, 50), (1, 50), (2, 40)])
async def test_rgb_of_a_limited_range_is_stretched(quantization, luma):
    kernel = kernel_of(BGR3, lambda _: bgr24(0), quantization=quantization)
    (frame,) = await frames_of(camera_of(kernel), 1)
    assert planes(frame.pixels)[0].mean() == pytest.approx(luma, abs=1)  # 40 of 255, or of 16..235


@pytest.mark.parametrize(
    ("memories", "said"),
    [
        ((4,), r"no buffers to be mapped \(V4L2_MEMORY_MMAP\).*, only takes DMABUF$"),
        ((2, 4), "only takes DMABUF and USERPTR"),
        ((), "camera: no such memory"),
    ],
)
async def test_a_driver_without_memory_to_be_mapped_is_told_by_what_it_has(memories, said):
    kernel = kernel_of(memories=memories)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


async def test_a_driver_without_memory_at_all_is_told():
    kernel = kernel_of(errors={videodev2.VIDIOC_REQBUFS: errno.ENOMEM})
    with pytest.raises(DeviceError, match=r"made 0 of 4 buffers: no memory .*cma="):
        await frames_of(camera_of(kernel))


@pytest.mark.parametrize(
    ("of_all", "of_this", "said"),
    [
        (0x84A00001, 0x04A00000, r"takes no pictures \(capabilities 0x4a00000\)"),
        (0x81000001, 0x01000001, r"has read\(\) alone, no buffers \(capabilities 0x1000001:"),
    ],
)
async def test_a_device_that_is_no_camera_or_has_no_buffers_is_told(of_all, of_this, said):
    kernel = kernel_of()

    def told(buffer):
        buffer[:] = videodev2.CAPABILITY.pack(b"uvcvideo", b"a", b"", 0, of_all, of_this)

    kernel._tell_capability = told
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed


@pytest.mark.parametrize(
    ("error", "said"),
    [(errno.EPIPE, r"pipeline does not fit .*media-ctl"), (errno.ENOLINK, "links are not set")],
)
async def test_a_pipeline_that_is_not_set_up_is_told(error, said):
    kernel = kernel_of(errors={videodev2.VIDIOC_STREAMON: error})
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(kernel))


def test_pictures_after_a_restart_lean_on_nothing_before():
    kernel = kernel_of(period_s=None)
    with opened(kernel, "") as camera:
        camera.set_mode(mode_of(camera))
        with camera.streaming():
            kernel.step(2)
            camera.restart()
            kernel.step()
            assert [one.is_after_loss for one in camera.pictures(1, newest=False)] == [True]


def test_a_driver_that_never_runs_out_of_news_is_not_asked_for_ever():
    asked = []
    assert has_changed(lambda request, _: asked.append(request))
    assert len(asked) == EVENTS_MAX


@pytest.mark.parametrize(
    ("request_number", "error"),
    [
        (videodev2.VIDIOC_DQBUF, errno.EIO),
        (videodev2.VIDIOC_DQBUF, errno.EPIPE),
        (videodev2.VIDIOC_STREAMON, errno.ENOLINK),
    ],
)
async def test_an_error_in_streaming_is_told_with_what_is_known_of_the_source(
    request_number, error
):
    kernel = grabber(chosen=2, errors={request_number: error})
    with pytest.raises(DeviceError) as told:
        await frames_of(camera_of(kernel))
    assert "signal at" not in str(told.value)  # a camera's input: nothing is known
    kernel.inputs[2].status = LOST
    with pytest.raises(DeviceError, match=": no signal at its input Webcam: is the source on"):
        await frames_of(camera_of(kernel))
    assert kernel.opened == kernel.closed
