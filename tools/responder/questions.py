"""A question as the controller gives it, and what is answered; pure."""

import base64
import binascii
from typing import Literal

import msgspec
from typing_extensions import override

from node.program.handover import AUDIO_MAX_BYTES


class Guess(msgspec.Struct, frozen=True):
    """An intent that may have been meant."""

    intent: str
    score: float = 0.0


class Question(msgspec.Struct, frozen=True):
    """One of `/v1/asks`. Its words and sound are printed nowhere."""

    n: int
    node: str
    turn: str
    left_ms: int
    locale: str = ""
    product: str = ""
    guesses: tuple[Guess, ...] = ()
    text: str = ""
    audio: str = ""

    @override
    def __repr__(self) -> str:
        """Who asks, and nothing of what."""
        return f"Question({self.node} {self.turn})"

    @property
    def sound(self) -> bytes:
        """The utterance as Opus in Ogg; empty where there is none that can be read."""
        try:
            found = base64.b64decode(self.audio, validate=True)
        except (binascii.Error, ValueError):
            return b""
        return found if len(found) <= AUDIO_MAX_BYTES else b""


class Asks(msgspec.Struct, frozen=True):
    """What the controller says of those that wait; numbers count within one `start`."""

    start: str
    asks: tuple[Question, ...] = ()


class Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is said, by locale, and whose card is shown with it."""

    text: dict[str, str]
    product: str = ""
    action: Literal["", "card.show"] = ""
