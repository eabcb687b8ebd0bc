"""Words are found however they are hidden, and nothing else is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.lint import Words, lint
from node.catalog.market import rules_of

HARD = rules_of("CN").hard_words.words
HIDDEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad", " ", "\u3000", "\ufe0f", "\u0336",
          "\u115f", "\u2800", "\n", "\u202e")  # fmt: skip


@given(st.sampled_from(HARD), st.lists(st.sampled_from(HIDDEN), max_size=8), st.data())
def test_nothing_invisible_hides_a_word(word, hidden, data):
    text = word
    for char in hidden:
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + char + text[at:]
    assert lint(f"这是{text}的茶").hard == (word,)


@pytest.mark.parametrize(
    ("text", "word"),
    [("國家級", "国家级"), ("全網第一", "全网第一"), ("銷量第一", "销量第一"), ("頂級", "顶级"),
     ("極品", "极品"), ("獨一無二", "独一无二"), ("史無前例", "史无前例"), ("萬能", "万能")],
)  # fmt: skip
def test_traditional_characters_do_not_hide_a_word(text, word):
    assert lint(f"這是{text}的茶").hard == (word,)


@pytest.mark.parametrize(
    "text", ["B E S T  E V E R", "ＢＥＳＴ ever", "全场best ever!", "Best\nEver"]
)
def test_english_is_found_spaced_wide_and_beside_chinese(text):
    assert lint(text).soft == ("best ever",)


@pytest.mark.parametrize(
    "text",
    ["第一集,第一步,第一次,第一天", "第 一 集", "最佳賞味期", "the bestevery cup", "beast every"],
)
def test_what_is_exempt_is_silent(text):
    assert lint(text) == Words()


def test_an_exempt_phrase_does_not_cover_the_next_word():
    assert lint("第一集是第一").soft == ("第一",)
    assert lint("最佳赏味期,最佳").hard == ("最佳",)


def test_a_hard_word_around_an_exempt_phrase_counts():
    assert lint("全网第一集") == Words(hard=("全网第一",))


@given(st.text(max_size=300))
def test_no_text_crashes_it_and_a_form_of_unicode_changes_nothing(text):
    assert lint(text) == lint(unicodedata.normalize("NFKC", text)) or "®" in text or "™" in text


def test_a_long_text_costs_little():
    text = "第一集" * 40_000 + "顶" + "\u200b" * 40_000 + "级"
    assert lint(text) == Words(hard=("顶级",))
