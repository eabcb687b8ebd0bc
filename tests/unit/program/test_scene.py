"""Layouts: their geometry is even and inside, and a composition shows what it says."""

from typing import get_args

import numpy as np
import pytest

from node.media import Pixels, Size, black, planes
from node.program import pixels
from node.program.commands import Layout
from node.program.scene import BACKGROUND, BORDER, compose, windows

SIZES = [Size(1280, 720), Size(1920, 1080), Size(640, 360)]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)


def plain(size: Size, luma: int, chroma: int) -> Pixels:
    picture = black(size)
    picture[: size.height] = luma
    picture[size.height :] = chroma
    return picture


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_window_has_even_edges_inside_the_picture(layout: Layout, size: Size) -> None:
    for window in windows(layout, size):
        at, border = window.at, window.border
        assert not any(edge % 2 for edge in (at.x, at.y, at.width, at.height, border))
        assert border <= at.x <= size.width - at.width - border
        assert border <= at.y <= size.height - at.height - border
        assert at.width * window.factor <= size.width
        assert at.height * window.factor <= size.height


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_side_by_side_is_symmetrical_and_does_not_overlap(size: Size) -> None:
    left, right = (window.at for window in windows("side", size))
    assert left.x + left.width < right.x
    assert left.x == size.width - right.x - right.width
    assert left.y == right.y == size.height - left.y - left.height


def test_full_shows_the_main_picture_alone() -> None:
    main, inset, out = (plain(SIZES[0], luma, 128) for luma in (90, 180, 0))
    compose("full", main, inset, out)
    assert np.array_equal(out, main)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_without_an_inset_every_layout_is_full(layout: Layout) -> None:
    main, out = plain(SIZES[0], 90, 120), plain(SIZES[0], 0, 0)
    compose(layout, main, None, out)
    assert np.array_equal(out, main)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_inset_lies_bordered_over_the_main_picture(size: Size) -> None:
    out = black(size)
    compose("pip", plain(size, 90, 100), plain(size, 180, 150), out)
    at = windows("pip", size)[1].at
    luma, chroma_u, chroma_v = planes(out)
    assert (luma[at.y : at.y + at.height, at.x : at.x + at.width] == 180).all()
    assert (luma[at.y - 2 : at.y, at.x - 2 : at.x + at.width + 2] == BORDER[0]).all()
    assert (luma[: at.y - 2] == 90).all()
    assert (luma[:, : at.x - 2] == 90).all()
    for plane in (chroma_u, chroma_v):
        inside = plane[at.y // 2 : (at.y + at.height) // 2, at.x // 2 : (at.x + at.width) // 2]
        assert (inside == 150).all()


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_both_pictures_stand_side_by_side_on_the_background(size: Size) -> None:
    out = plain(size, 7, 7)
    compose("side", plain(size, 90, 100), plain(size, 180, 150), out)
    luma = planes(out)[0]
    is_covered = np.zeros(luma.shape, bool)
    for window, value in zip(windows("side", size), (90, 180), strict=True):
        at = window.at
        region = (slice(at.y, at.y + at.height), slice(at.x, at.x + at.width))
        assert (luma[region] == value).all()
        is_covered[region] = True
    assert (luma[~is_covered] == BACKGROUND[0]).all()
    assert set(np.unique(planes(out)[1])) == {100, 150, BACKGROUND[1]}


def test_the_inset_may_be_laid_into_the_main_picture_itself() -> None:
    main, inset = plain(SIZES[2], 90, 100), plain(SIZES[2], 180, 150)
    expected = black(SIZES[2])
    compose("pip", main, inset, expected)
    compose("pip", main, inset, main)
    assert np.array_equal(main, expected)


def test_side_by_side_shows_the_middle_of_a_picture_in_step_in_luma_and_chroma() -> None:
    size = SIZES[0]
    main = black(size)
    ramp = np.arange(size.width) // 8
    main[: size.height] = ramp
    main[size.height :] = np.tile(ramp[::2], 2)
    out = black(size)
    compose("side", main, main, out)
    at = windows("side", size)[0].at
    luma, chroma, _ = planes(out)
    seen = luma[at.y, at.x : at.x + at.width : 2].astype(int)
    assert np.abs(seen - chroma[at.y // 2, at.x // 2 : (at.x + at.width) // 2]).max() <= 1
    assert seen[0] == ramp[(size.width - 2 * at.width) // 2]


def test_a_composed_picture_is_not_black_where_its_sources_are_not() -> None:
    for layout in LAYOUTS:
        out = black(SIZES[0])
        compose(layout, plain(SIZES[0], 90, 128), plain(SIZES[0], 90, 128), out)
        assert not pixels.is_black(out)
