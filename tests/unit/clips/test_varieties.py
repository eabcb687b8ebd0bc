"""Clips as merchants hand them over: codecs, shapes, colours, sounds, odd timestamps."""

import os
from fractions import Fraction

import av
import numpy as np
import pytest
from av.stream import Disposition

from node.media import Size, planes
from tests.fakes.audience import watch
from tests.fakes.clip_factory import BRIGHT, DARK, ClipSpec, clicks_in, expected_numbers, write_clip

FAST = {"preset": "ultrafast"}
CODECS = {
    "hevc": ("clip.mp4", "libx265", {**FAST, "x265-params": "log-level=none"}, "aac"),
    "vp8": ("clip.webm", "libvpx", {"deadline": "realtime", "cpu-used": "8"}, "libopus"),
    "vp9": ("clip.webm", "libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, "libopus"),
    "av1": ("clip.mp4", "libsvtav1", {"preset": "12"}, "libopus"),
    "mpeg2": ("clip.ts", "mpeg2video", {}, "mp2"),
    "mpeg4": ("clip.mkv", "mpeg4", {}, "libmp3lame"),
    "mjpeg in avi": ("clip.avi", "mjpeg", {}, "pcm_s16le"),
    "mjpeg": ("clip.mov", "mjpeg", {}, "pcm_s16le"),
    "h264 in flv": ("clip.flv", "libx264", FAST, "aac"),
    "h264 in mkv": ("clip.mkv", "libx264", FAST, "ac3"),
}


@pytest.mark.parametrize("kind", CODECS)
async def test_a_codec_plays_whole_and_in_step(make, playing, kind):
    name, codec, options, audio = CODECS[kind]
    pixel_format = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    b_frames = 2 if codec == "libx264" else 0
    path = make(
        name, codec=codec, options=options, audio=audio, pixel_format=pixel_format,
        b_frames=b_frames,
    )  # fmt: skip
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(60))
    clicks = clicks_in(seen.samples)
    assert len(clicks) == 2
    assert all(abs(click - 48_000 * n) < 1600 for n, click in enumerate(clicks))
    assert player.error is None


def test_writing_a_clip_leaves_no_thread_real_time(make):
    name, codec, options, audio = CODECS["av1"]
    make(name, codec=codec, options=options, audio=audio, b_frames=0)
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


async def test_a_raw_h264_file_without_timestamps_plays(make, playing):
    async with playing(make("clip.h264", fps=Fraction(25), audio=None, b_frames=0)) as player:
        seen = await watch(player)
    assert seen.numbers == expected_numbers([n / 25 for n in range(50)], 1 / 25, 30, 60)
    assert not seen.samples.any()


SHAPES = {
    "portrait": ({"width": 90, "height": 160}, (108, 0, 102, 180)),
    "4:3": ({"width": 240, "height": 180}, (40, 0, 240, 180)),
    "wide": ({"width": 320, "height": 136}, (0, 22, 320, 136)),
    "larger": ({"width": 640, "height": 360}, (0, 0, 320, 180)),
    "a little off 16:9": ({"width": 322, "height": 180}, (0, 0, 320, 180)),
    "anamorphic 16:9 in 4:3": (
        {"width": 240, "height": 180, "sample_aspect": Fraction(4, 3)},
        (0, 0, 320, 180),
    ),
    "anamorphic PAL 4:3": (
        {"width": 240, "height": 180, "sample_aspect": Fraction(16, 15)},
        (32, 0, 256, 180),
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
async def test_a_shape_is_fitted_between_black_bars(make, playing, shape):
    spec, box = SHAPES[shape]
    async with playing(make(seconds=1.0, **spec)) as player:
        seen = await watch(player, box=box)
    assert seen.numbers == list(range(30))
    luma, u, v = planes(seen.last)
    x, y, width, height = box
    outside = np.ones(luma.shape, np.bool_)
    outside[y : y + height, x : x + width] = False
    assert (luma[outside] == 16).all()
    assert (u[outside[::2, ::2]] == 128).all()
    assert (v[outside[::2, ::2]] == 128).all()
    assert luma[y : y + height, x : x + width].min() > 16


@pytest.mark.parametrize("degrees", [90, 180, 270])
async def test_a_phone_video_stands_upright(make, playing, degrees):
    """The picture is stored lying; its bits run across the stored picture."""
    path = make(width=160, height=90, degrees=degrees, audio=None, seconds=0.2)
    async with playing(path) as player:
        seen = await watch(player)
    luma = planes(seen.last)[0].astype(int)
    if degrees == 180:
        row = luma[90, 10::20]
        bits = list(row[::-1] > 125)
    else:
        assert (luma[:, :108] == 16).all()
        column = luma[5 :: 180 // 16, 160][:16]
        bits = list(column[:: 1 if degrees == 270 else -1] > 125)
    assert [bool(bit) for bit in bits[:3]] == [True, False, True]  # picture 5
    assert not any(bits[3:])


async def test_ten_bit_pictures_are_shown(make, playing):
    path = make(
        codec="libx265", pixel_format="yuv420p10le", seconds=1.0, b_frames=0,
        options={**FAST, "x265-params": "log-level=none"},
    )  # fmt: skip
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(30))


async def test_full_range_is_brought_into_limited_range(make, playing):
    path = make(color_range=2, seconds=0.2, audio=None)
    async with playing(path) as player:
        seen = await watch(player)
    luma = planes(seen.last)[0]
    assert luma[90, 10] == pytest.approx(16 + BRIGHT * 219 / 255, abs=3)
    assert luma[90, 30] == pytest.approx(16 + DARK * 219 / 255, abs=3)


def _rgb(y: float, u: float, v: float, kr: float, kb: float) -> np.ndarray:
    """Limited-range YUV to RGB 0..1 (ITU-R BT.601 and BT.709, their luma weights)."""
    luma, pb, pr = (y - 16) / 219, (u - 128) / 224, (v - 128) / 224
    red, blue = luma + 2 * (1 - kr) * pr, luma + 2 * (1 - kb) * pb
    return np.array([red, (luma - kr * red - kb * blue) / (1 - kr - kb), blue])


@pytest.mark.parametrize(
    ("colorspace", "is_hd"), [(5, False), (6, True), (1, False), (None, False)]
)
async def test_colours_are_brought_to_bt709(make, playing, colorspace, is_hd):
    size = {"width": 1280, "height": 720} if is_hd else {}
    path = make(colorspace=colorspace, colour=(100, 180), seconds=0.2, audio=None, **size)
    async with playing(path) as player:
        seen = await watch(player)
    luma, u, v = (plane.astype(float) for plane in planes(seen.last))
    shown = _rgb(luma[5, 160], u[2, 80], v[2, 80], 0.2126, 0.0722)
    weights = (0.2126, 0.0722) if colorspace == 1 else (0.299, 0.114)
    assert shown == pytest.approx(_rgb(90, 100, 180, *weights), abs=0.02)


@pytest.mark.parametrize(
    ("layout", "codec", "rate"),
    [("mono", "aac", 44_100), ("5.1", "aac", 48_000), ("stereo", "libmp3lame", 22_050),
     ("stereo", "aac", 96_000), ("quad", "pcm_s16le", 48_000), ("mono", "pcm_s16le", 8_000)],
)  # fmt: skip
async def test_any_sound_becomes_stereo_at_48_khz(make, playing, layout, codec, rate):
    name = "clip.mkv" if codec.startswith("pcm") else "clip.mp4"
    path = make(name, audio=codec, layout=layout, audio_rate=rate)
    async with playing(path) as player:
        seen = await watch(player)
    assert len(seen.samples) == 96_000
    clicks = clicks_in(seen.samples)
    assert [abs(click - 48_000 * n) < 480 for n, click in enumerate(clicks)] == [True, True]
    left, right = seen.samples.T
    assert np.corrcoef(left, right)[0, 1] > 0.99


async def test_a_clip_without_sound_is_silent(make, playing):
    async with playing(make(audio=None)) as player:
        seen = await watch(player)
    assert len(seen.samples) == 96_000
    assert not seen.samples.any()


async def test_sound_that_begins_late_stays_in_its_place(make, playing):
    path = make("clip.mkv", audio="pcm_s16le", audio_delay_s=0.5)
    async with playing(path) as player:
        seen = await watch(player)
    assert [round(click / 480) for click in clicks_in(seen.samples)] == [50, 150]


async def test_sound_that_begins_long_before_the_picture_is_kept(make, playing):
    path = make("clip.mkv", audio="pcm_s16le", picture_delay_s=0.5)
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == [0] * 15 + list(range(60))
    assert [round(click / 480) for click in clicks_in(seen.samples)] == [0, 100]


async def test_timestamps_that_begin_anywhere_count_from_the_first_picture(make, playing):
    path = make("clip.ts", audio="mp2", picture_delay_s=100.0, audio_delay_s=100.0)
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(60))
    assert [round(click / 1600) for click in clicks_in(seen.samples)] == [0, 30]


async def test_sound_that_ends_early_is_followed_by_silence(make, playing):
    async with playing(make(audio_seconds=0.5)) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(60))
    assert not seen.samples[30_000:].any()


async def test_sound_beyond_the_picture_is_cut(make, playing):
    async with playing(make(audio_seconds=4.0)) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(60))


async def test_a_hole_in_the_sound_is_silent_and_moves_nothing(tmp_path, playing):
    path = tmp_path / "hole.mkv"
    whole = write_clip(tmp_path / "whole.mkv", ClipSpec(seconds=4.0, audio="pcm_s16le", hum=0.05))
    with av.open(str(whole)) as source, av.open(str(path), "w") as copy:
        streams = {stream.index: copy.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            is_sound = packet.stream.type == "audio"
            if not packet.size or (is_sound and 1.2 < packet.pts * packet.time_base < 2.2):
                continue
            packet.stream = streams[packet.stream.index]
            copy.mux(packet)
    async with playing(path) as player:
        seen = await watch(player)
    assert [round(click / 480) for click in clicks_in(seen.samples)] == [0, 100, 300]
    assert not seen.samples[62_000:104_000].any()
    assert np.abs(seen.samples[110_000:140_000]).max() > 0.04


async def test_a_cover_picture_is_not_the_clip(tmp_path, playing):
    path = tmp_path / "cover.mp4"
    moving = write_clip(tmp_path / "moving.mp4", ClipSpec(seconds=1.0))
    with av.open(str(path), "w") as out, av.open(str(moving)) as source:
        cover = out.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = Disposition.attached_pic
        streams = {stream.index: out.add_stream_from_template(stream) for stream in source.streams}
        out.mux(cover.encode(av.VideoFrame(64, 64, "yuvj420p")))
        out.mux(cover.encode(None))
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream.index]
                out.mux(packet)
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(30))


async def test_interlaced_pictures_lose_no_frame(make, playing):
    path = make(
        codec="mpeg2video", options={"flags": "+ildct+ilme"}, name="clip.ts", audio=None, b_frames=0
    )
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).interlaced_frame
    async with playing(path) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(60))


async def test_a_clip_of_one_picture_is_one_frame(make, playing):
    async with playing(make(seconds=1 / 30, audio=None)) as player:
        seen = await watch(player)
    assert seen.numbers == [0]


async def test_a_clip_fits_a_program_of_another_size(make, playing):
    path = make(seconds=0.5)
    async with playing(path, size=Size(1920, 1080)) as player:
        seen = await watch(player)
    assert seen.numbers == list(range(15))
    assert seen.last.shape == (1620, 1920)
