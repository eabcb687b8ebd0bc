"""The newest questions with their answers, as the screens show them."""

from dataclasses import replace
from typing import Final

from node.program.listening import Turn
from node.voice.acts import Answered
from node.voice.booth import Way

KEPT: Final = 20


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
