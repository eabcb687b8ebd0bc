"""Wall time and whether it can be trusted."""

from datetime import UTC, datetime

import pytest

from node.board import clock


def test_now_is_aware_and_utc():
    before = datetime.now(UTC)
    now = clock.Clock().now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)


def test_timesyncd_has_the_first_word(tmp_path, monkeypatch):
    monkeypatch.setattr(clock, "_kernel_state", lambda: clock.TIME_ERROR)
    mark = tmp_path / clock.TIMESYNC_MARK
    assert clock.sync_state(tmp_path) == "unsynced"
    mark.parent.mkdir(parents=True)
    mark.touch()
    assert clock.sync_state(tmp_path) == "synced"


@pytest.mark.parametrize(
    ("state", "told"), [(0, "synced"), (4, "synced"), (5, "unsynced"), (None, "unknown")]
)
def test_else_the_kernel_is_asked(tmp_path, monkeypatch, state, told):
    monkeypatch.setattr(clock, "_kernel_state", lambda: state)
    assert clock.sync_state(tmp_path) == told


def test_this_kernel_answers():
    assert clock._kernel_state() in {0, 1, 2, 3, 4, 5}
