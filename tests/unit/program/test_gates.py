"""Gates: what opens a segment, what plays in its place, what is told of it."""

import pytest

from node.errors import CommandError
from node.program import course
from node.program.commands import Arm, Pressed, Scanned, StaffOpen
from node.program.gates import Crowd
from node.program.rundown import Condition
from tests.fakes.rundowns import clip, gate, live, rundown
from tests.fakes.stage import order, stage

SCANS = Condition("scan", count=3, span_s=60)
LIKES = Condition("button", count=10, span_s=60, name="like")
STAFF = Condition("staff")
LATE = Condition("time", minute=601)


def gated(*conditions: Condition, is_any: bool = True, a_s: float = 20):
    shut = clip("ep4", 20)
    closed = type(shut)(
        "ep4", "clip", shut.length, asset=shut.asset,
        gate=gate(*conditions, otherwise="teaser", is_any=is_any),
    )  # fmt: skip
    return stage(rundown(clip("a", a_s), closed, clip("teaser", 5), play=("a", "ep4")))


def test_a_shut_gate_plays_the_other_segment_in_its_place():
    on = gated(SCANS)
    on.go(20 * 30 + 1)
    assert on.show.airing.segment == "teaser"
    on.go(5 * 30)
    assert order(on.facts) == ["teaser", "a"]
    assert on.show.loop == 1


def test_three_scans_open_it_and_two_do_not():
    on = gated(SCANS)
    on.go(30)
    on.do(Scanned("P17"))
    on.do(Scanned("P17"))
    on.step()
    assert course.following(on.show) == "teaser"
    on.do(Scanned("P18"))
    on.step()
    assert course.following(on.show) == "ep4"
    assert [(fact.is_open, fact.why) for fact in on.seen("gate")] == [
        (False, "scan 0 of 3"), (True, "scan 3 of 3"),
    ]  # fmt: skip


def test_counts_slide_out_of_their_span_again():
    on = gated(SCANS, a_s=120)
    on.go(30)
    for _ in range(3):
        on.do(Scanned("P17"))
    on.go(59 * 30)
    assert course.following(on.show) == "ep4"
    on.go(60)
    assert course.following(on.show) == "teaser"
    assert [fact.is_open for fact in on.seen("gate")] == [False, True, False]


def test_a_scan_that_arrives_late_counts_for_when_it_was():
    on = gated(SCANS)
    on.go(30)
    for _ in range(3):
        on.do(Scanned("P17", at=on.now.timestamp() - 61))
    on.step()
    assert course.following(on.show) == "teaser"


def test_a_scan_said_to_be_in_the_future_counts_as_now():
    on = gated(SCANS)
    on.go(30)
    for _ in range(3):
        on.do(Scanned("P17", at=on.now.timestamp() + 9e6))
    on.go(2)
    assert course.following(on.show) == "ep4"
    assert on.show.crowd.scans[0][0] <= on.now.timestamp()


def test_presses_count_by_button():
    on = gated(LIKES)
    on.step()
    on.do(Pressed("help", 50))
    on.do(Pressed("like", 9))
    on.step()
    assert course.following(on.show) == "teaser"
    on.do(Pressed("like"))
    on.step()
    assert course.following(on.show) == "ep4"


def test_staff_opens_for_one_playing():
    on = gated(STAFF, a_s=5)
    on.step()
    on.do(StaffOpen("ep4"))
    on.go((5 + 20 + 5) * 30 + 5)
    assert order(on.facts) == ["ep4", "a", "teaser"]


def test_staff_cannot_open_what_has_no_gate():
    on = gated(STAFF)
    with pytest.raises(CommandError) as refused:
        on.do(StaffOpen("a"))
    assert refused.value.code == "no_gate"


def test_time_opens_and_all_needs_all():
    on = gated(LATE, STAFF, is_any=False)
    on.step()
    on.do(StaffOpen("ep4"))
    on.step()
    assert course.following(on.show) == "teaser"
    on.minute = 601
    on.step()
    assert course.following(on.show) == "ep4"


def test_what_the_operator_arms_passes_no_gate():
    on = gated(SCANS)
    on.do(Arm("ep4"))
    on.go(20 * 30 + 1)
    assert on.show.airing.segment == "ep4"


def test_a_ring_of_shut_gates_still_plays_something():
    shut = {
        name: type(clip(name, 1))(name, "clip", 30, asset=None, gate=gate(SCANS, otherwise=other))
        for name, other in (("x", "y"), ("y", "x"))
    }
    on = stage(rundown(live("desk", 1), *shut.values(), play=("desk", "x")))
    on.go(40)
    assert on.show.airing.segment in shut


def test_a_thousand_presses_a_second_cost_one_entry_a_second():
    crowd = Crowd()
    for at_s in range(10):
        for _ in range(1000):
            crowd = crowd.pressed("like", 1_700_000_000 + at_s, 1, 60)
    assert [many for _, many in crowd.presses["like"]] == [1000] * 10


def test_counts_that_no_gate_asks_for_are_forgotten():
    crowd = Crowd()
    for at_s in range(1000):
        crowd = crowd.scanned(at_s, 1, 60)
    assert len(crowd.scans) <= 61
