"""From drawings to overlays: cut to what is seen, exact in colour, nothing bleeding in."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from node.graphics.overlay import to_overlay, to_pixels
from node.media import Size, black, planes
from node.program.pixels import blend

CLEAR = (255, 0, 255, 0)
box = st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20))


def drawing(at: tuple[int, int, int, int], colour: tuple[int, int, int, int]) -> Image.Image:
    sheet = Image.new("RGBA", (40, 40), CLEAR)
    sheet.paste(colour, (at[0], at[1], at[0] + at[2], at[1] + at[3]))
    return sheet


@given(at=box, x=st.integers(0, 9), y=st.integers(0, 9))
def test_an_overlay_is_cut_to_what_is_seen_with_even_edges(
    at: tuple[int, int, int, int], x: int, y: int
) -> None:
    overlay = to_overlay(drawing(at, (255, 255, 255, 255)), x=x, y=y)
    height, width = overlay.luma.shape
    assert not any(edge % 2 for edge in (overlay.x, overlay.y, width, height))
    assert x + at[0] - 1 <= overlay.x <= x + at[0]
    assert at[2] <= width <= at[2] + 2
    assert int((overlay.coverage == 256).sum()) == at[2] * at[3]
    assert overlay.chroma_u.shape == overlay.coverage_half.shape == (height // 2, width // 2)


@pytest.mark.parametrize(
    ("colour", "yuv"),
    [  # BT.709 limited range
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_bt_709_limited_range(
    colour: tuple[int, int, int], yuv: tuple[int, int, int]
) -> None:
    canvas = black(Size(64, 64))
    blend(canvas, to_overlay(drawing((0, 0, 20, 20), (*colour, 255))))
    whole = to_pixels(Image.new("RGB", (8, 8), colour))
    for plane, flat, value in zip(planes(canvas), planes(whole), yuv, strict=True):
        assert plane[2, 2] == value
        assert (flat == value).all()


@given(alpha=st.integers(0, 255), value=st.integers(0, 255))
def test_a_translucent_grey_neither_tints_nor_overflows(alpha: int, value: int) -> None:
    canvas = black(Size(64, 64))
    planes(canvas)[0][...] = 235
    sheet = Image.new("RGBA", (40, 40), (value, value, value, alpha))
    blend(canvas, to_overlay(sheet))
    luma, chroma_u, chroma_v = planes(canvas)
    assert (chroma_u == 128).all()
    assert (chroma_v == 128).all()
    expected = 235 + (16 + value * 219 / 255 - 235) * alpha / 255
    assert luma[0, 0] == pytest.approx(expected, abs=1)


def test_hidden_colour_does_not_bleed_into_an_edge() -> None:
    canvas = black(Size(64, 64))
    blend(canvas, to_overlay(drawing((1, 1, 19, 19), (128, 128, 128, 255))))
    assert (planes(canvas)[1] == 128).all()
    assert (planes(canvas)[2] == 128).all()


def test_an_empty_drawing_is_an_overlay_of_nothing() -> None:
    canvas = black(Size(64, 64))
    overlay = to_overlay(Image.new("RGBA", (40, 40), CLEAR))
    blend(canvas, overlay)
    assert overlay.luma.size == 0
    assert np.array_equal(canvas, black(Size(64, 64)))
