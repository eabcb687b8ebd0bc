"""A question that the booth cannot answer, on its way to the cloud and back: what both sides know.

Whoever hears the question and whoever holds the line are strangers to each other; these values pass
between them. Words and sound stand in no log, event or store, and leave only with the consent of
who asked, for that one turn.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

AUDIO_MAX_BYTES: Final = 30_000
"""8 s of Opus at 24 kbit/s are 24,000; as base64 40,000 characters."""
TEXT_MAX: Final = 200
"""Characters of a written question."""
GUESSES_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Guess:
    """An intent that may have been meant; `score` from 0 to 1."""

    intent: str
    score: float


@dataclass(frozen=True, slots=True)
class AskRequest:
    """Turn `number` in its locale, to be answered until `due_s` (loop time).

    `product` is what the question is about, empty where that is not known. `text` are the words of
    a written question, `audio` the utterance as Opus in Ogg; both only with consent.
    """

    number: int
    locale: str
    due_s: float
    product: str = ""
    guesses: tuple[Guess, ...] = ()
    text: str = field(default="", repr=False)
    audio: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class AskReply:
    """What the cloud answers to turn `number`; proven to come from the controller, not yet judged.

    `text` by locale, at most 500 characters each; `action` is empty or `card.show` with its
    `product`. `sound` is a recording of the answer that lies on this disk.
    """

    number: int
    text: Mapping[str, str] = field(repr=False)
    product: str = ""
    action: str = ""
    sound: Path | None = None
