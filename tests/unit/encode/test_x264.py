"""The libx264 driver beyond what every encoder promises (tests/contract/test_encoders.py)."""

import av
import numpy as np
import pytest

from node.encode import annexb
from node.encode.headroom import moving_pictures
from node.encode.x264 import X264, level_for
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size, black

SIZE = Size(320, 176)


def encoded(codec: X264, count: int, *, start: int = 0, forced: int = -1) -> list[AccessUnit]:
    pictures = moving_pictures(SIZE)
    units: list[AccessUnit] = []
    for number in range(start, start + count):
        frame = Frame(Pts90k(number * 3000), number / 30, pictures[number % len(pictures)])
        units += codec.encode(frame, force_idr=number == forced)
    return units


def small(kbps: int = 600) -> X264:
    return X264(Rendition(SIZE, 30, kbps), preset="ultrafast", threads=1, why="")


def kbps(units: list[AccessUnit]) -> float:
    return sum(len(unit.payload) for unit in units) * 8 * 30 / len(units) / 1000


@pytest.mark.parametrize(
    ("size", "fps", "level"),
    [((640, 360), 30, 30), ((1280, 720), 30, 31), ((1920, 1080), 30, 40), ((1920, 1080), 60, 42)],
)
def test_the_level_fits_the_picture(size: tuple[int, int], fps: int, level: int):
    assert level_for(Size(*size), fps) == level


def test_a_picture_beyond_every_level_is_refused():
    with pytest.raises(DeviceError, match="3840x2160 at 30 fps"):
        level_for(Size(3840, 2160), 30)


def test_the_stream_is_constrained_baseline():
    sets = annexb.parameter_sets(encoded(small(), 1)[0].payload)
    assert sets is not None
    profile, constraints, level = sets[0][1:4]
    assert (profile, constraints & 0x40, level) == (66, 0x40, 30)


def test_colours_are_declared_as_bt709_limited():
    unit = encoded(small(), 1)[0]
    decoder = av.CodecContext.create("h264", "r")
    picture = (decoder.decode(av.Packet(unit.payload)) + decoder.decode(None))[0]
    assert (picture.color_primaries, picture.color_trc, picture.colorspace) == (1, 1, 1)
    assert picture.color_range == 1


def test_a_scene_cut_brings_no_idr():
    codec = small()
    first = encoded(codec, 5)
    cut = np.full((SIZE.height * 3 // 2, SIZE.width), 200, np.uint8)
    after = codec.encode(Frame(Pts90k(15_000), 0.5, cut), force_idr=False)
    assert [unit.is_idr for unit in first + after] == [True] + [False] * 5


def test_the_bit_rate_falls_live_without_an_idr():
    codec = small(900)
    before = encoded(codec, 60)
    codec.set_bitrate(350)
    encoded(codec, 30, start=60)
    after = encoded(codec, 60, start=90)
    assert kbps(after) < 0.6 * kbps(before)
    assert not any(unit.is_idr for unit in after)


def test_a_bit_rate_below_a_third_of_the_ceiling_opens_the_codec_anew():
    codec = small(900)
    encoded(codec, 5)
    codec.set_bitrate(200)
    assert [unit.is_idr for unit in encoded(codec, 3, start=5)] == [True, False, False]


def test_a_forced_idr_is_bounded_by_the_buffer():
    units = encoded(small(600), 60, forced=40)
    assert len(units[40].payload) * 8 < 0.5 * 600_000


def test_a_picture_of_another_size_is_refused_by_name():
    picture = np.zeros((96 * 3 // 2, 160), np.uint8)
    with pytest.raises(DeviceError, match="got a picture of 160x96, expected 320x176"):
        small().encode(Frame(Pts90k(0), 0.0, picture), force_idr=False)


def test_easing_goes_to_the_next_faster_preset_and_begins_with_an_idr():
    codec = X264(Rendition(SIZE, 30, 500), preset="superfast", threads=1, why="")
    codec.encode(Frame(Pts90k(0), 0.0, black(SIZE)), force_idr=False)
    assert codec.ease()
    assert codec.name == "libx264/ultrafast"
    (unit,) = codec.encode(Frame(Pts90k(3000), 0.0, black(SIZE)), force_idr=False)
    assert unit.is_idr
    assert not codec.ease()
