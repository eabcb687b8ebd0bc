"""Who comes by a code counts once; who only looks does not."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.web.landing import LandingFace
from node.web.server import Web
from node.web.visitors import COOKIE, SCANS_BURST, Visitors
from tests.fakes.shown_day import landing

CODE = "ab12cd"
PHONE = {
    "User-Agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Safari/604.1",
    "Sec-Fetch-Dest": "document",
}


@pytest.fixture
def scans() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def client(scans: list[tuple[str, str]]) -> AsyncIterator[TestClient]:
    visitors = Visitors(lambda code, way: scans.append((code, way)))
    face = LandingFace(
        find=landing,
        picture=lambda _: None,
        visitors=visitors,
    )
    app = Web(WebConfig(), [face])._application()
    async with TestClient(TestServer(app), headers=PHONE) as client:
        yield client


async def test_a_visitor_counts_once_for_a_code(client, scans):
    for path in (CODE, CODE, f"{CODE}?lang=zh", f"{CODE}?k=tap", "ef34gh"):
        assert (await client.get(f"/q/{path}")).status == 200
    assert scans == [(CODE, "qr"), ("ef34gh", "qr")]


async def test_another_visitor_counts_too(client, scans):
    await client.get(f"/q/{CODE}")
    client.session.cookie_jar.clear()
    await client.get(f"/q/{CODE}")
    assert len(scans) == 2


@pytest.mark.parametrize(
    ("query", "way"), [("", "qr"), ("?k=tap", "tap"), ("?k=link", "link"), ("?k=<x>", "qr")]
)
async def test_the_way_is_told(client, scans, query, way):
    await client.get(f"/q/{CODE}{query}")
    assert scans == [(CODE, way)]


@pytest.mark.parametrize(
    "headers",
    [
        {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"},
        {"X-Moz": "prefetch"},
        {"X-Purpose": "preview"},
        {"Sec-Fetch-Dest": "image"},
        {"User-Agent": "Googlebot/2.1"},
        {"User-Agent": "facebookexternalhit/1.1"},
        {"User-Agent": "curl/8.5.0"},
    ],
)
async def test_who_only_looks_is_not_counted_and_gets_no_cookie(client, scans, headers):
    answer = await client.get(f"/q/{CODE}", headers=headers)
    assert (answer.status, scans) == (200, [])
    assert COOKIE not in answer.cookies


async def test_a_head_is_not_counted(client, scans):
    assert (await client.head(f"/q/{CODE}")).status == 200
    assert scans == []


async def test_neither_the_code_itself_nor_an_unknown_one_is_counted(client, scans):
    assert (await client.get(f"/q/{CODE}.svg")).status == 200
    assert (await client.get("/q/nobody")).status == 404
    assert scans == []


async def test_the_cookie_is_random_short_lived_and_for_these_pages_alone(client, scans):
    cookie = (await client.get(f"/q/{CODE}")).cookies[COOKIE]
    assert (cookie["path"], cookie["samesite"], cookie["max-age"]) == ("/q/", "Lax", "86400")
    assert cookie["httponly"]
    assert len(cookie.value) == 22


async def test_a_cookie_of_ones_own_making_is_replaced(client, scans):
    answer = await client.get(f"/q/{CODE}", headers={"Cookie": f"{COOKIE}=' OR 1=1"})
    assert COOKIE in answer.cookies


async def test_one_address_cannot_be_a_crowd(client, scans, monkeypatch):
    monkeypatch.setattr("node.web.visitors.SCANS_S", 1e-6)  # however long the requests take
    for _ in range(int(SCANS_BURST) + 20):
        client.session.cookie_jar.clear()
        assert (await client.get(f"/q/{CODE}")).status == 200
    assert len(scans) == SCANS_BURST
