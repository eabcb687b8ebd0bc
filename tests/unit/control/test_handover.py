"""Questions on their way out and back: answered once, in time, by who was asked."""

import asyncio

import pytest

from node.control.handover import WAITING_MAX, HandOver
from node.control.orders import AskReply as Order
from node.errors import AssetError, CommandError, LinkError
from node.program.handover import AUDIO_MAX_BYTES, TEXT_MAX, AskReply, AskRequest

WORDS = {"en": "By hand, please."}
SOUND = "sha256:" + "a" * 64


class Line:
    """A line to a controller, and who asked; the test sets the clock."""

    def __init__(self, fetch=None):
        self.now_s, self.is_up, self.refusal = 100.0, True, ""
        self.told, self.replies = [], []
        self.hand_over = HandOver(
            self.tell, is_open=lambda: self.is_up, fetch=fetch, loop_s=lambda: self.now_s
        )
        self.hand_over.replies = self.replied

    def tell(self, turn, request, left_ms):
        self.told.append((turn, request, left_ms))
        return self.is_up

    def replied(self, reply):
        self.replies.append(reply)
        return self.refusal

    def ask(self, number=1, **given):
        """Send a question; the name of its turn."""
        self.hand_over.send(AskRequest(number, "en", **{"due_s": 108.0, **given}))
        return self.told[-1][0]

    async def refused(self, order):
        with pytest.raises(CommandError) as caught:
            await self.hand_over.take(order)
        return caught.value.code


@pytest.fixture
def line():
    return Line()


async def test_a_reply_comes_back_to_the_turn_that_asked(line):
    turn = line.ask(7, product="P17")
    assert line.told[0][2] == 8000
    await line.hand_over.take(Order(turn, WORDS, "P17", "card.show"))
    assert line.replies == [AskReply(7, WORDS, "P17", "card.show")]


async def test_a_turn_is_answered_once(line):
    turn = line.ask()
    await line.hand_over.take(Order(turn, WORDS))
    assert await line.refused(Order(turn, {"en": "Or not."})) == "unknown_turn"
    assert len(line.replies) == 1


async def test_turns_of_another_start_are_none_of_this_one(line):
    before = Line()
    assert await line.refused(Order(before.ask(1), WORDS)) == "unknown_turn"
    assert line.ask(1) != before.told[0][0]


async def test_a_late_reply_is_refused(line):
    turn = line.ask()
    line.now_s = 108.5
    assert await line.refused(Order(turn, WORDS)) == "late"
    assert line.replies == []


async def test_a_reply_to_a_withdrawn_turn_is_refused(line):
    turn = line.ask(4)
    line.hand_over.withdraw(4)
    line.hand_over.withdraw(5)
    assert await line.refused(Order(turn, WORDS)) == "unknown_turn"


async def test_words_that_are_refused_end_the_command_with_the_reason(line):
    line.refusal = "price"
    with pytest.raises(CommandError, match="price"):
        await line.hand_over.take(Order(line.ask(), WORDS))


async def test_before_anyone_listens_every_reply_is_refused():
    one = HandOver(lambda *_: True, is_open=lambda: True, loop_s=lambda: 0.0)
    one.send(AskRequest(1, "en", 8.0))
    with pytest.raises(CommandError):
        await one.take(Order("00000000-1", WORDS))
    (turn,) = one._waiting
    with pytest.raises(CommandError, match="away"):
        await one.take(Order(turn, WORDS))


def test_without_a_line_nothing_waits(line):
    line.is_up = False
    assert not line.hand_over.is_open
    with pytest.raises(LinkError):
        line.ask()
    assert line.hand_over._waiting == {}


@pytest.mark.parametrize(("given", "code"), [
    ({"due_s": 100.0}, "late"),
    ({"audio": b"x" * (AUDIO_MAX_BYTES + 1)}, "too_large"),
    ({"text": "x" * (TEXT_MAX + 1)}, "too_large"),
])  # fmt: skip
def test_what_cannot_be_answered_or_sent_does_not_leave(line, given, code):
    with pytest.raises(CommandError) as caught:
        line.ask(**given)
    assert caught.value.code == code
    assert line.told == []


async def test_of_many_turns_the_oldest_are_let_go(line):
    turns = [line.ask(number) for number in range(WAITING_MAX + 2)]
    assert await line.refused(Order(turns[1], WORDS)) == "unknown_turn"
    await line.hand_over.take(Order(turns[2], WORDS))


async def test_a_recording_comes_with_the_words(tmp_path):
    async def fetch(sha256, url, size):
        assert (sha256, url, size) == (SOUND, "", 0)
        return tmp_path / "answer.opus"

    line = Line(fetch)
    await line.hand_over.take(Order(line.ask(), WORDS, audio=SOUND))
    assert line.replies[0].sound == tmp_path / "answer.opus"


@pytest.mark.parametrize("error", [AssetError("altered"), LinkError("away"), None])
async def test_words_do_not_wait_for_a_recording_that_is_not_to_be_had(error):
    async def fetch(*_):
        if error is None:
            await asyncio.Event().wait()
        raise error

    line = Line(fetch)
    await line.hand_over.take(Order(line.ask(due_s=100.05), WORDS, audio=SOUND))
    assert line.replies == [AskReply(1, WORDS)]


def test_no_words_and_no_sound_stand_in_what_is_printed():
    request = AskRequest(1, "en", 8.0, text="my words", audio=b"my voice")
    assert "my" not in repr(request)
    assert "hand" not in repr(AskReply(1, WORDS))
