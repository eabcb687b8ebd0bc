"""Viewers' typed questions on their way to the voice, answers on their way back, the ear's light.

The words of a question pass through and are kept nowhere.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from node.channels import State
from node.errors import CommandError
from node.media import Pts90k
from node.program.commands import Ask, VoiceCommand
from node.program.listening import Listening, Turn
from node.stream.inbox import Question
from node.stream.viewer import Notice, Value
from node.web.voiceview import ear_told, turn_told

log = logging.getLogger(__name__)

Obey = Callable[[VoiceCommand], Awaitable[Turn | None]]
"""The voice as pages reach it: obeys a command; a question's turn comes back, answered or waiting.

Raises `CommandError` where it cannot.
"""

ASKED_MAX: Final = 32
"""Viewers' questions under way; who asks beyond is told to ask again."""


class Questions:
    """Optional component `questions`: between the pages and the voice.

    `tell` speaks to one viewer by the id of its session, `announce` to all; `pts` is the frame on
    air. Without a `voice` every question is refused, and the pages offer none.
    """

    name = "questions"

    def __init__(
        self,
        voice: Obey | None,
        listening: State[Listening],
        *,
        tell: Callable[[str, Notice], None],
        announce: Callable[[Notice], None],
        pts: Callable[[], Pts90k],
        may_send: bool = False,
    ) -> None:
        self._voice, self._listening, self._may_send = voice, listening, may_send
        self._to_one, self._to_all, self._pts = tell, announce, pts
        self._group: asyncio.TaskGroup | None = None
        self._asked = 0
        self._waiting: dict[int, tuple[str, int]] = {}
        self._ear = self._ear_now()
        self._turns: dict[int, Turn] = {}

    async def run(self, ready: Callable[[], None]) -> None:
        """Tell of each change until cancelled."""
        self._turns = {turn.number: turn for turn in self._listening.value.turns}
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                async for listening in self._listening.watch():
                    self._follow(listening)
        finally:
            self._group = None
            self._waiting.clear()

    def greet(self) -> list[Notice]:
        """What a new viewer is told."""
        return [self._notice(self._ear_now())]

    def ask(self, sid: str, question: Question) -> None:
        """Have a viewer's question answered; the viewer is told what becomes of it."""
        if self._voice is None:
            self._refuse(sid, question.id, "no_voice")
        elif self._group is None or self._asked + len(self._waiting) >= ASKED_MAX:
            self._refuse(sid, question.id, "busy")
        else:
            self._asked += 1
            self._group.create_task(self._ask(self._voice, sid, question))

    async def _ask(self, voice: Obey, sid: str, question: Question) -> None:
        try:
            turn = await voice(Ask(question.text, question.lang, may_send=question.may_send))
        except CommandError as error:
            self._refuse(sid, question.id, error.code)
            return
        finally:
            self._asked -= 1
        if turn is None:
            self._refuse(sid, question.id, "no_answer")
            return
        if turn.waits:
            self._waiting[turn.number] = (sid, question.id)
        self._answer(sid, question.id, turn)

    def _follow(self, listening: Listening) -> None:
        ear = self._ear_now()
        if ear != self._ear:
            self._ear = ear
            self._to_all(self._notice(ear))
        now = {turn.number: turn for turn in listening.turns}
        for number, turn in now.items():
            if self._turns.get(number) != turn:
                self._to_all(self._notice(turn_told(turn)))
        self._turns = now
        self._pay_back(now)

    def _pay_back(self, turns: dict[int, Turn]) -> None:
        """Tell those whose questions waited of their answers; what nobody knows of is no more."""
        for number, (sid, id_) in tuple(self._waiting.items()):
            turn = turns.get(number)
            if turn is None and (not turns or number > max(turns)):
                continue  # the voice has not said so itself yet
            if turn is not None and turn.waits:
                continue
            del self._waiting[number]
            if turn is None:
                self._refuse(sid, id_, "no_answer")
            else:
                self._answer(sid, id_, turn)

    def _answer(self, sid: str, id_: int, turn: Turn) -> None:
        state: Literal["waits", "answered"] = "waits" if turn.waits else "answered"
        self._to_one(sid, self._notice(_answer(id_, state) | {
            "label": turn.label, "answer": turn.answer, "by": turn.by,
        }))  # fmt: skip

    def _refuse(self, sid: str, id_: int, code: str) -> None:
        self._to_one(sid, self._notice(_answer(id_, "refused") | {"code": code}))

    def _ear_now(self) -> dict[str, Value]:
        return ear_told(
            self._listening.value, asks=self._voice is not None, may_send=self._may_send
        )

    def _notice(self, message: dict[str, Value]) -> Notice:
        return Notice(self._pts(), message)


def _answer(id_: int, state: Literal["waits", "answered", "refused"]) -> dict[str, Value]:
    return {"t": "answer", "id": id_, "state": state}
