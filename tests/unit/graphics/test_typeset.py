"""Typesetting: lines within their width, shortened honestly, in any script."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.graphics import typeset
from node.graphics.fonts import face
from node.graphics.typeset import Style

words = st.text(st.sampled_from("茶杯山水，。！Aab cdé-1¥ مظلةا\u200f\u0000\n😀"), max_size=60)


@settings(deadline=None)
@given(text=words, width=st.integers(40, 600), lines_max=st.integers(1, 3))
def test_no_line_is_wider_than_its_room(text: str, width: int, lines_max: int) -> None:
    font = face("bold", 26)
    lines = typeset.wrap(typeset.clean(text), font, width, lines_max)
    assert len(lines) <= lines_max
    assert all(typeset.width(line, font) <= width for line in lines)


@settings(deadline=None)
@given(text=words, width=st.integers(80, 600))
def test_a_fitted_line_fits(text: str, width: int) -> None:
    shown, font = typeset.fit(typeset.clean(text), Style("bold", 30, (0, 0, 0, 255)), width, 18)
    assert typeset.width(shown, font) <= width


def test_a_title_breaks_after_fourteen_chinese_characters() -> None:
    font = face("bold", 26)
    assert typeset.wrap("云" * 20, font, 14 * 26 + 1, 2) == ["云" * 14, "云" * 6]


def test_what_is_left_over_ends_in_an_ellipsis() -> None:
    font = face("bold", 26)
    lines = typeset.wrap("云" * 40, font, 14 * 26 + 1, 2)
    assert lines == ["云" * 14, "云" * 13 + "…"]


def test_closing_punctuation_never_begins_a_line() -> None:
    font = face("bold", 26)
    lines = typeset.wrap("云雾高山，清香。好茶", font, 4 * 26 + 1, 3)
    assert not any(line[0] in "，。" for line in lines)
    assert "".join(lines) == "云雾高山，清香。好茶"


def test_latin_words_break_at_spaces() -> None:
    font = face("bold", 26)
    lines = typeset.wrap("Hand-glazed travel cup", font, 200, 2)
    assert lines == ["Hand-glazed", "travel cup"]


def test_a_word_wider_than_a_line_is_broken() -> None:
    font = face("bold", 26)
    lines = typeset.wrap("W" * 30, font, 200, 9)
    assert "".join(lines) == "W" * 30
    assert len(lines) > 1


def test_control_characters_and_line_breaks_become_one_space() -> None:
    assert typeset.clean("茶\n\x00 \t杯\ufffe") == "茶 杯"


def test_what_no_font_can_draw_is_left_out() -> None:
    font = face("regular", 20)
    assert typeset.drawable("茶\U000f0000杯", font) == "茶杯"


@pytest.mark.parametrize(
    ("locales", "expected"),
    [
        (("zh", "en"), ["茶杯", "Cup"]),
        (("en", "zh"), ["Cup", "茶杯"]),
        (("zh-CN", "en_US"), ["茶杯", "Cup"]),
        (("fr",), ["茶杯"]),
        ((), ["茶杯"]),
    ],
)
def test_texts_come_in_the_order_of_the_locales(
    locales: tuple[str, ...], expected: list[str]
) -> None:
    assert typeset.spoken({"zh": "茶杯", "en": "Cup"}, locales) == expected


def test_the_same_words_are_not_said_twice() -> None:
    assert typeset.spoken({"zh": "Espresso", "en": "Espresso"}, ("zh", "en")) == ["Espresso"]
