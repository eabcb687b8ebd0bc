"""WHEP over HTTP, every status of its table, in front of a hub of wood."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer

from node.errors import CommandError
from node.web import whep
from node.web.whep import Pace, WhepFace

SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}

Client = TestClient[web.Request, web.Application]


class WoodenSession:
    etag = '"tag"'
    answer = "v=0\r\n"

    def __init__(self, number: int) -> None:
        self.id = f"session-{number}"
        self.fragments: list[str] = []
        self.has_left = False
        self.fault: CommandError | None = None

    async def add_candidates(self, fragment: str) -> None:
        if self.fault is not None:
            raise self.fault
        self.fragments.append(fragment)

    def leave(self) -> None:
        self.has_left = True


class WoodenHub:
    def __init__(self) -> None:
        self.sessions: dict[str, WoodenSession] = {}
        self.offers: list[tuple[str, bool]] = []
        self.outputs: list[str] = []
        self.fault: CommandError | None = None

    async def join(self, offer_sdp: str, *, kiosk: bool, output: str) -> WoodenSession:
        if self.fault is not None:
            raise self.fault
        self.offers.append((offer_sdp, kiosk))
        self.outputs.append(output)
        session = WoodenSession(len(self.sessions))
        self.sessions[session.id] = session
        return session

    def viewer(self, viewer_id: str) -> WoodenSession | None:
        return self.sessions.get(viewer_id)


@asynccontextmanager
async def facing(hub: WoodenHub) -> AsyncIterator[Client]:
    app = web.Application()
    app.add_routes(WhepFace(hub).routes())
    async with TestClient(TestServer(app)) as client:
        yield client


async def problem(response: ClientResponse) -> tuple[int, str]:
    assert response.content_type == "application/problem+json"
    document = await response.json()
    assert document["status"] == response.status
    assert document["detail"]
    return response.status, document["code"]


async def test_a_post_opens_a_session():
    hub = WoodenHub()
    async with facing(hub) as client:
        response = await client.post("/whep", data="v=0", headers=SDP)
        assert response.status == 201
        assert response.content_type == "application/sdp"
        assert await response.text() == "v=0\r\n"
        assert response.headers["Location"] == "/whep/session-0"
        assert response.headers["ETag"] == '"tag"'
        assert response.headers["Accept-Patch"] == FRAGMENT["Content-Type"]
    assert hub.offers == [("v=0", False)]


async def test_the_kiosk_asks_for_its_setting():
    hub = WoodenHub()
    async with facing(hub) as client:
        await client.post("/whep?kiosk=1", data="v=0", headers=SDP)
    assert hub.offers == [("v=0", True)]


@pytest.mark.parametrize(
    ("query", "output"), [("", ""), ("?output=partner", "partner"), ("?kiosk=1&output=web", "web")]
)
async def test_a_viewer_chooses_its_output(query: str, output: str):
    hub = WoodenHub()
    async with facing(hub) as client:
        await client.post(f"/whep{query}", data="v=0", headers=SDP)
    assert hub.outputs == [output]


async def test_other_pages_may_use_it_and_read_its_headers():
    async with facing(WoodenHub()) as client:
        preflight = await client.options("/whep")
        assert preflight.status == 200
        assert preflight.headers["Accept-Post"] == "application/sdp"
        assert "PATCH" in preflight.headers["Access-Control-Allow-Methods"]
        assert "If-Match" in preflight.headers["Access-Control-Allow-Headers"]
        for response in (preflight, await client.post("/whep", data="v=0", headers=SDP)):
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            for name in ("Location", "ETag", "Link"):
                assert name in response.headers["Access-Control-Expose-Headers"]
        assert (await client.options("/whep/session-0")).headers["Accept-Patch"]


@pytest.mark.parametrize("headers", [{}, {"Content-Type": "text/plain"}, FRAGMENT])
async def test_a_post_of_another_type_is_415(headers: dict[str, str]):
    async with facing(WoodenHub()) as client:
        response = await client.post("/whep", data="v=0", headers=headers)
        assert await problem(response) == (415, "content_type")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("bad_sdp", 400),
        ("unknown_output", 404),
        ("stopped", 409),
        ("no_h264", 422),
        ("full", 503),
        ("busy", 503),
    ],
)
async def test_a_refusal_of_the_hub_has_its_status(code: str, status: int):
    hub = WoodenHub()
    hub.fault = CommandError(code, "why")
    async with facing(hub) as client:
        response = await client.post("/whep", data="v=0", headers=SDP)
        assert await problem(response) == (status, code)
        assert ("Retry-After" in response.headers) == (status in (409, 503))
        assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_body_that_is_too_large_or_not_text_is_told():
    async with facing(WoodenHub()) as client:
        large = await client.post("/whep", data=b"v" * (whep.BODY_MAX + 1), headers=SDP)
        assert await problem(large) == (413, "too_large")
        binary = await client.post("/whep", data=b"\xff\xfe\xfd", headers=SDP)
        assert await problem(binary) == (400, "bad_sdp")


async def test_candidates_are_taken_with_the_right_tag():
    hub = WoodenHub()
    async with facing(hub) as client:
        await client.post("/whep", data="v=0", headers=SDP)
        for tag in ('"tag"', "*"):
            response = await client.patch(
                "/whep/session-0", data="a=candidate:1", headers={**FRAGMENT, "If-Match": tag}
            )
            assert response.status == 204
            assert "ETag" not in response.headers
    assert hub.sessions["session-0"].fragments == ["a=candidate:1"] * 2


async def test_a_patch_without_its_tag_is_428_and_with_another_412():
    async with facing(WoodenHub()) as client:
        await client.post("/whep", data="v=0", headers=SDP)
        path = "/whep/session-0"
        bare = await client.patch(path, data="a=x", headers=FRAGMENT)
        assert await problem(bare) == (428, "if_match")
        other = await client.patch(path, data="a=x", headers={**FRAGMENT, "If-Match": '"no"'})
        assert await problem(other) == (412, "etag")
        kind = await client.patch(path, data="a=x", headers=SDP)
        assert await problem(kind) == (415, "content_type")


async def test_an_ice_restart_is_422_and_the_session_stays():
    hub = WoodenHub()
    async with facing(hub) as client:
        await client.post("/whep", data="v=0", headers=SDP)
        session = hub.sessions["session-0"]
        session.fault = CommandError("ice_restart", "post anew")
        headers = {**FRAGMENT, "If-Match": '"tag"'}
        response = await client.patch("/whep/session-0", data="a=x", headers=headers)
        assert await problem(response) == (422, "ice_restart")
    assert not session.has_left


async def test_a_delete_ends_the_session_whatever_the_tag():
    hub = WoodenHub()
    async with facing(hub) as client:
        await client.post("/whep", data="v=0", headers=SDP)
        response = await client.delete("/whep/session-0", headers={"If-Match": '"no"'})
        assert response.status == 200
    assert hub.sessions["session-0"].has_left


async def test_a_session_answers_get_with_nothing():
    async with facing(WoodenHub()) as client:
        await client.post("/whep", data="v=0", headers=SDP)
        response = await client.get("/whep/session-0")
        assert (response.status, await response.read()) == (204, b"")


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_an_unknown_session_is_404(method: str):
    async with facing(WoodenHub()) as client:
        response = await client.request(method, "/whep/none", headers=FRAGMENT)
        assert await problem(response) == (404, "gone")


async def test_two_hundred_joins_at_once_get_a_clean_answer_each(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(whep, "RATE", 0.0)  # however long the joins take
    async with facing(WoodenHub()) as client:
        posts = [client.post("/whep", data="v=0", headers=SDP) for _ in range(200)]
        statuses = [response.status for response in await asyncio.gather(*posts)]
    assert statuses.count(201) == whep.BURST
    assert set(statuses) == {201, 503}


def test_a_pace_is_kept_for_each_address():
    pace = Pace(burst=2, rate=1.0)
    assert [pace.is_kept("a", 0.0) for _ in range(3)] == [True, True, False]
    assert pace.is_kept("b", 0.0)
    assert [pace.is_kept("a", 1.0) for _ in range(2)] == [True, False]
    assert [pace.is_kept("a", 99.0) for _ in range(3)] == [True, True, False]


def test_the_memory_of_addresses_is_bounded():
    pace = Pace(burst=1, rate=0.0)
    for number in range(whep.ADDRESSES_MAX + 10):
        assert pace.is_kept(str(number), 0.0)
    assert len(pace._buckets) == whep.ADDRESSES_MAX
