"""What is being said: begun, told how long its sound lasts, cut, over; pure.

A sentence is also the lower third, in every language of the show. Without a voice it stands for as
long as reading it takes; a voice tells the length of its sound (`SayLasts`), and `say.end` comes
when that ends.
"""

import math
from dataclasses import replace

from node.errors import CommandError
from node.program.commands import Answer, CutSaying, Say, SayLasts
from node.program.rundown import Cue, LocalText
from node.program.show import Fact, Saying, Show, Shown

CJK_A_SECOND, WORDS_A_SECOND = 5, 3
"""Speed of reading and speaking: 25 characters or 15 words in 5 s (domain.md §6)."""
SAY_MIN_S = 2
FIRST_CJK = 0x2E80
"""CJK Radicals Supplement, the first of the blocks whose characters are read one by one."""

Told = tuple[Show, tuple[Fact, ...]]


def say(show: Show, cue: Cue) -> Told:
    """Say a cue's text, in the first of the show's languages."""
    return _begun(show, Saying(cue.text, cue.id, _until(show, cue.text), show.tick), cue)


def said(show: Show, command: Say | Answer | SayLasts | CutSaying) -> Told:
    """The show after a command about what is said; raises `CommandError` for a firm sentence."""
    match command:
        case Say(text=text):
            return say(show, _cue(f"{show.airing.segment}.say{show.tick}", text))
        case Answer(key=key) if show.saying is not None and show.saying.cue == key:
            return show, ()
        case Answer():
            return _answered(show, command)
        case SayLasts(cue=cue, for_s=for_s):
            return _lasting(show, cue, for_s), ()
        case CutSaying(cue=cue, why=why):
            if show.saying is None or show.saying.cue != cue:
                return show, ()
            if show.saying.is_firm:
                raise CommandError("firm", f"{cue}: is said to its end")
            return hushed(show, why)


def hushed(show: Show, why: str) -> Told:
    """End what is being said: `time`, it was said to its end, else it is cut.

    The text of a cut one goes too; else it stands for as long as reading takes.
    """
    if show.saying is None:
        return show, ()
    ev = "say.end" if why == "time" else "say.cut"
    said_ms = round((show.tick - show.saying.since_tick) * 1000 / show.rundown.fps, 1)
    fact = replace(show.fact(ev, why=why), cue=show.saying.cue, ms=said_ms)
    words = show.lower_third
    if ev == "say.cut" and words is not None and words.cue == show.saying.cue:
        words = None
    return replace(show, saying=None, lower_third=words), (fact,)


def left_behind(show: Show) -> Told:
    """What a segment said ends with it, and its words go; an answer goes on over the change."""
    saying = show.saying
    if saying is None or not saying.is_answer:
        show, facts = hushed(show, "segment")
        return replace(show, lower_third=None), facts
    words = show.lower_third
    is_its_text = words is not None and words.cue == saying.cue
    return (show if is_its_text else replace(show, lower_third=None)), ()


def reading_s(text: LocalText) -> float:
    """How long the longest version of a text takes to read or say, in seconds."""
    return max([SAY_MIN_S, *(_reading_s(one) for one in text.values())])


def _answered(show: Show, answer: Answer) -> Told:
    until = _until(show, answer.text)
    saying = Saying(
        answer.text,
        answer.key,
        until,
        show.tick,
        locale=answer.locale,
        is_answer=True,
        is_firm=answer.is_firm,
        aloud=answer.aloud,
    )
    return _begun(show, saying, _cue(answer.key, answer.text))


def _begun(show: Show, saying: Saying, cue: Cue) -> Told:
    silent, facts = hushed(show, "replaced")
    shown = Shown(
        text=saying.text, cue=saying.cue, since_tick=show.tick, until_tick=saying.until_tick
    )
    return replace(silent, lower_third=shown, saying=saying), (*facts, show.fact("say.start", cue))


def _lasting(show: Show, cue: str, for_s: float) -> Show:
    """Let the sentence end with its sound; its words stay at least as long as they need."""
    saying, words = show.saying, show.lower_third
    if saying is None or saying.cue != cue:
        return show
    until = saying.since_tick + math.ceil(for_s * show.rundown.fps)
    show = replace(show, saying=replace(saying, until_tick=until))
    if words is None or words.cue != cue or words.until_tick >= until:
        return show
    return replace(show, lower_third=replace(words, until_tick=until))


def _cue(id_: str, text: LocalText) -> Cue:
    return Cue(id_, -1, "say", text=text)


def _until(show: Show, text: LocalText) -> int:
    return show.tick + round(reading_s(text) * show.rundown.fps)


def _reading_s(text: str) -> float:
    wide = sum(ord(letter) >= FIRST_CJK for letter in text)
    words = len("".join(" " if ord(letter) >= FIRST_CJK else letter for letter in text).split())
    return wide / CJK_A_SECOND + words / WORDS_A_SECOND
