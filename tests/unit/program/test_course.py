"""The course of the show: segments, cues, interruptions and lost sources, tick by tick."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import CommandError
from node.program import course
from node.program.commands import (
    Arm,
    Command,
    HideCard,
    Resume,
    SetLayout,
    ShowCard,
    Skip,
    Take,
    TakeLive,
)
from node.program.rundown import Block, Cue
from tests.fakes.rundowns import card, clip, live, rundown
from tests.fakes.stage import order, stage


def test_segments_follow_the_play_list_and_the_loop_counts():
    on = stage(rundown(clip("a", 1), clip("b", 2), play=("a", "b")))
    on.go(30)
    assert on.show.airing.segment == "a"
    on.step()
    assert on.show.airing.segment == "b"
    on.go(60)
    assert (on.show.airing.segment, on.show.loop) == ("a", 1)


def test_a_segment_shows_exactly_its_frames():
    on = stage(rundown(clip("a", 1), clip("b", 1), play=("a", "b")))
    on.go(31)
    assert on.seen("seg.end")[0].position == 30
    assert on.show.airing.position == 0


def test_a_cue_fires_on_its_frame_once():
    on = stage(rundown(clip("a", 20, card("a", 0, at=45)), play=("a",)))
    on.go(45)
    assert on.show.card is None
    on.step()
    assert on.show.card is not None
    assert on.show.card.product == "P17"
    on.go(200)
    fired = on.seen("cue.fire")
    assert [(fact.position, fact.late_frames) for fact in fired] == [(45, 0)]


def test_two_cues_on_one_frame_both_fire():
    third = Cue("a.1", 10, "lower_third", text={"zh": "你好"}, for_frames=60)
    on = stage(rundown(clip("a", 20, card("a", 0, at=10), third), play=("a",)))
    on.go(11)
    assert on.show.card is not None
    assert on.show.lower_third is not None


def test_a_card_goes_when_its_time_is_over():
    on = stage(rundown(clip("a", 20, card("a", 0, at=10, frames=240)), play=("a",)))
    on.go(250)
    assert on.show.card is not None
    on.step()
    assert on.show.card is None
    assert on.seen("card.hide")[0].why == "time"


def test_a_card_goes_with_its_segment():
    on = stage(rundown(clip("a", 2, card("a", 0, at=10)), clip("b", 2), play=("a", "b")))
    on.go(61)
    assert on.show.card is None


def test_a_late_clip_stands_still_and_its_cue_waits_with_it():
    on = stage(rundown(clip("a", 20, card("a", 0, at=45)), play=("a",)))
    on.go(40)
    on.sources["a"] = "late"
    on.go(20)
    assert on.show.card is None
    on.sources.clear()
    on.go(8)
    assert on.show.card is not None
    assert on.seen("cue.fire")[0].late_frames == 0


def test_live_interrupts_and_resume_returns_to_the_next_frame():
    on = stage(rundown(clip("a", 20), live("desk", 10), play=("a",)))
    on.go(100)
    on.do(TakeLive())
    on.go(50)
    assert on.show.airing.segment == "desk"
    on.do(Resume())
    on.step()
    assert (on.show.airing.segment, on.show.airing.position) == ("a", 100)


def test_live_taken_by_hand_returns_by_itself_at_its_end():
    on = stage(rundown(clip("a", 20), live("desk", 2, 1), play=("a",)))
    on.go(100)
    on.do(TakeLive())
    on.go(90)
    assert on.show.airing.segment == "desk"
    on.step()
    assert on.show.airing.segment == "a"
    on.go(5)
    assert on.show.airing.position == 105


def test_passed_cues_stay_silent_after_a_resume_but_their_card_comes_back():
    on = stage(rundown(clip("a", 20, card("a", 0, at=45)), live("desk", 10), play=("a",)))
    on.go(60)
    on.do(TakeLive())
    on.go(30)
    assert on.show.card is None
    on.do(Resume())
    on.step()
    assert on.show.card is not None
    assert len(on.seen("cue.fire")) == 1


def test_resume_with_nothing_held_is_refused():
    on = stage(rundown(clip("a", 20), play=("a",)))
    with pytest.raises(CommandError) as refused:
        on.do(Resume())
    assert refused.value.code == "nothing_held"


def test_an_unknown_segment_is_refused():
    on = stage(rundown(clip("a", 20), play=("a",)))
    with pytest.raises(CommandError, match="ep9"):
        on.do(Take("ep9"))


def test_live_without_a_live_segment_is_refused():
    on = stage(rundown(clip("a", 20), play=("a",)))
    with pytest.raises(CommandError) as refused:
        on.do(TakeLive())
    assert refused.value.code == "no_live_segment"


def test_taking_what_is_on_air_changes_nothing():
    on = stage(rundown(clip("a", 20), play=("a",)))
    on.go(10)
    before = on.show
    on.do(Take("a"))
    assert on.show.airing == before.airing


def test_skip_ends_only_the_segment_it_names():
    on = stage(rundown(clip("a", 20), clip("b", 20), play=("a", "b")))
    on.go(10)
    on.do(Skip("b"))
    assert on.show.airing.segment == "a"
    on.do(Skip("a"))
    assert on.show.airing.segment == "b"
    on.do(Skip("a"))
    assert on.show.airing.segment == "b"


def test_the_loop_goes_on_behind_a_taken_segment():
    day = rundown(clip("a", 2), clip("b", 2), clip("c", 2), play=("a", "b", "c"))
    on = stage(day)
    on.go(5)
    on.do(Take("c"))
    on.go(61)
    assert order(on.facts) == ["c", "a"]


def test_an_armed_segment_comes_next_and_none_is_left_out():
    on = stage(rundown(clip("a", 1), clip("b", 1), clip("c", 1), play=("a", "b", "c")))
    on.do(Arm("c"))
    assert course.following(on.show) == "c"
    on.go(62)
    assert order(on.facts) == ["c", "a"]


def test_next_leads_inside_the_play_list():
    day = rundown(clip("a", 1, then="c"), clip("b", 1), clip("c", 1), play=("a", "b", "c"))
    on = stage(day)
    on.go(62)
    assert order(on.facts) == ["c", "a"]


def test_a_take_cue_goes_where_it_says():
    go = Cue("a.0", 10, "take", segment="c")
    on = stage(rundown(clip("a", 5, go), clip("b", 1), clip("c", 1), play=("a", "b", "c")))
    on.go(11)
    assert on.show.airing.segment == "c"


def test_an_arm_cue_for_what_does_not_follow_is_skipped_and_said():
    arm = Cue("a.0", 10, "arm", segment="c")
    on = stage(rundown(clip("a", 5, arm), clip("b", 1), clip("c", 1), play=("a", "b", "c")))
    on.go(11)
    assert on.seen("cue.skip")[0].why == "next is b"


def test_a_lost_camera_is_stood_in_for_and_then_left():
    on = stage(rundown(clip("a", 1), live("desk", 60), play=("desk", "a")))
    on.go(10)
    on.sources["desk"] = "lost"
    on.go(2)
    assert on.show.stand_in == "slate"
    assert on.show.airing.segment == "desk"
    on.go(150)
    assert on.show.airing.segment == "a"
    assert on.seen("seg.end")[0].why == "lost"


def test_a_camera_that_returns_in_time_is_shown_again():
    on = stage(rundown(clip("a", 1), live("desk", 60), play=("desk", "a")))
    on.sources["desk"] = "lost"
    on.go(60)
    on.sources.clear()
    on.go(2)
    assert on.show.stand_in == ""
    assert on.show.trouble == 0
    assert on.show.airing.segment == "desk"


def test_a_day_of_one_lost_camera_does_not_race():
    on = stage(rundown(live("desk", 600), play=("desk",)))
    on.sources["desk"] = "lost"
    on.go(30 * 60)
    assert len(on.seen("seg.start")) <= 12


def test_a_damaged_clip_is_left_after_its_slate():
    on = stage(rundown(clip("a", 20), clip("b", 20), play=("a", "b")))
    on.sources["a"] = "failed"
    on.go(30)
    assert (on.show.airing.segment, on.show.stand_in) == ("a", "slate")
    on.go(32)
    assert on.show.airing.segment == "b"
    assert on.seen("seg.end")[0].why == "damaged"


def test_a_clip_shorter_than_its_length_goes_on_to_the_next():
    on = stage(rundown(clip("a", 20), clip("b", 20), play=("a", "b")))
    on.go(10)
    on.sources["a"] = "ended"
    on.go(2)
    assert on.show.airing.segment == "b"


def test_what_is_interrupted_before_its_first_frame_comes_back_at_its_first_frame():
    on = stage(rundown(clip("a", 20, card("a", 0, 0)), live("desk", 5), play=("a",)))
    on.do(TakeLive())
    on.go(10)
    on.do(Resume())
    on.step()
    assert [fact.late_frames for fact in on.seen("cue.fire")] == [0]


def test_what_is_taken_and_interrupted_at_once_comes_back_at_its_first_frame():
    day = rundown(clip("a", 20), clip("b", 20, card("b", 0, 0)), live("desk", 5), play=("a",))
    on = stage(day)
    on.go(10)
    on.do(Take("b"))
    on.do(TakeLive())
    on.go(10)
    on.do(Resume())
    on.step()
    assert [fact.late_frames for fact in on.seen("cue.fire")] == [0]


def test_a_soft_block_lets_the_clip_end_and_a_hard_one_does_not():
    blocks = (Block(540, 601, ("a",)), Block(601, 540, ("b",)))
    on = stage(rundown(clip("a", 60), clip("b", 60), play=(), blocks=blocks))
    on.go(10)
    on.minute = 601
    on.go(100)
    assert on.show.airing.segment == "a"
    hard = (Block(540, 601, ("a",), is_hard=True), Block(601, 540, ("b",)))
    on = stage(rundown(clip("a", 60), clip("b", 60), play=(), blocks=hard))
    on.go(10)
    on.minute = 601
    on.step()
    assert on.show.airing.segment == "b"


@pytest.mark.parametrize("do", [Take("slate"), Arm("slate")])
def test_a_slate_by_hand_is_no_flash_where_its_block_was_over(do):
    soft = (Block(540, 601, ("a",)), Block(601, 540, ("b",)))
    on = stage(rundown(clip("a", 60), clip("b", 60), blocks=soft), 600, 40)
    on.go(30 * 30)
    on.do(do)
    on.go(40 * 30)
    assert (on.show.airing.segment, on.show.block) == ("slate", 1)


def test_a_card_by_hand_replaces_the_cued_one_and_goes_by_the_clock():
    on = stage(rundown(clip("a", 60, card("a", 0, at=5, frames=1200)), play=("a",)))
    on.go(10)
    on.do(ShowCard("P21", for_s=2))
    on.step()
    assert on.show.card is not None
    assert on.show.card.product == "P21"
    on.go(60)
    assert on.show.card is None


def test_hiding_a_card_twice_does_no_harm():
    on = stage(rundown(clip("a", 60, card("a", 0, at=5)), play=("a",)))
    on.go(10)
    on.do(HideCard())
    on.do(HideCard())
    assert on.show.card is None
    assert len(on.seen("card.hide")) == 1


def test_a_layout_lasts_until_the_segment_ends():
    on = stage(rundown(clip("a", 1), clip("b", 1), play=("a", "b")))
    on.do(SetLayout("pip"))
    on.go(20)
    assert on.show.layout == "pip"
    on.go(12)
    assert on.show.layout == "full"


def test_a_layout_needs_a_clip_on_air():
    on = stage(rundown(live("desk", 10), play=("desk",)))
    with pytest.raises(CommandError, match="no clip"):
        on.do(SetLayout("side"))


DAY = rundown(
    clip("a", 1, card("a", 0, at=5, frames=20)),
    clip("b", 2, fade=9),
    live("desk", 3),
    play=("a", "desk", "b"),
)
COMMANDS: list[Command] = [
    Take("a"),
    Take("b"),
    TakeLive(),
    Resume(),
    Skip("a"),
    Arm("b"),
    ShowCard("P1", 1),
    HideCard(),
]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.sampled_from(COMMANDS),
            st.sampled_from(["fine", "late", "lost", "failed", "ended"]),
        ),
        max_size=30,
    )
)
def test_whatever_is_asked_the_show_stays_whole(steps):
    on = stage(DAY)
    for ticks, command, source in steps:
        on.sources = {} if source == "fine" else {on.show.airing.segment: source}
        on.go(ticks)
        with suppress(CommandError):
            on.do(command)
        show = on.show
        assert show.airing.segment in DAY.segments
        assert 0 <= show.index < 3
        assert show.airing.position >= 0
        starts, ends = len(on.seen("seg.start")), len(on.seen("seg.end"))
        assert starts == ends
    numbers = [fact for fact in on.facts if fact.ev == "cue.fire"]
    assert all(fact.late_frames == 0 for fact in numbers)
