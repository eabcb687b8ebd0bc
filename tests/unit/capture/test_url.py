"""Cameras behind URLs: paced, fitted, with sound, clear when lost, silent about passwords."""

import asyncio
import logging
import queue
import threading
import time
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
import pytest

from node.capture import threaded
from node.capture.intake import Intake, SourceTimeline, low_latency, masked
from node.capture.url import url_camera
from node.channels import Fanout
from node.config import UrlConfig
from node.errors import DeviceError
from node.media import AudioChunk, Frame, Pts90k, Size, black, planes
from tests.fakes.clip_factory import ClipSpec, number_of, write_clip
from tests.virtual_time import run_virtually

SIZE = Size(320, 180)


async def frames_of(camera, count):
    frames = []
    async with camera:
        async for frame in camera:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


def camera_of(url, *, sound=None, fps=30, **cfg):
    return url_camera(UrlConfig(str(url), **cfg), size=SIZE, fps=fps, sound=sound)


class Enough(Exception):  # noqa: N818  # not an error
    """As much was read as was asked for."""


def read(path, count, *, held=lambda: None, **cfg):
    """The first `count` frames and the sound until then, none left out, however slow the loop."""
    frames, sound = [], []

    def give(frame):
        frames.append(frame)
        if len(frames) == count:
            raise Enough

    intake = Intake(
        UrlConfig(str(path), **cfg), size=SIZE, fps=30, clock=time.monotonic, give=give,
        hear=sound.append, held=held,
    )  # fmt: skip
    with pytest.raises(Enough):
        intake.run()
    return frames, sound


def test_a_file_comes_at_the_pace_of_its_timestamps(tmp_path):
    path, began_s = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=5.0)), time.monotonic()
    frames, _ = read(path, 20)
    assert [number_of(frame.pixels) for frame in frames] == list(range(20))
    assert [frame.pts for frame in frames] == [number * 3000 for number in range(20)]
    early_s = [began_s + frame.pts / 90_000 - frame.captured_s for frame in frames]
    assert max(early_s) < 0.001, "later than its time a picture may come, never earlier"


async def test_pictures_of_a_file_reach_the_loop_in_order(tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=20.0))
    frames = await frames_of(camera_of(path), 10)
    numbers = [number_of(frame.pixels) for frame in frames]
    assert numbers == sorted(set(numbers))  # a busy machine may leave pictures out
    assert [frame.pts for frame in frames] == [number * 3000 for number in numbers]


async def test_a_file_ends_with_a_device_error(tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.2))
    with pytest.raises(DeviceError, match=r"a\.mp4: has ended"):
        await frames_of(camera_of(path), 100)


def test_a_looped_file_begins_again_and_its_pts_go_on_rising(tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.2))
    frames, _ = read(path, 15, loop=True)
    assert [number_of(frame.pixels) for frame in frames] == [n % 6 for n in range(15)]
    assert [frame.pts for frame in frames] == [n * 3000 for n in range(15)]


async def test_the_sound_of_a_url_reaches_the_loop(tmp_path):
    path = write_clip(tmp_path / "a.mkv", ClipSpec(seconds=20.0, audio="pcm_s16le", hum=0.2))
    sound: Fanout[AudioChunk] = Fanout(5000)
    with sound.subscribe() as reader:
        await frames_of(camera_of(path, sound=sound), 10)
        chunks = reader.take_now()
    ends = [chunk.pts_48k + len(chunk.samples) for chunk in chunks]
    assert [chunk.pts_48k for chunk in chunks] == [0, *ends[:-1]]
    assert ends[-1] >= 9 * 1600


def test_sound_is_heard_as_48_khz_stereo(tmp_path):
    path = write_clip(
        tmp_path / "a.mkv", ClipSpec(seconds=1.0, audio="pcm_s16le", audio_rate=44_100, hum=0.2)
    )
    _, chunks = read(path, 25)
    samples = np.concatenate([chunk.samples for chunk in chunks])
    assert samples.dtype == np.float32
    assert samples.shape[1] == 2
    assert len(samples) == pytest.approx(25 * 1600, abs=3200)
    assert np.abs(samples).max() > 0.15
    ends = [chunk.pts_48k + len(chunk.samples) for chunk in chunks]
    assert [chunk.pts_48k for chunk in chunks[1:]] == ends[:-1]


def test_a_fast_source_has_frames_left_out(tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(fps=Fraction(60), seconds=0.5))
    frames, _ = read(path, 12)
    assert [number_of(frame.pixels) for frame in frames] == [n * 2 for n in range(12)]


def test_a_size_that_changes_on_the_way_is_fitted_anew(tmp_path):
    options = {"preset": "ultrafast", "x264-params": "repeat-headers=1"}
    wide = write_clip(
        tmp_path / "a.ts", ClipSpec(seconds=0.3, audio=None, b_frames=0, options=options)
    )
    square = write_clip(
        tmp_path / "b.ts",
        ClipSpec(width=180, height=180, seconds=0.3, audio=None, b_frames=0, options=options,
                 picture_delay_s=0.3),
    )  # fmt: skip
    both = tmp_path / "both.ts"
    both.write_bytes(wide.read_bytes() + square.read_bytes())
    frames, _ = read(both, 16)
    assert {frame.size for frame in frames} == {SIZE}
    assert (planes(frames[0].pixels)[0][:, :60] > 16).all()
    assert (planes(frames[-1].pixels)[0][:, :60] == 16).all()
    assert number_of(frames[-1].pixels, (70, 0, 180, 180)) > 0


def with_a_torn_key_frame(path, keep):
    """A transport stream of which only this part of the first picture's packets is there."""
    packets = [content[at : at + 188] for content in [path.read_bytes()] for at in
               range(0, len(content), 188)]  # fmt: skip
    begins = [n for n, one in enumerate(packets) if one[1:3] == bytes((0x41, 0))]
    lost_from = begins[0] + round((begins[1] - begins[0]) * keep)
    return b"".join(packets[:lost_from] + packets[begins[1] :])


@pytest.mark.parametrize("keep", [0.3, 0.5, 0.8])
def test_a_size_that_changes_with_a_torn_key_frame_is_shown_from_the_next_one_on(tmp_path, keep):
    spec = ClipSpec(seconds=0.5, audio=None, b_frames=0, gop=15,
                    options={"preset": "ultrafast", "x264-params": "repeat-headers=1"})  # fmt: skip
    first = write_clip(tmp_path / "a.ts", spec)
    other = write_clip(
        tmp_path / "b.ts",
        replace(spec, width=1280, height=720, seconds=1.5, picture_delay_s=0.5),
    )
    both = tmp_path / "both.ts"
    both.write_bytes(first.read_bytes() + with_a_torn_key_frame(other, keep))
    held = []
    frames, _ = read(both, 28, held=lambda: held.append(1))
    lumas = [float(planes(frame.pixels)[0].mean()) for frame in frames]
    assert min(lumas) > 50  # 7 to 42 is what FFmpeg makes of the torn one
    assert len(held) >= 15
    numbers = [number_of(frame.pixels) for frame in frames]
    assert numbers == [*range(13), *range(15, 30)]


def test_a_camera_whose_pictures_are_held_back_is_not_lost(monkeypatch):
    monkeypatch.setattr(threaded, "STALL_S", 1.0)
    begun, over = queue.SimpleQueue(), threading.Event()

    def reading(intake):
        begun.put((intake, threading.current_thread()))
        over.wait(60)

    async def story():
        async with camera_of("unused") as camera:
            intake, reader = begun.get(timeout=60)
            frames = aiter(camera)
            intake._give(Frame(Pts90k(0), 0.0, black(SIZE)))
            await anext(frames)
            waiting = asyncio.ensure_future(anext(frames))
            for _ in range(8):
                await asyncio.sleep(0.8)
                intake._held()
            intake._give(Frame(Pts90k(90_000), 6.4, black(SIZE)))
            await waiting
            with pytest.raises(DeviceError, match="no frame for 1 s"):
                await anext(frames)
            over.set()
            reader.join(60)

    monkeypatch.setattr(Intake, "run", reading)
    run_virtually(story())


async def test_a_camera_that_is_not_there_is_named():
    with pytest.raises(DeviceError, match="camera /nowhere/video9: no such file"):
        await frames_of(camera_of("/nowhere/video9"), 1)


async def test_what_has_no_picture_is_refused(tmp_path):
    path = tmp_path / "song.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48_000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 96_000), np.int16), "s16", "stereo")
        frame.sample_rate = 48_000
        container.mux(stream.encode(frame))
    with pytest.raises(DeviceError, match="has no picture"):
        await frames_of(camera_of(path), 1)


async def test_a_password_is_in_no_error_and_no_log(caplog):
    caplog.set_level(logging.DEBUG)
    secret = "rtsp://joe:hunter2@127.0.0.1:9/live?token=hunter2"
    with pytest.raises(DeviceError) as caught:
        await frames_of(camera_of(secret), 1)
    assert str(caught.value).startswith("camera rtsp://***@127.0.0.1:9/live?...: ")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "hunter2" not in str(caught.value) + caplog.text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://a:b@host/path", "rtsp://***@host/path"),
        ("rtsp://a:b@c@host/path", "rtsp://***@host/path"),
        ("rtsp://a:p/q@host/path", "rtsp://***@host/path"),
        ("http://host/x?user=a&pass=b", "http://host/x?..."),
        ("/dev/video0", "/dev/video0"),
        ("testsrc=size=320x180", "testsrc=size=320x180"),
    ],
)
def test_user_password_and_query_are_masked(url, shown):
    assert masked(url) == shown


@pytest.fixture
async def half_a_camera(tmp_path):
    """A server that sends a moment of MPEG-TS and then is silent; its port, and how to end it."""
    content = write_clip(
        tmp_path / "a.ts", ClipSpec(seconds=3.0, audio=None, b_frames=0, gop=10)
    ).read_bytes()
    silent = asyncio.Event()

    async def send(_, writer):
        writer.write(content)
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(send, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], silent.set
    silent.set()
    server.close()


async def test_a_camera_that_falls_silent_is_lost(half_a_camera, monkeypatch):
    monkeypatch.setattr(threaded, "STALL_S", 0.3)
    port, end = half_a_camera
    count = 0
    async with camera_of(f"tcp://127.0.0.1:{port}") as camera:
        with pytest.raises(DeviceError, match="no frame for"):  # noqa: PT012
            async for _ in camera:
                count += 1
        end()
    assert count > 0


async def test_a_reader_stuck_in_ffmpeg_is_left_behind(monkeypatch, caplog):
    release = threading.Event()
    monkeypatch.setattr(Intake, "run", lambda _: release.wait(60))
    monkeypatch.setattr(threaded, "CLOSE_S", 0.05)
    async with camera_of("unused"):
        pass
    release.set()
    assert "left behind" in caplog.text


async def test_an_unforeseen_exception_of_the_reader_reaches_the_loop(monkeypatch):
    def break_down(_):
        raise ZeroDivisionError

    monkeypatch.setattr(Intake, "run", break_down)
    with pytest.raises(ZeroDivisionError):
        await frames_of(camera_of("unused"), 1)


def test_a_live_source_is_asked_for_little_delay():
    assert low_latency("rtsp://h/1", SIZE, 30)["rtsp_transport"] == "tcp"
    assert low_latency("udp://h:1", SIZE, 30)["fflags"] == "nobuffer"
    assert low_latency("/dev/video0", SIZE, 25)["framerate"] == "25"
    assert low_latency("/dev/video0", SIZE, 25)["video_size"] == "320x180"
    assert low_latency("clip.mp4", SIZE, 30) == {}


class _Stamped:
    """As much of a frame as a timeline reads."""

    time_base = Fraction(1, 1000)

    def __init__(self, pts):
        self.pts = pts


def places(*stamps):
    timeline = SourceTimeline(30)
    return [timeline.pts(_Stamped(stamp)) for stamp in stamps]


def test_a_timeline_begins_at_0_wherever_the_stamps_begin():
    assert places(5000, 5033, 5067) == [0, 2970, 6030]


def test_a_timeline_rises_through_jumps_back_and_repeats():
    assert places(0, 1000, 500, 533, 533) == [0, 90_000, 93_000, 95_970, 98_970]


def test_pictures_without_stamps_follow_each_other():
    assert places(None, None, None) == [0, 3000, 6000]
