"""The booth's voice: whose words count, what is done when they are heard, what all are shown."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from node.channels import State
from node.errors import CommandError
from node.media import Pcm
from node.program.commands import (
    Ask,
    Attend,
    CallStaff,
    CutReason,
    HushVoice,
    Misheard,
    MuteEar,
    Talk,
    VoiceCommand,
)
from node.program.listening import Listening, Turn
from node.program.show import Show
from node.program.spoken import SpokenRing
from node.voice.accepting import Reply
from node.voice.acting import BY, Submit, Tongue
from node.voice.attention import Attention, Change, Voice
from node.voice.booth import Question, Ways
from node.voice.conversation import Conversation
from node.voice.decision import WAKE
from node.voice.effects import Asked, CutVoice, DuckVoice, Effect, UnduckVoice, Woke
from node.voice.heard import Heard, Spotted, UtteranceEnded
from node.voice.intents import Understood, is_of_health, understand
from node.voice.lexicon import Lexicon
from node.voice.moments import Moments
from node.voice.second import SecondEar
from node.voice.standin import WITHIN_S, StandIn
from node.voice.values import language_of
from node.voice.wishes import Ears, Wishes, light_of, releases

CALL_STAFF: Final = "call_staff"
TOO_SLOW: Final = "this machine is too slow to listen right now"
TICK_S: Final = 0.05
LEVEL_TICKS: Final = 5
"""The level is shown four times a second."""


class VoicePart:
    """Optional component `voice`; everything here belongs to the loop thread.

    `hear` is told what the ear hears, `obey` what pages and buttons want. `listening` is what
    everyone is shown.
    """

    name = "voice"

    def __init__(
        self,
        wishes: Wishes,
        *,
        state: State[Show],
        listening: State[Listening],
        lexicon: Callable[[], Lexicon],
        moments: Moments,
        ring: SpokenRing,
        tongue: Tongue,
        submit: Submit,
        ears: Ears | None,
        converse: Callable[[Callable[[], Ways], Callable[[], None]], Conversation],
        can_ask_cloud: Callable[[], bool] = lambda: False,
        second: SecondEar | None = None,
    ) -> None:
        self._wishes, self._state, self._listening = wishes, state, listening
        self._lexicon, self._moments, self._ring = lexicon, moments, ring
        self._tongue, self._ears, self._can_ask_cloud = tongue, ears, can_ask_cloud
        self._standin, self._second = StandIn(state, submit), second
        self._conversation = converse(self._ways, lambda: self._mute(is_muted=True))
        self._attention = Attention(follow_up_s=wishes.follow_up_s)
        self._group: asyncio.TaskGroup | None = None
        self._answering: Question | None = None

    @property
    def keeps_utterance(self) -> bool:
        """Whether the utterance's sound is wanted, by a second stage or as it may be sent."""
        return self._hears_again is not None or self._attention.may_send

    @property
    def is_addressed(self) -> bool:
        """Whether who called the assistant may be asking at this moment."""
        return self._attention.awaits(_now_s())

    async def run(self, ready: Callable[[], None]) -> None:
        """Answer until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(self._follow(), name="voice follows")
                ready()
                ticks = 0
                while True:
                    ticks += 1
                    self._tick(group, has_level=ticks % LEVEL_TICKS == 0)
                    await asyncio.sleep(TICK_S)
        finally:
            self._group = None
            self._ring.duck(is_ducked=False)
            self._listening.set(Listening())

    def hear(self, one: Heard, began_s: float) -> None:
        """Something was heard; its times count from `began_s` (loop time, s)."""
        at_s = began_s + (one.end_s if isinstance(one, UtteranceEnded) else one.at_s)
        is_wake = isinstance(one, Spotted) and one.intent == WAKE
        if self._group is not None and not (is_wake and self._wishes.needs_press):
            self._take(self._attention.hear(one, at_s), self._group)

    async def obey(self, command: VoiceCommand) -> Turn | None:
        """Do what a page or button wants; the turn of a question. Raises `CommandError`."""
        group = self._running()
        match command:
            case Ask():
                return self._asked_in_writing(command, group)
            case Talk():
                self._talk(command, group)
            case MuteEar(is_muted=is_muted):
                self._needs_ears(may_be_lost=True)
                self._mute(is_muted=is_muted)
            case Misheard(number=number):
                return self._conversation.misheard(number, group)
            case Attend(number=number, text=text):
                return self._conversation.attend(number, text, group)
            case CallStaff():
                return self._call_staff(group)
            case HushVoice():
                self._conversation.interrupted(_now_s())
                await self._tongue.cut("button", BY)
        return None

    def replied(self, reply: Reply) -> str:
        """A reply of cloud or staff: empty, or the code of why it is not said."""
        is_told = any(is_of_health(text, self._lexicon()) for text in reply.text.values())
        return self._conversation.replied(replace(reply, is_of_health=is_told), self._running())

    # ---- what goes on ----

    async def _follow(self) -> None:
        async for show in self._state.watch():
            self._moments.follow(show, _now_s())
            is_window = show.listening and self._wishes.opens_with_show
            attention = self._attention.window(is_open=is_window)
            self._attention = attention.opened(is_open=show.is_speaker_on)

    def _tick(self, group: asyncio.TaskGroup, *, has_level: bool) -> None:
        now_s = _now_s()
        self._follow_speech(now_s, group)
        self._take(self._attention.tick(now_s), group)
        self._conversation.tick(group)
        self._standin.look(self._conversation.waiting_for_staff(WITHIN_S), group)
        self._attention = self._attention.sending(is_sending=self._conversation.is_sending)
        self._ring.duck(is_ducked=self._attention.is_ducked or self.is_addressed)
        self._tell(has_level=has_level)

    def _follow_speech(self, now_s: float, group: asyncio.TaskGroup) -> None:
        """Our own speech begins and ends as it is heard, not as it was ordered."""
        is_playing, kind = self._ring.is_playing, self._kind()
        if is_playing and kind != self._attention.voice:
            last = self._conversation.last
            self._answering = last[0] if last is not None and kind != "say" else None
            self._take(self._attention.speaking(kind), group)
        elif not is_playing and self._attention.voice:
            answering, self._answering = self._answering, None
            last = self._conversation.last
            asks_back = last is not None and last[1].asks_back
            self._attention = self._attention.silent(now_s, answered=answering, asks_back=asks_back)

    def _kind(self) -> Voice:
        """Of what is being said; that of a sentence that is over while its sound runs out."""
        saying = self._state.value.saying
        if saying is None:
            return self._attention.voice
        if not saying.is_answer:
            return "say"
        return "firm" if saying.is_firm else "answer"

    def _take(self, change: Change, group: asyncio.TaskGroup) -> None:
        self._attention, effects = change
        for effect in effects:
            self._do(effect, group)
        if self._attention.wants_cut is not None:  # what comes after the firm line is not begun
            self._conversation.interrupted(_now_s())

    def _do(self, effect: Effect, group: asyncio.TaskGroup) -> None:
        match effect:
            case DuckVoice():
                self._ring.duck()
            case UnduckVoice():
                self._ring.duck(is_ducked=False)
            case CutVoice(why):
                self._conversation.interrupted(_now_s())
                group.create_task(self._cut(why), name="cut")
            case Asked():
                self._ask(effect, group)
            case Woke():
                pass  # the light tells
        self._tell(has_level=False)

    def _ask(self, asked: Asked, group: asyncio.TaskGroup) -> None:
        pcm = None if asked.ended is None else asked.ended.pcm
        if pcm is not None and (second := self._hears_again) is not None:
            group.create_task(self._ask_again(second, asked, pcm), name="second stage")
        else:
            self._conversation.ask(asked.question(self._lexicon()), group, pcm)

    async def _ask_again(self, second: SecondEar, asked: Asked, pcm: Pcm) -> None:
        """No keyword was in it: what a second stage makes of it counts."""
        lexicon = self._lexicon()
        understood = await second.understood(pcm, lexicon)
        question = replace(asked.question(lexicon), understood=understood)
        self._conversation.ask(question, self._running(), pcm)
        self._tell(has_level=False)

    @property
    def _hears_again(self) -> SecondEar | None:
        """The second stage, which knows English alone, where that is spoken."""
        has_english = any(language_of(one) == "en" for one in self._state.value.rundown.locales)
        return self._second if has_english and self._second and self._second.is_there else None

    async def _cut(self, why: CutReason) -> bool:
        return await self._tongue.cut(why, BY)

    def _asked_in_writing(self, command: Ask, group: asyncio.TaskGroup) -> Turn:
        understood = understand(command.text, self._lexicon(), command.locale)
        question = Question(
            "typed",
            understood,
            _now_s(),
            text=command.text,
            may_send=command.may_send and self._wishes.may_send,
        )
        turn = self._conversation.ask(question, group)
        self._tell(has_level=False)
        return turn

    def _call_staff(self, group: asyncio.TaskGroup) -> Turn:
        """A call that waits already is this one."""
        waiting = [turn for turn in self._conversation.turns if turn.waits]
        found = next((turn for turn in waiting if turn.intent == CALL_STAFF), None)
        wanted = Question("talk", Understood(CALL_STAFF, confidence=1.0), _now_s())
        return found or self._conversation.ask(wanted, group)

    def _talk(self, command: Talk, group: asyncio.TaskGroup) -> None:
        if (known := self._needs_ears()).again_s:
            raise CommandError("resting", known.trouble or TOO_SLOW)
        if command.is_pressed:  # else: a question ends with its last word, not with the finger
            may_send = command.may_send and self._wishes.may_send
            self._take(self._attention.press(_now_s(), may_send=may_send), group)

    def _mute(self, *, is_muted: bool) -> None:
        self._attention = self._attention.muted(is_muted=is_muted)
        self._tell(has_level=False)

    def _needs_ears(self, *, may_be_lost: bool = False) -> Listening:
        """What is known of them; `may_be_lost`: of a microphone that comes back by itself too."""
        if self._ears is None:
            raise CommandError("no_microphone", "this node has no microphone")
        known = self._ears.listening
        if known.trouble and not (known.again_s or (may_be_lost and known.is_lost)):
            raise CommandError("deaf", known.trouble)
        return known

    def _running(self) -> asyncio.TaskGroup:
        if self._group is None:
            raise CommandError("no_voice", "the voice is not running")
        return self._group

    def _tell(self, *, has_level: bool) -> None:
        """Show what changed; the device is released while nothing may be heard."""
        before = self._listening.value
        known = Listening() if self._ears is None else self._ears.listening
        now, needs_press = self._attention.ear(_now_s()), self._wishes.needs_press
        ear = "off" if self._ears is None else light_of(now, known, needs_press=needs_press)
        if self._ears is not None:
            self._ears.shut(is_shut=releases(ear, known))
            self._attention = self._attention.by(known.duplex, is_lost=known.is_lost)
        is_speaking, turns = self._ring.is_playing, self._conversation.turns
        told = replace(known, ear=ear, is_speaking=is_speaking, turns=turns)
        if not has_level:
            told = replace(told, level_db=before.level_db)
        if told != before:
            self._listening.set(told)

    def _ways(self) -> Ways:
        return Ways(
            can_ask_cloud=self._can_ask_cloud(),
            is_heard=self._attention.began_s is not None and self._attention.is_counted,
            is_speaking=self._ring.is_playing,
        )


def _now_s() -> float:
    return asyncio.get_running_loop().time()
