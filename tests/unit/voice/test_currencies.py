"""Facts about prices asked in a currency: the catalog's are told, none is converted."""

from dataclasses import replace

import pytest

from node.program.commands import ShowCard
from node.voice.acts import Do
from node.voice.currencies import called, with_signs_read
from tests.fakes.asked_booth import AskedBooth, sample_catalog, spoken


@pytest.fixture
def booth():
    return AskedBooth()


def sold_in(currency, **prices):
    """A booth whose one priced article has these prices, and that sells in one currency."""
    catalog = sample_catalog()
    product = replace(catalog.products["P17"], price=prices)
    products = {**catalog.products, "P17": product}
    return AskedBooth(replace(catalog, currency=currency, products=products, offers={}))


@pytest.mark.parametrize("text", ["how much is it in dollars", "how much in $", "is it $20?"])
def test_a_price_that_the_catalog_has_in_the_asked_currency_is_told_in_it(booth, text):
    assert spoken(booth.ask(text)) == "Show price: 19.90 US dollars."


def test_so_it_is_in_chinese(booth):
    assert spoken(booth.ask("多少美元")) == "展会价十九点九美元。"


def test_else_the_answer_names_the_shops_currency_and_says_that_there_is_no_other_price(booth):
    assert spoken(booth.ask("how much is it in euros")) == (
        "129 yuan. We sell in Chinese yuan; no price in euros."
    )
    assert spoken(booth.ask("这个多少欧元")) == "一百二十九元,本店用人民币结算,没有欧元价。"


def test_an_article_whose_card_is_not_up_is_named(booth):
    assert spoken(booth.ask("how much is the cup in yen")) == (
        "Cup: 89 yuan. We sell in Chinese yuan; no price in Japanese yen."
    )


def test_a_currency_in_general_is_answered_with_the_shops_own(booth):
    assert spoken(booth.ask("多少外币")) == "本店用人民币结算:一百二十九元。"


def test_the_shops_own_currency_is_nothing_special(booth):
    assert spoken(booth.ask("人民币多少钱")) == "展会价一百二十九元。"


def test_a_running_offer_is_told_in_the_asked_currency_if_it_has_one(booth):
    booth.clock("12:15")
    assert spoken(booth.ask("how much in us dollars")).startswith("14.90 US dollars now, until")


def test_an_offer_without_a_price_in_the_asked_currency_leaves_the_articles_own(booth):
    offers = {id_: replace(one, price={"CNY": "99.00"}) for id_, one in booth.booth.offers.items()}
    booth.set(offers=offers)
    booth.clock("12:15")
    assert spoken(booth.ask("how much in us dollars")) == "Show price: 19.90 US dollars."


def test_a_dollar_is_that_of_the_shop_where_it_sells_in_one():
    booth = sold_in("HKD", HKD="140.00")
    assert spoken(booth.ask("how much is it in dollars")) == "Show price: 140 Hong Kong dollars."
    assert "no price in US dollars" in spoken(booth.ask("how much is it in us dollars"))


def test_where_there_is_no_price_at_all_staff_is_asked():
    answered = sold_in("CNY", USD="19.90").ask("how much is it in euros")
    assert (answered.by, answered.why) == ("staff", "no_field")


def test_who_would_pay_in_another_currency_is_told_so_beside_the_code(booth):
    answered = booth.ask("can I pay in euros")
    assert "We sell in Chinese yuan" in spoken(answered)
    assert any(isinstance(act, Do) and isinstance(act.command, ShowCard) for act in answered.acts)


def test_an_offer_asked_for_in_another_currency_is_not_told_as_if_it_were_in_it(booth):
    assert "no price in euros" in spoken(booth.ask("any discount in euros"))


def test_a_weight_in_pounds_is_no_price(booth):
    assert booth.ask("how heavy is it in pounds").intent == "size"


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("how much in HK$", "Hong Kong dollars"), ("how much in NT$", "New Taiwan dollars"),
        ("how much in S$", "Singapore dollars"), ("how much in AU$", "Australian dollars"),
        ("how much in NZ$", "New Zealand dollars"), ("how much in CA$", "Canadian dollars"),
        ("how much in R$", "Brazilian reals"), ("how much in A$", "Australian dollars"),
        ("how much in C$", "Canadian dollars"), ("is it S$20?", "Singapore dollars"),
        ("is it 20 A$", "Australian dollars"), ("A$ price", "Australian dollars"),
        ("HOW MUCH IN HK$", "Hong Kong dollars"), ("how much in hk$", "Hong Kong dollars"),
        ("how much in $CA", "Canadian dollars"), ("how much in MOP$", "Macanese patacas"),
        ("how much in ＨＫ＄", "Hong Kong dollars"), ("how much in ₽", "Russian rubles"),
        ("how much in SEK", "Swedish kronor"), ("how much in sek?", "Swedish kronor"),
        ("is it in kronor", "Swedish kronor"), ("how much in danish kroner", "Danish kroner"),
        ("how much in zloty", "Polish zlotys"), ("do you accept forints", "Hungarian forints"),
        ("how much in won", "South Korean won"), ("is it in bolivars", "Venezuelan bolívars"),
        ("how many won", "South Korean won"), ("how many rand is it", "South African rand"),
        ("how many baht please", "Thai baht"),
    ],
)  # fmt: skip
def test_a_currency_is_known_by_its_sign_its_code_its_name_or_its_unit(booth, text, asked):
    assert spoken(booth.ask(text)).endswith(f"no price in {asked}.")


@pytest.mark.parametrize(
    "text",
    ["is it sterling silver", "will the dye rub off", "is it from the dollar store",
     "参加元旦活动吗", "有节日元素吗", "is it in real leather", "does it leave marks",
     "do you have it in gold", "who won the match", "how many real customers bought it",
     "does it have rubber soles", "how many won the lottery", "how many won a ticket last year"],
)  # fmt: skip
def test_a_word_that_looks_like_a_currency_is_none(booth, text):
    assert booth.ask(text).intent != "price"


def test_a_currency_in_the_name_of_an_article_is_none():
    catalog = sample_catalog()
    coin = replace(
        catalog.products["P17"], ask=("sand dollar", "美元纪念币"), price={"CNY": "5.00"}
    )
    booth = AskedBooth(replace(catalog, products={"P17": coin}, offers={}))
    assert "no price" not in spoken(booth.ask("how much is the sand dollar"))
    assert "没有" not in spoken(booth.ask("美元纪念币多少钱"))
    assert "no price in US dollars" in spoken(booth.ask("how much is the sand dollar in dollars"))


@pytest.mark.parametrize(
    ("text", "asked"),
    [("多少A$", "澳大利亚元"), ("HK$多少", "港元"), ("多少瑞典克朗", "瑞典克朗"),
     ("多少土耳其里拉", "土耳其里拉"),
     ("这个多少里拉", "土耳其里拉"), ("多少SGD", "新加坡元"), ("澳门元多少", "澳门元")],
)  # fmt: skip
def test_so_it_is_in_a_chinese_question(booth, text, asked):
    assert spoken(booth.ask(text)).endswith(f"没有{asked}价。")


@pytest.mark.parametrize(
    "text", ["how much in US$", "how many dollars", "US$多少", "is it US$ 20", "is it in USD"]
)
def test_a_dollar_of_the_united_states_is_told_where_there_is_a_price_in_it(booth, text):
    assert "19.90" in spoken(booth.ask(text)) or "十九点九" in spoken(booth.ask(text))


@pytest.mark.parametrize(
    "text", ["how much in krone", "is it in pesos", "这个多少克朗", "多少比索"]
)
def test_a_unit_of_several_currencies_is_answered_with_the_shops_own(booth, text):
    said = spoken(booth.ask(text))
    assert "We sell in Chinese yuan" in said or "本店用人民币结算" in said


@pytest.mark.parametrize("text", ["how much in krone", "这个多少克朗"])
def test_it_is_the_shops_where_that_is_called_so(text):
    answered = sold_in("NOK", NOK="140.00").ask(text)
    assert "140 Norwegian kroner" in spoken(answered) or "一百四十挪威克朗" in spoken(answered)


def test_or_the_one_that_the_article_has_a_price_in():
    assert "90 Danish kroner" in spoken(sold_in("CNY", CNY="99", DKK="90").ask("how much in krone"))
    assert "9 Hong Kong" in spoken(sold_in("CNY", CNY="8", HKD="9").ask("how much in dollars"))


def test_of_two_prices_in_dollars_that_of_the_united_states_is_told():
    both = sold_in("CNY", CNY="99", HKD="110", USD="14")
    assert "14 US dollars" in spoken(both.ask("how much in dollars"))


def test_the_sign_of_yen_and_yuan_is_the_shops_own():
    assert "129 yuan" in spoken(AskedBooth().ask("how much in ¥"))
    assert "900 Japanese yen" in spoken(sold_in("JPY", JPY="900").ask("is it ¥900"))


@pytest.mark.parametrize(
    "text",
    [
        "how much in ALL",
        "how much in all",
        "HOW MUCH IN TOTAL",
        "a TOP cup",
        "size S $20",
        "in cup",
    ],
)
def test_capitals_and_single_letters_are_no_sign(text):
    read = with_signs_read(text)
    assert "money" not in read


def test_each_sign_of_the_well_known_dollars_is_one_of_the_cldr():
    known = {"A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "HK$": "HKD", "S$": "SGD",
             "NT$": "TWD", "NZ$": "NZD", "US$": "USD"}  # fmt: skip
    assert {sign: with_signs_read(sign).strip() for sign in known} == {
        sign: f"money{code.casefold()}" for sign, code in known.items()
    }


def test_what_is_called_a_dollar():
    assert called("dollar") >= {"USD", "HKD", "TWD", "SGD", "AUD", "CAD", "NZD", "BND"}
    assert "CNY" not in called("dollar")
