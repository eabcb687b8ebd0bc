"""Whose words count, and when: the ear closed, armed, listening, sending or muted; barge-in; pure.

Armed, the wake word alone counts. A question is heard for 8 s after the wake word, a press of TALK
or an answer, and while the show has its microphone window open.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from node.program.commands import CutReason
from node.program.listening import Duplex, Ear
from node.voice.booth import Question, Way
from node.voice.effects import Asked, CutVoice, DuckVoice, Effect, UnduckVoice, Woke
from node.voice.heard import (
    Heard,
    SpeechConfirmed,
    SpeechStarted,
    SpeechVanished,
    Spotted,
    UtteranceEnded,
)

LISTENS_S: Final = 8.0
"""For a question to begin, and for the longest one (domain rules §6)."""
TAIL_S: Final = 1.5
"""Speech that goes on so long after the wake word is a question (the end itself takes 0.6 s)."""
WAKE: Final = "wake"
STOP: Final = "stop"
LONG_AGO: Final = float("-inf")


Voice = Literal["", "say", "answer", "firm"]
"""What is being said: nothing; a sentence of the rundown; an answer; one that ends first."""


@dataclass(frozen=True, slots=True)
class Attention:
    """The ear's attention at one moment; each call returns the next one, and what to do.

    All times are loop time, s. After an answer a question counts for `follow_up_s`; `hears_stop`:
    `stop` counts while the node speaks, even in half duplex.
    `is_open` is False where the block has its loudspeaker off; `is_window` while the show awaits
    questions. Until `until_s` a question may begin; `is_addressed` tells that it is meant for the
    assistant, so that even what is not understood counts. `began_s` is when the utterance that goes
    on began, and `is_counted` whether a question in it counts; `woke_s` when its wake word came.
    `wants_cut` waits for a firm line's end.
    """

    duplex: Duplex = "half"
    hears_stop: bool = True
    follow_up_s: float = LISTENS_S
    is_open: bool = True
    is_muted: bool = False
    is_sending: bool = False
    is_window: bool = False
    until_s: float = LONG_AGO
    is_addressed: bool = False
    way: Way = "voice"
    may_send: bool = False
    voice: Voice = ""
    wants_cut: CutReason | None = None
    is_ducked: bool = False
    began_s: float | None = None
    is_counted: bool = False
    woke_s: float = LONG_AGO

    def ear(self, at_s: float) -> Ear:
        """What the light shows."""
        if self.is_muted:
            return "muted"
        if not self.is_open:
            return "closed"
        if self.is_sending:
            return "sending"
        return "listening" if self.is_listening(at_s) else "armed"

    @property
    def is_deaf(self) -> bool:
        """In half duplex nothing is heard while the node speaks."""
        return self.duplex == "half" and bool(self.voice)

    def is_listening(self, at_s: float) -> bool:
        """Whether a question counts now."""
        if self.is_deaf or self.is_muted or not self.is_open:
            return False
        is_answering = self.voice in {"answer", "firm"}
        return self.is_window or at_s < self.until_s or is_answering

    def awaits(self, at_s: float) -> bool:
        """Whether the program is to be ducked: who called the assistant may be asking."""
        return self.is_addressed and (self.is_listening(at_s) or self.is_counted)

    def hear(self, one: Heard, at_s: float) -> "Change":
        """Something was heard."""
        if self.is_muted or not self.is_open:
            return self, ()
        if isinstance(one, Spotted):
            return _spotted(self, one, at_s)
        return (self, ()) if self.is_deaf else _sounded(self, one, at_s)

    def press(self, at_s: float, *, may_send: bool = False) -> "Change":
        """TALK was pressed: what is said stops, a muted ear opens, a question is awaited."""
        if not self.is_open:
            return self, ()
        after, effects = _cut(replace(self, is_muted=False), "button")
        after = replace(_awaiting(after, at_s), way="talk", may_send=may_send)
        return after, (*effects, Woke())

    def muted(self, *, is_muted: bool) -> "Attention":
        """Staff or a visitor closed the ear until a press, or staff opened it."""
        return replace(_at_rest(self), is_muted=is_muted)

    def opened(self, *, is_open: bool) -> "Attention":
        """The block has its loudspeaker, and with it the ear, on or off."""
        return self if is_open == self.is_open else replace(_at_rest(self), is_open=is_open)

    def window(self, *, is_open: bool) -> "Attention":
        """The show's microphone window opened or closed."""
        return replace(self, is_window=is_open)

    def by(self, duplex: Duplex, *, is_lost: bool) -> "Attention":
        """The ears are so now; who was speaking into a lost microphone is not understood."""
        after = replace(self, duplex=duplex)
        return replace(after, began_s=None, is_counted=False, is_ducked=False) if is_lost else after

    def sending(self, *, is_sending: bool) -> "Attention":
        """An utterance leaves the booth, with consent, or has left."""
        return replace(self, is_sending=is_sending)

    def speaking(self, voice: Voice) -> "Change":
        """A line begins to be said."""
        after = replace(self, voice=voice, is_ducked=False)
        if voice != "firm" and self.wants_cut is not None:
            return _cut(after, self.wants_cut)
        return after, ()

    def silent(
        self, at_s: float, *, answered: Question | None = None, asks_back: bool = False
    ) -> "Attention":
        """Nothing is said any more; after an answer to a voice the next question may come.

        `answered` is the question whose answer it was; `asks_back`: it is to be said once more, in
        the same way and by the same consent.
        """
        after = replace(self, voice="", is_ducked=False, wants_cut=None)
        if self.is_deaf:
            after = replace(after, began_s=None, is_counted=False)
        if answered is None or answered.way == "typed" or self.is_muted:
            return after
        after = replace(after, until_s=at_s + self.follow_up_s, way="voice", may_send=False)
        if not asks_back:
            return after
        return replace(after, is_addressed=True, way=answered.way, may_send=answered.may_send)

    def tick(self, at_s: float) -> "Change":
        """Time passes: who speaks for more than 8 s has asked something."""
        if self.began_s is not None and self.is_counted and at_s - self.began_s >= LISTENS_S:
            return _not_understood(self, None, at_s)
        is_over = self.is_addressed and not self.is_listening(at_s) and not self.is_counted
        return (replace(self, is_addressed=False, may_send=False) if is_over else self), ()


Change = tuple[Attention, tuple[Effect, ...]]


def _sounded(
    before: Attention,
    one: SpeechStarted | SpeechConfirmed | SpeechVanished | UtteranceEnded,
    at_s: float,
) -> Change:
    match one:
        case SpeechStarted():
            return _started(before, at_s)
        case SpeechVanished():
            return _vanished(before)
        case SpeechConfirmed():
            return _confirmed(before, at_s)
        case UtteranceEnded():
            return _ended(before, one, at_s)


def _started(before: Attention, at_s: float) -> Change:
    """An utterance begins: it counts if a question does now."""
    after = replace(before, began_s=at_s, is_counted=before.is_listening(at_s))
    if not _may_be_interrupted(after):
        return after, ()
    return replace(after, is_ducked=True), (DuckVoice(),)


def _vanished(before: Attention) -> Change:
    after = replace(before, began_s=None, is_counted=False, is_ducked=False)
    return after, (UnduckVoice(),) if before.is_ducked else ()


def _confirmed(before: Attention, at_s: float) -> Change:
    """Somebody speaks: what is said stops, and who stopped it may take as long as ever."""
    if not before.is_counted or not before.voice:
        return before, ()
    after, effects = _cut(before, "speech")
    return replace(after, until_s=at_s + LISTENS_S), effects


def _spotted(before: Attention, one: Spotted, at_s: float) -> Change:
    if one.intent == STOP and before.voice:
        is_heard = before.hears_stop or not before.is_deaf
        return _stopped(before, one, at_s) if is_heard else (before, ())
    if before.is_deaf:
        return before, ()
    if one.intent == WAKE:
        after, effects = _cut(before, "speech")
        began_s = at_s if before.began_s is None else before.began_s
        woken = replace(_awaiting(after, at_s), began_s=began_s, is_counted=True, woke_s=at_s)
        return replace(woken, way="voice", may_send=False), (*effects, Woke())
    if not before.is_counted and not before.is_listening(at_s):
        return before, ()
    after, effects = _cut(before, "speech")
    return _taken(after), (*effects, _asked(before, at_s, spotted=one))


def _stopped(before: Attention, one: Spotted, at_s: float) -> Change:
    """`stop` is heard in any language, whoever says it, while the node speaks."""
    after, effects = _cut(before, "stop")
    return _taken(after), (*effects, _asked(before, at_s, spotted=one))


def _ended(before: Attention, one: UtteranceEnded, at_s: float) -> Change:
    """What was not understood counts where the assistant was called."""
    if not before.is_counted:
        return replace(before, began_s=None, woke_s=LONG_AGO), ()
    spotted = one.spotted
    is_wake_alone = spotted is not None and spotted.intent == WAKE
    if is_wake_alone and at_s - before.woke_s < TAIL_S:
        return replace(before, began_s=None, is_counted=False), ()
    return _not_understood(before, one, at_s)


def _not_understood(before: Attention, one: UtteranceEnded | None, at_s: float) -> Change:
    """Of those who were not called upon nothing is asked back: the hall is full of talk."""
    if not before.is_addressed:
        return replace(before, began_s=None, is_counted=False), ()
    return replace(_taken(before), began_s=None), (_asked(before, at_s, ended=one),)


def _asked(
    before: Attention,
    at_s: float,
    *,
    spotted: Spotted | None = None,
    ended: UtteranceEnded | None = None,
) -> Asked:
    began_s = at_s if before.began_s is None else before.began_s
    return Asked(before.way, at_s, began_s, spotted, ended, before.may_send)


def _taken(before: Attention) -> Attention:
    """The question is taken: until it is answered, only a called assistant hears another."""
    return replace(
        before, until_s=LONG_AGO, is_counted=False, is_addressed=False, may_send=False,
        woke_s=LONG_AGO,
    )  # fmt: skip


def _awaiting(before: Attention, at_s: float) -> Attention:
    return replace(before, until_s=at_s + LISTENS_S, is_addressed=True)


def _at_rest(before: Attention) -> Attention:
    return replace(_taken(before), began_s=None, is_ducked=False)


def _cut(before: Attention, why: CutReason) -> Change:
    """Stop what is said; a firm line ends first."""
    if not before.voice:
        return before, ()
    if before.voice == "firm":
        return replace(before, wants_cut=why), ()
    return replace(before, voice="", is_ducked=False, wants_cut=None), (CutVoice(why),)


def _may_be_interrupted(before: Attention) -> bool:
    """Speech stops an answer, and a sentence of the rundown while questions are awaited."""
    return before.is_counted and before.voice in {"say", "answer"}
