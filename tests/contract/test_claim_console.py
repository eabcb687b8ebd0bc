"""The node's side of a claim against consoles of every kind: bad ones cost an error, no more."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from node.control import certificates
from node.control.claim import ANSWER_MAX, Asked, Console, Granted, root_of
from node.errors import CommandError, LinkError
from tools.fleet.controller import Controller, open_controller
from tools.fleet.founding import found
from tools.fleet.http.server import serving
from tools.fleet.issued import PER_DAY
from tools.fleet.settings import Settings
from tools.fleet.wall import now_ms

CSR = certificates.request(certificates.new_key(), "n0001")
ASKED = Asked("0" * 36, "s" * 32, "AAAAAAAAAA", "ff", "123456", 900_000, "{}")


@contextlib.asynccontextmanager
async def answering(status: int, body: bytes) -> AsyncIterator[Console]:
    """A console that always says the same."""

    async def answer(_request: web.Request) -> web.Response:
        headers = {"Location": "http://127.0.0.1:1/"} if 300 <= status < 400 else {}
        return web.Response(status=status, body=body, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Console(f"http://127.0.0.1:{runner.addresses[0][1]}", None)
    finally:
        await runner.cleanup()


def asked(**changes: object) -> bytes:
    """A good answer to a claim, but for some of it."""
    good = {
        "id": "0" * 36, "secret": "s" * 32, "code": "A" * 10, "fingerprint": "ff",
        "digits": "123456", "expires_in_ms": 900_000, "root": "{}",
    }  # fmt: skip
    return json.dumps(good | changes).encode()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, b"<html>a hotel's portal</html>"),
        (200, b"[" * 50_000),
        (200, b"\xff\xfe"),
        (200, b"x" * 5_000_000),
        (200, asked(id="../../etc/passwd")),
        (200, asked(code="a code")),
        (200, asked(secret="x\r\nHost: y")),  # noqa: S106  # none
        (200, asked(expires_in_ms=-1)),
        (200, asked(expires_in_ms=1e300)),
        (200, asked(root=["{}"])),
        (301, b""),
        (500, b"{}"),
        (404, b"not here"),
    ],
)
async def test_an_answer_that_is_none_is_an_error_of_the_line(status: int, body: bytes):
    async with answering(status, body) as console:
        with pytest.raises(LinkError, match="http://127"):
            await console.ask("n0001", CSR, model="", serial="")


async def test_a_refusal_has_its_code_and_is_cut_short():
    said = {"error": {"code": "busy", "message": "m" * 10_000}}
    async with answering(409, json.dumps(said).encode()) as console:
        with pytest.raises(CommandError) as refused:
            await console.look(ASKED)
    assert refused.value.code == "busy"
    assert len(str(refused.value)) < 300


async def test_where_nobody_listens_the_error_says_where():
    async with answering(200, b"") as console:
        pass
    with pytest.raises(LinkError, match=console.url):
        await console.look(ASKED)


async def test_an_answer_longer_than_allowed_is_not_read_to_its_end():
    async with answering(200, b" " * (ANSWER_MAX + 1)) as console:
        with pytest.raises(LinkError, match="more than"):
            await console.look(ASKED)


@given(st.text(max_size=400))
def test_a_root_key_of_any_kind_is_read_or_refused(text: str):
    with contextlib.suppress(CommandError):
        assert len(root_of(text)) <= 16


@pytest.fixture
async def fleet(tmp_path: Path) -> AsyncIterator[tuple[Controller, Console]]:
    found(tmp_path, Settings("acme", "mqtt://127.0.0.1:1", "127.0.0.1:0"), "")
    controller = open_controller(tmp_path)
    try:
        async with serving(controller) as url:
            yield controller, Console(url, None)
    finally:
        controller.disk.shutdown()
        controller.ledger.close()


async def let_in(controller: Controller, console: Console, key: bytes) -> Granted:
    """A node's papers, by way of a claim."""
    csr = certificates.request(key, "n0001")
    claim = await console.ask("n0001", csr, model="Raspberry Pi 5", serial="1234")
    assert (await console.look(claim)).standing == "waiting"
    await controller.claims.approve(claim.code, "ann", now_ms())
    return await console.look(claim)


async def test_the_real_console_lets_a_node_in(fleet: tuple[Controller, Console]):
    key = certificates.new_key()
    got = await let_in(*fleet, key)
    assert (got.standing, got.org, got.broker) == ("approved", "acme", "mqtt://127.0.0.1:1")
    certificates.check(got.cert.encode(), key=key, ca=got.ca.encode(), node="n0001")


async def test_another_certificate_is_given_on_the_word_of_one_that_counts(
    fleet: tuple[Controller, Console],
):
    controller, console = fleet
    key, new = certificates.new_key(), certificates.new_key()
    held = (await let_in(controller, console, key)).cert.encode()
    csr = certificates.request(new, "n0001")
    word = certificates.vouched(key, csr)
    more = await console.renew(csr, held, word)
    certificates.check(more.cert.encode(), key=new, ca=more.ca.encode(), node="n0001")
    with pytest.raises(CommandError) as refused:
        await console.renew(csr, held, certificates.vouched(new, csr))
    assert refused.value.code == "not_allowed"
    await controller.issued.revoke("n0001", now_ms())
    with pytest.raises(CommandError, match="does not count"):
        await console.renew(csr, held, word)


async def test_a_stolen_key_does_not_fill_the_disk(fleet: tuple[Controller, Console]):
    controller, console = fleet
    key = certificates.new_key()
    held = (await let_in(controller, console, key)).cert.encode()
    csr = certificates.request(certificates.new_key(), "n0001")
    word = certificates.vouched(key, csr)
    for _ in range(PER_DAY - 1):
        await console.renew(csr, held, word)
    with pytest.raises(CommandError) as refused:
        await console.renew(csr, held, word)
    assert refused.value.code == "busy"
