"""What every video codec promises, over every implementation."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from node.encode import annexb
from node.encode.encoder import VideoCodec
from node.encode.headroom import PRESETS, moving_pictures
from node.encode.x264 import X264
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size

RENDITION = Rendition(Size(320, 176), 30, 800)
PICTURES = moving_pictures(RENDITION.size)

Make = Callable[[], VideoCodec]


def x264(preset: str, threads: int) -> Make:
    return lambda: X264(RENDITION, preset=preset, threads=threads, why="under test")


CODECS = [pytest.param(x264(preset, 1), id=f"libx264/{preset}") for preset in PRESETS]
CODECS.append(pytest.param(x264("superfast", 2), id="libx264/superfast, 2 threads"))
every_codec = pytest.mark.parametrize("make", CODECS)


def encode(codec: VideoCodec, numbers: range, forced: tuple[int, ...] = ()) -> list[AccessUnit]:
    units: list[AccessUnit] = []
    for number in numbers:
        frame = Frame(Pts90k(7 + number * 3000), number / 30, PICTURES[number % len(PICTURES)])
        units += codec.encode(frame, number in forced)
    return units


@every_codec
def test_each_frame_gives_one_unit_at_once_with_its_stamps(make: Make):
    codec = make()
    for number in range(10):
        (unit,) = encode(codec, range(number, number + 1))
        assert (unit.pts, unit.captured_s) == (7 + number * 3000, number / 30)
        assert unit.payload.startswith(annexb.START_CODE)


@every_codec
def test_the_first_unit_and_forced_ones_alone_are_idrs(make: Make):
    units = encode(make(), range(40), forced=(7, 30))
    assert [number for number, unit in enumerate(units) if unit.is_idr] == [0, 7, 30]
    for unit in units:
        assert unit.is_idr == annexb.is_idr(unit.payload)
        assert unit.is_idr == (annexb.parameter_sets(unit.payload) is not None)


@every_codec
def test_a_stream_decodes_from_any_idr_in_order(make: Make):
    units = encode(make(), range(20), forced=(10,))[10:]
    decoder = av.CodecContext.create("h264", "r")
    pictures = [p for unit in units for p in decoder.decode(av.Packet(unit.payload))]
    pictures += decoder.decode(None)
    assert len(pictures) == 10
    for number, picture in enumerate(pictures, 10):
        wanted = PICTURES[number % len(PICTURES)][: RENDITION.size.height].astype(int)
        error = np.abs(picture.to_ndarray()[: RENDITION.size.height].astype(int) - wanted)
        assert error.mean() < 15


@every_codec
def test_the_frame_is_not_written_to(make: Make):
    codec = make()
    before = [picture.copy() for picture in PICTURES]
    encode(codec, range(15))
    assert all(np.array_equal(a, b) for a, b in zip(before, PICTURES, strict=True))


@every_codec
def test_after_close_the_next_unit_is_an_idr(make: Make):
    codec = make()
    encode(codec, range(5))
    codec.close()
    assert [unit.is_idr for unit in encode(codec, range(5, 8))] == [True, False, False]


@every_codec
def test_the_bit_rate_asked_for_is_kept(make: Make):
    units = encode(make(), range(90))[30:]
    kbps = sum(len(unit.payload) for unit in units) * 8 * 30 / len(units) / 1000
    assert kbps < 1.15 * RENDITION.bitrate_kbps


@every_codec
def test_it_says_what_it_is_and_why(make: Make):
    codec = make()
    assert codec.name.count("/") == 1
    assert codec.why


def test_vectors_are_what_they_are_called():
    folder = Path(__file__).parents[1] / "vectors" / "h264"
    decoder = av.CodecContext.create("h264", "r")
    packets = [av.Packet((folder / name).read_bytes()) for name in ("idr.h264", "delta.h264")]
    pictures = [p for packet in packets for p in decoder.decode(packet)] + decoder.decode(None)
    assert [(p.width, p.height) for p in pictures] == [(160, 96)] * 2
