"""The pages: served from memory, complete, in both languages."""

import json
import re

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.web.access import Access
from node.web.pages import HERE, PagesFace, code_share
from node.web.server import Web
from tests.unit.web.conftest import TOKEN, Client

STATIC = HERE / "static"
TEXTS = {name: json.loads((HERE / f"locales/{name}.json").read_text()) for name in ("zh", "en")}


@pytest.mark.parametrize("path", ["/", "/kiosk", "/operator", "/demo"])
async def test_a_page_loads_only_what_the_node_serves(client: Client, path: str):
    page = await (await client.get(path)).text()
    addresses = re.findall(r'(?:src|href)="(/[^"]*)"', page)
    assert addresses
    for address in addresses:
        assert (await client.get(address)).status == 200, address
    assert "http://" not in page
    assert "https://" not in page


async def test_modules_import_only_what_is_served(client: Client):
    for module in STATIC.glob("*.js"):
        for name in re.findall(r'from "\./([^"]+)"', module.read_text()):
            answer = await client.get(f"/static/{name}")
            assert answer.status == 200, f"{module.name} imports {name}"
            assert answer.content_type == "text/javascript"


async def test_a_file_that_the_browser_has_is_not_sent_again(client: Client):
    first = await client.get("/static/whep.js")
    again = await client.get("/static/whep.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""


@pytest.mark.parametrize(
    "path", ["/static/../server.py", "/static/%2e%2e/server.py", "/static//etc/passwd", "/static/"]
)
async def test_there_is_no_way_out_of_the_pages(client: Client, path: str):
    from yarl import URL  # noqa: PLC0415  # keeps the dots that a plain string would lose

    base = str(client.make_url("/")).rstrip("/")
    answer = await client.session.get(URL(base + path, encoded=True))
    assert answer.status == 404


async def test_browsers_are_told_what_they_may_do(client: Client):
    for path in ("/", "/nothing", "/status"):
        headers = (await client.get(path)).headers
        policy = headers["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'self'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "aiohttp" not in headers["Server"]


async def test_a_token_becomes_a_cookie_and_leaves_the_address(client: Client):
    answer = await client.get("/operator", params={"token": TOKEN}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/operator")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert TOKEN not in cookie
    elsewhere = {"X-Forwarded-For": "192.168.1.20", "Cookie": cookie.split(";")[0]}
    assert (await client.get("/api/access", headers=elsewhere)).status == 200


async def test_a_wrong_token_opens_nothing(client: Client):
    answer = await client.get("/operator", params={"token": "wrong"}, allow_redirects=False)
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


async def test_the_demo_is_only_in_the_demo():
    app = Web(WebConfig(), [PagesFace(Access())])._application()
    async with TestClient(TestServer(app)) as client:
        assert (await client.get("/demo")).status == 404
        assert (await client.get("/kiosk")).status == 200


def test_both_languages_say_the_same_things():
    assert TEXTS["zh"].keys() == TEXTS["en"].keys()
    for key, text in TEXTS["zh"].items():
        assert text, key
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", TEXTS["en"][key]))


def test_every_text_that_a_page_asks_for_is_there():
    asked = set()
    for page in STATIC.glob("*.html"):
        asked |= set(re.findall(r'data-t(?:-label)?="([^"]+)"', page.read_text()))
    for module in STATIC.glob("*.js"):
        asked |= set(re.findall(r'\bt\("([a-z_.0-9]+)"', module.read_text()))
    assert len(asked) > 40
    assert asked <= TEXTS["en"].keys()


def test_no_words_stand_in_the_code():
    for file in [*STATIC.glob("*.js"), *STATIC.glob("*.html")]:
        assert not re.search("[\u4e00-\u9fff]", file.read_text()), file.name


@pytest.mark.parametrize(
    ("distance_m", "width_cm", "pixels"),
    [(2.5, 95, 505), (5.0, 95, 1011), (2.5, 121, 397), (20, 10, 1920)],
)
async def test_the_kiosk_is_told_how_wide_its_code_must_be(
    access: Access, distance_m: float, width_cm: float, pixels: int
):
    share = code_share(WebConfig(kiosk_distance_m=distance_m, kiosk_width_cm=width_cm))
    assert round(share * 1920) == pixels
    face = PagesFace(access, code_share=share)
    face.routes()
    assert f'data-code-share="{share:.4f}"' in face._assets["kiosk.html"].body.decode()
