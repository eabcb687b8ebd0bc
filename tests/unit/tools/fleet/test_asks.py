"""Questions that wait for an answer: once each, in order, no longer than their time."""

import asyncio

import pytest

from node.errors import CommandError
from tools.fleet.asks import OF_NODE_MAX, OPEN_MAX, Asks

NOW = 1_795_236_000_000


def ask(number=1, left_ms=8000):
    return {"turn": f"4f1c2a9b-{number}", "left_ms": left_ms, "text": "my words"}


@pytest.fixture
def asks():
    return Asks()


def turns(found):
    return [one.turn.split("-")[1] for one in found]


def test_a_question_waits_until_it_is_taken(asks):
    asks.put("n1", ask(1), NOW)
    asks.put("n1", ask(2), NOW)
    assert turns(asks.after(0, NOW)) == ["1", "2"]
    assert turns(asks.after(1, NOW)) == ["2"]
    assert asks.take("n1", "4f1c2a9b-1", NOW).node == "n1"
    assert turns(asks.after(0, NOW)) == ["2"]
    with pytest.raises(CommandError, match="no question"):
        asks.take("n1", "4f1c2a9b-1", NOW)


def test_when_its_time_is_up_it_is_gone(asks):
    asks.put("n1", ask(1, 500), NOW)
    asks.put("n1", ask(2, 500), NOW)
    with pytest.raises(CommandError):
        asks.take("n1", "4f1c2a9b-1", NOW + 500)
    assert asks.after(0, NOW + 500) == ()
    assert asks._open == {}


def test_what_nobody_answered_after_all_waits_again(asks):
    asks.put("n1", ask(1), NOW)
    asks.give_back(asks.take("n1", "4f1c2a9b-1", NOW))
    assert turns(asks.after(0, NOW)) == ["1"]


def test_the_same_question_again_takes_its_place(asks):
    asks.put("n1", ask(1), NOW)
    asks.put("n1", ask(1), NOW + 10)
    (one,) = asks.after(0, NOW + 10)
    assert (one.n, one.due_at) == (2, NOW + 8010)


def test_one_node_cannot_push_the_others_out(asks):
    asks.put("n2", ask(1), NOW)
    for number in range(2 * OPEN_MAX):
        asks.put("n1", ask(number), NOW)
    found = asks.after(0, NOW)
    assert [one.node for one in found].count("n1") == OF_NODE_MAX
    assert found[0].node == "n2"


def test_there_is_an_end_to_all_that_wait(asks):
    for number in range(OPEN_MAX + 50):
        asks.put(f"n{number}", ask(1), NOW)
    assert len(asks.after(0, NOW)) == OPEN_MAX


async def test_who_waits_is_told_of_the_next_one(asks):
    asks.put("n1", ask(1), NOW)
    await asks.wait(0, NOW, 60)  # there is one
    waiting = asyncio.create_task(asks.wait(1, NOW, 60))
    await asyncio.sleep(0)
    assert not waiting.done()
    asks.put("n1", ask(2), NOW)
    await waiting


async def test_nobody_waits_for_ever(asks):
    await asks.wait(0, NOW, 0.01)


def test_words_do_not_stand_in_what_is_printed(asks):
    asks.put("n1", ask(1), NOW)
    assert "my words" not in repr(asks.after(0, NOW))
