"""Understands a question: typed text and spotted keywords meet here.

The longest phrase in the words wins (`how much is shipping` is of delivery). Health and safety win
over everything, unless a longer phrase holds their word (`is it dishwasher safe`); words that may
be of them win where nothing else is understood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from node.voice.lexicon import Entry, Lexicon
from node.voice.matching import Match, deciding, is_delicate, is_of_a_shop, rank, unheld
from node.voice.spelling import SHORTEST_FUZZY, joined, mended, voiced
from node.voice.standing import matches_of, other_intents
from node.voice.tokens import Tokens, is_cjk

ARTICLES: Final = frozenset({"the", "a", "an", "your", "this", "that", "these", "those"})
FUZZY_CONFIDENCE: Final = 0.7
SAFETY: Final = "suitable"
"""The intent that no model answers."""
IMPLIED_CONFIDENCE: Final = 0.6
"""Of what is told by a slot alone: `the black one?`, or by a word that may be of health."""
_IMPLIED: Final = {"colour": "colour", "size": "size", "about": "size", "currency": "price"}
MOST_GREETING: Final = 4
"""Words of a greeting to which no question is joined."""
MOST_FUZZY: Final = 24
"""Words of a question that is looked at for misspelling."""


@dataclass(frozen=True, slots=True)
class Understood:
    """What is known of a question's meaning; nothing of its words.

    `intent` is one of `INTENTS`, `continue`, `yes`, `no` or `thanks`; empty where none was found.
    `locale` is the asker's language, empty where the words tell none. `confidence` is 0..1.
    `products` are those named, in their order; `refers` is `this`, `previous`, `next` or empty.
    `is_bare`: beside product, reference and slot nothing is said (`what about the cup?`).
    `is_kept_from_models`: some words may be of health or safety, or nothing tells of what it is.
    """

    intent: str = ""
    locale: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    confidence: float = 0.0
    products: tuple[str, ...] = ()
    refers: str = ""
    is_greeting: bool = False
    is_bare: bool = False
    is_kept_from_models: bool = False


def understand(text: str, lexicon: Lexicon, hint: str = "") -> Understood:
    """What a typed text means; `hint` is the asker's locale where the words tell none."""
    tokens = lexicon.tokens(text)
    found = _fullest(tokens, lexicon)
    if not found.intent and not found.is_bare and len(tokens) <= MOST_FUZZY:
        found = _guessed(tokens, lexicon, found)
    return found if found.locale else replace(found, locale=_script(tokens) or hint)


def is_of_health(text: str, lexicon: Lexicon) -> bool:
    """Whether a reply speaks of health or safety, or judges for whom something is fit."""
    matches = matches_of(lexicon.tokens(text), lexicon)
    best = deciding(matches)
    is_judging = any(one.entry.kind == "verdict" for one in matches)
    return is_judging or is_delicate(matches) or (best is not None and best.entry.value == SAFETY)


def heard(
    keyword: str,
    intent: str,
    *,
    locale: str,
    slots: Mapping[str, str],
    score: float,
    lexicon: Lexicon,
) -> Understood:
    """What a spotted keyword means: its label's intent, with the slots of its words and its own."""
    read = _read(lexicon.tokens(keyword), lexicon)
    return replace(
        read,
        intent=intent,
        locale=locale,
        slots={**read.slots, **slots},
        confidence=score,
    )


def _fullest(tokens: Tokens, lexicon: Lexicon) -> Understood:
    """A reading as it stands, or with `it` for a product where that tells more."""
    found = _read(tokens, lexicon)
    replaced = _with_it(tokens, lexicon) if found.products else tokens
    if replaced == tokens:
        return found
    best, other = _best_of(tokens, lexicon), _best_of(replaced, lexicon)
    if other is None or (best is not None and rank(best)[:2] >= rank(other)[:2]):
        return found
    told = _read(replaced, lexicon)
    return replace(told, products=found.products, slots={**found.slots, **told.slots})


def _with_it(tokens: Tokens, lexicon: Lexicon) -> Tokens:
    """The words with `it` in place of a product's name: `where is the tea set made`."""
    names = [
        one
        for one in matches_of(tokens, lexicon)
        if one.entry.kind == "product" and one.entry.locale == "en"
    ]
    longest = sorted(names, key=rank, reverse=True)
    if not longest:
        return tokens
    start, end = longest[0].start, longest[0].end
    if start and tokens[start - 1] in ARTICLES:
        start -= 1
    return (*tokens[:start], "it", *tokens[end:])


def _best_of(tokens: Tokens, lexicon: Lexicon) -> Match | None:
    return deciding(matches_of(tokens, lexicon))


def _guessed(tokens: Tokens, lexicon: Lexicon, found: Understood) -> Understood:
    """What was probably meant: a word misspelt, a phrase nearly said; else as it was found."""
    spelt = tuple(mended(token, lexicon) for token in tokens)
    whole = tuple(voiced(token, lexicon) for token in spelt)
    for guess in (joined(tokens, lexicon), spelt, whole):
        again = _fullest(guess, lexicon) if guess != tokens else found
        if again.intent:
            return replace(again, confidence=min(again.confidence, FUZZY_CONFIDENCE))
    again = _near_phrase(tokens, lexicon)
    if again.intent:
        return replace(again, confidence=min(again.confidence, FUZZY_CONFIDENCE))
    near = lexicon.likeness.best(_with_it(spelt, lexicon))
    if near is None or near[0] in other_intents(spelt, lexicon):
        return found
    intent, locale, likeness = near
    return replace(
        found, intent=intent, locale=locale, confidence=round(likeness * FUZZY_CONFIDENCE, 3)
    )


def _read(tokens: Tokens, lexicon: Lexicon) -> Understood:
    matches = matches_of(tokens, lexicon)
    whole = [one for one in matches if one.entry.kind == "whole"]
    said = next((one for one in whole if len(one.entry.tokens) == len(tokens)), None)
    if said is not None:
        return Understood(said.entry.value, said.entry.locale, confidence=1.0)
    best = deciding(matches, is_more_said=len(tokens) > MOST_GREETING)
    slots = _slots(matches, best)
    intent, locale, confidence = "", "", 0.0
    delicate = is_delicate(matches)
    if best is not None:
        intent, locale, confidence = best.entry.value, best.entry.locale, best.entry.confidence
    elif delicate:
        intent, confidence = SAFETY, IMPLIED_CONFIDENCE
    elif implied := next((_IMPLIED[name] for name in _IMPLIED if name in slots), ""):
        intent, confidence = implied, IMPLIED_CONFIDENCE
    elif _is_to_be_shown(tokens, matches):
        intent, confidence = "price", IMPLIED_CONFIDENCE
    return Understood(
        intent=intent,
        locale=locale or _script(tokens),
        slots=slots,
        confidence=confidence,
        products=_products(matches, best),
        refers=_refers(matches, best),
        is_greeting=any(one.entry.kind == "greeting" for one in matches) and intent != SAFETY,
        is_bare=_is_bare(tokens, matches),
        is_kept_from_models=delicate or intent == SAFETY or not (intent or is_of_a_shop(matches)),
    )


def _slots(matches: Sequence[Match], best: Match | None) -> dict[str, str]:
    found: dict[str, Match] = {}
    for one in unheld(matches):
        entry = one.entry
        name = "language" if entry.kind == "language" else entry.slot
        if not name or _is_other_intents(name, best):
            continue
        if name not in found or rank(one) > rank(found[name]):
            found[name] = one
    return {name: one.entry.value for name, one in found.items()}


def _is_other_intents(slot: str, best: Match | None) -> bool:
    """Whether a slot belongs to an intent, and not to the one that was found."""
    owner = {"about": "size", "privacy": "privacy"}.get(slot)
    return owner is not None and best is not None and best.entry.value != owner


def _products(matches: Sequence[Match], best: Match | None) -> tuple[str, ...]:
    names = [one for one in matches if one.entry.kind == "product"]
    if best is not None:
        names = [one for one in names if not best.holds(one)]
    free = [one for one in names if not any(other.holds(one) for other in names)]
    return tuple(dict.fromkeys(one.entry.value for one in free))


def _refers(matches: Sequence[Match], best: Match | None) -> str:
    if best is not None and best.entry.value in {"previous", "next"}:
        return best.entry.value
    found = {one.entry.value for one in matches if one.entry.kind == "refer"}
    aside = [one for one in matches if best is None or not best.meets(one)]
    if any(one.entry.value == "next" and one.entry.kind == "intent" for one in aside):
        return "next"
    return next((name for name in ("previous", "this") if name in found), "")


def _is_bare(tokens: Tokens, matches: Sequence[Match]) -> bool:
    kinds = {"product", "refer", "slot", "filler"}
    told = {place for one in matches if one.entry.kind in kinds for place in _places(one)}
    has_matter = any(one.entry.kind in kinds - {"filler"} for one in matches)
    return has_matter and len(told) == len(tokens)


def _is_to_be_shown(tokens: Tokens, matches: Sequence[Match]) -> bool:
    """Whether no more is said than that a product be shown: `let me see the cup`."""
    kinds = {one.entry.kind for one in matches}
    is_asked = any(one.entry.value == "show" for one in matches)
    return is_asked and "product" in kinds and _is_bare(tokens, matches)


def _places(match: Match) -> range:
    return range(match.start, match.end)


def _script(tokens: Tokens) -> str:
    if any(map(is_cjk, tokens)):
        return "zh"
    return "en" if any(token.isascii() and token.isalpha() for token in tokens) else ""


def _near_phrase(tokens: Tokens, lexicon: Lexicon) -> Understood:
    """A phrase of five Chinese characters or more, one of which is another: 这个多少前."""
    found: dict[str, Entry] = {}
    for entry in lexicon.all():
        size = len(entry.tokens)
        is_long = size > SHORTEST_FUZZY and all(map(is_cjk, entry.tokens))
        if entry.kind != "intent" or not is_long:
            continue
        for start in range(len(tokens) - size + 1):
            if _is_nearly(tokens[start : start + size], entry, lexicon):
                found[entry.value] = entry
    if len(found) != 1:
        return Understood()
    (entry,) = found.values()
    return replace(_read(entry.tokens, lexicon), products=_read(tokens, lexicon).products)


def _is_nearly(said: Tokens, entry: Entry, lexicon: Lexicon) -> bool:
    """Whether one character is another; of a slot none is guessed: 有没有甜的 asks for no green."""
    places = [at for at, token in enumerate(entry.tokens) if token != said[at]]
    if len(places) != 1 or not is_cjk(said[places[0]]):
        return False
    slots = (one for one in matches_of(entry.tokens, lexicon) if one.entry.kind == "slot")
    return not any(places[0] in _places(one) for one in slots)
