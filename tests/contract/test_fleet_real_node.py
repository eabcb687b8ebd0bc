"""The controller and the node's own control plane: neither knows a word that the other does not."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.control.plane import ControlPlane
from node.supervise import Supervisor
from tests.fakes.chaos_node import NODE, Fault, counting_plane
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


@contextlib.asynccontextmanager
async def real_node(desk: FleetDesk, state: Path) -> AsyncIterator[ControlPlane]:
    state.mkdir(exist_ok=True)
    plane = counting_plane(state, desk.broker.port, desk.folder / "root.jwk", Fault("", 0.0))
    work = asyncio.ensure_future(Supervisor().run(optional=plane.parts))
    try:
        await until(lambda: desk.controller.roster.is_online(NODE), "it is online")
        view = desk.controller.roster
        await until(lambda: "keys" in view.of([NODE])[0].reported, "it trusts the keys")
        yield plane
    finally:
        work.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await work
        plane.close()


async def test_commands_are_done_in_order_and_their_events_come_up(desk: FleetDesk, tmp_path: Path):
    async with real_node(desk, tmp_path / "state"):
        batches = [await desk.send("sys.identify", {"for_s": 1}, NODE) for _ in range(10)]
        for batch in batches:
            (entry,) = await desk.ended(batch)
            assert entry.status == "done"
        logbook = desk.controller.logbook
        await until(lambda: len(logbook.events(20, NODE, "effect")) == 10, "ten effects")


async def test_a_node_that_went_and_came_gets_what_waited(desk: FleetDesk, tmp_path: Path):
    async with real_node(desk, tmp_path / "state"):
        pass
    await until(lambda: not desk.controller.roster.is_online(NODE), "it is gone")
    batch = await desk.send("sys.identify", {"for_s": 1}, NODE)
    async with real_node(desk, tmp_path / "state"):
        (entry,) = await desk.ended(batch)
        assert entry.status == "done"


async def test_settings_that_cannot_be_used_are_reported_with_their_reason(
    desk: FleetDesk, tmp_path: Path
):
    async with real_node(desk, tmp_path / "state"):
        wanted = {"rundown": "sha256:" + "9" * 64}
        body = {"section": "show", "data": wanted, "select": {"ids": [NODE]}}
        await desk.ask("POST", "/v1/wanted", body)
        view = desk.controller.roster
        await until(
            lambda: (one := view.of([NODE])[0].reported.get("show")) and one.reason,
            "it is reported with its reason",
        )
        report = view.of([NODE])[0].reported["show"]
        assert (report.ver, report.reason is not None) == (1, True)
