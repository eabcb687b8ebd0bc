"""What viewers say on the channel `show`: read, bounded and rate limited, or counted and dropped.

Messages are JSON objects of at most 1 KiB, told apart by `t`. A kind that is not known here is
ignored, so that a newer page may speak to an older node.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from node.metrics.crowd import Bucket

MESSAGE_BYTES: Final = 1024
TEXT_LENGTH: Final = 200
NAME_LENGTH: Final = 24
LANG_LENGTH: Final = 16
MESSAGES_S, MESSAGES_BURST = 60.0, 120.0
"""Of one viewer; a page that sends its likes together, as ours does, sends 5 a second."""
LIKES_S, LIKES_BURST = 100.0, 200.0
"""Of one viewer: ten fingers, ten times a second."""
SAYS_S, SAYS_BURST = 1 / 3, 3.0
TAPS_S, TAPS_BURST = 1.0, 5.0
ASKS_S, ASKS_BURST = 1 / 4, 3.0
"""An answer takes about four seconds to read."""
FLOOD: Final = 1200
"""A viewer of whom so many messages were refused is no person: its session ends."""


class Like(msgspec.Struct, frozen=True, tag_field="t", tag="like"):
    """`n` likes at once."""

    n: Annotated[int, msgspec.Meta(ge=1, le=50)] = 1


class Say(msgspec.Struct, frozen=True, tag_field="t", tag="say"):
    """A message to all; it is not shown before it was judged."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LENGTH)]
    name: Annotated[str, msgspec.Meta(max_length=NAME_LENGTH)] = ""


class Tap(msgspec.Struct, frozen=True, tag_field="t", tag="tap"):
    """The card with that code was tapped."""

    code: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]{1,32}\Z")]


class Seen(msgspec.Struct, frozen=True, tag_field="t", tag="seen"):
    """The first picture was shown, `first_ms` after the viewer asked for it."""

    first_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)]


class Question(msgspec.Struct, frozen=True, tag_field="t", tag="ask"):
    """A question to the booth, answered to this viewer.

    `lang` is that of the viewer's page, empty if it does not say; `id` comes back with the answer;
    `may_send`: the viewer agreed that these words may leave the booth.
    """

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_LENGTH)]
    lang: Annotated[str, msgspec.Meta(max_length=LANG_LENGTH)] = ""
    id: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0
    may_send: bool = False


Word = Like | Say | Tap | Seen | Question
KINDS: Final = frozenset({"like", "say", "tap", "seen", "ask"})


READER: Final = msgspec.json.Decoder(Word)


class _Kind(msgspec.Struct, frozen=True):
    t: str


@dataclass(slots=True)
class Heard:
    """Counts of messages since start; `taken` were understood and passed on."""

    taken: int = 0
    malformed: int = 0
    unknown: int = 0
    limited: int = 0


class Mouth:
    """One viewer's way to speak. `sid` is random, new for each session, and says nothing else."""

    def __init__(self, heard: Heard, ear: Callable[[str, Word], None]) -> None:
        self.sid = secrets.token_urlsafe(9)
        self._heard, self._ear = heard, ear
        self._refused = 0
        self._has_seen = False
        self._messages = Bucket(MESSAGES_S, MESSAGES_BURST)
        self._likes = Bucket(LIKES_S, LIKES_BURST)
        self._says = Bucket(SAYS_S, SAYS_BURST)
        self._taps = Bucket(TAPS_S, TAPS_BURST)
        self._asks = Bucket(ASKS_S, ASKS_BURST)

    @property
    def is_flooding(self) -> bool:
        """Whether this viewer should be sent away."""
        return self._refused >= FLOOD

    def hear(self, message: str | bytes, now_s: float) -> None:
        """Take a message; never fails, whatever it is."""
        if not self._messages.take(now_s):
            self._refuse()
            return
        word = self._read(message)
        if word is None:
            return
        if not self._may(word, now_s):
            self._refuse()
            return
        self._heard.taken += 1
        self._ear(self.sid, word)

    def _read(self, message: str | bytes) -> Word | None:
        try:
            raw = message.encode() if isinstance(message, str) else message
            if len(raw) > MESSAGE_BYTES:
                raise msgspec.DecodeError(f"{len(raw)} bytes")
            word: Word = READER.decode(raw)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            if _is_newer(message):
                self._heard.unknown += 1
            else:
                self._heard.malformed += 1
            return None
        return word

    def _may(self, word: Word, now_s: float) -> bool:
        match word:
            case Like(n=count):
                return self._likes.take(now_s, count)
            case Say():
                return self._says.take(now_s)
            case Tap():
                return self._taps.take(now_s)
            case Question():
                return self._asks.take(now_s)
            case Seen():
                is_first, self._has_seen = not self._has_seen, True
                return is_first

    def _refuse(self) -> None:
        self._refused += 1
        self._heard.limited += 1


def _is_newer(message: str | bytes) -> bool:
    """Whether it is a message of a kind that this node does not know."""
    try:
        kind = msgspec.json.decode(message, type=_Kind).t
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return False
    return len(message) <= MESSAGE_BYTES and kind not in KINDS
