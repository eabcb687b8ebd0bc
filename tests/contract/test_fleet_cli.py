"""The command line against a running controller: what it prints and how it ends."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession

from node.control.envelope import Moment, unseal
from node.control.sections import AssetsWanted
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM
from tools.fleet.__main__ import main
from tools.fleet.cli import exits

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
Said = tuple[int, str, str]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


@pytest.fixture
def fleet(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., "asyncio.Future[Said]"]:
    monkeypatch.setenv("FLEET_SERVER", desk.url)
    monkeypatch.setenv("FLEET_TOKEN_FILE", str(desk.folder / "admin.token"))
    monkeypatch.setenv("LANG", "C")

    async def run(*words: str) -> Said:
        code = await asyncio.to_thread(main, words)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run  # type: ignore[return-value]  # a coroutine is awaited all the same


async def test_nodes_are_listed_by_name_and_as_json(desk: FleetDesk, fleet):
    for name in ("n0001", "n0002"):
        await desk.node(name)
    assert await fleet("ls", "-o", "name") == (exits.DONE, "n0001\nn0002\n", "")
    code, out, _ = await fleet("ls", "n0002", "-o", "json")
    answer = json.loads(out)
    assert (code, answer["v"], [one["id"] for one in answer["nodes"]]) == (0, 1, ["n0002"])


async def test_a_card_is_shown_where_the_labels_fit(desk: FleetDesk, fleet):
    chosen, other = await desk.node("n0001"), await desk.node("n0002")
    assert (await fleet("tag", "n0001", "site=sz"))[0] == exits.DONE
    code, out, _ = await fleet("card", "show", "bag", "-l", "site=sz", "--wait")
    assert (code, chosen.show.card, other.show.card) == (exits.DONE, "bag", "")
    assert "n0001" in out
    assert "done" in out


async def test_an_error_names_the_node_and_the_reason(desk: FleetDesk, fleet):
    await desk.node("n0001", refuse=lambda _: "asset_missing")
    code, _, err = await fleet("card", "show", "bag", "n0001", "--wait")
    assert code == exits.FAILED
    assert "n0001: failed: a file is missing" in err
    _, _, err = await fleet("--lang", "zh", "card", "show", "bag", "n0001", "--wait")
    assert "n0001:失败:缺文件" in err


async def test_nothing_selected_is_exit_5_and_nothing_is_done(desk: FleetDesk, fleet):
    node = await desk.node("n0001")
    assert (await fleet("card", "hide", "-l", "site=bj"))[0] == exits.NOTHING
    assert (await fleet("card", "hide"))[0] == exits.USAGE
    assert (await fleet("card", "hide", "n0009"))[0] == exits.USAGE
    assert not node.obeyed


async def test_a_dry_run_prints_the_targets_and_does_nothing(desk: FleetDesk, fleet):
    node = await desk.node("n0001")
    code, out, _ = await fleet("live", "stop", "--all", "--dry-run", "-o", "name")
    assert (code, out, node.obeyed) == (exits.DONE, "n0001\n", [])


async def test_the_stop_of_more_than_one_wants_the_count_typed(desk: FleetDesk, fleet):
    nodes = [await desk.node(f"n000{i}") for i in (1, 2)]
    assert (await fleet("live", "stop", "--all"))[0] == exits.USAGE
    assert not any(one.obeyed for one in nodes)
    assert (await fleet("live", "stop", "--all", "--yes", "--wait"))[0] == exits.DONE
    assert all(one.show.seg == "" for one in nodes)


async def test_no_answer_in_time_is_exit_4(desk: FleetDesk, fleet):
    await desk.node("n0001", is_mute=True)
    code, _, _ = await fleet("set", "volume=40", "n0001", "--wait", "300ms")
    assert code == exits.LATE


async def test_a_take_arms_first_and_then_goes(desk: FleetDesk, fleet):
    node = await desk.node("n0001")
    code, _, _ = await fleet("take", "desk", "n0001")
    assert (code, [one.type for one in node.obeyed]) == (exits.DONE, ["cue.arm", "cue.go"])


async def test_a_day_is_applied_from_one_file(desk: FleetDesk, fleet, tmp_path: Path):
    node = await desk.node("n0001")
    (tmp_path / "day.toml").write_text("title = 'x'\n")
    (tmp_path / "catalog.toml").write_text("currency = 'EUR'\n")
    file = tmp_path / "show.toml"
    file.write_text('nodes = ["n0001"]\nrundown = "day.toml"\ncatalog = "catalog.toml"\n')
    code, out, _ = await fleet("apply", "-f", str(file), "--dry-run", "--diff")
    assert code == exits.DONE
    assert "n0001 show.rundown: null ->" in out
    assert "show" not in node.desired
    assert (await fleet("apply", "-f", str(file), "--wait", "60s"))[0] == exits.DONE
    await until(lambda: {"show", "catalogue"} <= set(node.desired), "both arrive")


async def test_a_node_that_is_wiped_is_gone(desk: FleetDesk, fleet):
    await desk.node("n0001")
    await desk.nodes.pop().close()
    online = desk.controller.roster.is_online
    await until(lambda: not online("n0001"), "all that it said is heard")
    assert (await fleet("wipe", "n0001"))[0] == exits.USAGE
    assert (await fleet("wipe", "n0001", "--yes"))[0] == exits.DONE
    assert (await fleet("ls"))[0] == exits.NOTHING
    assert (await fleet("describe", "n0001"))[0] == exits.USAGE


async def test_a_manifest_brings_its_files_up_and_is_signed(desk: FleetDesk, fleet, tmp_path: Path):
    node = await desk.node("n0001")
    clip = b"a clip" * 1000
    digest = hashlib.sha256(clip).hexdigest()
    (tmp_path / "ep1.mp4").write_bytes(clip)
    files = {"ep1.mp4": {"sha256": digest, "bytes": len(clip)}}
    manifest = tmp_path / "assets.json"
    manifest.write_text(json.dumps({"format": "livesell-assets/1", "files": files}))
    code, _, err = await fleet("assets", "sync", str(manifest), "n0001", "--wait", "60s")
    assert (code, err) == (exits.DONE, "")
    wanted = node.desired["assets"].data
    assert isinstance(wanted, AssetsWanted)
    async with ClientSession(desk.url) as session:
        assert await (await session.get(f"/v1/assets/{digest}")).read() == clip
        signed = await (await session.get(f"/v1/assets/{wanted.manifest}")).read()
    opened = unseal(signed, "ls-assets+jws", node.ring, Moment(desk.now(), 0))
    assert json.loads(opened)["files"] == files


async def test_a_manifest_whose_file_is_not_there_sets_nothing(
    desk: FleetDesk, fleet, tmp_path: Path
):
    node = await desk.node("n0001")
    files = {"ep1.mp4": {"sha256": "0" * 64, "bytes": 5}}
    manifest = tmp_path / "assets.json"
    manifest.write_text(json.dumps({"format": "livesell-assets/1", "files": files}))
    code, _, err = await fleet("assets", "sync", str(manifest), "n0001")
    assert code == exits.USAGE
    assert "ep1.mp4" in err
    assert "assets" not in node.desired
