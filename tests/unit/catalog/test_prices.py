"""Prices as people write them; bar codes; words that the law forbids."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.gtin import is_gtin
from node.catalog.lint import Words, lint
from node.catalog.prices import format_price, is_amount, is_currency, is_locale


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "written"),
    [
        ("129.00", "CNY", "zh_CN", "¥129.00"),
        ("129.00", "CNY", "zh", "¥129.00"),
        ("129.00", "CNY", "en_US", "CN¥129.00"),
        ("129.00", "CNY", "en", "CN¥129.00"),
        ("129.00", "CNY", "en-US", "CN¥129.00"),
        ("129", "CNY", "zh", "¥129.00"),
        ("1299.5", "USD", "en_US", "$1,299.50"),
        ("19.90", "EUR", "de_DE", "19,90\u00a0€"),
        ("310000", "IDR", "id_ID", "Rp310.000,00"),
        ("1290", "JPY", "ja_JP", "￥1,290"),
    ],
)
def test_a_price_is_written_as_its_locale_writes_it(amount, currency, locale, written):
    assert format_price(amount, currency, locale) == written


@pytest.mark.parametrize("amount", ["", "-1", "1e3", "NaN", "1,5", "1.2345", ".5", "5.", " 5", "٣"])
def test_what_is_no_decimal_string_is_no_amount(amount):
    assert not is_amount(amount)
    with pytest.raises(ValueError, match="not a decimal amount"):
        format_price(amount, "CNY", "zh")


@pytest.mark.parametrize("locale", ["qq", "", "zh_XX_YY", "../zh", "x" * 500])
def test_an_unknown_locale_is_a_value_error(locale):
    assert not is_locale(locale)
    with pytest.raises(ValueError, match="unknown locale"):
        format_price("1", "CNY", locale)


def test_a_currency_is_three_capital_letters():
    assert is_currency("CNY")
    assert not any(map(is_currency, ["cny", "CN", "CNYY", "", "C1Y", "¥"]))


def test_babel_is_loaded_only_to_write_a_price():
    code = "import sys, node.program.reading; sys.exit('babel' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], check=False)  # our own
    assert ended.returncode == 0


@pytest.mark.parametrize(
    "code", ["4006381333931", "96385074", "036000291452", "09521234543213", "09521234543220"]
)
def test_a_gtin_of_any_length_is_known_by_its_check_digit(code):
    assert is_gtin(code)


@given(st.from_regex(r"[0-9]{13}", fullmatch=True), st.integers(0, 13), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(body, position, shift):
    right = next(body + digit for digit in "0123456789" if is_gtin(body + digit))
    wrong = str((int(right[position]) + shift) % 10)
    assert not is_gtin(right[:position] + wrong + right[position + 1 :])


@pytest.mark.parametrize(
    "code", ["", "123", "４００６３８１３３３９３１", "400638133393a", "-96385074"]
)
def test_what_is_no_gtin_is_refused(code):
    assert not is_gtin(code)


HARD = (
    "国家级",
    "最高级",
    "最佳",
    "世界级",
    "全球第一",
    "全网第一",
    "销量第一",
    "顶级",
    "极品",
    "独一无二",
    "史无前例",
    "万能",
    "永久",
    "包治",
    "根治",
)
SOFT = ("第一", "唯一", "首选", "首个", "最好", "最低", "最便宜")
SOFT_ENGLISH = ("best ever", "cheapest", "no.1", "number one", "guaranteed cure")


@pytest.mark.parametrize("word", HARD)
def test_a_hard_word_is_found_within_a_sentence(word):
    assert lint(f"这是{word}的茶") == Words(hard=(word,))


@pytest.mark.parametrize("word", SOFT)
def test_a_soft_word_is_found_within_a_sentence(word):
    assert lint(f"这是{word}的茶") == Words(soft=(word,))


@pytest.mark.parametrize("word", SOFT_ENGLISH)
def test_a_soft_english_word_is_found_in_any_case(word):
    assert lint(f"The {word.title()} tea") == Words(soft=(word,))


@pytest.mark.parametrize("text", ["顶 级", "顶\u200b级", "顶\n级", "顶\u00a0级"])
def test_spaces_do_not_hide_a_word(text):
    assert lint(text).hard == ("顶级",)


def test_full_width_letters_do_not_hide_a_word():
    assert lint("Ｎｏ．１ tea").soft == ("no.1",)


@pytest.mark.parametrize(
    "text",
    [
        "第一集 第一步 第一次 第一天",
        "最近的故事,最后一分钟",
        "最佳赏味期十二个月",
        "“永久”® 自行车",
        "「首选」™ 茶",
        "the best everyday cup",
        "cheapestest",
        "number onerous",
    ],
)
def test_an_exempt_phrase_is_silent(text):
    assert lint(text) == Words()


def test_quotes_alone_are_no_trade_mark():
    assert lint("“全网第一”的茶").hard == ("全网第一",)


def test_our_own_draft_of_an_answer_would_be_stopped():
    assert lint("最低就是这个价").soft == ("最低",)
