"""All that node and controller say on a real broker is what the contract's document says."""

import asyncio
import dataclasses

import msgspec
import pytest

from node.config_control import MqttConfig
from node.control import reporting
from node.control.orders import AskReply, Snapshot
from node.control.performer import Outcome
from node.control.plane import Show, open_plane
from node.control.reporting import Self
from node.control.shelf import Shelf
from node.program.handover import AskRequest, Guess
from node.supervise import Supervisor
from tests.fakes.chaos_node import NODE, ORG, SyncedClock, gauges, no_day
from tests.fakes.mosquitto import Mosquitto
from tests.fakes.recorder import Contract, Heard, Recorder
from tools.fleet.commander import Action
from tools.fleet.controller import open_controller
from tools.fleet.founding import found
from tools.fleet.keys import ROOT_PUBLIC
from tools.fleet.settings import Settings
from tools.fleet.wall import now_ms
from tools.make_contract.examples import ORDERS, WANTED, command

pytestmark = pytest.mark.timeout(300)
CONTRACT = Contract()
SPOKEN = {name for one in CONTRACT.channels.values() for name in one["messages"]} - {
    "event.tele.agg"  # after five minutes
}


class Obedient:
    """Does nothing, gladly; a picture is asked of the reporter."""

    plane = None

    def is_repeatable(self, order):
        return True

    async def prepare(self, order):
        return

    async def perform(self, command_):
        if isinstance(command_.data, Snapshot):
            self.plane.reporter.still(command_.id, "ep1", (320, 180), b"\xff\xd8\xff\xd9")
        if isinstance(command_.data, AskReply):
            request = AskRequest(12, "en", 0.0, "P17", (Guess("usage", 0.6),), "hot?", b"OggS")
            assert self.plane.reporter.ask(command_.data.turn, request, 8000)
        event = self.plane.reporter.event(
            f"{NODE}-1-{command_.id}", "card.show", {"seg": "ep1"}, "2026-11-21T04:40:00.123Z"
        )
        return Outcome({"seg": "ep1"}, (event,))

    def holds(self, command_, *, is_same_boot):
        return False


def node_plane(folder, port, root):
    """The control plane of a node whose show obeys everything."""
    folder.mkdir()
    shelf = Shelf(folder)
    shelf.load()
    performer = Obedient()
    cfg = MqttConfig((f"mqtt://127.0.0.1:{port}",), org=ORG, root_key_file=str(root))
    performer.plane = open_plane(
        cfg,
        Self(ORG, NODE, "0.0.0", "contract", (), "jws"),
        Show(performer, gauges(), no_day, lambda _: [], lambda _: None),
        state_dir=folder,
        clock=SyncedClock(),
        shelf=shelf,
    )
    return performer.plane


async def give_everything(controller, until):
    """Every command, every section, the broadcast: each after the last has ended."""
    for section, wanted in WANTED.items():
        if section != "keys":
            data = msgspec.to_builtins(wanted)
            await controller.wishes.want([NODE], section, data, "op:1", now_ms())
    for order in sorted(ORDERS, key=lambda one: command(one).type != "cue.arm"):
        wire = command(order)
        data = {name: value for name, value in wire.data.items() if name not in ("play_at", "at")}
        batch = await controller.commander.give(Action(wire.type, data, "op:1"), [NODE], now_ms())
        await until(
            lambda batch=batch: all(
                one.has_ended for one in controller.commander.batches.entries(batch)
            )
        )
    controller.commander.broadcast_stop("op:1", now_ms())


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """All traffic of a node's and a controller's day."""
    folder = tmp_path_factory.mktemp("contract")
    broker = Mosquitto(folder / "broker")
    broker.start()
    recorder = Recorder(broker.port)
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reporting, "SYS_S", 0.2)
            asyncio.run(day(folder, broker.port, recorder))
    finally:
        recorder.close()
        broker.stop()
    return list(recorder.heard)


async def day(folder, port, recorder):
    """A controller and a node that say all that there is to say."""
    found(folder / "fleet", Settings(org=ORG, broker=f"mqtt://127.0.0.1:{port}"), "")
    controller = open_controller(folder / "fleet")
    plane = node_plane(folder / "node", port, folder / "fleet" / ROOT_PUBLIC)

    async def until(is_so):
        while not is_so():
            assert not any(task.done() for task in tasks), [task.exception() for task in tasks]
            await asyncio.sleep(0.02)

    tasks = [
        asyncio.create_task(controller.run()),
        asyncio.create_task(Supervisor().run(optional=plane.parts)),
    ]
    own = f"ls/v1/{ORG}/nodes/{NODE}"
    await until(lambda: recorder.has(f"{own}/up/reported/keys"))
    await give_everything(controller, until)
    await until(lambda: recorder.has(f"{own}/up/reported/show"))
    await until(lambda: {CONTRACT.message_of(one.topic) for one in recorder.heard} >= SPOKEN)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    plane.close()


def test_every_message_fits_its_channel(recorded):
    faults = {(one.topic, fault) for one in recorded for fault in CONTRACT.faults(one)}
    assert faults == set()


def test_every_channel_and_every_message_is_heard(recorded):
    assert {CONTRACT.channel_of(one.topic) for one in recorded} == set(CONTRACT.channels)
    assert {CONTRACT.message_of(one.topic) for one in recorded} >= SPOKEN


@pytest.mark.parametrize(
    "change",
    [
        {"qos": 0},
        {"retain": True},
        {"expiry_s": None},
        {"expiry_s": 100_000},
        {"topic": "ls/v1/acme/nodes/n0001/up/acks"},
        {"body": b"{}"},
        {"body": b"garbage"},
    ],
    ids=str,
)
def test_what_does_not_fit_is_found(recorded, change):
    ack = next(one for one in recorded if CONTRACT.channel_of(one.topic) == "ack")
    assert CONTRACT.faults(ack) == []
    assert CONTRACT.faults(dataclasses.replace(ack, **change))


def test_a_bare_command_is_no_signed_one():
    topic = f"ls/v1/{ORG}/nodes/{NODE}/cmd/rebirth"
    assert CONTRACT.faults(Heard(topic, 1, retain=False, expiry_s=300, body=b'{"v":1}'))
