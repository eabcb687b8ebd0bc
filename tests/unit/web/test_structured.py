"""What machines read of a product's page: the prices as shown, and nothing that breaks out."""

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from node.catalog.contents import read_content
from node.web.landing import Landing
from node.web.structured import structured

TEA = Landing(
    product="P17",
    title={"en": "Tea set"},
    price={"en": "CN¥99.00"},
    amount="99.00",
    currency="CNY",
    scan="https://go.example.com/q/ab12cd",
    image="/media/P17.png",
    gtin="09521234543213",
)
NOON = datetime(2026, 11, 21, 12, 25, tzinfo=timezone(timedelta(hours=8)))


def told(landing: Landing, title: str = "Tea set", seller: str = "") -> dict:
    element = structured(landing, title=title, seller=seller, origin="http://booth:8080")
    text = re.fullmatch(r'<script type="application/ld\+json">(.*)</script>', element)[1]
    assert not re.search("[<>&\u2028\u2029]", text)
    return json.loads(text)


def test_a_plain_price_stands_in_the_offer_alone():
    product = told(TEA)
    assert product["gtin"] == "09521234543213"
    assert product["image"] == "http://booth:8080/media/P17.png"
    assert product["offers"] == {
        "@type": "Offer",
        "price": "99.00",
        "priceCurrency": "CNY",
        "availability": "https://schema.org/InStock",
        "url": "https://go.example.com/q/ab12cd",
    }


def test_a_struck_price_is_told_as_one_and_an_offer_with_its_end():
    offer = told(replace(TEA, was_amount="129.00", until=NOON), seller="Tidal")["offers"]
    assert offer["priceValidUntil"] == "2026-11-21T12:25:00+08:00"
    assert offer["seller"] == {"@type": "Organization", "name": "Tidal"}
    now, was = offer["priceSpecification"]
    assert (now["price"], "priceType" in now) == ("99.00", False)
    assert was == {
        "@type": "UnitPriceSpecification",
        "price": "129.00",
        "priceCurrency": "CNY",
        "priceType": "https://schema.org/StrikethroughPrice",
    }


def test_what_a_package_holds_is_told_with_its_reference():
    sold = replace(TEA, net=read_content("120 g"), per=read_content("100 g"))
    (now,) = told(sold)["offers"]["priceSpecification"]
    assert now["referenceQuantity"] == {
        "@type": "QuantitativeValue",
        "value": "120",
        "unitCode": "GRM",
        "valueReference": {"@type": "QuantitativeValue", "value": "100", "unitCode": "GRM"},
    }


@pytest.mark.parametrize(
    ("state", "word"),
    [("in_stock", "InStock"), ("low", "LimitedAvailability"), ("sold_out", "SoldOut")],
)
def test_availability_is_that_of_the_card(state, word):
    sold = replace(TEA, stock=state)
    assert told(sold)["offers"]["availability"] == f"https://schema.org/{word}"


@pytest.mark.parametrize(
    "title",
    [
        "</script><script>alert(1)</script>",
        "<!--<script>",
        "]]>&lt;/script&gt;",
        "'; DROP TABLE products; --",
        'a"b\\u003c\\',
        "line\u2028separator\u2029\x00\n",
        "茶" * 5000,
        "مظلة\u202e🎁e\u0301\u0301",
    ],
)
def test_no_title_ends_the_script(title):
    assert told(TEA, title, seller=title)["name"] == title
