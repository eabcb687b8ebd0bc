"""Births and deaths."""

from node.control.messages import Birth, ClockView, Online
from tools.fleet.presence import NodeView, born, lived, said


def birth(bseq: int) -> Birth:
    return Birth(1, "n0001", bseq, 0, "1", "m", (), "jws", ClockView("synced"))


def test_a_birth_and_a_death_of_the_same_connection():
    view, asks = lived(NodeView("n0001"), Online(1, True, 5, 0), 1000)
    assert (view.is_online, asks) == (True, False)
    view, asks = lived(born(view, birth(5), 1001), Online(1, False, 5, 0), 2000)
    assert (view.is_online, view.changed_at, asks) == (False, 2000, False)


def test_a_death_of_a_connection_long_gone_changes_nothing_and_asks_for_a_rebirth():
    view, _ = lived(NodeView("n0001"), Online(1, True, 5, 0), 1000)
    after, asks = lived(view, Online(1, False, 4, 0), 2000)
    assert (after, asks) == (view, True)


def test_a_birth_of_a_connection_long_gone_changes_nothing():
    view = born(NodeView("n0001"), birth(5), 1000)
    assert born(view, birth(4), 2000) is view


def test_a_number_has_the_time_of_its_arrival():
    view = said(NodeView("n0001"), "sys", {"cpu_c": 51.0}, 1234)
    assert (view.tele["sys"].at, view.seen_at) == (1234, 1234)
