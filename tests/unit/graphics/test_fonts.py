"""Fonts: found where they are, and a cure named where they are not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.errors import AssetError
from node.graphics import fonts


@pytest.fixture
def fresh_search() -> Iterator[None]:
    caches = (fonts.face, fonts.other_faces, fonts._chinese_file)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.parametrize("weight", ["regular", "bold"])
def test_the_font_draws_chinese_and_latin(weight: fonts.Weight) -> None:
    font = fonts.face(weight, 26)
    assert all(fonts.has_glyph(font, letter) for letter in "售罄¥Aé€ 1")


def test_a_missing_glyph_is_known() -> None:
    assert not fonts.has_glyph(fonts.face("regular", 26), "\U000f0000")


def test_a_font_is_loaded_once() -> None:
    assert fonts.face("bold", 31) is fonts.face("bold", 31)


@pytest.mark.usefixtures("fresh_search")
def test_a_machine_without_chinese_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "FONT_ROOTS", (tmp_path,))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AssetError, match="fonts-noto-cjk"):
        fonts.face("bold", 26)
