"""The conversation as it runs: questions to the dialogue, its answers to screens and program."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from node.channels import State
from node.errors import CommandError
from node.media import Pcm
from node.program.listening import Turn
from node.program.show import Show
from node.voice.accepting import Reply
from node.voice.acting import Acting
from node.voice.acts import Answered, HandOver
from node.voice.booth import Booth, Question, Way, Ways
from node.voice.dialogue import Dialogue
from node.voice.moments import Moments
from node.voice.replies import Replies
from node.voice.turns import Turns


class CloudLine(Protocol):
    """The way to the cloud."""

    @property
    def is_up(self) -> bool:
        """Whether a question can be sent now."""
        ...

    def send(self, hand_over: HandOver, locale: str, due_s: float, pcm: Pcm | None) -> None:
        """Ask; words and sound only leave where the question's visitor agreed."""
        ...

    def withdraw(self, number: int) -> None:
        """Forget a question that nobody waits for."""
        ...


@dataclass(frozen=True, slots=True)
class Noted:
    """A turn as the log tells of it: what was asked, who answered, how long that took; no word."""

    intent: str
    confidence: float
    where: str
    ms: float
    product: str = ""
    why: str = ""


class Conversation:
    """Asks the dialogue and has its acts done. Loop thread only, inside a running `group`.

    `replies` are the sentences of who speaks for the booth at the moment, `ways` tells what is
    possible and heard then, `note` is given each turn for the log.
    """

    def __init__(
        self,
        replies: Callable[[], Replies],
        *,
        state: State[Show],
        moments: Moments,
        acting: Acting,
        ways: Callable[[], Ways],
        cloud: CloudLine | None,
        note: Callable[[Noted], None],
    ) -> None:
        self._replies, self._state, self._moments = replies, state, moments
        self._dialogue = Dialogue(replies())
        self._acting, self._ways, self._cloud, self._note = acting, ways, cloud, note
        self._turns = Turns()
        self._sound: dict[int, Pcm] = {}
        self._last: tuple[Question, Answered] | None = None

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The newest, newest last."""
        return self._turns.newest

    @property
    def last(self) -> tuple[Question, Answered] | None:
        """The last question with its answer."""
        return self._last

    @property
    def is_sending(self) -> bool:
        """Whether an utterance has left for the cloud and is not answered yet."""
        return bool(self._sound)

    def ask(self, question: Question, group: asyncio.TaskGroup, pcm: Pcm | None = None) -> Turn:
        """Have a question answered; `pcm` is its sound where the visitor agreed."""
        booth = self._booth()
        self._dialogue, answered = self._dialogue.ask(question, booth)
        self._last = (question, answered)
        if pcm is not None and answered.waits and question.may_send:
            self._sound[answered.number] = pcm
        return self._settle(answered, question.way, question.at_s, group)

    def replied(self, reply: Reply, group: asyncio.TaskGroup) -> str:
        """A reply of cloud or staff: empty, or the code of why it is not said."""
        booth = self._booth()
        self._dialogue, said = self._dialogue.replied(reply, booth)
        if isinstance(said, str):
            return said
        asked = self._turns.find(reply.number)
        at_s = _now_s() if asked is None else asked.at_s
        self._settle(said, "voice" if asked is None else asked.way, at_s, group)
        return ""

    def attend(self, number: int, text: Mapping[str, str], group: asyncio.TaskGroup) -> Turn | None:
        """Staff answers a turn, in words that are said or in person; raises `CommandError`."""
        if number not in self._dialogue.waiting.by_number:
            raise CommandError("unknown_turn", f"turn {number}: does not wait for an answer")
        if text:
            if refusal := self.replied(Reply(number, "staff", _now_s(), text), group):
                raise CommandError("refused", f"the answer may not be said: {refusal}")
        else:
            self._dialogue = self._dialogue.attended(number)
            self._turns.release(frozenset(self._dialogue.waiting.by_number))
        return self._turns.find(number)

    def waiting_for_staff(self, within_s: float) -> int:
        """How many questions of the last seconds staff has not seen to."""
        return self._dialogue.waiting.of_staff(within_s, _now_s())

    def misheard(self, number: int, group: asyncio.TaskGroup) -> Turn:
        """The visitor rejects a turn; raises `CommandError` for one that is not kept."""
        self._dialogue, acts = self._dialogue.rejected(number)
        turn = self._turns.reject(number)
        if turn is None:
            raise CommandError("unknown_turn", f"turn {number}: not among the newest")
        self._acting.act(acts, group)
        return turn

    def interrupted(self, at_s: float) -> None:
        """Our own sentence was cut; what is still to be said of the answer is not said."""
        self._acting.drop_lines()
        self._dialogue = self._dialogue.interrupted(at_s)

    def tick(self, group: asyncio.TaskGroup) -> None:
        """What was not replied to in time goes on to staff, or is dropped."""
        waiting = self._dialogue.waiting
        if not waiting.by_number:
            self._sound.clear()
            return
        if waiting.overdue(_now_s()):
            booth = self._booth()
            self._dialogue, late = self._dialogue.overdue(booth)
            for answered in late:
                self._settle(answered, "voice", _now_s(), group)
        waits = frozenset(self._dialogue.waiting.by_number)
        self._turns.release(waits)
        self._sound = {
            number: pcm
            for number, pcm in self._sound.items()
            if number in self._dialogue.waiting.of_cloud()
        }

    def hand(self, hand_over: HandOver) -> None:
        """To the cloud by its line; staff sees the turn waiting on the operator's page."""
        pending = self._dialogue.waiting.by_number.get(hand_over.number)
        if hand_over.to == "cloud" and self._cloud is not None and pending is not None:
            pcm = self._sound.get(hand_over.number)
            self._cloud.send(hand_over, pending.locale, pending.due_s, pcm)

    def withdraw(self, number: int) -> None:
        """Nobody waits for it any more."""
        self._sound.pop(number, None)
        if self._cloud is not None:
            self._cloud.withdraw(number)

    def _settle(self, answered: Answered, way: Way, at_s: float, group: asyncio.TaskGroup) -> Turn:
        turn = self._turns.put(answered, way, at_s)
        self._acting.act(answered.acts, group)
        ms = (_now_s() - at_s) * 1000
        self._note(
            Noted(
                answered.intent,
                answered.confidence,
                answered.by,
                ms,
                answered.product,
                answered.why,
            )
        )
        return turn

    def _booth(self) -> Booth:
        replies = self._replies()
        if replies is not self._dialogue.replies:  # another persona has come
            self._dialogue = replace(self._dialogue, replies=replies)
        return self._moments.booth(self._state.value, _now_s(), self._ways())


def _now_s() -> float:
    return asyncio.get_running_loop().time()
