"""A code leads to a product at the price that was shown."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
import segno

from node.web.landing import Landing, LandingFace, draw_code
from node.web.status import SellerView
from tests.unit.web.conftest import Client


async def _page(client: Client, path: str, language: str = "zh-CN,zh;q=0.9") -> tuple[int, str]:
    answer = await client.get(path, headers={"Accept-Language": language})
    return answer.status, await answer.text()


async def test_the_page_shows_title_price_and_the_way_to_the_shop(client: Client):
    status, page = await _page(client, "/q/ab12cd")
    assert status == 200
    assert "潮汐折叠旅行茶具" in page
    assert ">¥129.00<" in page
    assert 'href="https://shop.example.com/p/ab12cd"' in page


async def test_machines_read_the_price_that_people_read(client: Client):
    _, page = await _page(client, "/q/ab12cd", "en")
    told = json.loads(re.search(r'ld\+json">(.*?)</script>', page)[1])
    assert told["@type"] == "Product"
    assert told["offers"]["price"] == "129.00"
    assert told["offers"]["priceCurrency"] == "CNY"
    assert ">CN¥129.00<" in page


@pytest.mark.parametrize(
    ("path", "header", "tag"),
    [
        ("/q/ab12cd", "en-GB,en", "en"),
        ("/q/ab12cd", "de", "en"),
        ("/q/ab12cd", "zh-TW", "zh-CN"),
        ("/q/ab12cd?lang=zh", "en", "zh-CN"),
        ("/q/ab12cd", "ar-AE,ar", "ar"),
        ("/q/ab12cd?lang=<b>", "en", "en"),
    ],
)
async def test_the_language_is_the_reader_s(client: Client, path: str, header: str, tag: str):
    _, page = await _page(client, path, header)
    assert f'<html lang="{tag}" dir="{"rtl" if tag == "ar" else "ltr"}">' in page


@pytest.mark.parametrize("path", ["/q/nothing", "/q/nothing.svg", "/q/" + "x" * 40, "/q/a b"])
async def test_an_unknown_code_is_a_kind_404(client: Client, path: str):
    answer = await client.get(path)
    assert answer.status == 404
    if path == "/q/nothing":
        assert "We could not find that product" in await answer.text()


def test_a_title_cannot_break_out_of_the_page():
    face = LandingFace(find=lambda _: None, picture=lambda _: None)
    face.routes()
    hostile = "</script><script>alert(1)</script>"
    page = face._product(
        Landing(
            product="X",
            title={"en": hostile},
            price={"en": "1"},
            amount="1",
            currency="CNY",
            scan="https://x",
            shop="javascript:alert(1)",
        ),
        "en",
    )
    assert "<script>alert" not in page
    assert "javascript:" not in page


def test_a_sold_out_product_has_no_way_to_buy():
    face = LandingFace(find=lambda _: None, picture=lambda _: None)
    face.routes()
    page = face._product(
        Landing(
            product="X", title={"en": "Cup"}, price={"en": "1"}, amount="1", currency="CNY",
            scan="https://x", stock="sold_out", shop="https://shop.example.com",
        ),
        "en",
    )  # fmt: skip
    assert 'data-testid="buy"' not in page
    assert "SoldOut" in page


def test_a_unit_of_the_code_s_view_box_is_a_module():
    link = "https://go.example.com/q/ab12cd"
    root = ET.fromstring(draw_code(link))  # noqa: S314  # our own drawing
    modules = segno.make(link, error="m", micro=False).symbol_size()[0]
    assert root.get("viewBox") == f"0 0 {modules} {modules}"
    assert root.get("width") is None


async def test_a_picture_is_served_and_a_lost_one_is_404(client: Client):
    assert (await client.get("/media/P17.png")).content_type == "image/png"
    assert (await client.get("/media/P18.png")).status == 404
    assert (await client.get("/media/none.png")).status == 404
    assert (await client.get("/media/..%2fP17.png")).status == 404


def test_the_page_tells_who_sells_and_what_a_unit_costs():
    face = LandingFace(find=lambda _: None, picture=lambda _: None)
    face.routes()
    landing = Landing(
        product="X", title={"en": "Cup"}, price={"en": "1"}, amount="1", currency="CNY",
        scan="https://x", unit={"en": "CN¥48.33/100 g"},
        seller=SellerView({"en": "Tidal <b>"}, licence="9144"), locales=("ar", "en"),
    )  # fmt: skip
    page = face._product(landing, "ar")
    assert 'dir="rtl"' in page
    assert "CN¥48.33/100 g" in page
    assert "Tidal &lt;b&gt;" in page
    assert "9144" in page
    assert page.count('data-testid="language"') == 2
