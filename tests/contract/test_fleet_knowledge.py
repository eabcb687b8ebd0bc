"""What the controller knows and wants, on a real broker: births, events, time, sections, files."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from node.control.messages import Online
from node.control.topics import address
from tests.fakes.fleet_desk import ORG, FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
RUNDOWN = {"rundown": "sha256:" + "9" * 64}


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


async def _json(socket: ClientWebSocketResponse) -> dict[str, Any]:
    return msgspec.json.decode(await socket.receive_bytes(), type=dict[str, Any])


async def want(desk: FleetDesk, data: dict[str, object], *nodes: str) -> dict[str, object]:
    body = {"section": "show", "data": data, "select": {"ids": nodes}}
    return await desk.ask("POST", "/v1/wanted", body)


async def test_a_section_goes_out_and_what_the_node_reports_stands_beside_it(desk: FleetDesk):
    node = await desk.node("n0001", fail_sections=frozenset({"show"}))
    await want(desk, RUNDOWN, "n0001")
    await until(lambda: "show" in node.desired, "it arrives")
    view = desk.controller.roster
    await until(lambda: "show" in view.of(["n0001"])[0].reported, "it is reported")
    rows = desk.controller.views.sections(view.of(["n0001"])[0])
    (row,) = [one for one in rows if one["section"] == "show"]
    assert (row["wanted"], row["reported"], row["status"]) == (1, 1, "failed")


async def test_versions_only_grow_and_the_same_wish_keeps_its_own(desk: FleetDesk):
    node = await desk.node("n0001")
    assert (await want(desk, RUNDOWN, "n0001"))["vers"] == {"n0001": 1}
    assert (await want(desk, RUNDOWN, "n0001"))["vers"] == {"n0001": 1}
    other = {"rundown": "sha256:" + "8" * 64}
    assert (await want(desk, other, "n0001"))["vers"] == {"n0001": 2}
    await until(lambda: "show" in node.desired and node.desired["show"].ver == 2, "it arrives")


async def test_what_the_broker_forgot_is_published_again(desk: FleetDesk):
    node = await desk.node("n0001")
    await want(desk, RUNDOWN, "n0001")
    await until(lambda: "show" in node.desired, "it arrives")
    await node.close()
    desk.broker.kill()
    for file in (desk.folder.parent / "broker").glob("*.db"):
        file.unlink()
    desk.broker.start()
    fresh = await desk.node("n0001", bseq=node.bseq)
    await until(lambda: "show" in fresh.desired, "it is there again")


async def test_a_death_older_than_the_birth_is_answered_with_a_rebirth(desk: FleetDesk):
    node = await desk.node("n0001", bseq=7)
    stale = msgspec.json.encode(Online(1, False, 3, 0))
    desk.controller.line.publish(address(ORG, "n0001", "online"), stale)
    await until(lambda: [one for one in node.obeyed if one.type == "rebirth"], "it is asked")
    assert desk.controller.roster.is_online("n0001")


async def test_an_event_that_comes_twice_is_kept_once(desk: FleetDesk):
    node = await desk.node("n0001")
    first = node.event("card.show", {"product": "bag"})
    node._events = 0
    assert node.event("card.show", {"product": "bag"}) == first
    last = node.event("card.hide", {})
    logbook = desk.controller.logbook
    await until(lambda: len(logbook.events(10, "n0001", "card.hide")) == 1, f"{last} is kept")
    assert len(logbook.events(10, "n0001", "card.show")) == 1


async def test_the_controller_tells_the_time(desk: FleetDesk):
    node = await desk.node("n0001")
    node.ask_time("k3")
    await until(lambda: node.times, "an answer comes")
    (reply,) = node.times
    assert reply.nonce == "k3"
    assert reply.t1 <= reply.t2


async def test_a_message_that_is_none_is_counted_and_changes_nothing(desk: FleetDesk):
    await desk.node("n0001")
    where = address(ORG, "n0001", "birth")
    for body in (b"\xff", b"{}", b"[" * 5000, b'{"v":NaN}'):
        desk.controller.line.publish(where, body)
    await until(lambda: desk.controller.line.refused["bad_payload"] == 4, "all are refused")
    assert desk.controller.roster.is_online("n0001")


async def test_a_rollout_goes_from_one_node_to_all_once_it_is_approved(desk: FleetDesk):
    nodes = [await desk.node(f"n000{i}") for i in range(1, 6)]
    body = {"section": "show", "data": RUNDOWN, "select": {"all": True}, "soak_s": 0}
    name = str((await desk.ask("POST", "/v1/rollouts", body))["id"])
    desks = desk.controller.rollouts
    await until(lambda: desks.get(name).standing == "approval", "it waits for somebody")
    assert sum("show" in one.desired for one in nodes) == 1
    await desk.ask("POST", f"/v1/rollouts/{name}/approve", {})
    await until(lambda: desks.get(name).standing == "done", "it is done")
    assert all("show" in one.desired for one in nodes)


async def test_a_viewer_may_look_and_not_order(desk: FleetDesk):
    await desk.node("n0001")
    body = {"name": "mei", "role": "viewer"}
    token = str((await desk.ask("POST", "/v1/people", body))["token"])
    await desk.ask("GET", "/v1/nodes", token=token)
    order = {"type": "card.hide", "select": {"all": True}}
    await desk.ask("POST", "/v1/commands", order, token=token, status=403)
    await desk.ask("GET", "/v1/nodes", token="", status=401)
    await desk.ask("DELETE", "/v1/people/mei")
    await desk.ask("GET", "/v1/nodes", token=token, status=401)


async def test_a_file_is_true_to_its_hash_and_comes_in_parts(desk: FleetDesk):
    body = bytes(range(256)) * 64
    digest = hashlib.sha256(body).hexdigest()
    headers = {"Authorization": f"Bearer {desk.token}"}
    async with ClientSession(desk.url) as session:
        wrong = await session.put(f"/v1/assets/{'0' * 64}", data=body, headers=headers)
        assert wrong.status == 422
        right = await session.put(f"/v1/assets/{digest}", data=body, headers=headers)
        assert right.status == 200
        part = await session.get(f"/v1/assets/sha256:{digest}", headers={"Range": "bytes=100-199"})
        assert (part.status, await part.read()) == (206, body[100:200])
        assert (await session.get(f"/v1/assets/{'0' * 64}")).status == 404


async def test_a_claim_is_approved_by_its_code_and_gives_a_certificate(desk: FleetDesk):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "n0009")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    csr = request.public_bytes(Encoding.PEM).decode()
    asked = await desk.ask("POST", "/v1/claims", {"node": "n0009", "csr": csr}, token="")
    await desk.ask("POST", "/v1/claims/approve", {"code": "WRONGCODE1"}, status=409)
    await desk.ask("POST", "/v1/claims/approve", {"code": asked["code"]})
    async with ClientSession(desk.url) as session:
        secret = {"X-Claim-Secret": str(asked["secret"])}
        got = await (await session.get(f"/v1/claims/{asked['id']}", headers=secret)).json()
        stranger = await session.get(f"/v1/claims/{asked['id']}", headers={"X-Claim-Secret": "x"})
        assert stranger.status == 409
    cert = x509.load_pem_x509_certificate(got["cert"].encode())
    cert.verify_directly_issued_by(x509.load_pem_x509_certificate(got["ca"].encode()))
    assert cert.public_key() == key.public_key()
    assert cert.subject.rfc4514_string() == "CN=n0009"
    assert "n0009" in desk.controller.roster


async def test_who_watches_gets_a_snapshot_then_numbered_steps(desk: FleetDesk):
    node = await desk.node("n0001")
    headers = {"Authorization": f"Bearer {desk.token}"}
    async with (
        ClientSession(desk.url) as session,
        session.ws_connect("/v1/watch", headers=headers) as socket,
    ):
        first = await _json(socket)
        assert [one["id"] for one in first["snapshot"]["nodes"]] == ["n0001"]
        node.tell()
        step = await _json(socket)
        assert step["n"] == first["n"] + 1
        assert "n0001" in [one["key"] for one in step["changes"]]


async def test_who_watches_is_shut_out_with_their_token(desk: FleetDesk):
    node = await desk.node("n0001")
    made = await desk.ask("POST", "/v1/people", {"name": "mei", "role": "viewer"})
    headers = {"Authorization": f"Bearer {made['token']}"}
    async with (
        ClientSession(desk.url) as session,
        session.ws_connect("/v1/watch", headers=headers) as socket,
    ):
        await socket.receive()
        await desk.ask("DELETE", "/v1/people/mei")
        node.tell()
        async for _ in socket:
            node.tell()
        assert socket.close_code == 1008
