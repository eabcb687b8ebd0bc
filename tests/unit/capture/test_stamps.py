"""A camera's own time as pts and as the loop's time."""

from itertools import pairwise

import pytest

from node.capture.stamps import Stamps

MS = 1_000_000


class Clocks:
    """The loop's clock and the kernel's two; the loop's begins elsewhere."""

    def __init__(self, suspended_s=0):
        self.now_ns = 0
        self.suspended_ns = suspended_s * 1_000_000_000

    def stamps(self):
        return Stamps(
            lambda: 100 + self.now_ns / 1e9,
            (lambda: 5_000_000_000 + self.now_ns,
             lambda: 5_000_000_000 + self.now_ns + self.suspended_ns),
        )  # fmt: skip


def test_a_frame_is_as_old_as_its_stamp():
    clocks = Clocks()
    stamps = clocks.stamps()
    clocks.now_ns = 50 * MS
    assert stamps.place(5_000_000_000 + 20 * MS) == (0, pytest.approx(100.02))
    clocks.now_ns = 90 * MS
    assert stamps.place(5_000_000_000 + 53 * MS) == (2970, pytest.approx(100.053))


def test_after_a_suspension_either_clock_is_known():
    for suspended_s, stamp_ns in ((3600, 3605_000_000_000), (3600, 5_000_000_000)):
        clocks = Clocks(suspended_s)
        stamps = clocks.stamps()
        clocks.now_ns = 30 * MS
        assert stamps.place(stamp_ns) == (0, pytest.approx(100.0))


def test_a_stamp_of_an_unknown_clock_paces_but_does_not_date():
    clocks = Clocks()
    stamps = clocks.stamps()
    clocks.now_ns = 30 * MS
    assert stamps.place(77) == (0, pytest.approx(100.03))
    clocks.now_ns = 70 * MS
    assert stamps.place(77 + 33 * MS) == (2970, pytest.approx(100.07))


def test_pts_rise_through_repeats_and_jumps():
    clocks = Clocks()
    stamps = clocks.stamps()
    places = []
    for stamp_ms in (0, 33, 33, 20, 60_000, 60_033, -500_000, -499_967):
        clocks.now_ns += 33 * MS
        places.append(stamps.place(9_000_000_000 + stamp_ms * MS)[0])
    assert all(later > earlier for earlier, later in pairwise(places))
    assert places[-1] < 90_000


def test_without_a_stamp_the_arrival_counts():
    clocks = Clocks()
    stamps = clocks.stamps()
    clocks.now_ns = 10 * MS
    assert stamps.place(None) == (0, pytest.approx(100.01))
    clocks.now_ns = 43 * MS
    assert stamps.place(None) == (pytest.approx(2970, abs=1), pytest.approx(100.043))


def test_no_frame_is_older_than_the_one_before():
    clocks = Clocks()
    stamps = clocks.stamps()
    clocks.now_ns = 100 * MS
    first = stamps.place(5_000_000_000 + 90 * MS)[1]
    assert stamps.place(5_000_000_000 + 10 * MS)[1] >= first
