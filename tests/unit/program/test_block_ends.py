"""The last second of a block: nothing begins in it that a hard end would cut, nothing ends late."""

from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest

from node.program.commands import Arm, Busy, Take, TakeLive
from node.program.course import following
from node.program.rundown import Block, Condition, Cue
from tests.fakes.rundowns import agent, clip, gate, live, rundown
from tests.fakes.stage import order, stage

END = 601
"""The end of the first block, a minute of the day."""


def blocks(*first, then=("next",), is_hard=True, end=END):
    return (Block(540, end, first, is_hard=is_hard), Block(end, 540, then))


def cut_day(first_s, *more, play=("first", "second"), is_hard=True):
    """Clips `first` (so long), `second` and `next` (a minute each), the block ends at 10:01:00."""
    return rundown(
        clip("first", first_s), clip("second", 60), clip("next", 60), *more,
        blocks=blocks(*play, is_hard=is_hard),
    )  # fmt: skip


@pytest.mark.parametrize("frames", [1, 2, 15, 29, 30])
@pytest.mark.parametrize("is_hard", [True, False])
def test_a_clip_that_ends_within_the_last_second_is_followed_by_the_next_block(frames, is_hard):
    on = stage(cut_day(60 - frames / 30, is_hard=is_hard), 600)
    on.go(61 * 30)
    assert order(on.facts) == ["next"]
    assert on.show.airing.entered == 60 * 30 - frames
    on.go(20 * 30)
    assert (order(on.facts), on.show.airing.segment, on.show.block) == (["next"], "next", 1)


def test_a_clip_that_ends_before_the_last_second_is_followed_by_its_own_block_to_the_minute():
    on = stage(cut_day(60 - 31 / 30), 600)
    on.go(61 * 30)
    assert order(on.facts) == ["second", "next"]
    assert on.show.airing.entered == 60 * 30


def test_what_comes_next_is_known_a_second_before_a_hard_end():
    on = stage(cut_day(90), 600)
    on.go(59 * 30)
    assert following(on.show) == "second"
    on.step()
    assert following(on.show) == "next"


def test_what_was_armed_begins_the_next_block_early_and_is_not_cut():
    on = stage(cut_day(60 - 1 / 30), 600)
    on.go(10)
    on.do(Arm("second"))
    on.go(62 * 30)
    assert order(on.facts) == ["second"]
    assert (on.show.block, following(on.show)) == (1, "next")


@pytest.mark.parametrize("length_s", [59.5, 200])
def test_an_interrupted_clip_does_not_come_back_for_the_rest_of_a_hard_block(length_s):
    on = stage(cut_day(90, live("desk", length_s - 1)), 600)
    on.go(30)
    on.do(TakeLive())
    on.go(61 * 30)
    assert order(on.facts) == ["desk", "next"]
    assert on.show.held is None


def test_an_interrupted_clip_comes_back_over_the_end_of_a_soft_block():
    on = stage(cut_day(90, live("desk", 58.5), is_hard=False), 600)
    on.go(30)
    on.do(TakeLive())
    on.go(61 * 30)
    assert order(on.facts) == ["desk", "first"]


def test_an_assistant_does_not_begin_again_within_the_last_second_of_a_hard_block():
    desk = replace(live("desk", 200), on_busy="helper")
    day = cut_day(1, desk, agent("helper", 58.9), play=("first", "desk"))
    on = stage(day, 600)
    on.do(Busy(True))
    on.go(61 * 30)
    assert order(on.facts) == ["desk", "helper", "next"]


def test_a_camera_given_up_within_the_last_second_is_followed_by_the_next_block():
    on = stage(cut_day(5, live("desk", 300), play=("desk", "second")), 600)
    on.go(round(54.6 * 30))
    on.sources["desk"] = "lost"
    on.go(7 * 30)
    assert order(on.facts) == ["next"]
    assert on.seen("seg.end")[0].why == "lost"


def test_a_gate_that_opens_with_its_block_is_open_though_the_block_begins_early():
    late = replace(clip("next", 60), gate=gate(Condition("time", minute=END), otherwise="second"))
    day = cut_day(60 - 1 / 30)
    on = stage(replace(day, segments={**day.segments, "next": late}), 600)
    on.go(62 * 30)
    assert order(on.facts) == ["next"]


def test_a_segment_that_a_cue_takes_in_the_last_second_stays_behind_a_hard_end():
    first = clip("first", 90, Cue("first.0", 60 * 30 - 5, "take", segment="second"))
    day = cut_day(90)
    on = stage(replace(day, segments={**day.segments, "first": first}), 600)
    on.go(70 * 30)
    assert order(on.facts) == ["second"]


def test_a_segment_taken_by_hand_in_the_last_second_stays_behind_a_hard_end():
    on = stage(cut_day(90), 600)
    on.go(round(59.5 * 30))
    on.do(Take("second"))
    on.go(70 * 30)
    assert order(on.facts)[0] == "second"
    assert on.seen("seg.end")[-1].why == "end"


def test_an_edit_leaves_a_block_that_began_early_as_it_is():
    day = cut_day(60 - 10 / 30)
    on = stage(day, 600)
    on.go(60 * 30 - 5)
    on.edit(replace(day, sha256="1" * 64))
    on.go(70 * 30)
    assert order(on.facts) == ["next", "next"]
    assert on.show.airing.entered == 120 * 30 - 10


@pytest.mark.parametrize(("day", "minutes"), [(date(2026, 3, 29), 120), (date(2026, 10, 25), 240)])
@pytest.mark.parametrize(("first_s", "early"), [(47, 0), (29.5, 15)])
def test_a_hard_end_is_on_its_minute_on_days_when_the_clock_changes(day, minutes, first_s, early):
    hours = rundown(
        clip("first", first_s), clip("next", 47), day=day, zone="Europe/Berlin",
        blocks=(Block(0, 180, ("first",), is_hard=True), Block(180, 0, ("next",))),
    )  # fmt: skip
    on = stage(hours, 0)
    on.set_clock(on.now.astimezone(UTC) + timedelta(minutes=minutes, seconds=-30))
    on.go(45 * 30)
    assert order(on.facts) == ["next"]
    assert on.show.airing.entered == 30 * 30 - early
