"""Who answers: a model that is told the catalog, or one sentence that says that it is none."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec

from node.catalog.products import Catalog
from node.errors import CommandError
from node.voice.intents import understand
from node.voice.lexicon import lexicon_of
from tools.responder.grounding import UNSAFE, facts_of, messages_of, refusal_of
from tools.responder.model import ChatModel, picture
from tools.responder.questions import Answer, Question

HEARING_SHARE: Final = 0.4
"""Of the time for an answer, for transcribing it."""


class Answerer(Protocol):
    """Who answers."""

    async def answer(self, question: Question, limit_s: float) -> Answer:
        """An answer within so many seconds.

        Raises:
            CommandError: none may be given; the booth's staff will be asked. `code` says why.
            LinkError: the model is not to be had.
        """
        ...


@dataclass(frozen=True, slots=True)
class Canned:
    """Always the same sentence, in each of its languages; it says what it is."""

    text: Mapping[str, str]

    async def answer(self, question: Question, limit_s: float) -> Answer:
        """The sentence, and the card of the product that is asked about."""
        del limit_s
        return Answer(dict(self.text), question.product, "card.show" if question.product else "")


@dataclass(frozen=True, slots=True)
class Grounded:
    """A model that is told the catalog's facts; what it says is held against them."""

    model: ChatModel
    catalog: Catalog
    with_pictures: bool = False

    async def answer(self, question: Question, limit_s: float) -> Answer:
        """The model's sentence, if it keeps to the facts."""
        if question.guesses and question.guesses[0].intent in UNSAFE:
            raise CommandError("unsafe", "no model answers questions of health or safety")
        loop = asyncio.get_running_loop()
        end_s = loop.time() + limit_s
        question = await self._with_words(question, limit_s * HEARING_SHARE)
        if await asyncio.to_thread(_asks_of_safety, question, self.catalog):
            raise CommandError("unsafe", "no model answers questions of health or safety")
        facts = facts_of(self.catalog, question.product, question.locale)
        rules, asked = messages_of(question, facts)
        image = await self._picture(question.product)
        text = await self.model.answer(rules, asked, max(0.0, end_s - loop.time()), image)
        if why := refusal_of(text, question, facts):
            raise CommandError(why, "the model's answer is not sent")
        is_known = question.product in self.catalog.products
        product = question.product if is_known else ""
        return Answer({question.locale or "en": text}, product, "card.show" if product else "")

    async def _with_words(self, question: Question, limit_s: float) -> Question:
        """With the words of an utterance in place of what was not understood."""
        if question.text or not (self.model.hears and question.sound):
            return question
        words = await self.model.heard(question.sound, question.locale, limit_s)
        return msgspec.structs.replace(question, text=words[:200])

    async def _picture(self, product: str) -> bytes:
        known = self.catalog.products.get(product)
        if known is None or not self.with_pictures:
            return b""
        return await asyncio.to_thread(picture, known.image)


def _asks_of_safety(question: Question, catalog: Catalog) -> bool:
    """Whether the words tell what the booth's ear did not hear in the sound."""
    found = understand(question.text, lexicon_of(catalog), question.locale)
    return found.intent in UNSAFE
