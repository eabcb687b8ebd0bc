"""A node that was struck out: revoked, its traces cleared, seen as wiped as long as it speaks."""

import asyncio
import os
import signal
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import ClientSession

from node.control import certificates
from node.control.broker import Login, tls_context
from node.errors import CommandError
from tests.fakes.fleet_desk import LIMIT_S, FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tests.fakes.plain_peer import PlainPeer
from tools.fleet.__main__ import main
from tools.fleet.claims import Asking
from tools.fleet.cli import exits
from tools.fleet.mosquitto import tls_lines

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    """A fleet with certificates."""
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


@pytest.fixture
async def plain(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


async def claimed(desk: FleetDesk, name: str, folder: Path) -> Login:
    """A node's certificate, by way of a claim."""
    key = certificates.new_key()
    trusted = ssl.create_default_context(cafile=desk.folder / "ca.crt")
    body = {"node": name, "csr": certificates.request(key, name).decode()}
    async with ClientSession(desk.url) as session:
        answer = await session.post("/v1/claims", json=body, ssl=trusted)
        asked = await answer.json()
    await desk.controller.claims.approve(asked["code"], "ann", desk.now())
    got = desk.controller.claims.bundle(asked["id"], asked["secret"], desk.now())
    (folder / f"{name}.crt").write_text(str(got["cert"]))
    (folder / f"{name}.key").write_bytes(key)
    files = (str(folder / f"{name}.crt"), str(folder / f"{name}.key"))
    return Login(name, ca_file=str(desk.folder / "ca.crt"), cert_file=files[0], key_file=files[1])


def takes(desk: FleetDesk, login: Login) -> bool:
    """Whether the broker's handshake lets that certificate in."""
    context = tls_context(login)
    try:
        with (
            socket.create_connection(("127.0.0.1", desk.broker.port), LIMIT_S) as bare,
            context.wrap_socket(bare, server_hostname="127.0.0.1") as line,
        ):
            line.sendall(b"\xc0\x00")  # PINGREQ before CONNECT: who was let in is cut off, unasked
            line.settimeout(LIMIT_S)
            return line.recv(1) == b""
    except ssl.SSLError:
        return False
    except ConnectionError:
        return True


async def reread(desk: FleetDesk, login: Login) -> None:
    """Have the broker read the list, until it refuses that certificate in the handshake."""
    os.kill(desk.broker.pid, signal.SIGHUP)
    for _ in range(300):
        if not await asyncio.to_thread(takes, desk, login):
            return
        await asyncio.sleep(0.2)
    raise AssertionError("a revoked certificate is let in")


async def test_it_is_seen_as_wiped_and_its_certificate_is_refused_in_the_handshake(
    secured: FleetDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):  # fmt: skip
    monkeypatch.setenv("FLEET_STATE", str(secured.folder))
    monkeypatch.setenv("LANG", "C")
    login = await claimed(secured, "n0001", tmp_path)
    other = await claimed(secured, "n0002", tmp_path)
    node = await secured.node("n0001", login=login)
    await secured.node("n0002", login=other)
    assert takes(secured, login)

    async def fleet(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, [*words, "--server", secured.url])
        told = capsys.readouterr()
        return code, told.out, told.err

    code, _, err = await fleet("wipe", "n0001", "--yes")
    assert (code, "crl.pem" in err) == (exits.DONE, True)
    node.tell()
    await until(lambda: "n0001" in secured.controller.roster, "it is heard again")
    assert "n0001  wiped" in (await fleet("ls"))[1]
    assert (await fleet("card", "hide", "--all", "--dry-run", "-o", "name"))[1] == "n0002\n"
    assert (await fleet("card", "hide", "n0001"))[0] == exits.USAGE

    await reread(secured, login)
    assert takes(secured, other)
    secured.nodes.remove(node)
    await node.close()
    await until(lambda: "n0001" not in secured.controller.roster, "it is gone")
    assert (await fleet("ls", "-o", "name"))[1] == "n0002\n"


async def test_nothing_of_it_stays_retained_and_it_may_be_let_in_again(plain: FleetDesk):
    node = await plain.node("n0001")
    await plain.ask("POST", "/v1/nodes/n0001/wipe")
    node.up()  # it says all again, retained
    await until(lambda: "n0001" in plain.controller.roster, "it is heard again")
    node.tell()
    with PlainPeer(plain.broker.port, "looks") as peer:
        for _ in range(300):
            await asyncio.to_thread(peer.subscribe, "ls/v1/acme/nodes/n0001/#")
            node.tell()  # never retained: what comes before it was
            held = []
            while not (one := await asyncio.to_thread(peer.next)).topic.endswith("tele/player"):
                held += [one.topic] if one.is_retained else []
            if not held:
                break
            await asyncio.sleep(0.1)
    assert held == []
    plain.controller.struck.welcome("n0001")
    node.up()
    await until(lambda: plain.controller.roster.is_online("n0001"), "it belongs again")


async def test_who_is_wiped_stays_so_when_the_controller_starts_again(plain: FleetDesk):
    node = await plain.node("n0001")
    plain.controller.forget("n0001", plain.now())
    await plain.stop()
    await plain.start()
    node.tell()
    await until(lambda: "n0001" in plain.controller.roster, "it is heard again")
    view = plain.controller.roster.view("n0001")
    assert view is not None
    assert [one.code for one in plain.controller.alarms.of(view, plain.now())] == ["wiped"]
    assert plain.controller.roster.tags() == {}


async def test_a_second_box_of_a_name_that_is_online_is_not_let_in(
    secured: FleetDesk, tmp_path: Path
):
    node = await secured.node("n0001", login=await claimed(secured, "n0001", tmp_path))
    with pytest.raises(CommandError) as refused:
        await claimed(secured, "n0001", tmp_path)
    assert refused.value.code == "name_taken"
    await node.close()
    secured.nodes.remove(node)
    await until(lambda: not secured.controller.roster.is_online("n0001"), "it is gone")
    await claimed(secured, "n0001", tmp_path)


async def test_nobody_gets_the_controllers_own_name(secured: FleetDesk, tmp_path: Path):
    asking = Asking("ctl", certificates.request(certificates.new_key(), "ctl").decode())
    with pytest.raises(CommandError, match="controller's own"):
        await secured.controller.claims.ask(asking, "192.0.2.1", secured.now())


async def test_a_claim_that_is_approved_lets_it_in_again(secured: FleetDesk, tmp_path: Path):
    await claimed(secured, "n0001", tmp_path)
    answer = msgspec.to_builtins(secured.controller.issued.of("n0001"))
    assert len(answer) == 1
    secured.controller.forget("n0001", secured.now())
    assert await secured.controller.issued.revoke("n0001", secured.now()) == [answer[0]["serial"]]
    login = await claimed(secured, "n0001", tmp_path)
    await secured.node("n0001", login=login)
    assert "n0001" in secured.controller.roster.tags()
