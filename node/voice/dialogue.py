"""The dialogue with those who ask: each question becomes an answer and acts; pure.

Who answers: the node from the catalog and the show; staff what it does not know or must not
judge; the cloud what is left, where it is allowed.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from node.program.commands import ShowCard
from node.voice.accepting import Refusal, Reply, accept_reply
from node.voice.acts import Act, Answered, Do, HandOver, Hush, Resume, Speak, Withdraw
from node.voice.answering import is_of_a_product, planned
from node.voice.booth import Booth, Question
from node.voice.context import Context
from node.voice.intents import Understood
from node.voice.matter import Matter, Plan, said, to_cloud, to_staff
from node.voice.replies import Replies
from node.voice.settling import is_silent, judged, remembered, settled
from node.voice.values import language_of
from node.voice.waiting import Pending, Waiting

REST_KEPT_S: Final = 10.0
"""The rest of a cut sentence can be heard so long (domain rules §6, barge-in 7)."""
TURNS_KEPT: Final = 8
"""Turns that can be taken back."""
LONG_AGO: Final = float("-inf")


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The dialogue at one moment; each call returns the next one.

    `number` is that of the last turn; `asked_s` is when one was last asked aloud, `cut_s` when a
    sentence was cut whose rest is kept. `before` has the contexts that the last turns found, by
    number.
    """

    replies: Replies
    number: int = 0
    context: Context = field(default_factory=Context)
    waiting: Waiting = field(default_factory=Waiting)
    before: tuple[tuple[int, Context], ...] = ()
    asked_s: float = LONG_AGO
    cut_s: float = LONG_AGO

    def ask(self, question: Question, booth: Booth) -> "tuple[Dialogue, Answered]":
        """Answer a question. Of two that are asked at once the first finished is answered."""
        number = self.number + 1
        if question.way != "typed" and 0 < question.began_s < self.asked_s:
            return replace(self, number=number), _ignored(number, question)
        matter = self._matter(question, booth)
        plan = judged(self._plan(matter), matter)
        answered = settled(number, plan, matter)
        waiting = self.waiting
        if any(isinstance(act, Hush) for act in answered.acts):
            withdrawn = tuple(Withdraw(one) for one in waiting.of_cloud())
            answered = replace(answered, acts=(*answered.acts, *withdrawn))
            waiting = waiting.without(*waiting.of_cloud())
        after = replace(
            self,
            number=number,
            context=remembered(plan, matter),
            waiting=_with(waiting, answered, booth.now_s),
            before=(*self.before, (number, self.context))[-TURNS_KEPT:],
            asked_s=self.asked_s if question.way == "typed" else booth.now_s,
        )
        return after, answered

    def interrupted(self, at_s: float) -> "Dialogue":
        """A sentence was cut at a loop time; its rest can be asked for."""
        return replace(self, cut_s=at_s)

    def rejected(self, number: int) -> "tuple[Dialogue, tuple[Act, ...]]":
        """The visitor says that turn `number` was misheard: it never was."""
        context = dict(self.before).get(number)
        if context is None:
            return self, ()
        acts: list[Act] = [Hush()] if number == self.number else []
        if number in self.waiting.by_number:
            acts.append(Withdraw(number))
        after = replace(
            self,
            context=replace(context, has_told_ai=self.context.has_told_ai),
            waiting=self.waiting.without(number),
            before=tuple(one for one in self.before if one[0] < number),
        )
        return after, tuple(acts)

    def attended(self, number: int) -> "Dialogue":
        """Staff saw to turn `number` in person; nobody waits for a reply any more."""
        return replace(self, waiting=self.waiting.without(number))

    def replied(self, reply: Reply, booth: Booth) -> "tuple[Dialogue, Answered | Refusal]":
        """A reply of cloud or staff: said if it may be; the cloud's else goes to staff."""
        pending = self.waiting.by_number.get(reply.number)
        if pending is None:
            return self, "withdrawn"
        accepted = accept_reply(
            reply,
            booth,
            locale=pending.locale,
            product=pending.hand_over.product,
            intent=pending.intent,
            due_s=pending.due_s,
        )
        if isinstance(accepted, str):
            if reply.by == "staff":
                return self, accepted
            return self._handed_on(pending, booth, accepted)
        card = (Do(ShowCard(accepted.product)),) if accepted.product else ()
        if booth.is_climax_near:
            card = ()
        speak = Speak(
            accepted.line,
            pending.locale,
            is_aloud=not is_silent(booth, "typed"),
            sound=reply.sound,
        )
        answered = Answered(
            reply.number,
            pending.intent,
            pending.locale,
            reply.by,
            acts=(*card, speak),
            product=accepted.product or pending.hand_over.product,
            label=self.replies.label(pending.intent, _locales(pending.locale, booth)),
            text=accepted.line.shown,
        )
        context = replace(self.context, said=accepted.line)
        waiting = self.waiting.without(reply.number)
        return replace(self, context=context, waiting=waiting), answered

    def overdue(self, booth: Booth) -> "tuple[Dialogue, tuple[Answered, ...]]":
        """What was not replied to in time: the cloud's go to staff, staff's are dropped."""
        dialogue, answers = self, list[Answered]()
        for pending in self.waiting.overdue(booth.now_s):
            if pending.hand_over.to == "cloud":
                dialogue, answered = dialogue._handed_on(pending, booth, "late")  # noqa: SLF001
                answers.append(answered)
            else:
                waiting = dialogue.waiting.without(pending.hand_over.number)
                dialogue = replace(dialogue, waiting=waiting)
        return dialogue, tuple(answers)

    def _matter(self, question: Question, booth: Booth) -> Matter:
        understood = question.understood
        context = self.context.still(booth, understood)
        context = replace(context, locale=understood.slots.get("language", "") or context.locale)
        locale = self._locale(context.locale or understood.locale, booth)
        return Matter(
            question=question,
            intent=_intent(understood, context),
            product_id=context.meant(understood, booth),
            locales=_locales(locale, booth),
            context=context,
            booth=booth,
            replies=self.replies,
        )

    def _locale(self, wanted: str, booth: Booth) -> str:
        """The asker's language if anything can be said in it, else the show's first."""
        for locale in (wanted, *booth.locales):
            if locale and self.replies.can_speak(locale):
                return locale
        return self.replies.languages[0]

    def _plan(self, matter: Matter) -> Plan:
        match matter.intent:
            case "":
                return _not_understood(matter)
            case "continue":
                return self._continued(matter)
            case "yes":
                return Plan(None, by="none")
            case intent if is_of_a_product(intent) and not matter.product_id:
                is_back = matter.question.understood.refers == "previous"
                plan = said(matter, "previous.none" if is_back else "unknown.which")
                return replace(plan, awaits="product", why="no_product")
            case _:
                return planned(matter)

    def _continued(self, matter: Matter) -> Plan:
        if matter.booth.now_s - self.cut_s > REST_KEPT_S:
            return said(matter, "continue.none")
        return Plan(None, (Resume(),))

    def _handed_on(
        self, pending: Pending, booth: Booth, why: Refusal
    ) -> "tuple[Dialogue, Answered]":
        """What the cloud could not answer goes to staff, as the same turn."""
        before = pending.hand_over
        matter = Matter(
            question=before.question,
            intent=pending.intent,
            product_id=before.product,
            locales=_locales(pending.locale, booth),
            context=self.context,
            booth=booth,
            replies=self.replies,
        )
        answered = settled(before.number, to_staff(matter, why), matter)
        waiting = _with(self.waiting.without(before.number), answered, booth.now_s)
        return replace(self, waiting=waiting), answered


def _ignored(number: int, question: Question) -> Answered:
    understood = question.understood
    return Answered(number, understood.intent, understood.locale, "none", why="overlap")


def _with(waiting: Waiting, answered: Answered, now_s: float) -> Waiting:
    """With what the acts of an answer hand over."""
    for act in answered.acts:
        if isinstance(act, HandOver):
            waiting = waiting.adding(Pending(act, answered.intent, answered.locale, now_s))
    return waiting


def _intent(understood: Understood, context: Context) -> str:
    """What is asked, where the words alone do not tell."""
    is_asked = context.awaits == "staff"
    match understood.intent:
        case "yes" if is_asked:
            return "call_staff"
        case "no" if not is_asked:
            return "yes"  # to nothing that was asked: neither calls for an answer
        case "" if understood.is_bare and (understood.products or context.intent):
            return context.intent or "price"
        case intent:
            return intent


def _not_understood(matter: Matter) -> Plan:
    """One chance to say it otherwise, then the cloud if who asks agreed, then staff."""
    if not matter.context.is_reasked:
        return replace(said(matter, "unknown.again"), why="unknown")
    if matter.question.may_send:
        return to_cloud(matter, "unknown")
    return to_staff(matter, "unknown")


def _locales(locale: str, booth: Booth) -> tuple[str, ...]:
    """The asker's first, then those of the show."""
    others = [one for one in booth.locales if language_of(one) != language_of(locale)]
    return (locale, *others)
