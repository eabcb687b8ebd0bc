"""Does what the dialogue wants done: lines said one after the other, commands, hand-overs."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, Protocol

from node.channels import State
from node.errors import CommandError
from node.program.commands import Answer as SayAnswer
from node.program.commands import Command, CutReason, SpeechCommand
from node.program.show import Show
from node.voice.acts import Act, CloseEar, Do, HandOver, Hush, Resume, Speak, Withdraw

log = logging.getLogger(__name__)

BY: Final = "voice"
LINE_LIMIT_S: Final = 30.0
"""No line of a dialogue lasts so long; the next one is said then whatever happened."""

Submit = Callable[[Command | SpeechCommand, str], Awaitable[object]]


class Tongue(Protocol):
    """Who says it aloud; see `node.voice.saying.Aloud`."""

    async def cut(self, why: CutReason, by: str) -> bool:
        """Silence what is being said, at once."""
        ...

    async def resume(self, by: str) -> bool:
        """Go on with what was cut."""
        ...

    def record(self, cue: str, sound: Path) -> None:
        """A recording is to be played for a line, if it can be."""
        ...


class Acting:
    """Runs acts in turn; a newer answer takes the place of one whose lines are still to be said.

    `hand` is given what goes to cloud or staff, `withdraw` the number of a turn that nobody waits
    for any more, `close_ear` shuts the microphone. Loop thread only.
    """

    def __init__(
        self,
        *,
        state: State[Show],
        submit: Submit,
        tongue: Tongue,
        hand: Callable[[HandOver], None],
        withdraw: Callable[[int], None],
        close_ear: Callable[[], None],
    ) -> None:
        self._state, self._submit, self._tongue = state, submit, tongue
        self._hand, self._withdraw, self._close_ear = hand, withdraw, close_ear
        self._lines: asyncio.Task[None] | None = None
        self._said = 0

    def act(self, acts: Sequence[Act], group: asyncio.TaskGroup) -> None:
        """Begin to do it."""
        if any(_sounds(act) for act in acts):
            self.drop_lines()
            self._lines = group.create_task(self._run(acts), name="answer")
        elif acts:
            group.create_task(self._run(acts), name="acts")

    def drop_lines(self) -> None:
        """What is still to be said of an answer is not said."""
        if self._lines is not None:
            self._lines.cancel()
            self._lines = None

    async def _run(self, acts: Sequence[Act]) -> None:
        for act in sorted(acts, key=lambda act: isinstance(act, Speak)):  # a line takes seconds
            try:
                await self._one(act)
            except CommandError as error:
                log.info("voice: not obeyed: %s", error)

    async def _one(self, act: Act) -> None:
        match act:
            case Speak() | Hush() | Resume():
                await self._sound(act)
            case Do(command):
                await self._submit(command, BY)
            case HandOver():
                self._hand(act)
            case Withdraw(number):
                self._withdraw(number)
            case CloseEar():
                self._close_ear()

    async def _sound(self, act: Speak | Hush | Resume) -> None:
        match act:
            case Speak() if act.is_aloud:
                await self._say(act)
            case Speak():
                pass  # shown alone, by the screens that tell of turns
            case Hush():
                await self._tongue.cut("stop", BY)
            case Resume():
                await self._tongue.resume(BY)

    async def _say(self, speak: Speak) -> None:
        """Have a line said, and wait for its end."""
        self._said += 1
        key = f"answer.{self._said}"
        line = speak.line
        if speak.sound is not None:
            self._tongue.record(key, speak.sound)
        await self._submit(
            SayAnswer(
                key,
                dict(line.shown),
                speak.locale,
                is_firm=speak.is_uncuttable,
                aloud=speak.text,
            ),
            BY,
        )
        try:
            async with asyncio.timeout(LINE_LIMIT_S):
                async for show in self._state.watch():
                    if show.saying is None or show.saying.cue != key:
                        return
        except TimeoutError:
            log.warning("voice: a line lasts longer than %.0f s", LINE_LIMIT_S)


def _sounds(act: Act) -> bool:
    """Whether it is heard: then it takes the place of what is being said."""
    return isinstance(act, Hush | Resume) or (isinstance(act, Speak) and act.is_aloud)
