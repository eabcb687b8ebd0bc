"""Which numbers of a text come from nowhere."""

from decimal import Decimal

import pytest

from node.voice.figures import figures, stray_figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("129", {129}),
        ("１２９.50", {Decimal("129.50")}),
        ("1,299", {1299}),
        ("one hundred and twenty-nine", {129}),
        ("one twenty nine", {129}),
        ("two thousand three hundred", {2300}),
        ("ninety nine", {99}),
        ("一百二十九", {129}),
        ("一百二", {102, 120}),
        ("壹佰贰拾", {120}),
        ("no number at all", set()),
        ("someone often weighs tenants", set()),
        ("千万别摔", set()),
    ],
)
def test_numbers_are_read_in_digits_and_words(text, values):
    assert set(figures(text)) == values


@pytest.mark.parametrize(
    "text",
    [
        "350 ml",
        "350毫升",
        "九十五度",
        "thirty seconds",
        "12个",
        "百分之二十",
        "18:00",
        "A4",
        "IP67",
    ],
)
def test_what_measures_counts_or_tells_a_time_is_no_stray(text):
    assert list(stray_figures(text, set())) == []


@pytest.mark.parametrize("text", ["99", "it is ninety-nine", "九十九", "12 for you", "9.9"])
def test_a_number_of_nothing_is(text):
    assert list(stray_figures(text, set()))


def test_a_known_number_is_none():
    assert list(stray_figures("129, or 99", {Decimal(129)})) == ["99"]


@pytest.mark.parametrize("text", ["1" * 2000, "一" * 2000, "one " * 500, "1,1." * 500, "a1" * 900])
def test_a_hostile_text_is_read_in_no_time(text):
    assert len(list(stray_figures(text, set()))) <= len(text)
