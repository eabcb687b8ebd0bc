"""The life of one command."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.control.messages import TERMINAL, Ack, Reason, Status
from tools.fleet.lifecycle import Entry, ended, heard, sent

ENTRY = Entry("id", "n0001", "card.show", "b", "op:a", 1000, 11_000, {})
STATUSES: list[Status] = ["accepted", "running", *sorted(TERMINAL)]  # type: ignore[list-item]


def ack(status: Status, code: str = "") -> Ack:
    reason = Reason(code) if code else None  # type: ignore[arg-type]
    return Ack(1, "id", "n0001", status, 0, "synced", reason=reason)


def test_it_is_sent_accepted_and_done():
    entry = sent(ENTRY, 1100)
    assert (entry.status, entry.sends, entry.sent_at) == ("sent", 1, 1100)
    entry = heard(entry, ack("accepted"), 1200)
    assert (entry.status, entry.accepted_at, entry.has_ended) == ("accepted", 1200, False)
    entry = heard(entry, ack("done"), 1300)
    assert (entry.status, entry.ended_at, entry.progress) == ("done", 1300, 1.0)


def test_a_reason_is_kept():
    entry = heard(ENTRY, ack("failed", "asset_missing"), 1200)
    assert (entry.status, entry.code) == ("failed", "asset_missing")


def test_sending_it_again_does_not_take_it_back():
    entry = heard(sent(ENTRY, 1100), ack("accepted"), 1200)
    assert sent(entry, 5100).status == "accepted"


def test_a_late_last_word_overrules_that_none_came():
    entry = ended(sent(ENTRY, 1100), "timed_out", 41_000)
    assert heard(entry, ack("done"), 42_000).status == "done"
    assert heard(entry, ack("accepted"), 42_000).status == "timed_out"


@given(st.lists(st.sampled_from(STATUSES), max_size=8))
def test_the_first_last_word_stands_whatever_comes_after(statuses: list[Status]):
    entry, first = ENTRY, next((one for one in statuses if one in TERMINAL), None)
    for at, status in enumerate(statuses):
        entry = heard(entry, ack(status), 2000 + at)
    assert entry.has_ended == (first is not None)
    if first is not None:
        assert entry.status == first


@pytest.mark.parametrize("status", ["offline", "timed_out"])
def test_the_controllers_own_ends_are_ends(status: str):
    assert msgspec.structs.replace(ENTRY, status=status).has_ended
