"""What a good catalog becomes, and each planted fault by code, place and value."""

from datetime import date

import pytest

from node.catalog.products import Offer, RefPrice
from node.catalog.reading import load_catalog, read_catalog
from node.errors import RundownError
from tests.fakes.booth import Booth


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


def faults(booth, locales=()):
    findings = read_catalog(booth.folder / "catalog.toml", locales=locales).findings
    return [f"{one.place}: {one.code}" for one in findings]


def test_the_sample_catalog_has_no_finding(booth):
    assert faults(booth) == []


def test_a_product_becomes_values(booth):
    bowl = load_catalog(booth.folder / "catalog.toml").products["B1"]
    assert bowl.title == {"zh": "青釉茶碗", "en": "Celadon tea bowl"}
    assert bowl.price == {"CNY": "168.00", "USD": "24.50"}
    assert bowl.badge == {"zh": "今日窑出", "en": "Fired today"}
    assert (bowl.gtin, bowl.stock) == ("09520000000011", 40)
    assert bowl.image == booth.folder / "img/bowl.png"
    assert bowl.colours == {"zh": ("青", "白"), "en": ("celadon", "white")}
    assert bowl.facts["origin"]["en"] == "Longquan, Zhejiang"
    assert bowl.ask == ("茶碗", "碗", "bowl")
    assert bowl.ref_price == RefPrice(
        {"CNY": "198.00", "USD": "28.00"}, "lowest-30d", date(2027, 1, 30), date(2027, 3, 4)
    )


def test_what_a_product_does_not_say_stays_empty(booth):
    pitcher = load_catalog(booth.folder / "catalog.toml").products["B2"]
    assert (pitcher.badge, pitcher.facts, pitcher.ask, pitcher.ref_price) == ({}, {}, (), None)


def test_an_offer_is_minutes_of_one_day(booth):
    offers = load_catalog(booth.folder / "catalog.toml").offers
    price = {"CNY": "128.00", "USD": "18.00"}
    assert offers == {"noon": Offer("noon", "B1", price, 720, 740, 15, date(2027, 3, 6))}


def test_load_raises_every_finding(booth):
    booth.change('currency = "CNY"\n', "", file="catalog.toml")
    booth.change("qty     = 15\n", "", file="catalog.toml")
    with pytest.raises(RundownError) as raised:
        load_catalog(booth.folder / "catalog.toml")
    assert len(raised.value.faults) == 2


ONE_FAULT = {
    "format": ("catalog/1", "catalog/2", "format = 'livesell-catalog/2': E01"),
    "currency": ('currency = "CNY"', 'currency = "yuan"', "currency = 'yuan': E53"),
    "product name": ("[product.B2]", '[product."B/2"]', "product.'B/2': E53"),
    "check digit": ("09520000000028", "09520000000027", "product.B2.gtin = '09520000000027': E30"),
    "gtin of 10": ("09520000000028", "0952000000", "product.B2.gtin = '0952000000': E30"),
    "gtin a number": ('"09520000000028"', "952", "product.B2.gtin = 952: E53"),
    "no price": ('price     = { CNY = "96.00" }\n', "", "product.B2: E11"),
    "no price in the currency": ('CNY = "96.00"', 'USD = "9.00"', "product.B2.price: E11"),
    "price a number": ('"96.00"', "96.00", "product.B2.price.CNY = 96.0: E53"),
    "price with a comma": ('"96.00"', '"96,00"', "product.B2.price.CNY = '96,00': E53"),
    "price negative": ('"96.00"', '"-1.00"', "product.B2.price.CNY = '-1.00': E53"),
    "price in small letters": (
        '{ CNY = "96.00" }',
        '{ CNY = "96.00", usd = "9.00" }',
        "product.B2.price.usd = '9.00': E53",
    ),
    "stock negative": ("stock     = 12", "stock = -1", "product.B2.stock = -1: E53"),
    "stock true": ("stock     = 12", "stock = true", "product.B2.stock = true: E53"),
    "image absent": ("img/pitcher.png", "img/x.png", "product.B2.image = 'img/x.png': E50"),
    "image outside": ("img/pitcher.png", "../x.png", "product.B2.image = '../x.png': E50"),
    "unknown key": ("stock     = 12", "stok = 12", "product.B2.stok = 12: E53"),
    "title in one locale": (', en = "Carved pitcher"', "", "product.B2.title.en: E12"),
    "a colour less": ('["celadon", "white"]', '["white"]', "product.B1.colour.en = […]: E12"),
    "no colour": ('["celadon", "white"]', "[]", "product.B1.colour.en = []: E12"),
    "colour one text": ('["celadon", "white"]', '"white"', "product.B1.colour.en = 'white': E53"),
    "hard word": ("青釉茶碗", "全网第一茶碗", "product.B1.title.zh = '全网第一茶碗': E20"),
    "hard word in a colour": (
        '["青", "白"]',
        '["青", "极品白"]',
        "product.B1.colour.zh = […]: E20",
    ),
    "soft word": ("Fired today", "The cheapest", "product.B1.badge.en = 'The cheapest': W21"),
    "strike without basis": (' basis = "lowest-30d",', "", "product.B1.ref_price.basis: E31"),
    "strike of another basis": (
        '"lowest-30d"',
        '"lowest-9d"',
        "product.B1.ref_price.basis = 'lowest-9d': E31",
    ),
    "strike of 29 days": (
        "2027-01-30",
        "2027-02-04",
        "product.B1.ref_price.from = 2027-02-04: E31",
    ),
    "strike to before from": (
        "2027-03-04",
        "2027-01-04",
        "product.B1.ref_price.from = 2027-01-30: E31",
    ),
    "strike without days": (", to = 2027-03-04", "", "product.B1.ref_price: E31"),
    "strike not above": ('"198.00"', '"168.00"', "product.B1.ref_price.CNY = '168.00': E32"),
    "offer of nothing": ('product = "B1"', 'product = "B9"', "offer.noon.product = 'B9': E33"),
    "window falling": ('to = "12:20"', 'to = "11:20"', "offer.noon.window.to = '11:20': E34"),
    "window no time": ('to = "12:20"', 'to = "noon"', "offer.noon.window.to = 'noon': E34"),
    "window half": (', to = "12:20"', "", "offer.noon.window: E34"),
    "no window": ('window  = { from = "12:00", to = "12:20" }\n', "", "offer.noon: E34"),
    "no day": ("on      = 2027-03-06\n", "", "offer.noon: E34"),
    "not below": ('"128.00"', '"168.00"', "offer.noon.price.CNY = '168.00': E35"),
    "no quantity": ("qty     = 15\n", "", "offer.noon.qty: E36"),
    "quantity zero": ("qty     = 15", "qty = 0", "offer.noon.qty = 0: E36"),
    "more than there is": ("qty     = 15", "qty = 41", "offer.noon.qty = 41: E36"),
}


@pytest.mark.parametrize(("old", "new", "fault"), ONE_FAULT.values(), ids=ONE_FAULT)
def test_a_planted_fault_is_the_only_finding(booth, old, new, fault):
    booth.change(old, new, file="catalog.toml")
    assert faults(booth) == [fault]


SILENT = {
    "30 days": ("2027-01-30", "2027-02-03"),
    "7 days of lowest-7d": (
        'basis = "lowest-30d", from = 2027-01-30',
        'basis = "lowest-7d", from = 2027-02-26',
    ),
    "best before": ('"瓷土"', '"最佳赏味期十二个月"'),
    "no cents": ('"96.00"', '"96"'),
    "stock unknown": ("stock     = 12\n", ""),
    "a locale more in one title": ('"Carved pitcher"', '"Carved pitcher", de = "Kanne"'),
}


@pytest.mark.parametrize(("old", "new"), SILENT.values(), ids=SILENT)
def test_what_is_allowed_stays_silent(booth, old, new):
    booth.change(old, new, file="catalog.toml")
    assert faults(booth) == []


def test_a_show_may_need_more_locales_than_the_catalog_has(booth):
    found = faults(booth, locales=("zh", "en", "de"))
    assert "product.B2.title.de: E12" in found


def test_a_catalog_without_products_is_lawful(booth):
    path = booth.folder / "catalog.toml"
    path.write_text('format = "livesell-catalog/1"\ncurrency = "CNY"\n', encoding="utf-8")
    assert load_catalog(path).products == {}
