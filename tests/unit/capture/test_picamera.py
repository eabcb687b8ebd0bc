"""A Raspberry Pi's camera: what is asked of picamera2, what its frames become, how it is lost."""

import sys
import threading
import time
from itertools import pairwise

import numpy as np
import pytest

from node.capture import picamera, stamps, threaded
from node.capture.source import open_camera
from node.config_camera import PiCameraConfig, PiControls
from node.errors import DeviceError
from node.media import Size, planes
from tests.fakes import fake_picamera2
from tests.fakes.fake_picamera2 import USUAL_CONTROLS, FakePi

SIZE = Size(320, 180)


def camera_of(cfg=None, *, is_locked=lambda: False, size=SIZE):
    return open_camera(cfg or PiCameraConfig(), size=size, fps=30, is_locked=is_locked)


async def frames_of(camera, count=3):
    frames = []
    async with camera as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(picamera, "STALL_S", 0.2)
    monkeypatch.setattr(picamera, "FIRST_S", 0.2)


@pytest.mark.parametrize("padding", [0, 64])
async def test_rows_are_freed_of_their_padding(monkeypatch, padding):
    FakePi(padding=padding).install(monkeypatch)
    for frame in await frames_of(camera_of()):
        luma, u, v = planes(frame.pixels)
        assert frame.size == SIZE
        assert (np.diff(luma[:, :50].astype(int)) == 1).mean() > 0.97
        assert (luma < 255).all()
        assert (u == 100).all()
        assert (v == 150).all()


async def test_a_size_that_the_camera_has_not_is_fitted(monkeypatch):
    FakePi(sizes=[(640, 480)], padding=32).install(monkeypatch)
    frame = (await frames_of(camera_of()))[0]
    assert frame.size == SIZE
    assert (planes(frame.pixels)[0][:, :30] == 16).all()  # 4:3 stands between bars


async def test_the_programs_rate_size_and_colours_are_asked_for(monkeypatch):
    pi = FakePi().install(monkeypatch)
    await frames_of(camera_of(PiCameraConfig(sensor_size="2304x1296")))
    asked = pi.asked[0]
    assert asked["main"] == {"size": (320, 180), "format": "YUV420"}
    assert asked["colour_space"] == "Rec709"
    assert asked["controls"]["FrameDurationLimits"] == (33_333, 33_333)
    assert asked["controls"]["AfMode"] == 2
    assert asked["sensor"] == {"output_size": (2304, 1296)}
    assert asked["raw"] is None


@pytest.mark.parametrize(
    ("cfg", "flips"),
    [
        (PiCameraConfig(), (0, 0)),
        (PiCameraConfig(hflip=True), (1, 0)),
        (PiCameraConfig(rotation=180), (1, 1)),
        (PiCameraConfig(rotation=180, vflip=True), (1, 0)),
    ],
)
async def test_a_turn_by_180_degrees_is_both_mirrors(monkeypatch, cfg, flips):
    pi = FakePi().install(monkeypatch)
    await frames_of(camera_of(cfg), 1)
    assert pi.asked[0]["transform"] == (
        "Transform",
        dict(zip(("hflip", "vflip"), flips, strict=True)),
    )


async def test_what_the_camera_lacks_is_told_and_not_asked(monkeypatch, caplog):
    pi = FakePi(controls=USUAL_CONTROLS).install(monkeypatch)
    await frames_of(camera_of(PiCameraConfig(controls=PiControls(focus=2.0))))
    assert "camera 0 has no AfMode, LensPosition" in caplog.text
    assert "AfMode" not in pi.asked[0]["controls"]
    caplog.clear()
    await frames_of(camera_of())
    assert "has no" not in caplog.text


async def test_frames_are_as_old_as_the_sensors_stamp_says(monkeypatch):
    monkeypatch.setattr(stamps, "OLDEST_S", 60.0)  # a late look makes no other clock
    FakePi(stamp_ns=lambda: time.monotonic_ns() - 40_000_000).install(monkeypatch)
    camera = camera_of()
    async with camera as opened:
        async for frame in opened:
            assert time.monotonic() - frame.captured_s >= 0.039
            break


async def test_a_camera_without_stamps_is_timed_by_arrival(monkeypatch):
    FakePi(stamp_ns=None).install(monkeypatch)
    frames = await frames_of(camera_of(), 5)
    assert all(later.pts > earlier.pts for earlier, later in pairwise(frames))


async def test_each_request_is_released(monkeypatch):
    pi = FakePi().install(monkeypatch)
    await frames_of(camera_of(), 5)
    assert pi.released == pi.captured >= 5
    assert pi.opened == set()


async def test_a_lock_holds_what_was_found_and_lets_it_go(monkeypatch):
    monkeypatch.setattr(picamera, "SETTLE_FRAMES", 3)
    pi, is_locked = FakePi().install(monkeypatch), threading.Event()
    camera = camera_of(is_locked=is_locked.is_set)
    async with camera as opened:
        async for _ in opened:
            is_locked.set()
            if pi.set:
                break
        async for _ in opened:
            is_locked.clear()
            if len(pi.set) == 2:
                break
    assert pi.set[0] == {
        "AeEnable": False, "AwbEnable": False, "AfMode": 0, "LensPosition": 2.5,
    }  # fmt: skip
    assert pi.set[1]["AeEnable"] is True
    assert pi.set[1]["AwbEnable"] is True
    assert pi.set[1]["AfMode"] == 2


async def test_a_tuning_is_a_path(monkeypatch):
    pi = FakePi().install(monkeypatch)
    for tuning in ("/etc/livesell/imx708.json", ""):
        await frames_of(camera_of(PiCameraConfig(tuning_file=tuning)), 1)
    assert pi.tunings == ["/etc/livesell/imx708.json", None]


async def test_the_sensors_own_hdr_is_on_while_the_camera_is(monkeypatch):
    pi = FakePi().install(monkeypatch)
    cfg = PiCameraConfig(controls=PiControls(hdr="sensor"))
    await frames_of(camera_of(cfg), 1)
    assert pi.sensor_hdr == [True, False]


async def test_a_sensor_without_hdr_of_its_own_goes_on_without(monkeypatch, caplog):
    FakePi(cameras=["imx219"]).install(monkeypatch)
    cfg = PiCameraConfig(controls=PiControls(hdr="sensor"))
    assert len(await frames_of(camera_of(cfg))) == 3
    assert "no HDR of the sensor" in caplog.text


async def test_without_picamera2_the_cure_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "picamera2", None)
    with pytest.raises(DeviceError, match=r"camera 0: picamera2 .*python3-picamera2.*system-site"):
        await frames_of(camera_of())


async def test_parts_built_for_another_numpy_have_their_own_cure(monkeypatch):
    def broken(_name):
        raise ValueError("numpy.dtype size changed, may indicate binary incompatibility")

    monkeypatch.setattr("node.capture.pi_library.importlib.import_module", broken)
    with pytest.raises(DeviceError, match="pip install --no-deps simplejpeg"):
        await frames_of(camera_of())


@pytest.mark.parametrize(
    ("pi", "number", "said"),
    [
        (FakePi(cameras=[]), 0, "no camera found: is its cable"),
        (FakePi(cameras=["imx708"]), 1, "no such camera, found: 0 imx708"),
        (FakePi(opening_error=OSError("no dmaHeap device")), 0, "camera 0: no dmaHeap device"),
        (FakePi(pixel_format="YUYV"), 0, "delivers YUYV, expected one of YUV420"),
        (FakePi(padding=-8), 0, "320x180 with rows of 312 bytes"),
        (FakePi(short_by=100), 0, "delivers 86300 bytes, expected 86400"),
    ],
)
async def test_what_cannot_be_opened_is_told_with_its_reason(monkeypatch, pi, number, said):
    pi.install(monkeypatch)
    with pytest.raises(DeviceError, match=said):
        await frames_of(camera_of(PiCameraConfig(number)))
    assert pi.opened == set()


async def test_openings_that_fail_leave_no_descriptors(monkeypatch):
    pi = FakePi(cameras=[]).install(monkeypatch)
    for _ in range(5):
        with pytest.raises(DeviceError):
            await frames_of(camera_of())
    assert len(pi.pipes) == 5
    assert all(one.closed for one in pi.pipes)


async def test_two_readers_of_one_camera_are_one_too_many(monkeypatch):
    FakePi(cameras=["imx708", "imx219"]).install(monkeypatch)
    async with camera_of() as first:
        async for _ in first:
            break
        with pytest.raises(DeviceError, match="camera 0: in use by another program"):
            await frames_of(camera_of())
        assert len(await frames_of(camera_of(PiCameraConfig(1)))) == 3


@pytest.mark.usefixtures("quick")
async def test_a_camera_that_stalls_is_closed_and_opens_again(monkeypatch):
    pi = FakePi().install(monkeypatch)
    camera = camera_of()
    with pytest.raises(DeviceError, match="camera 0: no frame for"):  # noqa: PT012
        async with camera as opened:
            async for _ in opened:
                pi.is_stalled = True
    pi.is_stalled = False
    assert len(await frames_of(camera)) == 3
    assert pi.openings == 2


async def test_a_camera_that_never_begins_is_told_with_the_time_it_had(monkeypatch):
    monkeypatch.setattr(picamera, "FIRST_S", 1.0)
    monkeypatch.setattr(picamera, "STALL_S", 60.0)
    FakePi(is_stalled=True).install(monkeypatch)
    with pytest.raises(DeviceError, match="camera 0: no frame for 1 s"):
        await frames_of(camera_of())


@pytest.mark.parametrize("kind", [TypeError, AttributeError])
async def test_a_surprise_of_the_bindings_is_a_lost_camera(monkeypatch, kind):
    pi = FakePi().install(monkeypatch)

    def surprising(_: object, controls: object) -> None:
        raise kind(f"unable to cast {controls}")

    monkeypatch.setattr(fake_picamera2._Camera, "_check", surprising)
    with pytest.raises(DeviceError, match="camera 0: unable to cast"):
        await frames_of(camera_of())
    assert pi.opened == set()


async def test_an_error_of_libcamera_is_a_lost_camera(monkeypatch):
    pi = FakePi().install(monkeypatch)
    with pytest.raises(DeviceError, match="camera 0: Camera frontend has timed out!"):  # noqa: PT012
        async with camera_of() as opened:
            async for _ in opened:
                pi.cameras = []
    assert pi.opened == set()


@pytest.mark.usefixtures("quick")
async def test_a_camera_that_never_closes_is_left_behind(monkeypatch, caplog):
    monkeypatch.setattr(threaded, "CLOSE_S", 0.1)
    pi = FakePi(hangs_at_close=threading.Event()).install(monkeypatch)
    await frames_of(camera_of())
    assert "camera 0: reader still busy" in caplog.text
    with pytest.raises(DeviceError, match="by a capture that hangs"):
        await frames_of(camera_of())
    pi.hangs_at_close.set()
