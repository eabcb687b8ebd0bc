"""The newest questions with their answers, as the screens show them."""

from dataclasses import replace
from typing import Final

from node.program.listening import Turn
from node.voice.acts import Answered, Speak
from node.voice.booth import Way
from node.voice.replies import FULL, share_of_an_answer

KEPT: Final = 20
DRAWN_MAX: Final = 56
"""Characters that the lower third shows whole, whatever they are (of all 140 lines of the sample
booth, in both orders of its languages, two are longer, and those alone end in an ellipsis)."""


class Turns:
    """Newest last, at most 20. Loop thread only."""

    def __init__(self) -> None:
        self._turns: dict[int, Turn] = {}

    @property
    def newest(self) -> tuple[Turn, ...]:
        """All that are kept."""
        return tuple(self._turns.values())

    def find(self, number: int) -> Turn | None:
        """A turn that is kept."""
        return self._turns.get(number)

    def put(self, answer: Answered, way: Way, at_s: float) -> Turn:
        """Keep a turn as it was answered; a later answer takes the place of one that waited."""
        before = self._turns.get(answer.number)
        turn = Turn(
            number=answer.number,
            at_s=at_s if before is None else before.at_s,
            way=way if before is None else before.way,
            locale=answer.locale,
            intent=answer.intent,
            label=dict(answer.label),
            answer=dict(answer.text),
            by=answer.by,
            waits=answer.waits,
            product=answer.product,
            is_drawn=_is_drawn(answer),
        )
        self._turns[answer.number] = turn
        while len(self._turns) > KEPT:
            del self._turns[next(iter(self._turns))]
        return turn

    def reject(self, number: int) -> Turn | None:
        """Mark a turn as misheard; None for one that is not kept."""
        turn = self._turns.get(number)
        if turn is None:
            return None
        self._turns[number] = replace(turn, is_rejected=True, waits=False)
        return self._turns[number]

    def release(self, waiting: frozenset[int]) -> None:
        """Only the turns of these numbers still wait for an answer."""
        for number, turn in self._turns.items():
            if turn.waits and number not in waiting:
                self._turns[number] = replace(turn, waits=False)


def _is_drawn(answer: Answered) -> bool:
    """Whether all of it stands in the picture: what is said does, as far as there is room."""
    is_said = any(isinstance(act, Speak) and act.is_aloud for act in answer.acts)
    return is_said and all(
        share_of_an_answer(text) <= FULL and len(text) <= DRAWN_MAX for text in answer.text.values()
    )
