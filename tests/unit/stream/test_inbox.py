"""What viewers say: understood or counted, never an error; nobody says too much."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.stream.inbox import (
    FLOOD,
    LIKES_BURST,
    MESSAGES_BURST,
    MESSAGES_S,
    Heard,
    Like,
    Mouth,
    Question,
    Say,
    Seen,
    Tap,
    Word,
)


class Ear:
    def __init__(self) -> None:
        self.words: list[Word] = []
        self.sids: set[str] = set()
        self.heard = Heard()
        self.mouth = Mouth(self.heard, self)

    def __call__(self, sid: str, word: Word) -> None:
        self.sids.add(sid)
        self.words.append(word)

    def hear(self, *messages: object, at: float = 0.0) -> list[Word]:
        for message in messages:
            self.mouth.hear(
                message if isinstance(message, str | bytes) else json.dumps(message), at
            )
        return self.words


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ({"t": "like"}, Like(1)),
        ({"t": "like", "n": 50}, Like(50)),
        ({"t": "say", "text": "好看"}, Say("好看")),
        ({"t": "say", "text": "hi", "name": "Ann"}, Say("hi", "Ann")),
        ({"t": "tap", "code": "ab12cd"}, Tap("ab12cd")),
        ({"t": "seen", "first_ms": 412}, Seen(412)),
        ({"t": "ask", "text": "多少钱", "lang": "zh", "id": 4}, Question("多少钱", "zh", 4)),
        ({"t": "like", "n": 2, "new": [1]}, Like(2)),
        (b'{"t":"like","n":3}', Like(3)),
    ],
)
def test_each_kind_is_understood(message, word):
    assert Ear().hear(message) == [word]


@pytest.mark.parametrize(
    "message",
    [
        "", "[", "[]", "null", "7", "{}", '{"t":7}', b"\xff\xfe", "\ud800", "[" * 900,
        {"t": "like", "n": 0}, {"t": "like", "n": 51}, {"t": "like", "n": 1.5},
        {"t": "like", "n": "5"}, {"t": "like", "n": -1}, {"t": "like", "n": 10**40},
        {"t": "say"}, {"t": "say", "text": ""}, {"t": "say", "text": "x" * 201},
        {"t": "say", "text": "x", "name": "y" * 25}, {"t": "say", "text": {"a": 1}},
        {"t": "say", "text": "x" * 2000},
        {"t": "tap", "code": ""}, {"t": "tap", "code": "../etc"}, {"t": "tap", "code": "ab\n"},
        {"t": "seen", "first_ms": -1}, {"t": "seen", "first_ms": 10**9}, {"t": "seen"},
    ],
)  # fmt: skip
def test_what_is_malformed_is_counted_and_goes_nowhere(message):
    ear = Ear()
    assert ear.hear(message) == []
    assert ear.heard == Heard(malformed=1)


def test_an_unknown_kind_is_ignored_and_counted():
    ear = Ear()
    assert ear.hear({"t": "dance"}, {"t": "like2", "n": "x"}) == []
    assert ear.heard == Heard(unknown=2)


@given(st.one_of(st.text(max_size=1100), st.binary(max_size=1100)))
def test_no_message_is_an_error(message):
    ear = Ear()
    ear.hear(message)
    assert ear.heard.taken == len(ear.words)


def test_messages_beyond_the_rate_are_counted_and_later_ones_are_heard():
    ear = Ear()
    likes = [{"t": "like"}] * (int(MESSAGES_BURST) + 30)
    assert len(ear.hear(*likes)) == MESSAGES_BURST
    assert ear.heard.limited == 30
    ear.hear(*likes, at=1.0)
    assert ear.heard.taken == MESSAGES_BURST + MESSAGES_S


def test_likes_are_limited_by_their_sum():
    ear = Ear()
    ear.hear(*[{"t": "like", "n": 50}] * 10)
    assert sum(word.n for word in ear.words) == LIKES_BURST


def test_nobody_talks_without_pause():
    ear = Ear()
    ear.hear(*[{"t": "say", "text": "x"}] * 10)
    assert len(ear.words) == 3
    assert len(ear.hear({"t": "say", "text": "x"}, at=3.1)) == 4


def test_the_first_picture_is_said_once():
    assert Ear().hear({"t": "seen", "first_ms": 1}, {"t": "seen", "first_ms": 2}) == [Seen(1)]


def test_a_flood_is_told_from_a_keen_viewer():
    ear = Ear()
    ear.hear(*[{"t": "like"}] * 500)
    assert not ear.mouth.is_flooding
    ear.hear(*["x"] * FLOOD)
    assert ear.mouth.is_flooding


def test_sessions_have_ids_of_their_own():
    ears = [Ear() for _ in range(20)]
    for ear in ears:
        ear.hear({"t": "like"})
    assert len(set().union(*(ear.sids for ear in ears))) == 20
