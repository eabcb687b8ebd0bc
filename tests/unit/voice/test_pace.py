"""When an ear that falls behind leaves sound out, and when it rests."""

import numpy as np

from node.voice.pace import FIRST_REST_S, FORGIVEN_S, LAST_REST_S, Pace

FIVE_S = np.arange(5) * 5.0


def late(pace, *times_s):
    for now_s in times_s:
        assert pace.is_late(now_s - 1.5, now_s)


def test_sound_of_the_last_second_is_not_late():
    assert not Pace().is_late(10.0, 10.9)


def test_where_sound_was_lost_the_rest_of_it_is_late_too():
    assert Pace().is_late(10.0, 10.1, has_lost=True)


def test_one_load_that_passes_is_no_reason_to_rest():
    pace = Pace()
    late(pace, *np.arange(10, 25, 0.5))
    assert pace.rest_s(25) == 0


def test_five_times_late_within_a_minute_is():
    pace = Pace()
    late(pace, 10, 20, 30, 40)
    assert pace.rest_s(40) == 0
    late(pace, 60)
    assert pace.rest_s(60) == FIRST_REST_S


def test_five_times_late_in_an_hour_is_not():
    pace = Pace()
    late(pace, 10, 500, 1000, 1500, 2000)
    assert pace.rest_s(2000) == 0


def test_rests_grow_up_to_the_longest():
    pace, now_s, rests = Pace(), 0.0, []
    for _ in range(6):
        late(pace, *(now_s + FIVE_S))
        rests.append(pace.rest_s(now_s + 20))
        now_s += 20 + rests[-1]
    assert rests == [60, 120, 240, 480, LAST_REST_S, LAST_REST_S]


def test_who_kept_up_for_long_begins_with_the_shortest_rest():
    pace = Pace()
    late(pace, *FIVE_S)
    now_s = pace.rest_s(20) + FORGIVEN_S + 30
    late(pace, *(now_s + FIVE_S))
    assert pace.rest_s(now_s + 20) == FIRST_REST_S
