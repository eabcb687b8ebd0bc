"""What attention wants done as something is heard: the voice ducked or cut, a question answered."""

from dataclasses import dataclass

from node.program.commands import CutReason
from node.voice.booth import Question, Way
from node.voice.heard import Spotted, UtteranceEnded
from node.voice.intents import Understood, heard
from node.voice.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class DuckVoice:
    """Lower what is being said by 12 dB: somebody may be speaking."""


@dataclass(frozen=True, slots=True)
class UnduckVoice:
    """It was nobody."""


@dataclass(frozen=True, slots=True)
class CutVoice:
    """Stop what is being said, and flush its queues."""

    why: CutReason


@dataclass(frozen=True, slots=True)
class Woke:
    """The wake word was heard, or TALK pressed: a question is awaited."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question was heard: `spotted` is its keyword, None where none was recognised.

    `ended` is its utterance where it is over (with its sound, if kept). Times are loop time, s.
    """

    way: Way
    at_s: float
    began_s: float
    spotted: Spotted | None = None
    ended: UtteranceEnded | None = None
    may_send: bool = False

    def question(self, lexicon: Lexicon) -> Question:
        """As the dialogue takes it."""
        understood = Understood()
        if (one := self.spotted) is not None:
            understood = heard(
                one.keyword, one.intent, locale=one.locale, slots=one.slots, score=one.score,
                lexicon=lexicon,
            )  # fmt: skip
        return Question(self.way, understood, self.at_s, self.began_s, self.may_send)


Effect = DuckVoice | UnduckVoice | CutVoice | Woke | Asked
