import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.control.pacing import TokenBucket, Trickle


def test_a_second_of_the_rate_may_come_at_once():
    bucket = TokenBucket(1000)
    assert bucket.take(1000, 0.0) == 0
    assert bucket.take(500, 0.0) == pytest.approx(0.5)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=50))
def test_who_waits_as_told_keeps_the_rate(counts):
    bucket, now_s = TokenBucket(1000), 100.0
    for count in counts:
        now_s += bucket.take(count, now_s)
    assert sum(counts) <= 1000 + 1000 * (now_s - 100.0) + 1e-6


def test_rest_saves_up_no_more_than_a_second():
    bucket = TokenBucket(1000)
    bucket.take(0, 0.0)
    assert bucket.take(1500, 3600.0) == pytest.approx(0.5)


def test_a_sender_that_hardly_sends_is_told():
    trickle = Trickle(1024, 20)
    assert not any(trickle.is_too_slow(1.0, 10) for _ in range(19))
    assert trickle.is_too_slow(1.0, 10)


def test_only_waiting_counts():
    trickle = Trickle(1024, 20)
    assert not any(trickle.is_too_slow(0.0, 10) for _ in range(1000))


def test_a_slow_but_steady_sender_is_borne():
    trickle = Trickle(1024, 20)
    assert not any(trickle.is_too_slow(1.0, 2000) for _ in range(100))
