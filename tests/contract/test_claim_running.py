"""A real node comes to a fleet by itself: it asks, shows a code, is let in; the show runs on."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from node.control import certificates
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tests.fakes.running import RunningNode, livesell, running
from tests.fakes.small_day import SmallDay
from tools.fleet import authority
from tools.fleet.mosquitto import tls_lines

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(600),
]
NODE = "small"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    folder = tmp_path / "fleet"
    broker = Mosquitto(tmp_path / "broker", extra=tls_lines(folder))
    desk = FleetDesk(tmp_path, broker, "127.0.0.1")
    desk.found()
    broker.start()
    try:
        await desk.start()
        yield desk
    finally:
        await desk.close()
        broker.stop()


def asking(day: SmallDay, console: str, ca: Path | None) -> None:
    """Have the node of that day ask there."""
    with day.config.open("a", encoding="utf-8") as file:
        file.write(f'[enrol]\nconsole = "{console}"\n')
        if ca is not None:
            file.write(f'ca_file = "{ca}"\n')


def shown(node: RunningNode) -> dict[str, str] | None:
    """What its screen shows."""
    code, body = node.ask("/api/claim")
    assert code == 200, body
    found: dict[str, str] | None = json.loads(body)["claim"]
    return found


async def code_of(node: RunningNode) -> dict[str, str]:
    """The claim, once it can be approved."""
    found: dict[str, str] = {}

    async def look() -> bool:
        found.clear()
        found.update(await asyncio.to_thread(shown, node) or {})
        return found.get("standing") == "waiting"

    for _ in range(600):
        if await look():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"never: it shows a code: {found} {node.err}")


async def test_a_new_node_is_let_in_by_its_code_and_obeys_without_a_restart(
    desk: FleetDesk, make_day
):
    day = make_day(camera="")
    asking(day, desk.url, desk.folder / "ca.crt")
    with _running(day) as node:
        claim = await code_of(node)
        key = (day.state_dir / "fleet/asking.key").read_bytes()
        own = certificates.fingerprint(key)
        assert claim["url"] == f"{desk.url}/claim#{NODE}.{claim['code']}.{own}"
        (waiting,) = desk.controller.claims.all_shown()
        assert (waiting["digits"], waiting["serial"]) == (claim["digits"], claim["serial"])
        before = await asyncio.to_thread(node.status)

        await desk.controller.claims.approve(claim["url"].split(".")[-2], "ann", desk.now())
        await until(lambda: desk.controller.roster.is_online(NODE), "it is there")
        await until(lambda: desk.controller.roster.view(NODE).reported.get("keys"), "it has keys")
        action = desk.action("cue.arm", {"segment": "two"})
        batch = await desk.controller.commander.give(action, [NODE], desk.now())
        assert [one.status for one in await desk.ended(batch)] == ["done"]

        after = await asyncio.to_thread(node.status)
        assert after.uptime_s > before.uptime_s
        assert after.frames.black == before.frames.black
        assert await asyncio.to_thread(shown, node) is None
    modes = {one.name: one.stat().st_mode & 0o777 for one in (day.state_dir / "fleet/1").iterdir()}
    assert set(modes.values()) == {0o600}
    assert "Traceback" not in node.err


async def test_a_node_that_belongs_does_not_ask_again(desk: FleetDesk, make_day):
    day = make_day(camera="")
    asking(day, desk.url, desk.folder / "ca.crt")
    with _running(day) as node:
        claim = await code_of(node)
        await desk.controller.claims.approve(claim["code"], "ann", desk.now())
        await until(lambda: desk.controller.roster.is_online(NODE), "it is there")
    await until(lambda: not desk.controller.roster.is_online(NODE), "it is gone")
    with _running(day) as node:
        await until(lambda: desk.controller.roster.is_online(NODE), "it is there again")
        assert await asyncio.to_thread(shown, node) is None
        said = await asyncio.to_thread(node.cli, "claim")
        assert (said.code, "does not ask" in said.err) == (1, True)
    assert len(desk.controller.claims.all_shown()) == 1


async def test_a_certificate_is_renewed_while_the_node_runs(
    desk: FleetDesk, make_day, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(authority, "SKEW", timedelta(days=61))  # as if it were given out then
    monkeypatch.setattr(authority, "NODE_LIFE", timedelta(days=29))
    day = make_day(camera="")
    asking(day, desk.url, desk.folder / "ca.crt")
    with _running(day) as node:
        claim = await code_of(node)
        await desk.controller.claims.approve(claim["code"], "ann", desk.now())
        monkeypatch.undo()
        await until(lambda: desk.controller.roster.is_online(NODE), "it is there")
        first = (day.state_dir / "fleet/current/node.crt").read_bytes()
        await until(lambda: len(desk.controller.issued.of(NODE)) > 1, "it asks for another one")
        await until(lambda: (day.state_dir / "fleet/2").exists(), "it puts it away")
        await until(lambda: not (day.state_dir / "fleet/1").exists(), "the old one goes")
        await until(lambda: desk.controller.roster.is_online(NODE), "it is there by the new one")
        second = (day.state_dir / "fleet/current/node.crt").read_bytes()
        old, new = certificates.life(first), certificates.life(second)
        assert (new.end - old.end).days == 61
        assert (await asyncio.to_thread(node.status)).frames.black == 0
    assert "Traceback" not in node.err


async def test_the_terminal_shows_the_code_in_two_languages(desk: FleetDesk, make_day):
    day = make_day(camera="")
    asking(day, desk.url, desk.folder / "ca.crt")
    with _running(day) as node:
        claim = await code_of(node)
        digits = f"{claim['digits'][:3]} {claim['digits'][3:]}"
        for lang, word in (("en", "serial"), ("zh", "序列号")):
            said = await asyncio.to_thread(node.cli, "claim", "--once", "--lang", lang)
            assert said.code == 0
            assert word in said.out
            assert digits in said.out
            assert claim["url"] in said.out
            assert "█" in said.out
        svg = await asyncio.to_thread(node.ask, "/api/claim.svg")
        assert svg[0] == 200
        assert b"<svg" in svg[1]


async def test_who_is_refused_says_so_and_the_show_goes_on(desk: FleetDesk, make_day):
    day = make_day(camera="")
    asking(day, desk.url, desk.folder / "ca.crt")
    with _running(day) as node:
        claim = await code_of(node)
        await desk.controller.claims.refuse(claim["code"], "ann", desk.now())

        def is_refused() -> bool:
            return (shown(node) or {}).get("standing") == "refused"

        for _ in range(600):
            if await asyncio.to_thread(is_refused):
                break
            await asyncio.sleep(0.1)
        assert await asyncio.to_thread(is_refused)
        said = await asyncio.to_thread(node.cli, "claim", "--once")
        assert "said no" in said.out
        assert (await asyncio.to_thread(node.status)).on_air


async def test_a_console_of_an_unknown_authority_is_not_asked(desk: FleetDesk, make_day):
    day = make_day(camera="")
    asking(day, desk.url, None)
    with _running(day) as node:
        for _ in range(600):
            told = await asyncio.to_thread(shown, node)
            if told and told["why"]:
                break
            await asyncio.sleep(0.1)
        assert told is not None
        assert "enrol.ca_file" in told["why"]
        assert (await asyncio.to_thread(node.status)).on_air
    assert desk.controller.claims.all_shown() == []


async def test_on_one_machine_a_fleet_without_tls_is_joined_alike(tmp_path: Path, make_day):
    day = make_day(camera="")
    async with fleet_desk(tmp_path) as desk:
        asking(day, desk.url, None)
        with _running(day) as node:
            claim = await code_of(node)
            await desk.controller.claims.approve(claim["code"], "ann", desk.now())
            await until(lambda: desk.controller.roster.is_online(NODE), "it is there")
        assert urlsplit(desk.url).scheme == "http"


def test_a_console_elsewhere_without_tls_is_refused_with_its_place(make_day):
    day = make_day(camera="")
    asking(day, "http://fleet.example", None)
    said = livesell("check", str(day.config))
    assert "enrol.console = 'http://fleet.example'" in said.out
    assert "http:// only on this machine" in said.out


def _running(day: SmallDay) -> "Iterator[RunningNode]":
    return running(day.config)  # type: ignore[return-value]  # a context manager
