"""Hot edit: what is on air and next stays as it was; everything behind it is new."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from node.program import course
from node.program.commands import Resume, Sold, TakeLive
from node.program.rundown import Block, Rundown
from tests.fakes.rundowns import card, clip, live, offer, offered, rundown
from tests.fakes.stage import order, stage

OLD = rundown(clip("a", 2), clip("b", 2), clip("c", 2), live("desk", 3), play=("a", "b", "c"))


def test_what_is_on_air_and_next_plays_as_it_was_and_then_the_new():
    new = rundown(clip("a", 1), clip("b", 1), clip("c", 1), play=("a", "b", "c"))
    on = stage(OLD)
    on.go(10)
    on.edit(new)
    on.go(50)
    assert on.show.airing.segment == "a"
    on.step()
    assert on.show.airing.segment == "b"
    on.go(59)
    assert on.show.airing.segment == "b"
    on.go(31)
    assert order(on.facts) == ["b", "c", "a"]
    assert not on.show.kept


def test_what_was_next_comes_next_even_if_the_new_day_forgot_it():
    new = rundown(clip("a", 1), clip("x", 1), play=("a", "x"))
    on = stage(OLD)
    on.go(10)
    on.edit(new)
    assert course.following(on.show) == "b"
    on.go(135)
    assert order(on.facts) == ["b", "x"]


def test_a_segment_that_the_new_day_lost_is_played_to_its_end():
    new = rundown(clip("x", 1), clip("y", 1), play=("x", "y"))
    on = stage(OLD)
    on.go(10)
    on.edit(new)
    on.go(49)
    assert on.show.segment.length == 60
    on.go(200)
    assert set(order(on.facts)) == {"b", "x", "y"}


def test_new_cues_of_the_segment_on_air_wait_for_its_next_airing():
    new = rundown(clip("a", 2, card("a", 0, 40)), clip("b", 2), play=("a", "b"))
    on = stage(rundown(clip("a", 2), clip("b", 2), play=("a", "b")))
    on.go(10)
    on.edit(new)
    on.go(100)
    assert not on.seen("card.show")
    on.go(70)
    assert len(on.seen("card.show")) == 1


def test_a_segment_that_follows_itself_is_new_at_the_second_turn():
    on = stage(rundown(clip("a", 2), play=("a",)))
    on.go(10)
    on.edit(rundown(clip("a", 1), play=("a",)))
    on.go(110)
    assert order(on.facts) == ["a"]
    on.go(40)
    assert order(on.facts) == ["a", "a", "a"]


def test_what_is_held_goes_on_as_it_was():
    on = stage(OLD)
    on.go(30)
    on.do(TakeLive())
    on.go(5)
    on.edit(rundown(clip("a", 1), live("desk", 3), play=("a",)))
    on.do(Resume())
    on.step()
    assert (on.show.airing.segment, on.show.airing.position) == ("a", 30)
    assert on.show.segment.length == 60


def test_an_offer_on_screen_keeps_its_sales():
    desk = live("desk", 300, 0, offered("desk", 0, 730))
    on = stage(rundown(desk, play=("desk",), offers=(offer(),)), 730)
    on.go(10)
    on.do(Sold("noon", 5))
    on.edit(rundown(desk, play=("desk",), offers=(offer(qty=40),)))
    on.go(62 * 30)
    assert on.show.countdown == "noon"
    assert on.show.trade.left(on.show.rundown.offers["noon"]) == 35
    assert len(on.seen("offer.start")) == 1


def test_an_offer_that_the_new_day_forgot_goes():
    desk = live("desk", 300, 0, offered("desk", 0, 730))
    on = stage(rundown(desk, play=("desk",), offers=(offer(),)), 730)
    on.go(10)
    on.edit(rundown(desk, play=("desk",)))
    on.step()
    assert (on.show.card, on.show.strip) == (None, None)
    assert on.seen("offer.end")[0].why == "edited"


DAYS: list[Rundown] = [
    OLD,
    rundown(clip("a", 1), clip("x", 1, card("x", 0, 3)), live("desk", 2), play=("x", "a", "desk")),
    rundown(clip("b", 3, then="c"), clip("c", 1), blocks=(
        Block(590, 601, ("b",), is_hard=True), Block(601, 590, ("c", "b")),
    )),
    replace(OLD, blocks=(Block(600, 599, ("c",)), Block(599, 600, ("a",)))),
]  # fmt: skip


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(DAYS), st.booleans()), max_size=12))
def test_at_every_boundary_an_edit_leaves_what_is_on_air(steps):
    on = stage(OLD, 600, 55)
    for ticks, day, is_live in steps:
        on.go(ticks)
        if is_live and on.show.live:
            on.do(TakeLive())
        segment, position = on.show.segment, on.show.airing.position
        coming = on.show.named(course.following(on.show))
        on.edit(day)
        assert on.show.segment == segment
        assert on.show.airing.position == position
        assert on.show.named(course.following(on.show)) == coming
        assert 0 <= on.show.index < len(on.show.play)
        on.step()
