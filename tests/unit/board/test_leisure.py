"""Work ahead of the show rests after each piece, in turn, and while pictures are late."""

import asyncio

import pytest

from node.board.leisure import (
    HOLD_S,
    LARGEST_S,
    LONGEST_S,
    LOOK_S,
    PIECE_S,
    REST,
    Leisure,
)

PERIOD_S = 1 / 30


class Clock:
    """Two clocks that only stand still: of the wall and of the thread; and what was slept."""

    def __init__(self) -> None:
        self.wall_s = self.worked_s = 100.0
        self.slept: list[float] = []

    def leisure(self) -> Leisure:
        return Leisure(now=lambda: self.wall_s, worked=lambda: self.worked_s, sleep=self.sleep)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.wall_s += seconds

    def work(self, seconds: float) -> None:
        self.wall_s += seconds
        self.worked_s += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def leisure(clock):
    made = clock.leisure()
    made.rest()  # the thread's first: its work counts from here on
    return made


def test_a_piece_of_work_is_followed_by_twice_as_much_rest(clock, leisure):
    clock.work(0.02)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(REST * 0.02)


def test_nobody_rests_after_less_than_a_piece(clock, leisure):
    clock.work(PIECE_S / 2)
    leisure.rest()
    assert clock.slept == []
    clock.work(PIECE_S / 2 + 0.001)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(REST * (PIECE_S + 0.001))


def test_time_spent_waiting_for_a_core_is_no_work(clock, leisure):
    clock.wall_s += 5
    leisure.rest()
    assert clock.slept == []


def test_what_was_done_in_one_go_is_paid_for_in_part(clock, leisure):
    clock.work(30)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(REST * LARGEST_S)


def test_a_late_picture_holds_work_up(clock, leisure):
    leisure.note(PERIOD_S + 0.001, PERIOD_S)
    clock.work(2 * PIECE_S)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(HOLD_S - 2 * PIECE_S)


def test_a_picture_in_time_holds_nothing_up(clock, leisure):
    leisure.note(PERIOD_S, PERIOD_S)
    clock.work(2 * PIECE_S)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(REST * 2 * PIECE_S)


def test_pictures_that_are_late_during_a_rest_make_it_longer(clock, leisure):
    def late_once(seconds):
        if not clock.slept:
            leisure.note(1.0, PERIOD_S)
        clock.sleep(seconds)

    leisure._sleep = late_once
    clock.work(2 * PIECE_S)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(HOLD_S)


def test_where_pictures_are_always_late_the_work_goes_on_in_the_end(clock, leisure):
    leisure.hold(3600)
    clock.work(2 * PIECE_S)
    leisure.rest()
    assert sum(clock.slept) == pytest.approx(LONGEST_S)


def test_a_rest_ends_once_somebody_waits_for_the_work(clock, leisure):
    leisure.hold(3600)
    clock.work(2 * PIECE_S)
    leisure.rest(lambda: len(clock.slept) == 3)
    assert clock.slept == [pytest.approx(LOOK_S)] * 3


async def test_those_who_work_for_another_wait_for_the_rest_of_all(clock):
    slept = []

    async def sleep(seconds):
        slept.append(seconds)
        clock.wall_s += seconds

    leisure = clock.leisure()
    leisure._booked_s(0.05)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", sleep)
        await leisure.rest_after(0.05)
    assert slept == [pytest.approx(REST * 0.1)]


def test_work_that_somebody_waits_for_takes_a_breath_and_is_not_held_up(clock, leisure):
    leisure.note(1.0, PERIOD_S)
    clock.work(0.02)
    leisure.breathe()
    assert clock.slept == [pytest.approx(0.02)]


def test_before_the_program_runs_such_work_does_not_even_breathe(clock, leisure):
    leisure.hold(10)
    clock.work(0.02)
    leisure.breathe()
    assert clock.slept == []


def test_nobody_rests_once_it_is_over(clock, leisure):
    leisure.note(1.0, PERIOD_S)
    leisure.close()
    clock.work(0.02)
    leisure.rest()
    leisure.breathe()
    assert clock.slept == []


def test_who_rests_is_let_go_at_the_end():
    leisure = Leisure()
    leisure.hold(3600)
    leisure.close()
    leisure.rest()
