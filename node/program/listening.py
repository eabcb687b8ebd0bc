"""What the booth's ear is doing, as pages, lights and the cloud are told: no transcript ever."""

from dataclasses import dataclass
from typing import Literal

Ear = Literal["off", "closed", "armed", "listening", "sending", "muted", "resting"]
"""The listening light (domain rules, privacy): off: no microphone, a lost one or no models; closed:
open to nothing; armed (white): the wake word alone counts; listening (blue): a question is awaited
or heard; sending (amber): an utterance leaves the booth, with consent; muted (red): by staff or
visitor, until a press; resting: hears nothing, as this machine is too slow right now or a model
failed (`trouble` says so), and tries again in a while.
"""

Duplex = Literal["full", "half"]
"""full: may be interrupted while it speaks; half: hears nothing while it speaks, but the button."""

Answerer = Literal["node", "cloud", "staff", "none"]


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and its answer, as the screens show it.

    `number` counts from the node's start; `intent` is empty where nothing was understood; `label`
    and `answer` are by locale (label: "价格?" / "Price?"). `way` is how it came, `waits` whether an
    answer is still to come. `is_drawn`: the answer is said, and so stands in the program's lower
    third, whole.
    """

    number: int
    at_s: float
    way: Literal["voice", "typed", "talk"]
    locale: str
    intent: str
    label: dict[str, str]
    answer: dict[str, str]
    by: Answerer
    waits: bool = False
    is_rejected: bool = False
    product: str = ""
    is_drawn: bool = False


@dataclass(frozen=True, slots=True)
class Listening:
    """The ear at one moment, and the newest turns (newest last, at most 20).

    `level_db` is the microphone's level, dBFS, -90 where there is none. `microphone` names the
    device, empty for none. `is_simulated`: its sound is made here. `trouble` says in a sentence
    why there is no ear, or why one rests that is not just too slow; else empty. `is_lost`: that is
    the microphone, gone or silent, and it is looked for. `is_speaking`: an answer is being said.
    `again_s` is how long an ear that rests still does, in seconds. `clipped_percent` is how much of
    what is said comes in clipped, 0 where it is too little to matter.
    """

    ear: Ear = "off"
    duplex: Duplex = "half"
    level_db: float = -90.0
    microphone: str = ""
    is_simulated: bool = False
    is_speaking: bool = False
    trouble: str = ""
    is_lost: bool = False
    again_s: int = 0
    clipped_percent: int = 0
    turns: tuple[Turn, ...] = ()
