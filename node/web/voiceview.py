"""What pages are told of the booth's ear: its light, and each question with its answer."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from node.program.listening import Answerer, Duplex, Ear, Listening, Turn
from node.stream.viewer import Value


class EarView(msgspec.Struct, frozen=True):
    """The ear at one moment, as `GET /status` has it.

    `level_db` is dBFS, -90 where nothing is heard. `trouble` says in a sentence why there is no
    ear, `lost` whether that is its microphone, which is looked for, `simulated` whether its sound
    is made on this machine. `may_send`: the merchant lets a visitor agree that an utterance leaves
    the booth. `again_s`: a resting ear tries again in so many seconds. `clipped_percent`: so much
    of what is said is clipped, the microphone is too loud.
    """

    ear: Ear = "off"
    duplex: Duplex = "half"
    level_db: float = -90.0
    microphone: str = ""
    simulated: bool = False
    speaking: bool = False
    trouble: str = ""
    lost: bool = False
    may_send: bool = False
    again_s: int = 0
    clipped_percent: int = 0


class TurnView(msgspec.Struct, frozen=True):
    """A question and its answer: never its words, only what they were understood as.

    `label` (价格? / Price?) and `answer` are by locale, `age_s` the seconds since it was asked,
    `intent` empty where nothing was understood.
    """

    number: int
    age_s: float
    way: Literal["voice", "typed", "talk"]
    locale: str
    intent: str
    label: Mapping[str, str]
    answer: Mapping[str, str]
    by: Answerer
    waits: bool = False
    rejected: bool = False
    product: str = ""


def ear_view(listening: Listening, *, may_send: bool = False) -> EarView:
    """The ear for the status."""
    return EarView(
        ear=listening.ear,
        duplex=listening.duplex,
        level_db=round(listening.level_db, 1),
        microphone=listening.microphone,
        simulated=listening.is_simulated,
        speaking=listening.is_speaking,
        trouble=listening.trouble,
        lost=listening.is_lost,
        may_send=may_send,
        again_s=listening.again_s,
        clipped_percent=listening.clipped_percent,
    )


def turn_view(turn: Turn, now_s: float) -> TurnView:
    """A turn for the operator, at a time of the loop's clock."""
    return TurnView(
        number=turn.number,
        age_s=round(max(0.0, now_s - turn.at_s), 1),
        way=turn.way,
        locale=turn.locale,
        intent=turn.intent,
        label=turn.label,
        answer=turn.answer,
        by=turn.by,
        waits=turn.waits,
        rejected=turn.is_rejected,
        product=turn.product,
    )


def questions_view(listening: Listening, now_s: float) -> tuple[TurnView, ...]:
    """The newest turns, newest last."""
    return tuple(turn_view(turn, now_s) for turn in listening.turns)


def ear_told(listening: Listening, *, asks: bool, may_send: bool) -> dict[str, Value]:
    """What the kiosk is told of the ear; `asks`: whether typed questions are answered."""
    return {
        "t": "ear",
        "ear": listening.ear,
        "duplex": listening.duplex,
        "speaking": listening.is_speaking,
        "simulated": listening.is_simulated,
        "may_send": may_send,
        "asks": asks,
    }


def turn_told(turn: Turn) -> dict[str, Value]:
    """What the kiosk is told of a turn; `drawn`: the picture has the answer, if it is let."""
    return {
        "t": "turn",
        "number": turn.number,
        "way": turn.way,
        "locale": turn.locale,
        "intent": turn.intent,
        "label": turn.label,
        "answer": turn.answer,
        "by": turn.by,
        "waits": turn.waits,
        "rejected": turn.is_rejected,
        "drawn": turn.is_drawn,
    }
