"""The controller and simulated nodes on a real broker: commands reach their end."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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


async def test_a_card_is_obeyed_and_its_last_word_comes_back(desk: FleetDesk):
    node = await desk.node("n0001")
    batch = await desk.send("card.show", {"product": "bag"}, "n0001")
    (entry,) = await desk.ended(batch)
    assert entry.status == "done"
    assert node.show.card == "bag"


async def test_the_reason_of_a_failure_is_kept(desk: FleetDesk):
    await desk.node("n0001", refuse=lambda _: "asset_missing")
    (entry,) = await desk.ended(await desk.send("card.show", {"product": "bag"}, "n0001"))
    assert (entry.status, entry.code) == ("failed", "asset_missing")


async def test_a_command_is_sent_again_until_it_is_answered(desk: FleetDesk):
    node = await desk.node("n0001", is_mute=True)
    batch = await desk.send("sys.identify", {}, "n0001")  # it lives long enough for many sends
    (entry,) = desk.entries(batch)
    await until(lambda: node.copies.get(entry.id, 0) >= 2, "it is sent twice")
    node.is_mute = False
    (entry,) = await desk.ended(batch)
    assert entry.status == "done"
    assert len(node.obeyed) == 1


async def test_in_a_strict_stream_the_next_waits_for_the_one_before(desk: FleetDesk):
    node = await desk.node("n0001", is_mute=True)
    first = await desk.send("cue.arm", {"segment": "a"}, "n0001")
    second = await desk.send("cue.arm", {"segment": "b"}, "n0001")
    await until(lambda: node.copies, "the first arrives")
    assert [one.sends for one in desk.entries(second)] == [0]
    node.is_mute = False
    await desk.ended(first)
    await desk.ended(second)
    assert node.show.armed == "b"


async def test_a_take_goes_only_where_its_segment_was_armed(desk: FleetDesk):
    armed, other = await desk.node("n0001"), await desk.node("n0002")
    await desk.ended(await desk.send("cue.arm", {"segment": "desk"}, "n0001"))
    entries = await desk.ended(await desk.send("cue.go", {"segment": "desk"}, "n0001", "n0002"))
    assert [(one.status, one.code) for one in entries] == [("done", ""), ("failed", "precondition")]
    assert armed.show.seg == "desk"
    assert not other.copies


async def test_a_node_that_is_gone_fails_a_card_at_once_and_gets_the_stop_when_it_is_back(
    desk: FleetDesk,
):
    node = await desk.node("n0001")
    await node.close()
    await until(lambda: not desk.controller.roster.is_online("n0001"), "its will is heard")
    (card,) = await desk.ended(await desk.send("card.show", {"product": "bag"}, "n0001"))
    assert card.status == "offline"
    stop = await desk.send("live.stop", {}, "n0001")
    assert [one.status for one in desk.entries(stop)] == ["created"]
    await desk.node("n0001", bseq=node.bseq)
    (entry,) = await desk.ended(stop)
    assert entry.status == "done"


async def test_a_command_outlives_the_controller_byte_for_byte(desk: FleetDesk):
    node = await desk.node("n0001", is_mute=True)
    batch = await desk.send("sys.identify", {}, "n0001")
    (before,) = desk.entries(batch)
    await until(lambda: node.copies, "it arrives")
    await desk.stop()
    node.is_mute = False
    await desk.start()
    (after,) = await desk.ended(batch)
    assert (after.id, after.body, after.status) == (before.id, before.body, "done")


async def test_numbers_go_on_where_they_were_after_a_restart(desk: FleetDesk):
    node = await desk.node("n0001")
    await desk.ended(await desk.send("sys.identify", {}, "n0001"))
    await desk.stop()
    await desk.start()
    await until(lambda: desk.controller.roster.is_online("n0001"), "it is known again")
    (entry,) = await desk.ended(await desk.send("sys.identify", {}, "n0001"))
    assert entry.status == "done"
    assert [one.seq.n for one in node.obeyed if one.seq] == [1, 2]


async def test_the_stop_of_all_is_one_word_and_one_for_each(desk: FleetDesk):
    nodes = [await desk.node(f"n000{i}") for i in (1, 2, 3)]
    answer = await desk.ask("POST", "/v1/stop", {})
    entries = await desk.ended(str(answer["batch"]))
    assert [one.status for one in entries] == ["done"] * 3
    await until(lambda: all(len(one.obeyed) == 2 for one in nodes), "each heard both")
    assert {one.aud for one in nodes[0].obeyed} == {"*", "n0001"}


async def test_who_wanted_what_and_what_came_of_it_is_in_the_audit(desk: FleetDesk):
    await desk.node("n0001")
    batch = await desk.send("audio.set", {"volume": 40}, "n0001")
    await desk.ended(batch)
    lines: list[dict[str, object]] = []

    async def read() -> None:
        answer = await desk.ask("GET", "/v1/audit")
        found = answer["lines"]
        assert isinstance(found, list)
        lines[:] = [one for one in found if one["batch"] == batch]

    await read()
    while len(lines) < 2:
        await read()
    assert [(one["who"], one["what"], one["result"]) for one in reversed(lines)] == [
        ("admin", "audio.set", "ok"),
        ("admin", "result", "done 1"),
    ]
