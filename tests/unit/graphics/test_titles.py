"""Lower third, AI label and slate: in their places, lawful, never black."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from node.graphics.label import draw_ai_label
from node.graphics.lower_third import draw_lower_third
from node.graphics.slate import draw_slate
from node.media import Overlay, Size
from node.program.pixels import is_black

SIZES = [Size(1280, 720), Size(1920, 1080), Size(640, 360)]
TEXTS = ("zh", "en")
LONG = {"zh": "一段特别特别长的文字" * 30, "en": "a sentence without an end " * 30}


def edges(overlay: Overlay) -> tuple[int, int, int, int]:
    height, width = overlay.luma.shape
    return overlay.x, overlay.y, overlay.x + width, overlay.y + height


def ink_rows(overlay: Overlay) -> int:
    """Rows, from first to last, that are at least half inked."""
    bright = (overlay.luma > 0.48 * 235 * 256).any(axis=1)
    rows = np.flatnonzero(bright)
    return int(rows[-1] - rows[0] + 1)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("text", [{"zh": "林晚", "en": "Lin Wan"}, LONG], ids=["short", "long"])
def test_a_lower_third_stays_beside_the_card(size: Size, text: dict[str, str]) -> None:
    unit = size.height / 720
    left, top, right, bottom = edges(draw_lower_third(text, size=size, locales=TEXTS))
    assert left >= 500 * unit
    assert right <= size.width - 60 * unit + 2
    assert 500 * unit <= top < bottom <= 660 * unit


@pytest.mark.parametrize("draw", [draw_lower_third, draw_ai_label])
def test_without_words_nothing_is_drawn(draw: object) -> None:
    assert callable(draw)
    assert draw({}, size=SIZES[0], locales=TEXTS).luma.size == 0
    assert draw({"zh": " "}, size=SIZES[0], locales=TEXTS).luma.size == 0


@pytest.mark.parametrize("size", [*SIZES, Size(720, 1280)], ids=str)
def test_a_labels_characters_are_a_twentieth_of_the_short_side_high(size: Size) -> None:
    label = draw_ai_label({"zh": "制"}, size=size, locales=("zh",))
    assert ink_rows(label) >= 0.05 * min(size.width, size.height)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_long_label_is_wrapped_and_leaves_the_inset_free(size: Size) -> None:
    left, top, right, bottom = edges(draw_ai_label(LONG, size=size, locales=TEXTS))
    assert left > 0 < top
    assert right <= size.width * 0.72
    assert bottom <= size.height * 0.35


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_slate_is_a_whole_picture_and_never_black(size: Size, tmp_path: Path) -> None:
    night = tmp_path / "night.png"
    Image.new("RGB", (800, 600), (0, 0, 0)).save(night)
    for text in ({}, {"zh": "马上回来", "en": "Back in a moment"}, LONG):
        for image in (None, night):
            picture = draw_slate(text, image, size)
            assert picture.shape == (size.height * 3 // 2, size.width)
            assert not is_black(picture)
            assert picture[: size.height].min() > 32


def test_a_slate_shows_its_picture_and_its_words(tmp_path: Path) -> None:
    path = tmp_path / "booth.png"
    Image.new("RGB", (400, 400), (255, 255, 255)).save(path)
    size = SIZES[0]
    bare = draw_slate({}, path, size)
    assert (bare[: size.height] == 235).all()
    assert not np.array_equal(draw_slate({"zh": "马上回来"}, path, size), bare)


def test_a_slate_without_its_picture_has_a_drawn_one_and_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    size = SIZES[0]
    with caplog.at_level(logging.WARNING):
        drawn = draw_slate({"zh": "马上回来"}, tmp_path / "none.png", size)
    assert np.array_equal(drawn, draw_slate({"zh": "马上回来"}, None, size))
    assert "none.png" in caplog.text


THREE = {"zh": "马上回来", "en": "Back in a moment", "ar": "سنعود بعد لحظة"}
LOCALES = ("zh", "en", "ar")


def lines_of(luma: np.ndarray, threshold: float) -> int:
    """Lines of bright words, one above the other, with at least two dark rows between them."""
    rows = np.flatnonzero((luma > threshold).sum(axis=1) > 2)
    return int((np.diff(rows) > 2).sum()) + 1


@pytest.mark.parametrize("size", SIZES[:2], ids=str)
def test_a_lower_third_shows_every_language_of_the_show(size: Size) -> None:
    two = draw_lower_third({"zh": "林晚", "en": "Lin Wan"}, size=size, locales=LOCALES)
    three = draw_lower_third(THREE, size=size, locales=LOCALES)
    assert three.luma.shape[0] > two.luma.shape[0]
    assert edges(three)[1] >= 500 * size.height / 720
    edge = round(12 * size.height / 720)
    ink = three.luma[:, edge:]
    assert lines_of(ink, 0.48 * 235 * 256) >= 3


@pytest.mark.parametrize("locales", [("zh", "en", "ar"), ("ar", "en", "zh")])
def test_a_slate_shows_every_language_of_the_show_within_the_safe_area(locales) -> None:
    size = SIZES[0]
    bare = draw_slate({}, None, size, locales)[: size.height].astype(int)
    drawn = draw_slate(THREE, None, size, locales)[: size.height].astype(int)
    inked = np.flatnonzero(((drawn - bare) > 60).sum(axis=1) > 2)
    assert 400 < inked[0] < inked[-1] < 690
    whole = [draw_slate(dict(list(THREE.items())[:n]), None, size, LOCALES) for n in (1, 2, 3)]
    assert not np.array_equal(whole[1], whole[2])
