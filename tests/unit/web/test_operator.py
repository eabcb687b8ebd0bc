"""The operator's face: who is obeyed, what is refused and how, what is pushed."""

import msgspec
import pytest
from aiohttp import WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.program.commands import ShowCard, Take
from node.web.access import Access
from node.web.operator import COMMAND_LIMIT_BYTES, OperatorFace
from node.web.server import BODY_LIMIT_BYTES, CLOSING, Web
from node.web.status import PartView, ShowView, Status
from tests.fakes.fake_show import FakeShow
from tests.unit.web.conftest import TOKEN, Client

ELSEWHERE = {"X-Forwarded-For": "192.168.1.20"}
"""A proxy on this machine passed this on for somebody else."""


async def _post(client: Client, order: object, **headers: str) -> tuple[int, dict[str, object]]:
    answer = await client.post("/api/command", json=order, headers=headers)
    return answer.status, await answer.json()


async def test_a_command_reaches_the_show(client: Client, show: FakeShow):
    status, told = await _post(client, {"do": "take", "segment": "ep2"})
    assert (status, told["ok"]) == (200, True)
    assert show.commands == [Take("ep2")]
    assert show.segment.id == "ep2"


async def test_a_command_keeps_its_fields(client: Client, show: FakeShow):
    await _post(client, {"do": "card.show", "product": "P18", "for_s": 12.5})
    assert show.commands == [ShowCard("P18", 12.5)]


@pytest.mark.parametrize(
    ("body", "code", "word"),
    [
        (b"", "malformed", "truncated"),
        (b"{", "malformed", "truncated"),
        (b"[]", "malformed", "object"),
        (b"\xff\xfe{}", "malformed", "character"),
        (b'{"do": "take", "segment": "\xff"}', "malformed", "utf-8"),
        (b'{"segment": "ep1"}', "malformed", "do"),
        (b'{"do": 7}', "malformed", "$.do"),
        (b'{"do": "explode"}', "unknown_do", "card.show"),
        (b'{"do": "take"}', "malformed", "segment"),
        (b'{"do": "take", "segment": 5}', "malformed", "$.segment"),
        (b'{"do": "take", "segment": "ep1", "at": 3}', "malformed", "at"),
        (b'{"do": "layout", "layout": "cube"}', "malformed", "cube"),
    ],
)
async def test_a_wrong_command_is_refused_with_its_place(
    client: Client, show: FakeShow, body: bytes, code: str, word: str
):
    answer = await client.post(
        "/api/command", data=body, headers={"Content-Type": "application/json"}
    )
    told = await answer.json()
    assert (answer.status, told["ok"], told["code"]) == (400, False, code)
    assert word in told["message"]
    assert show.commands == []


async def test_a_form_of_another_page_is_no_command(client: Client, show: FakeShow):
    answer = await client.post("/api/command", data='{"do":"live"}')
    assert answer.status == 415
    assert show.commands == []


@pytest.mark.parametrize("size", [COMMAND_LIMIT_BYTES + 1, BODY_LIMIT_BYTES + 1])
async def test_a_body_too_large_is_refused_as_json(client: Client, size: int):
    answer = await client.post(
        "/api/command", data=b" " * size, headers={"Content-Type": "application/json"}
    )
    assert answer.status == 413
    assert (await answer.json())["ok"] is False


async def test_what_cannot_be_obeyed_now_says_why(client: Client):
    status, told = await _post(client, {"do": "resume"})
    assert (status, told["ok"], told["code"]) == (409, False, "nothing_held")
    assert told["message"] == "nothing waits to be resumed"


async def test_a_fault_inside_is_told_without_its_inside(show: FakeShow, caplog):
    async def submit(_command: object) -> str:
        raise RuntimeError("secret")

    face = OperatorFace(
        submit=submit, snapshot=show.snapshot, changed=show.changed, access=Access()
    )
    async with TestClient(TestServer(Web(WebConfig(), [face])._application())) as client:
        status, told = await _post(client, {"do": "live"})
    assert (status, told["code"]) == (500, "internal")
    assert "secret" not in str(told)
    assert "secret" in caplog.text


async def test_elsewhere_commands_need_the_token(client: Client, show: FakeShow):
    for headers in (ELSEWHERE, ELSEWHERE | {"Authorization": "Bearer wrong"}):
        status, told = await _post(client, {"do": "live"}, **headers)
        assert (status, told["code"]) == (403, "forbidden")
    assert show.commands == []
    status, _ = await _post(client, {"do": "live"}, **ELSEWHERE, Authorization=f"Bearer {TOKEN}")
    assert status == 200


async def test_the_page_learns_whether_it_may_command(client: Client):
    assert (await client.get("/api/access")).status == 200
    assert (await client.get("/api/access", headers=ELSEWHERE)).status == 403


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Origin": "https://evil.example"}, "bad_origin"),
        ({"Origin": "null"}, "bad_origin"),
        ({"Sec-Fetch-Site": "cross-site"}, "bad_origin"),
        ({"Host": "rebound.example"}, "bad_host"),
        ({"Host": ""}, "bad_host"),
    ],
)
async def test_a_foreign_page_commands_nothing(
    client: Client, show: FakeShow, headers: dict[str, str], code: str
):
    status, told = await _post(client, {"do": "live"}, **headers)
    assert (status, told["code"]) == (403, code)
    assert show.commands == []


async def test_our_own_page_is_obeyed(client: Client):
    origin = str(client.make_url("/")).rstrip("/")
    status, _ = await _post(
        client, {"do": "live"}, **{"Origin": origin, "Sec-Fetch-Site": "same-origin"}
    )
    assert status == 200


async def test_the_view_comes_at_once_and_after_a_change(client: Client, show: FakeShow):
    async with client.ws_connect("/api/watch") as socket:
        first = msgspec.json.decode(await socket.receive_str(), type=ShowView)
        await show.submit(Take("desk"))
        views = [msgspec.json.decode(await socket.receive_str(), type=ShowView) for _ in range(2)]
    assert first.status.segment == "ep1"
    assert views[-1].status.segment == "desk"


async def test_a_foreign_page_watches_nothing(client: Client):
    answer = await client.get("/api/watch", headers={"Origin": "https://evil.example"})
    assert answer.status == 403


async def test_watchers_are_told_that_the_node_stops(client: Client):
    async with client.ws_connect("/api/watch") as socket:
        await socket.receive_str()
        client.app[CLOSING].set()
        async for message in socket:
            assert message.type is WSMsgType.TEXT
        assert socket.close_code == 1001


async def test_status_has_the_names_of_the_wire(client: Client):
    answer = await client.get("/status")
    told = await answer.json()
    assert msgspec.convert(told, type=Status).segment == "ep1"
    assert {"frames", "cues", "audio", "idr", "health", "encoder_why", "late_source"} <= (
        told.keys() | told["frames"].keys()
    )


async def test_health_is_503_when_an_essential_part_is_ill(show: FakeShow):
    view = show.snapshot()
    ill = view.status.health | {"mixer": PartView("failed", essential=True, last_error="no memory")}
    broken = msgspec.structs.replace(view, status=msgspec.structs.replace(view.status, health=ill))
    face = OperatorFace(
        submit=show.submit, snapshot=lambda: broken, changed=show.changed, access=Access()
    )
    async with TestClient(TestServer(Web(WebConfig(), [face])._application())) as client:
        answer = await client.get("/health")
        assert answer.status == 503
        assert await answer.json() == {"ok": False, "parts": {"mixer": "no memory"}}


async def test_a_broken_camera_does_not_make_the_node_ill(client: Client, show: FakeShow):
    show.broken.add("camera")
    answer = await client.get("/health")
    assert (answer.status, await answer.json()) == (200, {"ok": True})


async def test_the_fault_bar_breaks_and_mends(client: Client, show: FakeShow):
    assert (await client.post("/api/fault", json={"kill": "camera"})).status == 200
    assert show.broken == {"camera"}
    assert (await client.post("/api/fault", json={"heal": "camera"})).status == 200
    assert show.broken == set()


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({}, 400),
        ({"kill": "camera", "heal": "camera"}, 400),
        ({"kill": 1}, 400),
        ({"burn": "camera"}, 400),
        ({"kill": "sun"}, 409),
    ],
)
async def test_a_wrong_fault_is_refused(client: Client, order: object, status: int):
    assert (await client.post("/api/fault", json=order)).status == status


async def test_without_a_demo_there_are_no_faults(show: FakeShow):
    face = OperatorFace(
        submit=show.submit, snapshot=show.snapshot, changed=show.changed, access=Access()
    )
    async with TestClient(TestServer(Web(WebConfig(), [face])._application())) as client:
        assert (await client.post("/api/fault", json={"kill": "camera"})).status == 404


async def test_faults_need_leave_too(client: Client):
    answer = await client.post("/api/fault", json={"kill": "camera"}, headers=ELSEWHERE)
    assert answer.status == 403
