"""BUSY: the assistant stands in for the host, the live segment's clock goes on."""

from dataclasses import replace

from node.program import course
from node.program.commands import Busy, Skip, Take, TakeLive
from node.program.rundown import Cue
from node.program.schedule import opening, saved_of
from tests.fakes.rundowns import agent, card, clip, live, rundown, say
from tests.fakes.stage import order, stage

DESK = replace(
    live("desk", 20, 5, card("desk", 0, 60, frames=300), Cue("desk.1", 90, "mark", beat="turn")),
    on_busy="agent",
)
DAY = rundown(clip("a", 5), DESK, agent("agent", 4, say("agent", 0, 0)), play=("desk", "a"))


def test_the_host_is_stood_in_for_in_the_next_frame_and_back_as_fast():
    on = stage(DAY)
    on.go(30)
    on.do(Busy(True))
    on.step()
    assert on.show.airing.segment == "agent"
    on.go(30)
    on.do(Busy(False))
    on.step()
    assert (on.show.airing.segment, on.show.airing.position) == ("desk", 61)
    assert [(fact.segment, fact.why) for fact in on.seen("seg.start")] == [
        ("agent", "busy"), ("desk", "back"),
    ]  # fmt: skip


def test_cues_that_the_stand_in_covered_stay_silent_but_their_card_is_shown():
    on = stage(DAY)
    on.go(30)
    on.do(Busy(True))
    on.go(100)
    on.do(Busy(False))
    on.step()
    assert on.show.card is not None
    assert on.show.card.cue == "desk.0"
    assert [fact.cue for fact in on.seen("cue.skip")] == ["desk.0", "desk.1"]
    assert [fact.cue for fact in on.seen("cue.fire")] == ["agent.0"]


def test_the_live_clock_ends_the_segment_while_handed_over():
    on = stage(DAY)
    on.go(30)
    on.do(Busy(True))
    on.go(25 * 30 - 30)
    assert on.show.airing.segment == "agent"
    on.step()
    assert on.show.airing.segment == "a"
    assert on.show.handed is None


def test_a_stand_in_that_ends_begins_again():
    on = stage(DAY)
    on.do(Busy(True))
    on.go(9 * 30)
    assert order(on.facts) == ["agent", "agent", "agent"]
    assert len(on.seen("say.start")) == 3


def test_a_busy_host_is_stood_in_for_at_the_next_live_segment_too():
    day = rundown(clip("a", 2), DESK, agent("agent", 4), play=("a", "desk"))
    on = stage(day)
    on.do(Busy(True))
    on.go(30)
    assert on.show.airing.segment == "a"
    on.go(31)
    assert on.show.airing.segment == "agent"


def test_asking_for_the_camera_ends_busy():
    on = stage(DAY)
    on.go(30)
    on.do(Busy(True))
    on.go(30)
    on.do(TakeLive())
    on.go(30)
    assert (on.show.airing.segment, on.show.is_busy) == ("desk", False)


def test_saying_it_twice_does_no_harm():
    on = stage(DAY)
    on.do(Busy(False))
    on.do(Busy(True))
    on.do(Busy(True))
    on.go(3)
    assert order(on.facts) == ["agent"]


def test_skip_by_either_name_goes_on_behind_the_live_segment():
    for name in ("desk", "agent"):
        on = stage(DAY)
        on.do(Busy(True))
        on.step()
        assert course.following(on.show) == "a"
        on.do(Skip(name))
        assert on.show.airing.segment == "a"


def test_a_segment_taken_by_hand_ends_the_stand_in():
    on = stage(DAY)
    on.do(Busy(True))
    on.go(5)
    on.do(Take("a"))
    on.go(5)
    assert (on.show.airing.segment, on.show.handed) == ("a", None)


def test_a_live_segment_without_a_stand_in_stays():
    on = stage(rundown(live("desk", 5), play=("desk",)))
    on.do(Busy(True))
    on.go(5)
    assert on.show.airing.segment == "desk"


def test_a_restart_while_busy_is_at_the_live_clock_and_busy():
    on = stage(DAY)
    on.go(30)
    on.do(Busy(True))
    on.go(60)
    saved = saved_of(on.show, on.now.timestamp())
    assert (saved.segment, saved.position, saved.is_busy) == ("desk", 89, True)
    assert opening(DAY, on.now, saved).is_busy
