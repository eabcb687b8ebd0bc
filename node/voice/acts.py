"""What the dialogue wants done, and what it answered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from node.program.commands import Command
from node.program.listening import Answerer
from node.voice.booth import Question
from node.voice.replies import Line

Why = Literal[
    "",
    "asked",
    "unsafe",
    "unknown",
    "overlap",
    "no_product",
    "no_field",
    "no_text",
    "stale",
    "words",
    "away",
    "late",
    "too_long",
    "price",
    "link",
    "unknown_product",
    "unlisted_action",
    "withdrawn",
]
"""Why the node did not answer by itself, or why a reply was refused.

asked: for staff; unsafe: of health or safety; no_field: the catalog does not tell; no_text: not in
the asked language; stale: the shop has not told the stock for 60 s; words: lint refused the answer;
overlap: another was asked first; away: no staff; late to withdrawn: of a reply from outside.
"""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say a line in a locale, and show it; not aloud: show it alone.

    `is_uncuttable` lines take at most 2 s and are said to their end. `sound`, a recording of the
    line, is played in the place of a voice if it can be.
    """

    line: Line
    locale: str
    is_aloud: bool = True
    is_uncuttable: bool = False
    sound: Path | None = None

    @property
    def text(self) -> str:
        """What is read aloud."""
        return self.line.spoken[self.locale]


@dataclass(frozen=True, slots=True)
class Do:
    """Submit a command to the show."""

    command: Command


@dataclass(frozen=True, slots=True)
class HandOver:
    """Ask the cloud or staff; the reply comes back as turn `number`.

    The question's words or sound may only leave the booth if `question.may_send`.
    """

    to: Literal["cloud", "staff"]
    number: int
    question: Question
    why: Why
    product: str = ""


@dataclass(frozen=True, slots=True)
class Hush:
    """Stop what is being said, at once, and forget its rest."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Say the rest of the sentence that was cut."""


@dataclass(frozen=True, slots=True)
class CloseEar:
    """Close the microphone until a press."""


@dataclass(frozen=True, slots=True)
class Withdraw:
    """A hand-over whose reply nobody waits for any more."""

    number: int


Act = Speak | Do | HandOver | Hush | Resume | CloseEar | Withdraw


@dataclass(frozen=True, slots=True)
class Answered:
    """A turn as it was answered, and what is to be done for it, in order.

    `label` and `text` are by locale, for the screens; `text` is empty where nothing is said.
    `waits`: a reply of cloud or staff is still to come. `asks_back`: who asked is to say it again,
    or to say which product.
    """

    number: int
    intent: str
    locale: str
    by: Answerer
    acts: tuple[Act, ...] = ()
    why: Why = ""
    product: str = ""
    confidence: float = 0.0
    label: Mapping[str, str] = field(default_factory=dict)
    text: Mapping[str, str] = field(default_factory=dict)
    waits: bool = False
    asks_back: bool = False
