"""Of a question the log keeps what it was about and who answered, and no word of it."""

import msgspec

from node.metrics.events import EVENTS
from node.program.asked import asked_event


def test_a_question_is_told_by_intent_sureness_answerer_and_time():
    told = msgspec.to_builtins(asked_event("price", 0.91234, "node", 0.3124, "P17"))
    assert told == {"ev": "ask", "intent": "price", "conf": 0.912, "where": "node", "ms": 312,
                    "product": "P17"}  # fmt: skip
    assert set(told) - {"ev"} == set(EVENTS["ask"].split())


def test_a_question_that_was_not_understood_has_no_intent():
    assert msgspec.to_builtins(asked_event("", 0.0, "staff", 61.0)) == {
        "ev": "ask", "where": "staff", "ms": 61_000,
    }  # fmt: skip
