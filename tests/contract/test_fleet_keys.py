"""The keys of a running fleet are changed: named to every node, then signed with."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from node.control.envelope import Moment, unseal
from node.control.sections import KeysWanted
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.fleet_node import FleetNode
from tests.fakes.mosquitto import PROGRAM
from tools.fleet import key_desk
from tools.fleet.__main__ import main
from tools.fleet.cli import exits
from tools.fleet.keys import DAY_MS

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
Fleet = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[FleetDesk]:
    monkeypatch.setattr(key_desk, "SETTLE_MS", 0)
    async with fleet_desk(tmp_path) as running:
        yield running


@pytest.fixture
def fleet(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Fleet:
    monkeypatch.setenv("FLEET_SERVER", desk.url)
    monkeypatch.setenv("FLEET_TOKEN_FILE", str(desk.folder / "admin.token"))
    monkeypatch.setenv("LANG", "C")

    async def run(*words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def root_of(desk: FleetDesk, folder: Path) -> str:
    """The root key, taken off the controller's machine."""
    away = folder / "safe.key"
    (desk.folder / "root.key").rename(away)
    return str(away)


def is_deaf(node: FleetNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes no further keys up, and says nothing of them."""
    take = node._want
    monkeypatch.setattr(
        node, "_want", lambda wanted: None if isinstance(wanted.data, KeysWanted) else take(wanted)
    )


async def test_every_node_knows_the_new_keys_before_they_sign(
    desk: FleetDesk, fleet: Fleet, tmp_path: Path
):
    nodes = [await desk.node(f"n000{i}") for i in (1, 2)]
    before = desk.controller.signer.now.command_kid
    code, out, err = await fleet("keys", "rotate", "--root", root_of(desk, tmp_path))
    after = desk.controller.signer.now.command_kid
    assert (code, after != before) == (exits.DONE, True)
    assert after in out
    assert "0 nodes that are away" in err
    assert all(node.desired["keys"].ver == 2 for node in nodes)
    assert (await fleet("card", "show", "bag", "--all", "--wait"))[0] == exits.DONE
    assert {node.show.card for node in nodes} == {"bag"}
    audited = (await fleet("audit"))[1]
    assert "keys.name" in audited
    assert "keys.switch" in audited


async def test_one_that_is_late_holds_the_switch_until_it_is_forced(
    desk: FleetDesk, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    node, other = await desk.node("n0001"), await desk.node("n0002")
    is_deaf(node, monkeypatch)
    before = desk.controller.signer.now.command_kid
    root = root_of(desk, tmp_path)
    code, _, err = await fleet("keys", "rotate", "--root", root, "--wait", "500ms")
    assert code == exits.LATE
    assert "n0001" in err
    assert desk.controller.signer.now.command_kid == before
    assert (await fleet("card", "show", "bag", "--all", "--wait"))[0] == exits.DONE
    assert (await fleet("keys", "switch"))[0] == exits.USAGE
    assert (await fleet("keys", "switch", "--yes"))[0] == exits.DONE
    assert desk.controller.signer.now.command_kid != before
    await fleet("card", "hide", "--all", "--wait", "1s")
    await until(lambda: other.show.card == "", "who knows the new key obeys")
    assert node.show.card == "bag"  # who does not, refuses


async def test_who_was_away_gets_the_keys_when_it_comes(
    desk: FleetDesk, fleet: Fleet, tmp_path: Path
):
    node = await desk.node("n0001")
    await node.close()
    await until(lambda: not desk.controller.roster.is_online("n0001"), "it is gone")
    desk.nodes.remove(node)
    code, _, err = await fleet("keys", "rotate", "--root", root_of(desk, tmp_path))
    assert (code, "1 nodes that are away" in err) == (exits.DONE, True)
    back = await desk.node("n0001", bseq=node.bseq)
    await until(lambda: back.desired["keys"].ver == 2, "the new ones come")
    assert (await fleet("card", "show", "bag", "n0001", "--wait"))[0] == exits.DONE


async def test_what_was_wanted_is_signed_anew_and_so_are_manifests(
    desk: FleetDesk, fleet: Fleet, tmp_path: Path
):
    node = await desk.node("n0001")
    (tmp_path / "ep1.mp4").write_bytes(b"a clip")
    digest = hashlib.sha256(b"a clip").hexdigest()
    files = {"ep1.mp4": {"sha256": digest, "bytes": 6}}
    manifest = tmp_path / "assets.json"
    manifest.write_text(json.dumps({"format": "livesell-assets/1", "files": files}))
    (tmp_path / "day.toml").write_text("title = 'x'\n")
    for words in (
        ("assets", "sync", str(manifest)),
        ("push", "rundown", str(tmp_path / "day.toml")),
    ):
        assert (await fleet(*words, "n0001", "--wait", "60s"))[0] == exits.DONE
    first = node.desired["assets"].data.manifest
    assert (await fleet("keys", "rotate", "--root", root_of(desk, tmp_path)))[0] == exits.DONE
    await until(lambda: node.desired["assets"].data.manifest != first, "another manifest is wanted")
    name = node.desired["assets"].data.manifest.removeprefix("sha256:")
    kid = desk.controller.signer.now.assets_kid
    body = (desk.folder / "files" / name).read_bytes()
    far = desk.now() + 89 * DAY_MS
    assert json.loads(unseal(body, "ls-assets+jws", node.ring, Moment(far, 0)))["files"] == files
    assert node.ring.find(kid, "assets", Moment(far, 0)) is not None
    wish = desk.controller.wishes.get("n0001", "show")
    assert wish is not None
    unseal(wish.body, "ls-desired+jws", node.ring, Moment(far, 0))
    assert wish.ver == 1


async def test_a_restart_in_between_loses_nothing(
    desk: FleetDesk, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    node = await desk.node("n0001")
    is_deaf(node, monkeypatch)
    await fleet("keys", "rotate", "--root", root_of(desk, tmp_path), "--wait", "100ms")
    await desk.stop()
    monkeypatch.setattr(key_desk, "SETTLE_MS", 60_000)
    await desk.start()
    monkeypatch.setenv("FLEET_SERVER", desk.url)
    answer = json.loads((await fleet("keys", "ls", "-o", "json"))[1])
    assert (answer["ver"], answer["is_switching"]) == (2, True)
    assert {one["standing"] for one in answer["keys"]} == {"signing", "next"}


async def test_two_weeks_before_the_end_it_is_said(desk: FleetDesk):
    now = desk.now()
    assert list(desk.controller.keys.alarms(now + 75 * DAY_MS)) == []
    found = list(desk.controller.keys.alarms(now + 77 * DAY_MS))
    assert [(one.code, one.level) for one in found] == 2 * [("keys_end", "warn")]
    later = list(desk.controller.keys.alarms(now + 91 * DAY_MS))
    assert [one.level for one in later] == 2 * ["bad"]


async def test_only_admins_change_keys(desk: FleetDesk, fleet: Fleet):
    made = await desk.ask("POST", "/v1/people", {"name": "mei", "role": "operator"})
    token = str(made["token"])
    for path in ("propose", "accept", "switch"):
        await desk.ask("POST", f"/v1/keys/{path}", {}, token=token, status=403)
    assert (await fleet("keys", "rotate"))[0] == exits.USAGE
