"""Facts about prices asked in a currency: the catalog's are told, none is converted."""

from dataclasses import replace

import pytest

from node.program.commands import ShowCard
from node.voice.acts import Do
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
        ("how much in R$", "Brazilian reals"),
    ],
)  # fmt: skip
def test_a_sign_of_another_dollar_is_not_that_of_the_united_states(booth, text, asked):
    assert spoken(booth.ask(text)).endswith(f"no price in {asked}.")


@pytest.mark.parametrize(
    "text",
    ["is it sterling silver", "will the dye rub off", "is it from the dollar store",
     "参加元旦活动吗", "有节日元素吗"],
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
