"""Where a picture lies in the program picture, and that it gets there whole."""

import gc
from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.decode.fit import UPRIGHT, Box, Fitter, letterbox
from node.media import Size, black, planes

HD = Size(1280, 720)
TURNED = (0, 1, -1, 0)


@pytest.mark.parametrize(
    ("width", "height", "aspect", "matrix", "box"),
    [
        (1280, 720, 1, UPRIGHT, Box(0, 0, 1280, 720)),
        (1920, 1080, 1, UPRIGHT, Box(0, 0, 1280, 720)),
        (1920, 1088, 1, UPRIGHT, Box(0, 0, 1280, 720)),
        (854, 480, 1, UPRIGHT, Box(0, 0, 1280, 720)),
        (640, 480, 1, UPRIGHT, Box(160, 0, 960, 720)),
        (720, 576, Fraction(64, 45), UPRIGHT, Box(0, 0, 1280, 720)),
        (720, 576, Fraction(16, 15), UPRIGHT, Box(160, 0, 960, 720)),
        (1080, 1920, 1, UPRIGHT, Box(438, 0, 404, 720)),
        (1920, 1080, 1, TURNED, Box(438, 0, 404, 720)),
        (2560, 1080, 1, UPRIGHT, Box(0, 90, 1280, 540)),
    ],
)
def test_the_shape_is_kept(width, height, aspect, matrix, box):
    assert letterbox(width, height, Fraction(aspect), matrix, HD) == box


@given(
    st.integers(1, 8000), st.integers(1, 8000),
    st.fractions(Fraction(1, 4), 4, max_denominator=50), st.sampled_from([UPRIGHT, TURNED]),
    st.sampled_from([HD, Size(640, 360), Size(1920, 1080)]),
)  # fmt: skip
def test_any_picture_lies_inside_on_even_places(width, height, aspect, matrix, size):
    box = letterbox(width, height, aspect, matrix, size)
    assert all(part % 2 == 0 for part in (box.x, box.y, box.width, box.height))
    assert box.x >= 0
    assert box.y >= 0
    assert 2 <= box.width <= size.width - box.x
    assert 2 <= box.height <= size.height - box.y
    assert abs(size.width - box.width - 2 * box.x) <= 2
    assert box.width == size.width or box.height == size.height


def test_a_picture_already_right_is_copied_to_the_bit():
    pixels = np.random.default_rng(1).integers(16, 235, (270, 320), np.uint8)
    frame = av.VideoFrame.from_ndarray(pixels, format="yuv420p")
    frame.colorspace, frame.color_range = 1, 1
    assert np.array_equal(Fitter(Size(320, 180)).fit(frame), pixels)


@pytest.mark.parametrize("width", [318, 322, 640, 1000, 64])
def test_any_width_is_read_without_its_padding(width):
    frame = av.VideoFrame.from_ndarray(black(Size(width, 100)), format="yuv420p")
    luma, u, v = planes(Fitter(Size(320, 180)).fit(frame))
    for plane, value in ((luma, 16), (u, 128), (v, 128)):
        assert np.abs(plane.astype(int) - value).max() <= 1


def test_a_size_that_changes_on_the_way_is_fitted_anew():
    fitter = Fitter(Size(320, 180))
    bright = black(Size(100, 100))
    bright[:100] = 200
    wide = fitter.fit(av.VideoFrame.from_ndarray(black(Size(320, 180)), format="yuv420p"))
    square = fitter.fit(av.VideoFrame.from_ndarray(bright, format="yuv420p"))
    assert (wide[:180] == 16).all()
    assert (square[:180, 80:240] > 190).mean() > 0.95
    assert (square[:180, :60] == 16).all()


def test_a_fitted_frame_is_freed_without_the_garbage_collector():
    fitter = Fitter(Size(320, 180))
    gc.collect()
    gc.disable()
    try:
        before = frames_alive()
        for _ in range(20):
            fitter.fit(av.VideoFrame.from_ndarray(black(Size(64, 64)), format="yuv420p"))
        assert frames_alive() <= before
    finally:
        gc.enable()


def frames_alive():
    return sum(isinstance(one, av.VideoFrame) for one in gc.get_objects())
