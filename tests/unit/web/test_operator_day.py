"""Uploading a day: what is taken, and what is refused with all its findings."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.errors import CommandError
from node.findings import Finding
from node.web.access import Access
from node.web.operator import OperatorFace
from node.web.server import BODY_LIMIT_BYTES, Web
from node.web.upload import DAY_LIMIT_BYTES
from tests.fakes.fake_show import FakeShow
from tests.unit.web.conftest import TOKEN, Client

WARNING = Finding("day.toml", "segment[4]", "W28", "four episodes, a season has 6 to 10")
ERROR = Finding("day.toml", "segment[1].cue[1].at = '03:31.5'", "E18", "behind the clip's end")


class FakeEdit:
    """Takes every day but one that has an error among `findings`."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()
        self.given: list[Mapping[str, bytes]] = []
        self.fails: Exception | None = None

    async def __call__(self, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        self.given.append(files)
        if self.fails is not None:
            raise self.fails
        return self.findings


@pytest.fixture
def edit() -> FakeEdit:
    return FakeEdit()


@pytest.fixture
async def desk(show: FakeShow, access: Access, edit: FakeEdit) -> AsyncIterator[Client]:
    face = OperatorFace(
        submit=show.submit, snapshot=show.snapshot, changed=show.changed, access=access, edit=edit
    )
    client: Client = TestClient[web.Request, web.Application](
        TestServer(Web(WebConfig(), [face])._application())
    )
    async with client:
        yield client


async def test_a_day_reaches_the_node_with_its_catalog(desk: Client, edit: FakeEdit):
    files = {"day.toml": 'title = "茶"', "catalog.toml": 'currency = "CNY"'}
    answer = await desk.post("/api/day", json=files)
    assert (answer.status, await answer.json()) == (200, {"ok": True, "findings": []})
    assert edit.given == [{name: text.encode() for name, text in files.items()}]


async def test_warnings_do_not_refuse_a_day(desk: Client, edit: FakeEdit):
    edit.findings = (WARNING,)
    answer = await desk.post("/api/day", json={"day.toml": ""})
    told = await answer.json()
    assert (answer.status, told["ok"]) == (200, True)
    assert told["findings"][0] == {
        "file": "day.toml",
        "place": "segment[4]",
        "code": "W28",
        "severity": "warning",
        "message": "four episodes, a season has 6 to 10",
    }


async def test_a_refused_day_tells_every_finding(desk: Client, edit: FakeEdit):
    edit.findings = (ERROR, WARNING)
    answer = await desk.post("/api/day", json={"day.toml": ""})
    told = await answer.json()
    assert (answer.status, told["ok"]) == (422, False)
    assert [one["code"] for one in told["findings"]] == ["E18", "W28"]
    assert told["findings"][0]["place"] == "segment[1].cue[1].at = '03:31.5'"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"day.toml": 5}',
        b'{"../day.toml": ""}',
        b'{"day.toml/": ""}',
        b'{".toml": ""}',
        b'{"day.exe": ""}',
        b'{"a.toml": "", "b.toml": "", "c.toml": ""}',
        b'{"day.toml": "\xff"}',
        b'{"day.toml": "\\ud800"}',
    ],
)
async def test_what_is_no_day_is_refused_unseen(desk: Client, edit: FakeEdit, body: bytes):
    answer = await desk.post("/api/day", data=body, headers={"Content-Type": "application/json"})
    assert (answer.status, (await answer.json())["code"]) == (400, "malformed")
    assert edit.given == []


async def test_a_day_may_be_larger_than_a_command_but_not_endless(desk: Client, edit: FakeEdit):
    large = await desk.post("/api/day", json={"day.toml": "#" * BODY_LIMIT_BYTES})
    assert large.status == 200
    endless = await desk.post("/api/day", json={"day.toml": "#" * DAY_LIMIT_BYTES})
    assert (endless.status, (await endless.json())["code"]) == (413, "too_large")
    assert len(edit.given) == 1


async def test_a_day_needs_leave(desk: Client, edit: FakeEdit):
    elsewhere = {"X-Forwarded-For": "192.168.1.20"}
    refused = await desk.post("/api/day", json={"day.toml": ""}, headers=elsewhere)
    assert (refused.status, edit.given) == (403, [])
    shown = elsewhere | {"Authorization": f"Bearer {TOKEN}"}
    assert (await desk.post("/api/day", json={"day.toml": ""}, headers=shown)).status == 200


async def test_a_form_of_another_page_is_no_day(desk: Client, edit: FakeEdit):
    assert (await desk.post("/api/day", data={"day.toml": ""})).status == 415
    assert edit.given == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(CommandError("busy", "another day comes"), 409, "busy"), (OSError("x"), 500, "internal")],
)
async def test_a_day_that_cannot_be_taken_says_why(
    desk: Client, edit: FakeEdit, error: Exception, status: int, code: str
):
    edit.fails = error
    answer = await desk.post("/api/day", json={"day.toml": ""})
    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_a_node_without_an_editor_takes_no_day(client: Client):
    answer = await client.post("/api/day", json={"day.toml": ""})
    assert (answer.status, (await answer.json())["code"]) == (404, "no_edit")
