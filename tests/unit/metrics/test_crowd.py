"""Counting: sums are exact in any order, buckets leak no token, minutes are bounded."""

from hypothesis import given
from hypothesis import strategies as st

from node.metrics.crowd import MINUTES_KEPT, Bucket, Concurrency, Likes

SESSIONS = st.sampled_from(["a", "b", "c"])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), SESSIONS, st.integers(0, 50)),
        st.just(("shown",)),
        st.just(("logged",)),
    ),
    max_size=200,
)


@given(STEPS)
def test_likes_are_exact_however_showing_and_logging_fall_between(steps):
    likes, shown, logged, given_ = Likes(), 0, {}, {}

    def log() -> None:
        for session, count in likes.logged().items():
            logged[session] = logged.get(session, 0) + count

    for step in steps:
        match step:
            case ("add", session, count):
                likes.add(session, count)
                given_[session] = given_.get(session, 0) + count
            case ("shown",):
                shown += likes.shown()
            case _:
                log()
    shown += likes.shown()
    log()
    assert likes.total == shown == sum(given_.values())
    assert logged == given_


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0.1, 5)), max_size=100),
    st.floats(0.1, 20),
    st.floats(1, 20),
)
def test_a_bucket_gives_no_more_than_its_burst_and_its_rate(takes, rate, burst):
    bucket = Bucket(rate, burst)
    taken = sum(count for at, count in takes if bucket.take(at, count))
    spread = max((at for at, _ in takes), default=0) - (takes[0][0] if takes else 0)
    assert taken <= burst + max(0.0, spread) * rate + 1e-6


def test_a_bucket_fills_again():
    bucket = Bucket(2, 3)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert not bucket.take(0.4)
    assert bucket.take(0.5)
    assert bucket.take(100, 3)
    assert not bucket.take(100)


def test_mean_and_peak_are_of_the_samples():
    crowd = Concurrency()
    for second, viewers in enumerate([0, 2, 4, 2]):
        crowd.sample(second, viewers)
    assert (crowd.mean, crowd.peak) == (2.0, 4)


def test_minutes_close_at_the_minute_and_the_running_one_is_last():
    crowd = Concurrency()
    for second in range(90):
        crowd.sample(second, 1 if second < 60 else 3)
    assert [(one.start_s, one.mean, one.peak) for one in crowd.minutes] == [(0, 1, 1), (60, 3, 3)]


def test_a_week_of_samples_keeps_one_day():
    crowd = Concurrency()
    for minute in range(7 * MINUTES_KEPT):
        crowd.sample(minute * 60, 1)
    assert len(crowd.minutes) == MINUTES_KEPT + 1


def test_nobody_counted_is_a_mean_of_nothing():
    assert Concurrency().mean == 0.0
    assert Concurrency().minutes == ()
