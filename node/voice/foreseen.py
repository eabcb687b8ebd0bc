"""The sentences that will be said: what the dialogue would answer, asked beforehand.

Answers come from templates and the catalog, so that each can be rendered before anyone asks; a
visitor then waits for no voice.
"""

from collections.abc import Iterator
from dataclasses import replace

from node.catalog.intents import INTENTS
from node.voice.acts import Speak
from node.voice.booth import Booth, CardSeen, Question
from node.voice.dialogue import Dialogue
from node.voice.intents import Understood
from node.voice.replies import Replies


def foreseen(replies: Replies, booth: Booth) -> Iterator[tuple[str, str]]:
    """Every answer as (text, locale), each once; those on the product of the card come first.

    Holds for the prices and offers of `booth`; it is worth asking again when they change.
    """
    told = set[tuple[str, str]]()
    products = sorted(booth.catalog.products, key=lambda id_: id_ != booth.card)
    for product in products:
        quiet = replace(
            booth, cards=(CardSeen(product, booth.now_s),), is_climax_near=False,
            is_speaking=False, is_heard=False,
        )  # fmt: skip
        for intent in ("price", *INTENTS, ""):
            for locale in booth.locales:
                for line in _answered(replies, quiet, intent, locale):
                    if line not in told:
                        told.add(line)
                        yield line


def _answered(
    replies: Replies, booth: Booth, intent: str, locale: str
) -> Iterator[tuple[str, str]]:
    understood = Understood(intent, locale, confidence=1.0)
    question = Question("voice", understood, at_s=booth.now_s, began_s=booth.now_s)
    _, answered = Dialogue(replies).ask(question, booth)
    for act in answered.acts:
        if isinstance(act, Speak) and act.is_aloud:
            yield act.text, act.locale
