"""Padded planar buffers become contiguous I420."""

import numpy as np
import pytest

from node.capture.planar import i420_of, layout_of
from node.errors import DeviceError
from node.media import planes


def buffer_of(name, width, height, stride, tail=0):
    """Y 50, U 100, V 150, all padding 255."""
    flat = np.full(stride * height * 3 // 2 + tail, 255, np.uint8)
    flat[: stride * height].reshape(height, stride)[:, :width] = 50
    chroma = flat[stride * height : stride * height * 3 // 2]
    first, second = (100, 150) if name in ("YUV420", "NV12") else (150, 100)
    if name.startswith("NV"):
        rows = chroma.reshape(height // 2, stride)[:, :width]
        rows[:, 0::2], rows[:, 1::2] = first, second
    else:
        both = chroma.reshape(2, height // 2, stride // 2)[:, :, : width // 2]
        both[0], both[1] = first, second
    return flat


@pytest.mark.parametrize("name", ["YUV420", "YVU420", "NV12", "NV21"])
@pytest.mark.parametrize("stride", [6, 8, 64])
@pytest.mark.parametrize("tail", [0, 10])
def test_every_layout_becomes_i420(name, stride, tail):
    pixels = i420_of(buffer_of(name, 6, 4, stride, tail), layout_of(name, 6, 4, stride))
    luma, u, v = planes(pixels)
    assert pixels.shape == (6, 6)
    assert pixels.flags.c_contiguous
    assert ((luma == 50).all(), (u == 100).all(), (v == 150).all()) == (True, True, True)


def test_what_is_i420_already_is_not_copied():
    flat = buffer_of("YUV420", 6, 4, 6)
    assert np.shares_memory(i420_of(flat, layout_of("YUV420", 6, 4, 6)), flat)


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (("MJPEG", 6, 4, 6), "delivers MJPEG, expected one of YUV420"),
        (("YUV420", 0, 4, 6), "delivers 0x4"),
        (("YUV420", 7, 4, 8), "delivers 7x4"),
        (("YUV420", 6, 4, 4), "rows of 4 bytes"),
        (("YUV420", 6, 4, 7), "rows of 7 bytes"),
    ],
)
def test_forms_that_cannot_be_are_refused(form, said):
    with pytest.raises(DeviceError, match=said):
        layout_of(*form)


def test_a_buffer_that_is_too_short_is_refused():
    with pytest.raises(DeviceError, match="delivers 35 bytes, expected 36"):
        i420_of(buffer_of("YUV420", 6, 4, 6)[:-1], layout_of("YUV420", 6, 4, 6))
