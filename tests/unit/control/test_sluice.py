"""A flood: only so many commands a second come in, a stop always, and all else as it comes."""

import pytest

from node.control import sluice as module
from node.control.sluice import BURST, RATE_S, Sluice

OWN = "ls/v1/acme/nodes/n0001"


class Clock:
    def __init__(self):
        self.now_s, self.rests = 50.0, 0

    def monotonic(self):
        return self.now_s

    def sleep(self, seconds):
        assert seconds == module.PAUSE_S
        self.rests += 1


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def admitted(sluice, topic, count):
    return sum(sluice.admits(topic) for _ in range(count))


def test_of_a_flood_so_many_come_in_and_the_thread_rests_at_each_other(clock):
    sluice = Sluice()
    assert admitted(sluice, f"{OWN}/cmd/cue.go", 5000) == BURST
    assert clock.rests == 5000 - BURST


def test_a_second_later_there_is_room_again(clock):
    sluice = Sluice()
    admitted(sluice, f"{OWN}/cmd/cue.go", 5000)
    clock.now_s += 1
    assert admitted(sluice, f"{OWN}/cmd/cue.go", 5000) == RATE_S


@pytest.mark.parametrize("topic", [f"{OWN}/cmd/live.stop", "ls/v1/acme/all/cmd/live.stop",
                                   f"{OWN}/cmd/cancel"])  # fmt: skip
def test_a_stop_passes_a_flood_of_others(clock, topic):
    sluice = Sluice()
    admitted(sluice, f"{OWN}/cmd/cue.go", 5000)
    assert sluice.admits(topic)


def test_stops_too_can_be_too_many(clock):
    assert admitted(Sluice(), f"{OWN}/cmd/live.stop", 5000) == BURST


@pytest.mark.parametrize("leaf", ["desired/show", "desired/keys", "time"])
def test_desired_state_and_time_are_slowed_and_never_dropped(clock, leaf):
    assert admitted(Sluice(), f"{OWN}/{leaf}", 5000) == 5000
    assert clock.rests == 5000 - BURST


def test_what_is_no_topic_of_ours_is_dropped_with_the_rest(clock):
    sluice = Sluice()
    assert admitted(sluice, "$SYS/broker", 5000) == BURST
    assert not sluice.admits("a/b")
