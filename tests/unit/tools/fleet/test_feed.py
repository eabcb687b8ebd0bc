"""Numbered differences."""

from tools.fleet.feed import QUEUE_MAX, Feed


def test_changes_of_one_moment_come_as_one_step_with_the_last_value():
    values = {"n0001": 1}
    feed = Feed(lambda _, key: values[key])
    with feed.watch() as watcher:
        feed.touch("node", "n0001")
        values["n0001"] = 2
        feed.touch("node", "n0001")
        feed.flush(5)
        diff = watcher.get_nowait()
        assert diff is not None
        assert (diff.n, diff.now, [one.value for one in diff.changes]) == (1, 5, [2])
        feed.flush(6)
        assert watcher.empty()


def test_a_watcher_that_cannot_keep_up_is_told_that_its_place_is_lost():
    feed = Feed(lambda _, key: key)
    with feed.watch() as watcher:
        for n in range(QUEUE_MAX + 1):
            feed.touch("node", str(n))
            feed.flush(n)
        last = [watcher.get_nowait() for _ in range(watcher.qsize())][-1]
        assert last is None
        assert feed.watchers == 0


def test_nothing_is_gathered_while_nobody_watches():
    feed = Feed(lambda _, key: key)
    feed.touch("node", "n0001")
    with feed.watch() as watcher:
        feed.flush(1)
        assert watcher.empty()
