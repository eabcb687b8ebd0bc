"""What is sent when."""

from node.control.messages import Seq
from tools.fleet.dispatch import PATIENCE_MS, RESEND_MS, End, Send, steps
from tools.fleet.lifecycle import Entry, State

NOW = 10_000


def entry(
    id_: str = "a", type_: str = "card.show", *, n: int = 1, sends: int = 0, sent_at: int = 0,
    status: State = "created", iat: int = NOW, exp: int = NOW + 10_000, node: str = "n0001",
) -> Entry:  # fmt: skip
    stream = {"card.show": "card", "cue.arm": "main", "sys.identify": "main"}.get(type_, "")
    seq = Seq(stream, 1, n) if stream else None
    return Entry(id_, node, type_, "b", "op:a", iat, exp, {}, b"", seq, status,
                 sends=sends, sent_at=sent_at)  # fmt: skip


def told(*entries: Entry, now: int = NOW, online: bool = True) -> list[tuple[str, str]]:
    return [
        (one.entry.id, "send" if isinstance(one, Send) else one.status)
        for one in steps(entries, lambda _: online, now)
    ]


def test_what_is_new_leaves_at_once():
    assert told(entry()) == [("a", "send")]


def test_it_leaves_again_after_four_seconds_without_a_last_word():
    one = entry(sends=1, sent_at=NOW, status="accepted")
    assert told(one, now=NOW + RESEND_MS - 1) == []
    assert told(one, now=NOW + RESEND_MS) == [("a", "send")]


def test_it_does_not_leave_after_its_time_and_ends_when_patience_does():
    one = entry(sends=1, status="sent")
    assert told(one, now=one.exp) == []
    assert told(one, now=one.exp + PATIENCE_MS) == [("a", "timed_out")]


def test_what_never_left_ends_as_offline_at_its_time():
    assert told(entry(type_="live.stop"), now=NOW + 10_000, online=False) == [("a", "offline")]


def test_a_card_for_a_node_that_is_gone_ends_at_once():
    assert told(entry(), online=False) == [("a", "offline")]


def test_a_stop_waits_for_a_node_that_is_gone():
    assert told(entry(type_="live.stop"), online=False) == []


def test_what_left_before_the_node_went_waits_for_its_word():
    assert told(entry(sends=1, status="sent"), online=False) == []


def test_in_a_strict_stream_one_waits_for_the_other():
    first, second = entry("a", "cue.arm", n=1), entry("b", "sys.identify", n=2)
    assert told(second, first) == [("a", "send")]


def test_in_a_strict_stream_the_next_leaves_once_the_one_before_is_accepted():
    first = entry("a", "cue.arm", n=1, sends=1, sent_at=NOW, status="accepted")
    assert told(first, entry("b", "sys.identify", n=2)) == [("b", "send")]


def test_an_end_makes_room_at_once():
    first = entry("a", "cue.arm", n=1, exp=NOW)
    assert told(first, entry("b", "cue.arm", n=2)) == [("a", "offline"), ("b", "send")]


def test_in_a_latest_stream_none_waits():
    assert told(entry("a"), entry("b", n=2)) == [("a", "send"), ("b", "send")]


def test_a_stop_waits_for_nothing():
    first = entry("a", "cue.arm", n=1)
    assert set(told(first, entry("b", "live.stop"))) == {("a", "send"), ("b", "send")}


def test_the_streams_of_two_nodes_have_nothing_to_do_with_each_other():
    other = entry("b", "cue.arm", node="n0002")
    assert told(entry("a", "cue.arm"), other) == [("a", "send"), ("b", "send")]


def test_an_end_says_of_whom():
    (step,) = steps([entry()], lambda _: False, NOW)
    assert isinstance(step, End)
    assert step.entry.node == "n0001"
