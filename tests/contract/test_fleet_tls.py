"""A fleet with certificates of its own: who has none stays out, nobody speaks for others."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from node.control.broker import Login
from node.control.topics import address
from tests.fakes.fleet_desk import ORG, FleetDesk, until
from tests.fakes.fleet_node import FleetNode
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tools.fleet.__main__ import main
from tools.fleet.cli import exits
from tools.fleet.mosquitto import tls_lines

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    broker = Mosquitto(tmp_path / "broker", extra=tls_lines(tmp_path / "fleet"))
    desk = FleetDesk(tmp_path, broker, "127.0.0.1")
    desk.found()
    broker.start()
    try:
        await desk.start()
        yield desk
    finally:
        await desk.close()
        broker.stop()


async def claimed(desk: FleetDesk, name: str, folder: Path) -> Login:
    """A node's certificate, by way of a claim."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whatever it says")])
    request = x509.CertificateSigningRequestBuilder().subject_name(subject)
    csr = request.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()
    trusted = ssl.create_default_context(cafile=desk.folder / "ca.crt")
    headers = {"Authorization": f"Bearer {desk.token}"}
    async with ClientSession(desk.url) as session:

        async def post(path: str, body: object) -> dict[str, str]:
            answer = await session.post(path, json=body, headers=headers, ssl=trusted)
            return dict(await answer.json())

        asked = await post("/v1/claims", {"node": name, "csr": csr})
        await post("/v1/claims/approve", {"code": asked["code"]})
        mine = {"X-Claim-Secret": asked["secret"]}
        answer = await session.get(f"/v1/claims/{asked['id']}", headers=mine, ssl=trusted)
        got = await answer.json()
    (folder / f"{name}.crt").write_text(got["cert"])
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(pem)
    files = (str(folder / f"{name}.crt"), str(folder / f"{name}.key"))
    return Login(name, ca_file=str(desk.folder / "ca.crt"), cert_file=files[0], key_file=files[1])


async def test_a_claimed_node_comes_in_and_obeys(desk: FleetDesk, tmp_path: Path):
    login = await claimed(desk, "n0001", tmp_path)
    node = await desk.node("n0001", login=login)
    give = desk.controller.commander
    action = desk.action("card.show", {"product": "bag"})
    await desk.ended(await give.give(action, ["n0001"], desk.now()))
    assert node.show.card == "bag"


async def test_a_node_cannot_speak_for_another(desk: FleetDesk, tmp_path: Path):
    node = await desk.node("n0001", login=await claimed(desk, "n0001", tmp_path))
    where = address(ORG, "n0002", "event", "card.show")
    body = b'{"specversion":"1.0","id":"x","source":"ls/acme/n0002","type":"card.show","time":"t"}'
    node._connection.publish(str(where), body, where.delivery)
    own = node.event("card.hide", {})
    logbook = desk.controller.logbook
    await until(lambda: logbook.events(5, "n0001"), f"{own} is heard")
    assert logbook.events(5, "n0002") == []


async def test_who_has_no_certificate_does_not_come_in(desk: FleetDesk):
    login = Login("n0003", ca_file=str(desk.folder / "ca.crt"))
    stranger = FleetNode(ORG, "n0003", desk.broker.port, desk.ring, login=login)
    stranger.open()
    await until(lambda: stranger.refusals, "it is refused")
    await stranger.close()
    assert "n0003" not in desk.controller.roster


async def test_the_command_line_trusts_the_fleets_own_authority(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FLEET_STATE", str(desk.folder))
    assert await asyncio.to_thread(main, ["token", "ls", "--server", desk.url]) == exits.DONE
    monkeypatch.setenv("FLEET_CA", str(desk.folder / "https.key"))
    assert await asyncio.to_thread(main, ["token", "ls", "--server", desk.url]) == exits.BROKEN
