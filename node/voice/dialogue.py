"""The dialogue with those who ask: each question becomes an answer and acts; pure.

Who answers: the node from the catalog and the show; staff what it does not know or must not
judge; the cloud what is left, where it is allowed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from node.program.commands import ShowCard
from node.voice.accepting import Refusal, Reply, accept_reply
from node.voice.acts import Act, Answer, Do, HandOver, Hush, Resume, Speak, Why, Withdraw
from node.voice.answering import Matter, Plan, is_of_a_product, planned, said, to_cloud, to_staff
from node.voice.booth import Booth, Question
from node.voice.context import Context
from node.voice.intents import Understood
from node.voice.replies import Replies
from node.voice.values import Told, language_of

REST_KEPT_S: Final = 10.0
"""The rest of a cut sentence can be heard so long (domain rules §6, barge-in 7)."""
CARD_ONLY_S: Final = 10.0
"""A card that answers in place of speech, near a climax."""
CLOUD_DUE_S: Final = 8.0
STAFF_DUE_S: Final = 120.0
"""After so long a reply comes too late."""
KEPT: Final = 8
"""Hand-overs that wait, and turns that can be taken back."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that cloud or staff was asked, to be answered until `due_s` (loop time)."""

    hand_over: HandOver
    intent: str
    locale: str
    asked_s: float
    due_s: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """The dialogue at one moment; each call returns the next one.

    `number` is that of the last turn. `cut_s` is when a sentence was cut whose rest is kept.
    """

    replies: Replies
    number: int = 0
    context: Context = field(default_factory=Context)
    pending: Mapping[int, Pending] = field(default_factory=dict)
    before: tuple[tuple[int, Context], ...] = ()
    asked_s: float = float("-inf")
    cut_s: float = float("-inf")

    def ask(self, question: Question, booth: Booth) -> "tuple[Dialogue, Answer]":
        """Answer a question; the first one that was finished counts, one begun before it not."""
        number, understood = self.number + 1, question.understood
        if question.way != "typed" and 0 < question.began_s < self.asked_s:
            heard = Answer(number, understood.intent, understood.locale, "none", why="overlap")
            return replace(self, number=number), heard
        matter = self._matter(question, booth)
        plan = self._plan(matter)
        if plan.line is not None and (fault := _fault(plan, matter)):
            plan = to_staff(matter, fault)
        context = _remembered(matter, plan)
        after = replace(
            self,
            number=number,
            context=context,
            before=(*self.before, (number, self.context))[-KEPT:],
            asked_s=booth.now_s,
        )
        return after._settled(matter, plan)

    def interrupted(self, at_s: float) -> "Dialogue":
        """A sentence was cut at a loop time; its rest can be asked for."""
        return replace(self, cut_s=at_s)

    def rejected(self, number: int) -> "tuple[Dialogue, tuple[Act, ...]]":
        """The visitor says that turn `number` was misheard: it never was."""
        context = dict(self.before).get(number)
        if context is None:
            return self, ()
        acts: list[Act] = [Hush()] if number == self.number else []
        if number in self.pending:
            acts.append(Withdraw(number))
        pending = {key: one for key, one in self.pending.items() if key != number}
        before = tuple(one for one in self.before if one[0] < number)
        kept = replace(context, has_told_ai=self.context.has_told_ai)
        return replace(self, context=kept, pending=pending, before=before), tuple(acts)

    def replied(self, reply: Reply, booth: Booth) -> "tuple[Dialogue, Answer | Refusal]":
        """A reply of cloud or staff: said if it may be, else refused; staff then takes over."""
        pending = self.pending.get(reply.number)
        if pending is None:
            return self, "withdrawn"
        judged = accept_reply(
            reply,
            booth,
            locale=pending.locale,
            product=pending.hand_over.product,
            intent=pending.intent,
            due_s=pending.due_s,
        )
        if isinstance(judged, str):
            if reply.by == "staff":
                return self, judged
            return self._handed_on(pending, booth, judged)
        acts: list[Act] = [Do(ShowCard(judged.product))] if judged.product else []
        speak = Speak(judged.line, pending.locale, is_aloud=not _must_be_silent(booth))
        answer = Answer(
            reply.number,
            pending.intent,
            pending.locale,
            reply.by,
            acts=(*acts, speak),
            product=judged.product or pending.hand_over.product,
            label=self.replies.label(pending.intent, _locales(pending.locale, booth)),
            text=judged.line.shown,
        )
        context = replace(self.context, said=judged.line, said_in=pending.locale)
        return replace(self._without(reply.number), context=context), answer

    def overdue(self, booth: Booth) -> "tuple[Dialogue, tuple[Answer, ...]]":
        """What was not replied to in time: the cloud's go to staff, staff's are dropped."""
        dialogue, answers = self, list[Answer]()
        for number, pending in self.pending.items():
            if booth.now_s <= pending.due_s:
                continue
            if pending.hand_over.to == "cloud":
                dialogue, answer = dialogue._handed_on(pending, booth, "late")
                answers.append(answer)
            else:
                dialogue = dialogue._without(number)
        return dialogue, tuple(answers)

    def waiting(self, within_s: float, now_s: float) -> int:
        """How many questions of the last seconds still wait for staff."""
        return sum(
            one.hand_over.to == "staff" and now_s - one.asked_s <= within_s
            for one in self.pending.values()
        )

    def _matter(self, question: Question, booth: Booth) -> Matter:
        understood = question.understood
        context = self.context.still(booth, understood)
        wish = understood.slots.get("language", "")
        context = replace(context, locale=wish or context.locale)
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
            case "yes" | "none":
                return Plan(None, by="none")
            case intent if is_of_a_product(intent) and not matter.product_id:
                key = "unknown.which"
                if matter.question.understood.refers == "previous":
                    key = "previous.none"
                return replace(said(matter, key), awaits="product", why="no_product")
            case _:
                return planned(matter)

    def _continued(self, matter: Matter) -> Plan:
        if matter.booth.now_s - self.cut_s > REST_KEPT_S or matter.context.said is None:
            return said(matter, "continue.none")
        return Plan(None, acts=(Resume(),))

    def _settled(self, matter: Matter, plan: Plan) -> "tuple[Dialogue, Answer]":
        """The answer of a plan, and the dialogue with what it leaves open."""
        dialogue, acts = self, list[Act](_allowed(plan.acts, matter))
        if any(isinstance(act, Hush) for act in acts):
            open_ = [key for key, one in self.pending.items() if one.hand_over.to == "cloud"]
            acts += map(Withdraw, open_)
            kept = {key: one for key, one in self.pending.items() if key not in open_}
            dialogue = replace(dialogue, pending=kept)
        if plan.line is not None:
            acts += _spoken(plan, matter)
        if plan.to:
            hand_over = HandOver(plan.to, self.number, matter.question, plan.why, matter.product_id)
            acts.append(hand_over)
            dialogue = dialogue._with(hand_over, matter)
        texts = {} if plan.line is None else plan.line.lawful(matter.booth.rules).shown
        answer = Answer(
            self.number,
            matter.intent,
            matter.locale,
            plan.by,
            acts=tuple(acts),
            why=plan.why,
            product=matter.product_id,
            confidence=matter.question.understood.confidence,
            label=self.replies.label(matter.intent, matter.locales),
            text=texts,
            waits=bool(plan.to),
        )
        return dialogue, answer

    def _with(self, hand_over: HandOver, matter: Matter) -> "Dialogue":
        now_s = matter.booth.now_s
        due_s = now_s + (CLOUD_DUE_S if hand_over.to == "cloud" else STAFF_DUE_S)
        pending = Pending(hand_over, matter.intent, matter.locale, now_s, due_s)
        kept = list(self.pending.items())[1 - KEPT :]
        return replace(self, pending={**dict(kept), hand_over.number: pending})

    def _without(self, number: int) -> "Dialogue":
        pending = {key: one for key, one in self.pending.items() if key != number}
        return replace(self, pending=pending)

    def _handed_on(self, pending: Pending, booth: Booth, why: Refusal) -> "tuple[Dialogue, Answer]":
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
        same = replace(self._without(before.number), number=before.number)
        dialogue, answer = same._settled(matter, to_staff(matter, why))
        return replace(dialogue, number=self.number), answer


def _intent(understood: Understood, context: Context) -> str:
    """What is asked, where the words alone do not tell."""
    match understood.intent:
        case "yes":
            return "call_staff" if context.awaits == "staff" else "yes"
        case "no":
            return "no" if context.awaits == "staff" else "none"
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


def _fault(plan: Plan, matter: Matter) -> Why:
    """Why a planned line must not be said; a long one is shown instead (see `_spoken`)."""
    if plan.line is None:
        return ""
    fault = plan.line.fault(matter.locale, matter.booth.rules)
    return "" if fault == "long" else fault


def _remembered(matter: Matter, plan: Plan) -> Context:
    """The context after a turn."""
    context, understood = matter.context.with_slots(matter.question.understood), matter.intent
    now_s = matter.booth.now_s
    refers = matter.question.understood.refers
    is_moved = matter.question.understood.products or refers in {"previous", "next"}
    shown = [act.command for act in plan.acts if isinstance(act, Do)]
    cards = [one.product for one in shown if isinstance(one, ShowCard)]
    for product in cards or ([matter.product_id] if is_moved and matter.product_id else []):
        context = context.mentioned(product, now_s)
    is_asked = is_of_a_product(understood) or understood == "compare"
    is_said = plan.line is not None and understood not in {"repeat", "continue"}
    is_aloud = plan.line is not None and not _must_be_silent(matter.booth)
    return replace(
        context,
        at_s=now_s,
        airing=matter.booth.airing,
        intent=understood if is_asked else context.intent,
        awaits=plan.awaits,
        is_reasked=understood == "" and not matter.context.is_reasked,
        has_told_ai=context.has_told_ai or is_aloud,
        said=plan.line if is_said else context.said,
        said_in=matter.locale if is_said else context.said_in,
    )


def _spoken(plan: Plan, matter: Matter) -> list[Act]:
    """The line, after the notice that an AI speaks where none was given in this dialogue."""
    if plan.line is None:
        return []
    acts: list[Act] = []
    rules, locale, is_aloud = matter.booth.rules, matter.locale, not _must_be_silent(matter.booth)
    line = plan.line.lawful(rules)
    if line.fault(locale, rules) == "long":
        look = matter.replies.line("screen.look", matter.locales)
        line = replace(line, spoken=look.spoken)
    notice = rules.ai_notice
    if notice is not None and notice.spoken and is_aloud and not matter.context.has_told_ai:
        name = Told(matter.booth.name)
        told = matter.replies.line("notice.ai", matter.locales, name=name)
        if not told.fault(locale, rules):
            acts.append(Speak(told, locale, is_uncuttable=True))
    return [*acts, Speak(line, locale, is_aloud=is_aloud, is_uncuttable=plan.is_uncuttable)]


def _allowed(acts: tuple[Act, ...], matter: Matter) -> tuple[Act, ...]:
    """The acts of a plan; near a climax its card stays, and a card speaks for an answer."""
    if not matter.booth.is_climax_near:
        return acts
    kept = tuple(act for act in acts if not _is_card(act) and not isinstance(act, Resume))
    if matter.booth.card or not matter.product_id:
        return kept
    return (*kept, Do(ShowCard(matter.product_id, CARD_ONLY_S)))


def _is_card(act: Act) -> bool:
    return isinstance(act, Do) and isinstance(act.command, ShowCard)


def _must_be_silent(booth: Booth) -> bool:
    """Whether an answer is shown only: at a climax, and while another is said or asked for."""
    return booth.is_climax_near or booth.is_speaking or booth.is_heard


def _locales(locale: str, booth: Booth) -> tuple[str, ...]:
    """The asker's first, then those of the show."""
    others = [one for one in booth.locales if language_of(one) != language_of(locale)]
    return (locale, *others)
