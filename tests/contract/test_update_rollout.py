"""A release from the operator's hand to the node: fleet tool, controller, broker, node, root."""

import asyncio
import contextlib
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from node.catalog.trust import Trust
from node.control.download import Downloader
from node.control.fetch import AssetFetcher
from node.control.fetch import Terms as FetchTerms
from node.control.origins import Origins
from node.control.software import SoftwareUpdater, Terms
from node.control.software_wiring import trusted
from node.supervise import Supervisor
from node.update import apply as applying
from node.update import trial
from node.update.layout import MAILBOX
from node.update.machine import MachineError
from tests.fakes.chaos_node import NODE, Fault, counting_plane
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.installation import Booth
from tests.fakes.mosquitto import PROGRAM
from tools.fleet.__main__ import main

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def desk(tmp_path):
    async with fleet_desk(tmp_path) as running:
        yield running


@pytest.fixture
def fleet(desk, monkeypatch):
    monkeypatch.setenv("FLEET_SERVER", desk.url)
    monkeypatch.setenv("FLEET_TOKEN_FILE", str(desk.folder / "admin.token"))

    async def run(*words):
        return await asyncio.to_thread(main, words)

    return run


@pytest.fixture
def booth(tmp_path, monkeypatch):
    """A node on which 1.0 runs."""
    monkeypatch.setattr("node.control.software.POLL_S", 0.05)
    monkeypatch.setattr("node.control.desired.RETRY_FIRST_S", 0.2)
    (tmp_path / "booth").mkdir()
    one = Booth(tmp_path / "booth")
    stick = tmp_path / "1.0"
    stick.mkdir()
    one.publish("1.0", folder=stick)
    assert applying.install(one.site(), stick, one.state, one.keys).did == "committed"
    return one


def released(booth, folder, version, **changes):
    """A release as tools/release leaves it; its section's file."""
    folder.mkdir()
    digest = booth.publish(version, folder=folder, **changes)
    section = folder / "software.toml"
    lines = {"version": version, "manifest_url": "", "sha256": f"sha256:{digest}"}
    section.write_text("".join(f"{name} = {json.dumps(one)}\n" for name, one in lines.items()))
    return section


def updater_of(desk: FleetDesk, booth: Booth, version: str, plane):
    origins = Origins(f"{desk.url}/v1/assets")
    files = AssetFetcher(
        booth.state / MAILBOX, origins, FetchTerms(Trust, lambda: "", date.today),
        budget_bytes=1 << 30, download=lambda pool: Downloader(origins, pool),
    )  # fmt: skip
    terms = Terms(
        files.fetch, lambda: trusted(booth.keys, {}), lambda: False,
        lambda: plane().keeper.reading(), files.close,
    )  # fmt: skip
    return SoftwareUpdater(
        booth.layout, booth.state, terms,
        version=version, machine=booth.machine, disk=ThreadPoolExecutor(1),
    )  # fmt: skip


@contextlib.asynccontextmanager
async def running(desk: FleetDesk, booth: Booth):
    """The node as the current release runs it."""
    version = booth.current.partition("-")[0]
    trial.attempt(booth.site())
    plane = counting_plane(
        booth.state, desk.broker.port, desk.folder / "root.jwk", Fault("", 0.0),
        software=version, updater=updater_of(desk, booth, version, lambda: plane),
    )  # fmt: skip
    work = asyncio.ensure_future(Supervisor().run(optional=plane.parts))
    try:
        await until(lambda: desk.controller.roster.is_online(NODE), "it is online")
        yield plane
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        plane.close()


async def restarted(booth):
    """Root's side at work until it starts the node again."""

    def apply():
        return applying.apply(booth.site(), booth.state, booth.keys).needs_restart

    async with asyncio.timeout(60):
        while not await asyncio.to_thread(apply):  # noqa: ASYNC110  # another thread does it
            await asyncio.sleep(0.05)


def reported(desk):
    view = desk.controller.roster.view(NODE)
    return view.reported.get("software") if view else None


async def test_a_rollout_is_done_once_the_release_was_found_good(desk, fleet, booth, tmp_path):
    section = released(booth, tmp_path / "1.1", "1.1")
    async with running(desk, booth):
        code = await fleet(
            "rollout", "start", "software", str(section), "--all", "--soak", "0.001s", "--yes"
        )
        assert code == 0
        await restarted(booth)
    (rollout,) = desk.controller.rollouts.all_shown()
    assert (rollout["section"], rollout["standing"]) == ("software", "running")
    async with running(desk, booth):
        await until(lambda: (one := reported(desk)) and one.data.get("step") == "trial", "on trial")
        assert reported(desk).status == "applying"
        booth.machine.clock_s += 130
        booth.say_healthy(booth.current)
        await asyncio.to_thread(applying.apply, booth.site(), booth.state, booth.keys)
        await until(lambda: reported(desk).status == "applied", "it is applied")
        await until(
            lambda: desk.controller.rollouts.all_shown()[0]["standing"] == "done", "it is done"
        )
    assert desk.controller.roster.view(NODE).birth.sw == "1.1"


async def test_one_that_was_taken_back_is_reported_as_failed(desk, fleet, booth, tmp_path):
    section = released(booth, tmp_path / "1.1", "1.1")
    async with running(desk, booth):
        assert await fleet("push", "software", str(section), NODE) == 0
        await restarted(booth)
    for _ in range(4):
        trial.attempt(booth.site())
    async with running(desk, booth):
        await until(lambda: (one := reported(desk)) and one.status == "failed", "it is failed")
    report = reported(desk)
    assert (report.reason.code, "started 3 times" in report.reason.message) == ("hw_error", True)


async def test_what_root_refuses_is_reported_with_its_reason(desk, fleet, booth, tmp_path):
    booth.machine.faults["check"] = MachineError("node.app cannot be loaded")
    section = released(booth, tmp_path / "1.1", "1.1")
    async with running(desk, booth):
        assert await fleet("push", "software", str(section), NODE) == 0
        root = asyncio.ensure_future(restarted(booth))
        await until(lambda: (one := reported(desk)) and one.status == "failed", "it is failed")
        root.cancel()
    assert "cannot be loaded" in reported(desk).reason.message


async def test_a_release_that_is_not_whole_is_not_sent_out(desk, fleet, booth, tmp_path, capsys):
    section = released(booth, tmp_path / "1.1", "1.1")
    (wheel,) = section.parent.glob("*.whl")
    wheel.unlink()
    async with running(desk, booth):
        assert await fleet("push", "software", str(section), NODE) != 0
        assert wheel.name in capsys.readouterr().err
        section.write_text(section.read_text().replace("1.1", "1.2"))
        assert await fleet("push", "software", str(section), NODE) != 0
        assert "manifest.jws is 1.1" in capsys.readouterr().err
        (section.parent / "manifest.jws").write_bytes(b"x.y.z")
        assert await fleet("push", "software", str(section), NODE) != 0
        assert "not the manifest" in capsys.readouterr().err
    assert reported(desk) is None
