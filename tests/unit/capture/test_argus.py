"""A Jetson's camera: its pipeline, its frames, and a process that is ended whatever it does."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from node.capture import argus
from node.capture.source import open_camera
from node.config_camera import ArgusConfig
from node.errors import DeviceError
from node.media import Size
from tests.fakes.open_files import more_open_files

SIZE = Size(320, 180)
FAKE = Path(__file__).parents[2] / "fakes/fake_gst.py"


@pytest.fixture(autouse=True)
def program(monkeypatch, tmp_path):
    """The simulated gst-launch-1.0 in the place of the real one."""
    path = tmp_path / "gst-launch-1.0"
    path.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, str(FAKE)])} "$@"\n')
    path.chmod(0o755)
    monkeypatch.setattr(argus, "PROGRAM", str(path))


@pytest.fixture
def ended(monkeypatch):
    """The processes that were started."""
    started = []
    real = subprocess.Popen

    def popen(*args, **options):
        started.append(real(*args, **options))
        return started[-1]

    monkeypatch.setattr(argus.subprocess, "Popen", popen)
    return started


def camera_of(source, size=SIZE):
    return open_camera(ArgusConfig(source=source), size=size, fps=30)


async def frames_of(camera, count):
    frames = []
    async with camera as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


async def test_frames_come_whole_and_in_order(ended):
    for frame in await frames_of(camera_of("frames"), 5):
        assert frame.size == SIZE
        assert frame.pixels.min() == frame.pixels.max() >= 16
    assert ended[0].poll() is not None


async def test_a_pipeline_that_ends_is_a_lost_camera_with_its_last_words(monkeypatch):
    monkeypatch.setattr(argus, "WAIT_S", 60.0)  # they come when its process ends, however late
    with pytest.raises(
        DeviceError, match=r"camera 0: has ended: ERROR: from element .* data stream"
    ):
        await frames_of(camera_of("frames=3"), 10)


async def test_an_element_that_is_not_there_is_named():
    with pytest.raises(DeviceError, match='no element "missing"'):
        await frames_of(camera_of("missing"), 1)


async def test_a_process_with_more_than_a_thousand_open_files_reads_it_too():
    with more_open_files():
        assert len(await frames_of(camera_of("frames"), 2)) == 2


async def test_without_gstreamer_the_cure_is_named(monkeypatch):
    monkeypatch.setattr(argus, "PROGRAM", "no-such-gst-launch")
    with pytest.raises(DeviceError, match="no-such-gst-launch is not installed: apt-get install"):
        await frames_of(camera_of("frames"), 1)


@pytest.mark.parametrize("how", ["stalls", "deaf"])
async def test_a_pipeline_that_stalls_is_ended_whether_it_hears_or_not(monkeypatch, ended, how):
    monkeypatch.setattr(argus, "STALL_S", 0.2)
    monkeypatch.setattr(argus, "END_S", 0.2)
    with pytest.raises(DeviceError, match="camera 0: no frame for"):
        await frames_of(camera_of(f"frames=3 {how}"), 10)
    assert ended[0].poll() is not None


async def test_a_pipeline_that_says_no_more_is_read_on_without_haste(monkeypatch):
    asked = []
    real = argus.readable

    def counted(descriptors, timeout_s):
        asked.append(len(descriptors))
        return real(descriptors, timeout_s)

    monkeypatch.setattr(argus, "readable", counted)
    frames = await frames_of(camera_of("mute"), 5)
    assert len(frames) == 5
    assert asked[-1] == 1


def test_the_pipeline_asks_the_sensor_for_the_programs_size_and_rate():
    assert argus.pipeline_of(ArgusConfig(), Size(1280, 720), 30) == (
        "nvarguscamerasrc sensor-id=0 wbmode=1"
        " ! video/x-raw(memory:NVMM),format=NV12,width=1280,height=720,framerate=30/1"
        " ! nvvidconv flip-method=0 ! video/x-raw,format=I420,width=1280,height=720"
    )


def test_what_is_configured_stands_in_the_pipeline():
    cfg = ArgusConfig(1, rotation=180, exposure_us=8000, gain=2.5, white_balance="daylight")
    pipeline = argus.pipeline_of(cfg, SIZE, 25)
    words = shlex.split(pipeline)
    assert {"sensor-id=1", "wbmode=5", "flip-method=2"} <= set(words)
    assert {"exposuretimerange=8000000 8000000", "gainrange=2.5 2.5"} <= set(words)
