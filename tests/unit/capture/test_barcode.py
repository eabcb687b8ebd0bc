"""The barcode says the same after scaling, and nothing when it is spoilt."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from node.capture.barcode import draw_barcode, read_barcode
from node.media import Size, black, planes

SIZES = [Size(640, 360), Size(1280, 720), Size(1920, 1080)]


def drawn(size, unix_ms):
    pixels = black(size)
    pixels[:] = 90
    draw_barcode(pixels, unix_ms)
    return planes(pixels)


@given(st.integers(0, 2**42), st.sampled_from(SIZES))
def test_what_is_drawn_is_read(unix_ms, size):
    assert read_barcode(drawn(size, unix_ms)[0]) == unix_ms % 2**32


@pytest.mark.parametrize("width", [427, 640, 854, 1000, 1280])
def test_it_is_read_at_any_scale(width):
    luma = drawn(Size(1280, 720), 1_763_719_800_123)[0]
    scaled = Image.fromarray(luma).resize((width, width * 9 // 16), Image.Resampling.BILINEAR)
    assert read_barcode(np.asarray(scaled)) == 1_763_719_800_123 % 2**32


def test_it_is_read_through_noise_and_low_contrast():
    luma = drawn(Size(640, 360), 123_456)[0].astype(float)
    noisy = 125 + (luma - 125) * 0.5 + np.random.default_rng(1).normal(0, 20, luma.shape)
    assert read_barcode(np.clip(noisy, 0, 255).astype(np.uint8)) == 123_456


def test_a_flipped_cell_is_noticed():
    luma = drawn(Size(1280, 720), 987_654_321)[0].copy()
    cell = luma[40:80, 160:200]
    luma[40:80, 160:200] = 251 - cell
    assert read_barcode(luma) is None


def test_a_picture_without_barcode_is_not_read():
    assert read_barcode(np.full((360, 640), 90, np.uint8)) is None
    assert read_barcode(np.full((360, 640), 235, np.uint8)) is None


def test_its_geometry_is_what_the_pages_read():
    """The upper row begins at 4 cells, 1 cell; the first bit is the highest."""
    luma, u, v = drawn(Size(640, 360), 0x8000_0000)
    assert luma[30, 90] == 235
    assert luma[30, 110] == 16
    assert luma[15, 90] == 16
    assert luma[5, 90] == 90
    assert u[15, 45] == v[15, 45] == 128
