"""Viewers' messages: cleaned, filtered, approved once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import CommandError
from node.stream.messages import WAITING_MAX, Messages, clean


def desk(*words: str, is_approved_first: bool = True) -> Messages:
    return Messages(words, is_approved_first=is_approved_first)


def test_a_message_waits_until_it_is_approved():
    messages = desk()
    fate, message = messages.take("s", "  hello\n there ", "Ann", 5.0)
    assert (fate, message.text, message.name) == ("waits", "hello there", "Ann")
    assert messages.waiting == (message,)
    assert messages.decide(message.id, "approved") == message
    assert messages.waiting == ()


def test_a_repeated_decision_does_nothing_and_another_one_is_refused():
    messages = desk()
    _, message = messages.take("s", "hello", "", 0)
    messages.decide(message.id, "refused")
    assert messages.decide(message.id, "refused") is None
    with pytest.raises(CommandError, match="refused before"):
        messages.decide(message.id, "approved")


def test_an_unknown_message_cannot_be_approved():
    with pytest.raises(CommandError, match="no message 'x' waits"):
        desk().decide("x", "approved")


def test_without_approval_what_passes_the_filter_is_shown():
    messages = desk(is_approved_first=False)
    assert messages.take("s", "hello", "", 0)[0] == "approved"
    assert messages.take("s", "全网第一", "", 0)[0] == "filtered"
    assert messages.waiting == ()


@pytest.mark.parametrize(
    "text",
    ["这是全网第一", "全 网 第 一", "全-网·第.一", "全網第一",
     "全\u200b网第一", "buy SPAM", "s.p.a.m", "ＳＰＡＭ", "s p a m"],
)  # fmt: skip
def test_a_forbidden_word_is_found_however_it_is_spaced(text):
    messages = desk("Spam", "")
    assert messages.take("s", text, "", 0)[0] == "filtered"
    assert messages.take("s", "fine", text, 0)[0] == "filtered"


def test_the_first_episode_is_no_claim():
    assert desk().take("s", "第一集好看", "", 0)[0] == "waits"


@pytest.mark.parametrize("text", ["", "  ", "\u200b\u202e", "\x00\x07"])
def test_nothing_said_is_nothing_shown(text):
    assert desk(is_approved_first=False).take("s", text, "", 0)[0] == "filtered"


def test_the_list_is_bounded_and_the_oldest_go():
    messages = desk()
    ids = [messages.take("s", f"m{n}", "", 0)[1].id for n in range(WAITING_MAX + 5)]
    assert [one.id for one in messages.waiting] == ids[5:]
    assert messages.overflowed == 5


def test_families_of_emoji_stay_together_and_stacked_marks_do_not_grow():
    assert clean("👨‍👩‍👧") == "👨‍👩‍👧"
    assert clean("a" + "\u0335" * 50) == "a" + "\u0335" * 3


@given(st.text(max_size=300))
def test_a_clean_text_is_one_line_and_stays_as_it_is(text):
    once = clean(text)
    assert clean(once) == once
    assert not set(once) & set("\n\r\t\u2028\u2029\u202e\u200f")
