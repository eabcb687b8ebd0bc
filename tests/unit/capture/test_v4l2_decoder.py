"""Pictures as V4L2 cameras deliver them: padded, torn, without tables, after a loss."""

from fractions import Fraction

import numpy as np
import pytest

from node.capture.v4l2 import _fitted
from node.capture.v4l2_decoder import Decoder
from node.capture.v4l2_device import Format, Picture
from node.capture.v4l2_modes import Mode
from node.decode.fit import Fitter
from node.media import Size, planes
from tests.fakes.v4l2_booth import SIZE, coded, jpeg, nv12, yuyv


def decoded(*pictures, name="mjpeg", size=SIZE, stride=0):
    """Mean luma of what a camera's pictures decode to; None for one that is left out."""
    return [
        round(float(planes(pixels)[0].mean())) if pixels is not None else None
        for pixels in pixels_of(*pictures, name=name, size=size, stride=stride)
    ]


def pixels_of(*pictures, name="mjpeg", size=SIZE, stride=0):
    form = Format(Mode(name, 0, size, Fraction(30)), stride, False, False)
    decoder, fitter = Decoder(form), Fitter(SIZE)
    contents = [np.frombuffer(one, np.uint8) for one in pictures]
    return [_fitted(decoder.decode(Picture(content, None)), fitter) for content in contents]


def without_tables(coded):
    """As most USB cameras send it: no segment DHT (FF C4)."""
    at = coded.index(b"\xff\xc4")
    length = int.from_bytes(coded[at + 2 : at + 4], "big")
    return coded[:at] + coded[at + 2 + length :]


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


def test_h264_that_leans_on_a_lost_picture_is_held_back_to_the_next_idr():
    pictures = [*coded("h264", 6), *coded("h264", 3)]  # an IDR, five deltas; an IDR, two deltas
    form = Format(Mode("h264", 0, SIZE, Fraction(30)), 0, False, False)
    decoder = Decoder(form)
    shown = [
        len(decoder.decode(Picture(np.frombuffer(one, np.uint8), None, number == 3)))
        for number, one in enumerate(pictures)
    ]
    assert shown == [1, 1, 1, 0, 0, 0, 1, 1, 1]
