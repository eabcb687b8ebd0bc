"""Facts about what the fleet is told of the parts of a node."""

from types import SimpleNamespace

from node.board.journal import RecentLines
from node.channels import State
from node.config import Config
from node.control.telemetry import Hearing
from node.control.wiring import _Wires
from node.program.listening import Listening
from node.supervise import PartHealth


async def streams(listening, **parts):
    near = SimpleNamespace(
        health=State(parts), listening=State(listening), viewers=lambda: 3, kbps=lambda: 2400.0
    )
    return _Wires(Config(rundown=""), near, RecentLines()).streams("n0001", 1)


async def test_the_fleet_is_told_that_the_ear_rests_and_for_how_long():
    told = await streams(Listening(ear="resting", again_s=42))
    assert told.hearing == Hearing("resting", again_s=42)


async def test_the_fleet_is_told_of_a_microphone_that_is_too_loud():
    told = await streams(Listening(ear="armed", clipped_percent=31))
    assert told.hearing == Hearing("armed", clipped_percent=31)


async def test_a_part_that_waits_is_among_the_ill_with_its_error():
    ear = PartHealth("waiting", is_essential=False, last_error="this machine is too slow")
    assert (await streams(Listening(), ear=ear)).ill == {"ear": "this machine is too slow"}
