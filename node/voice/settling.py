"""Makes a plan an answer: judged by the market's words, silent where it must be, remembered."""

from dataclasses import replace
from typing import Final

from node.program.commands import ShowCard
from node.voice.acts import Act, Answered, Do, HandOver, Resume, Speak, Why
from node.voice.answering import is_of_a_product
from node.voice.booth import Booth, Way
from node.voice.context import Context
from node.voice.matter import Matter, Plan, to_staff
from node.voice.values import Told

CARD_ONLY_S: Final = 10.0
"""A card that answers in place of speech, near a climax."""
_UNSAID: Final = frozenset({"repeat", "continue"})
"""Intents whose answer was said before."""


def judged(plan: Plan, matter: Matter) -> Plan:
    """The plan, or that staff is asked where its line must not be said."""
    if plan.line is None:
        return plan
    fault = plan.line.fault(matter.locale, matter.booth.rules)
    why: Why = "" if fault == "long" else fault
    return to_staff(matter, why) if why else plan


def settled(number: int, plan: Plan, matter: Matter) -> Answered:
    """The answer of a judged plan, as turn `number`."""
    acts = list(_allowed(plan.acts, matter))
    acts += _spoken(plan, matter)
    if plan.to:
        acts.append(HandOver(plan.to, number, matter.question, plan.why, matter.product_id))
    text = {} if plan.line is None else plan.line.lawful(matter.booth.rules).shown
    return Answered(
        number,
        matter.intent,
        matter.locale,
        plan.by,
        acts=tuple(acts),
        why=plan.why,
        product=_product(plan, matter),
        confidence=matter.question.understood.confidence,
        label=matter.replies.label(matter.intent, matter.locales),
        text=text,
        waits=bool(plan.to),
        asks_back=is_asking_back(plan, matter),
    )


def remembered(plan: Plan, matter: Matter) -> Context:
    """The context after a turn."""
    booth, understood = matter.booth, matter.question.understood
    context = matter.context.with_slots(understood)
    for product in _spoken_of(plan, matter):
        context = context.mentioned(product, booth.now_s)
    way = matter.question.way
    is_asked = is_of_a_product(matter.intent) or matter.intent == "compare"
    is_said = plan.line is not None and matter.intent not in _UNSAID
    return replace(
        context,
        at_s=booth.now_s,
        airing=booth.airing,
        intent=matter.intent if is_asked else context.intent,
        awaits=plan.awaits,
        is_reasked=is_asking_back(plan, matter),
        has_told_ai=context.has_told_ai or (plan.line is not None and not is_silent(booth, way)),
        said=plan.line if is_said else context.said,
    )


def is_asking_back(plan: Plan, matter: Matter) -> bool:
    """Whether who asked is to say it otherwise, or of which product; that is done once."""
    return plan.awaits == "product" or (matter.intent == "" and not plan.to)


def is_silent(booth: Booth, way: Way) -> bool:
    """Whether an answer is shown only: at a climax; of a written question while someone speaks.

    Who asks aloud has stopped what was said.
    """
    is_taken = booth.is_speaking or booth.is_heard
    return booth.is_climax_near or (way == "typed" and is_taken)


def _spoken(plan: Plan, matter: Matter) -> list[Act]:
    """The line, after the notice that an AI speaks where none was given in this dialogue."""
    if plan.line is None:
        return []
    rules, locale, is_aloud = (
        matter.booth.rules,
        matter.locale,
        not is_silent(matter.booth, matter.question.way),
    )
    line = plan.line.lawful(rules)
    if line.fault(locale, rules) == "long":
        line = replace(line, spoken=matter.line("screen.look").spoken)
    speak = Speak(line, locale, is_aloud=is_aloud, is_uncuttable=plan.is_uncuttable)
    notice = _notice(matter) if is_aloud else None
    return [speak] if notice is None else [notice, speak]


def _notice(matter: Matter) -> Speak | None:
    """That an AI speaks, at the first words of a dialogue where the market wants it told."""
    rule = matter.booth.rules.ai_notice
    if rule is None or not rule.spoken or matter.context.has_told_ai:
        return None
    line = matter.line("notice.ai", name=Told(matter.booth.name))
    if line.fault(matter.locale, matter.booth.rules):
        line = matter.line("privacy.robot")
    return Speak(line, matter.locale, is_uncuttable=True)


def _allowed(acts: tuple[Act, ...], matter: Matter) -> tuple[Act, ...]:
    """The acts of a plan; near a climax its card stays, and a card speaks for an answer."""
    if not matter.booth.is_climax_near:
        return acts
    kept = tuple(act for act in acts if not _is_card(act) and not isinstance(act, Resume))
    if matter.booth.card or not is_of_a_product(matter.intent) or not matter.product_id:
        return kept
    return (*kept, Do(ShowCard(matter.product_id, CARD_ONLY_S)))


def _is_card(act: Act) -> bool:
    return isinstance(act, Do) and isinstance(act.command, ShowCard)


def _card(plan: Plan) -> str:
    """The product whose card a plan shows, or empty."""
    for act in plan.acts:
        if isinstance(act, Do) and isinstance(act.command, ShowCard):
            return act.command.product
    return ""


def _spoken_of(plan: Plan, matter: Matter) -> tuple[str, ...]:
    """The products that a turn brings up; the last one becomes the current one."""
    if card := _card(plan):
        return (card,)
    understood = matter.question.understood
    if understood.products:
        return tuple(reversed(understood.products))
    is_moved = understood.refers in {"previous", "next"} and is_of_a_product(matter.intent)
    return (matter.product_id,) if is_moved and matter.product_id else ()


def _product(plan: Plan, matter: Matter) -> str:
    return _card(plan) or (matter.product_id if is_of_a_product(matter.intent) else "")
