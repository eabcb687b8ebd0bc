"""Pixels: what a dissolve, a blend and a box filter promise, byte for byte."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from node.media import Overlay, Pixels, Size, black, planes
from node.program import pixels

SIZE = Size(64, 40)


def noise(seed: int, size: Size = SIZE) -> Pixels:
    drawn = np.random.default_rng(seed)
    return drawn.integers(0, 256, (size.height * 3 // 2, size.width), dtype=np.uint8)


def even_overlay(x: int, y: int, size: Size, coverage: int, colour: int = 200) -> Overlay:
    def filled(value: int, divisor: int) -> NDArray[np.uint16]:
        return np.full((size.height // divisor, size.width // divisor), value, np.uint16)

    painted = colour * coverage
    return Overlay(
        x=x,
        y=y,
        luma=filled(painted, 1),
        coverage=filled(coverage, 1),
        chroma_u=filled(painted, 2),
        chroma_v=filled(painted, 2),
        coverage_half=filled(coverage, 2),
    )


even = st.integers(-10, 40).map(lambda value: 2 * value)
sizes = st.builds(Size, *(st.integers(1, 30).map(lambda value: 2 * value) for _ in range(2)))


@given(seed=st.integers(0, 99))
def test_a_dissolve_is_exact_at_both_ends(seed: int) -> None:
    a, b, out = noise(seed), noise(seed + 100), noise(seed + 200)
    pixels.dissolve(a, b, 0, out)
    assert np.array_equal(out, a)
    pixels.dissolve(a, b, 256, out)
    assert np.array_equal(out, b)


@given(seed=st.integers(0, 99), weight=st.integers(0, 256))
def test_a_dissolve_is_the_rounded_weighted_mean(seed: int, weight: int) -> None:
    a, b = noise(seed), noise(seed + 100)
    out = np.empty_like(a)
    pixels.dissolve(a, b, weight, out)
    exact = (a.astype(int) * (256 - weight) + b.astype(int) * weight + 128) // 256
    assert np.array_equal(out, exact)


@given(weight=st.integers(-300, 600))
def test_equal_pictures_dissolve_into_themselves(weight: int) -> None:
    picture = noise(1)
    out = np.empty_like(picture)
    pixels.dissolve(picture, picture.copy(), weight, out)
    assert np.array_equal(out, picture)


@pytest.mark.parametrize("weight", [0, 100, 256])
def test_a_dissolve_may_write_over_one_of_its_sources(weight: int) -> None:
    a, b = noise(1), noise(2)
    expected = np.empty_like(a)
    pixels.dissolve(a, b, weight, expected)
    pixels.dissolve(a, b, weight, b)
    assert np.array_equal(b, expected)


def test_a_dissolve_of_the_programs_size_leaves_no_row_out() -> None:
    size = Size(1280, 720)
    a, b = noise(1, size), noise(2, size)
    out = np.empty_like(a)
    pixels.dissolve(a, b, 77, out)
    exact = (a.astype(np.uint32) * (256 - 77) + b.astype(np.uint32) * 77 + 128) >> 8
    assert np.array_equal(out, exact)


@given(x=even, y=even, size=sizes, opacity=st.integers(0, 256))
def test_an_overlay_without_coverage_changes_nothing(
    x: int, y: int, size: Size, opacity: int
) -> None:
    canvas = noise(3)
    pixels.blend(canvas, even_overlay(x, y, size, coverage=0), opacity)
    assert np.array_equal(canvas, noise(3))


@given(x=even, y=even, size=sizes, coverage=st.integers(0, 256), opacity=st.integers(0, 256))
def test_nothing_outside_an_overlays_region_is_touched(
    x: int, y: int, size: Size, coverage: int, opacity: int
) -> None:
    canvas = noise(4)
    pixels.blend(canvas, even_overlay(x, y, size, coverage), opacity)
    for scale, now, before in zip((1, 2, 2), planes(canvas), planes(noise(4)), strict=True):
        inside = np.zeros(now.shape, bool)
        left, top = x // scale, y // scale
        right, bottom = (x + size.width) // scale, (y + size.height) // scale
        inside[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = True
        assert np.array_equal(now[~inside], before[~inside])


@given(x=even, y=even, size=sizes, colour=st.integers(0, 255))
def test_full_coverage_replaces_the_picture_inside(x: int, y: int, size: Size, colour: int) -> None:
    canvas = noise(5)
    pixels.blend(canvas, even_overlay(x, y, size, 256, colour))
    for scale, plane in zip((1, 2, 2), planes(canvas), strict=True):
        rows = slice(max(0, y // scale), max(0, (y + size.height) // scale))
        columns = slice(max(0, x // scale), max(0, (x + size.width) // scale))
        assert (plane[rows, columns] == colour).all()


@given(coverage=st.integers(0, 256), opacity=st.integers(0, 256))
def test_opacity_is_the_share_of_the_way_to_the_full_overlay(coverage: int, opacity: int) -> None:
    below, full, part = noise(6), noise(6), noise(6)
    overlay = even_overlay(8, 4, Size(20, 16), coverage)
    pixels.blend(full, overlay)
    pixels.blend(part, overlay, opacity)
    expected = below + (full.astype(float) - below) * opacity / 256
    assert np.abs(part - expected).max() <= 0.5


def test_half_is_the_rounded_mean_of_four() -> None:
    picture = noise(7)
    small = pixels.half(picture)
    assert small.shape == (SIZE.height * 3 // 4, SIZE.width // 2)
    for whole, halved in zip(planes(picture), planes(small), strict=True):
        height, width = halved.shape
        total = whole.astype(int).reshape(height, 2, width, 2).sum(axis=(1, 3))
        assert np.array_equal(halved, (total + 2) // 4)


@given(factor=st.sampled_from([2, 4, 8]), value=st.integers(0, 255))
def test_shrinking_keeps_an_even_colour(factor: int, value: int) -> None:
    out = np.zeros((10, 12), np.uint8)
    pixels.shrink(np.full((10 * factor, 12 * factor), value, np.uint8), factor, out)
    assert (out == value).all()


def test_black_is_black_also_under_a_subtitle() -> None:
    size = Size(1280, 720)
    picture = black(size)
    assert pixels.is_black(picture)
    planes(picture)[0][640:660, 400:880] = 235
    assert pixels.is_black(picture)


def test_a_dark_scene_with_a_lit_window_is_not_black() -> None:
    size = Size(1280, 720)
    picture = black(size)
    planes(picture)[0][100:210, 100:300] = 120
    assert not pixels.is_black(picture)


@pytest.mark.parametrize(("luma", "verdict"), [(16, True), (32, True), (33, False), (126, False)])
def test_an_even_picture_is_black_up_to_luma_32(luma: int, verdict: bool) -> None:  # noqa: FBT001
    picture = black(SIZE)
    planes(picture)[0][...] = luma
    assert pixels.is_black(picture) is verdict
