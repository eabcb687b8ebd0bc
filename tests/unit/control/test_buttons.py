"""Facts about fingers on buttons: what is a press, a long one, a chord, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.control.buttons import (
    QUIET_S,
    RATTLE_PRESSES,
    Buttons,
    Chord,
    Ill,
    Pressed,
    PressedLong,
    Rule,
    Well,
)

RULES = {
    "live": Rule(), "next": Rule(), "busy": Rule(), "staff": Rule(long_s=1.5),
    "presence": Rule(can_stick=False),
}  # fmt: skip
BOTH = frozenset({"live", "next"})


class Hand:
    """Buttons in virtual time: what time does is done at its time, before the next edge."""

    def __init__(self, held=()) -> None:
        self.buttons = Buttons(RULES).begun(held, 0.0)
        self.now_s = 0.0
        self.deeds: list[tuple[float, object]] = []

    def wait(self, until_s: float) -> "Hand":
        while (due_s := self.buttons.due_s) is not None and due_s <= until_s:
            self._take(due_s, self.buttons.tick(due_s))
        self.now_s = until_s
        return self

    def edge(self, name: str, at_s: float, *, is_down: bool) -> "Hand":
        self.wait(at_s)
        self._take(at_s, self.buttons.edge(name, at_s, is_down=is_down))
        return self

    def press(self, name: str, at_s: float, for_s: float = 0.1) -> "Hand":
        return self.edge(name, at_s, is_down=True).edge(name, at_s + for_s, is_down=False)

    def _take(self, at_s, change) -> None:
        self.buttons, deeds = change
        self.deeds += [(round(at_s, 3), deed) for deed in deeds]

    @property
    def done(self) -> list[object]:
        return [deed for _, deed in self.deeds]


def test_a_press_counts_at_once():
    assert Hand().press("live", 1.0).deeds == [(1.0, Pressed("live"))]


def test_a_button_that_can_be_pressed_long_counts_short_as_it_is_let_go():
    assert Hand().press("staff", 1.0, for_s=0.2).deeds == [(1.2, Pressed("staff"))]


def test_a_long_press_counts_while_it_is_held_and_is_no_short_one():
    assert Hand().press("staff", 1.0, for_s=3.0).deeds == [(2.5, PressedLong("staff"))]


def test_two_buttons_held_together_are_a_chord_and_the_second_alone_is_nothing():
    hand = Hand().edge("live", 1.0, is_down=True).edge("next", 1.2, is_down=True).wait(10.0)
    assert hand.deeds == [(1.0, Pressed("live")), (4.2, Chord(BOTH))]


def test_a_chord_that_is_let_go_early_is_none():
    hand = Hand().edge("live", 1.0, is_down=True).press("next", 1.2, for_s=2.0).wait(20.0)
    assert hand.done == [Pressed("live")]


def test_a_button_that_is_held_for_too_long_is_stuck_until_it_is_let_go():
    hand = Hand().edge("busy", 1.0, is_down=True).wait(60.0)
    assert hand.deeds == [(1.0, Pressed("busy")), (31.0, Ill("busy", "stuck"))]
    assert hand.buttons.ill == {"busy": "stuck"}
    hand.edge("busy", 70.0, is_down=False).press("busy", 71.0)
    assert hand.done[2:] == [Well("busy"), Pressed("busy")]
    assert hand.buttons.ill == {}


def test_a_stuck_button_makes_no_chord():
    hand = Hand().edge("live", 0.0, is_down=True).wait(40.0).press("next", 41.0, for_s=9.0)
    assert hand.done == [Pressed("live"), Ill("live", "stuck"), Pressed("next")]


def test_a_button_that_is_down_as_the_node_starts_was_pressed_by_nobody():
    hand = Hand(held=["live"]).wait(5.0).edge("live", 6.0, is_down=False).press("live", 7.0)
    assert hand.deeds == [(7.0, Pressed("live"))]


def test_a_button_that_is_down_as_the_node_starts_can_be_stuck():
    assert Hand(held=["live"]).wait(60.0).deeds == [(30.0, Ill("live", "stuck"))]


def test_somebody_may_stand_there_for_hours():
    assert Hand().edge("presence", 1.0, is_down=True).wait(9999.0).done == [Pressed("presence")]


def test_a_line_that_rattles_is_ignored_until_it_has_been_quiet():
    hand = Hand()
    for number in range(40):
        hand.press("busy", number * 0.16, for_s=0.05)
    counted = hand.done.count(Pressed("busy"))
    assert counted == RATTLE_PRESSES - 1
    assert hand.done[-1] == Ill("busy", "rattles")
    hand.wait(6.4 + QUIET_S).press("busy", 12.0)
    assert hand.done[-2:] == [Well("busy"), Pressed("busy")]


@pytest.mark.parametrize("gap_s", [0.03, 0.07])
def test_a_worn_contact_that_bounces_for_200_ms_is_one_press(gap_s):
    hand, at_s = Hand(), 1.0
    while at_s < 1.2:
        hand.press("next", at_s, for_s=gap_s / 2)
        at_s += gap_s
    hand.edge("next", at_s, is_down=True).edge("next", at_s + 0.3, is_down=False).wait(9.0)
    assert hand.deeds == [(1.0, Pressed("next"))]


def test_a_worn_contact_that_is_held_after_it_bounced_is_still_a_chord_and_a_long_press():
    hand = Hand().press("live", 1.0, for_s=0.04).edge("live", 1.1, is_down=True)
    hand.edge("next", 1.3, is_down=True).wait(9.0)
    assert hand.deeds == [(1.0, Pressed("live")), (4.3, Chord(BOTH))]
    hand = Hand().press("staff", 1.0, for_s=0.04).press("staff", 1.1, for_s=0.05)
    assert hand.done == [Pressed("staff")]
    assert hand.press("staff", 5.0, for_s=2.0).done == [Pressed("staff"), PressedLong("staff")]


def test_a_line_that_rattles_fast_counts_once():
    hand = Hand()
    for number in range(40):
        hand.press("busy", number * 0.1, for_s=0.05)
    assert hand.done == [Pressed("busy"), Ill("busy", "rattles")]


def test_a_button_that_is_down_as_the_node_starts_keeps_no_other_from_working():
    hand = Hand(held=["live"]).press("next", 1.0, for_s=4.0).wait(20.0)
    assert hand.deeds == [(1.0, Pressed("next"))]


def test_a_button_that_was_let_go_after_the_start_is_part_of_a_chord_again():
    hand = Hand(held=["live"]).edge("live", 1.0, is_down=False)
    hand.edge("next", 2.0, is_down=True).edge("live", 2.5, is_down=True).wait(9.0)
    assert hand.deeds == [(2.0, Pressed("next")), (5.5, Chord(BOTH))]


def test_a_finger_that_presses_three_times_a_second_does_not_rattle():
    hand = Hand()
    for number in range(30):
        hand.press("next", number / 3)
    assert hand.done == [Pressed("next")] * 30


def test_an_edge_that_changes_nothing_is_none():
    hand = Hand().edge("live", 1.0, is_down=False).edge("live", 2.0, is_down=True)
    assert hand.edge("live", 2.1, is_down=True).done == [Pressed("live")]


@given(st.floats(0, 1e6), st.sampled_from(["staff", "busy"]))
def test_what_is_due_is_done_at_that_very_time(at_s, name):
    buttons, _ = Buttons(RULES).edge(name, at_s, is_down=True)
    while (due_s := buttons.due_s) is not None:
        buttons, deeds = buttons.tick(due_s)
        assert deeds


@pytest.mark.parametrize("name", list(RULES))
def test_nothing_is_due_once_all_are_let_go(name):
    assert Hand().press(name, 1.0).buttons.due_s is None


EDGES = st.lists(
    st.tuples(st.sampled_from(sorted(RULES)), st.floats(0.001, 20.0), st.booleans()), max_size=60
)


@given(EDGES)
def test_whatever_fingers_do_each_press_counts_once_and_what_is_ill_is_well_again(edges):
    hand, at_s, downs = Hand(), 0.0, 0
    for name, later_s, is_down in edges:
        at_s += later_s
        is_held = (
            hand.buttons.keys[name].since_s is not None if name in hand.buttons.keys else False
        )
        downs += is_down and not is_held
        hand.edge(name, at_s, is_down=is_down)
    for name in RULES:
        hand.edge(name, at_s + 1, is_down=False)
    hand.wait(at_s + 100)
    meant = [one for one in hand.done if isinstance(one, Pressed | PressedLong)]
    assert len(meant) <= downs
    assert hand.buttons.ill == {}
    assert sum(isinstance(one, Ill) for one in hand.done) == sum(
        isinstance(one, Well) for one in hand.done
    )
