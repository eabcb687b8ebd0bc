"""What a package holds and what a unit of it costs."""

from decimal import Decimal

import pytest

from node.catalog.contents import Content, read_content, reference, unit_price_text
from node.catalog.reading import read_catalog

CATALOG = """
format = "livesell-catalog/1"
currency = "CNY"
{head}
[product.P21]
title = {{ zh = "乌龙", en = "Oolong" }}
price = {{ CNY = "58.00" }}
{body}
"""


def reading(folder, *, head="", body=""):
    path = folder / "catalog.toml"
    path.write_text(CATALOG.format(head=head, body=body), encoding="utf-8")
    return read_catalog(path)


def codes(read) -> list[str]:
    return [finding.code for finding in read.findings]


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("120 g", Content(Decimal(120), "g")),
        ("0.75 l", Content(Decimal("0.75"), "l")),
        ("6pc", Content(Decimal(6), "pc")),
        ("2.5 m2", Content(Decimal("2.5"), "m2")),
        ("0 g", None),
        ("120", None),
        ("-1 g", None),
        ("1,5 kg", None),
        ("120 oz", None),
        ("1e9 g", None),
    ],
)
def test_a_content_is_an_amount_and_a_unit(text, content):
    assert read_content(text) == content


@pytest.mark.parametrize(
    ("price", "net", "per", "locale", "written"),
    [
        ("58.00", "120 g", "", "zh_CN", "¥48.33/100 g"),
        ("58.00", "120 g", "1 kg", "en_US", "CN¥483.33/1 kg"),
        ("58.00", "120 g", "", "de_DE", "48,33\xa0CN¥/100 g"),
        ("0.05", "1 kg", "1 g", "en", "CN¥0.00/1 g"),
        ("58.00", "6 pc", "", "en", "CN¥9.67/each"),
        ("58.00", "100 g", "", "en", ""),
        ("999999999999.00", "0.001 g", "1 kg", "en", ""),
    ],
)
def test_the_price_of_a_unit_is_exact_and_written_by_the_cldr(price, net, per, locale, written):
    content = read_content(net)
    assert content is not None
    unit = read_content(per) or reference(content)
    assert unit_price_text(price, "CNY", content, unit, locale, each="each") == written


def test_a_content_gets_its_usual_reference(tmp_path):
    catalog = reading(tmp_path, body='net = "0.2 kg"').catalog
    product = catalog.products["P21"]
    assert (product.net, product.per) == (read_content("0.2 kg"), read_content("100 g"))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ('net = "a handful"', "E53"),
        ("net = 120", "E53"),
        ('unit_price_per = "100 g"', "E11"),
        ('net = "120 g"\nunit_price_per = "1 l"', "E53"),
    ],
)
def test_a_content_that_makes_no_sense_is_told(tmp_path, body, code):
    assert codes(reading(tmp_path, body=body)) == [code]


def test_a_seller_is_read_whole(tmp_path):
    head = """[seller]
    name = { zh = "潮汐", en = "Tidal" }
    licence = "9144"
    contact = "400"
    address = { zh = "潮州", en = "Chaozhou" }"""
    seller = reading(tmp_path, head=head).catalog.seller
    assert (seller.name["en"], seller.licence, seller.contact) == ("Tidal", "9144", "400")
    assert seller.address["zh"] == "潮州"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        ('[seller]\nlicence = "9144"', "E11"),
        ('[seller]\nname = { zh = "潮汐" }', "E12"),
        ('[seller]\nname = { zh = "全网第一茶", en = "Tea" }', "E20"),
        ('[seller]\nname = { zh = "潮汐", en = "Tidal" }\nphone = "1"', "E53"),
    ],
)
def test_a_seller_that_cannot_be_told_is_refused(tmp_path, head, code):
    assert codes(reading(tmp_path, head=head)) == [code]
