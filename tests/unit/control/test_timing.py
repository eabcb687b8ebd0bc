"""Old or not: with a good clock, with none, across restarts, while the clock leaps by years."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.control.messages import ContractError, TimeReply
from node.control.timekeeper import BUILT_MS, Timekeeper
from node.control.timing import Reception, deadline, refuse_if_late
from tests.unit.control.samples import NODE, NOW, reading

YEAR_MS = 365 * 86_400_000
CAME = Reception(1000.0, 57, is_dup=False)


def code(work):
    with pytest.raises(ContractError) as refused:
        work()
    return refused.value.code


@pytest.mark.parametrize("state", ["synced", "holdover", "unsynced"])
def test_what_the_broker_says_is_left_counts_on_the_loops_clock(state):
    assert deadline(NOW + 60_000, 600, CAME, reading(state)) == 1057.0


def test_a_broker_cannot_give_more_life_than_the_type_has():
    assert deadline(NOW + 60_000, 15, CAME, reading()) == 1015.0


def test_past_by_a_clock_that_is_right_is_too_old():
    assert code(lambda: deadline(NOW - 1, 600, CAME, reading())) == "too_old"
    assert deadline(NOW - 1, 600, CAME, reading("unsynced")) == 1057.0


def test_past_the_floor_is_too_old_whatever_the_clock():
    past = reading("unsynced", floor=NOW + 5)
    assert code(lambda: deadline(NOW + 4, 600, CAME, past)) == "too_old"


@pytest.mark.parametrize("came", [Reception(1000.0, None, is_dup=False),
                                  Reception(1000.0, 57, is_dup=True)])  # fmt: skip
def test_without_a_clock_a_command_of_unknown_age_is_refused(came):
    assert code(lambda: deadline(NOW + 60_000, 600, came, reading("unsynced"))) == "clock_unsynced"
    assert deadline(NOW + 60_000, 600, came, reading("holdover"))


def test_it_is_looked_at_again_before_it_begins():
    later = reading("unsynced", loop_s=1057.5)
    late = code(lambda: refuse_if_late(NOW + 60_000, 1057.0, later, is_same_boot=True))
    assert late == "too_old"
    refuse_if_late(NOW + 60_000, 1057.0, reading("unsynced"), is_same_boot=True)


def test_after_a_restart_of_the_machine_only_a_good_clock_helps():
    refuse_if_late(NOW + 60_000, 5.0, reading("synced"), is_same_boot=False)
    lost = code(lambda: refuse_if_late(NOW + 60_000, 5.0, reading("unsynced"), is_same_boot=False))
    assert lost == "too_old"


class Machine:
    def __init__(self, wall=NOW, sync="unsynced"):
        self.wall, self.sync, self.loop_s = wall, sync, 100.0

    def keeper(self, floor=0):
        return Timekeeper(
            wall=lambda: self.wall, sync=lambda: self.sync, loop_s=lambda: self.loop_s, floor=floor
        )

    def passes(self, seconds):
        self.loop_s += seconds
        self.wall += int(seconds * 1000)


def test_a_clock_is_synced_then_held_over_and_never_unsynced_again():
    machine = Machine(sync="synced")
    keeper = machine.keeper()
    assert keeper.reading().state == "synced"
    machine.sync = "unsynced"
    machine.passes(3599)
    assert keeper.reading().state == "synced"
    machine.passes(2)
    assert keeper.reading().state == "holdover"


def test_the_controller_tells_a_node_without_a_clock_what_time_it_is():
    machine = Machine(wall=BUILT_MS)
    keeper = machine.keeper()
    assert keeper.reading().state == "unsynced"
    machine.passes(0.2)
    reply = TimeReply(1, NODE, "a", BUILT_MS, NOW, NOW + 100)
    keeper.hear(reply, asked_s=100.0, came_s=100.2)
    read = keeper.reading()
    assert read.state == "synced"
    assert read.now == pytest.approx(NOW + 150, abs=1)
    assert read.floor == NOW + 100
    machine.passes(10)
    assert keeper.reading().now == pytest.approx(NOW + 10_150, abs=1)


def test_the_shortest_round_trip_counts():
    machine = Machine(wall=BUILT_MS)
    keeper = machine.keeper()
    keeper.hear(TimeReply(1, NODE, "a", 0, NOW, NOW), asked_s=100.0, came_s=100.01)
    keeper.hear(TimeReply(1, NODE, "b", 0, NOW + 9999, NOW + 9999), asked_s=100.0, came_s=104.0)
    machine.passes(4)
    assert keeper.reading().now == pytest.approx(NOW + 3995, abs=1)


@pytest.mark.parametrize("leap_ms", [-YEAR_MS, YEAR_MS])
def test_a_clock_that_leaps_a_year_moves_no_time_that_the_controller_told(leap_ms):
    machine = Machine(sync="synced")
    keeper = machine.keeper()
    keeper.hear(TimeReply(1, NODE, "a", 0, NOW, NOW), asked_s=100.0, came_s=100.0)
    machine.wall += leap_ms
    assert keeper.reading().now == pytest.approx(NOW, abs=1)
    assert keeper.advance() == pytest.approx(NOW, abs=1)


@pytest.mark.parametrize("leap_ms", [YEAR_MS, 60_000])
def test_a_time_server_alone_moves_the_floor_no_faster_than_time_passes(leap_ms):
    machine = Machine(sync="synced")
    keeper = machine.keeper(floor=NOW)
    keeper.advance()
    machine.wall += leap_ms
    assert keeper.advance() == NOW
    machine.passes(60)
    assert keeper.advance() == NOW + 60_000


@settings(deadline=None)
@given(st.lists(st.integers(-3 * YEAR_MS, 3 * YEAR_MS), max_size=20))
def test_the_floor_never_goes_back(leaps):
    machine = Machine(sync="synced")
    keeper = machine.keeper(floor=NOW)
    floors = [keeper.floor]
    for leap in leaps:
        machine.wall = NOW + leap
        machine.loop_s += 60
        floors.append(keeper.advance())
    assert floors == sorted(floors)
