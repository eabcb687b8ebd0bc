"""The persona: who speaks for the booth, by which name, words and voice; a TOML file beside a day.

name = { zh = "小潮", en = "Tidal" }
greeting = { zh = "你好,我是 AI 助手小潮。", en = "Hello, I'm Tidal, an AI assistant." }
wake_word = { zh = "小潮小潮", en = "hey tidal" }
voice = { zh = "cmn", en = "en-gb" }
intents = "intents.toml"
replies = "replies.toml"
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Never, TypeVar

from node.catalog.assets import missing, place_of
from node.catalog.intents import Phrases, read_intents
from node.catalog.market import MarketRules
from node.catalog.replies import Templates, read_replies
from node.catalog.texts import Text, judge_spoken, judge_text, read_text
from node.findings import Finding, has_errors, in_order
from node.tables import Table, read_table

T = TypeVar("T")

TEXTS: Final = ("name", "greeting", "wake_word")
"""What every persona has, in every locale; `voice` may be left to the node."""


@dataclass(frozen=True, slots=True)
class Persona:
    """Who speaks for the booth; all by locale.

    `wake_word` is what a visitor says first, `voice` the name of a voice of the speaking machine.
    `intents` has the phrasings of visitors by intent, then by locale; empty: the node's own.
    `replies` has the sentences that take the place of the node's own, by language, then by key.
    """

    name: Mapping[str, str]
    greeting: Mapping[str, str]
    wake_word: Mapping[str, str]
    voice: Mapping[str, str]
    intents: Phrases = field(default_factory=dict)
    replies: Templates = field(default_factory=dict)


TIDAL: Final = Persona(
    name={"zh": "小潮", "en": "Tidal"},
    greeting={
        "zh": "你好,我是 AI 助手小潮,有问题可以问我。",
        "en": "Hello, I'm Tidal, an AI assistant. Ask me anything.",
    },
    wake_word={"zh": "小潮小潮", "en": "hey tidal"},
    voice={"zh": "cmn", "en": "en-gb"},
)
"""Who speaks where a rundown names nobody. The voices are espeak-ng's names (domain.md §6)."""


@dataclass(frozen=True, slots=True)
class PersonaReading:
    """What came of a file: `persona` is None when a finding is an error."""

    findings: tuple[Finding, ...]
    persona: Persona | None


def read_persona(
    path: Path, locales: Collection[str], rules: MarketRules | None = None
) -> PersonaReading:
    """The persona at `path` (absolute), and all that is wrong with it.

    `locales` are those of the show: each text must be in each of them. Words are judged by
    `rules`, as all that is said is.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return PersonaReading((read,), None)
    table, _ = read
    texts = {key: read_text(table, key) for key in (*TEXTS, "voice")}
    findings = list(_judged(table, texts, locales, rules))
    intents = _beside(table, "intents", path.parent, lambda place: read_intents(place, locales))
    replies = _beside(table, "replies", path.parent, lambda place: read_replies(place, rules))
    for one in (intents, replies):
        findings += one if isinstance(one, tuple) else ()
    table.finish()
    findings = in_order([*findings, *table.faults])
    if has_errors(findings) or isinstance(intents, tuple) or isinstance(replies, tuple):
        return PersonaReading(tuple(findings), None)
    told = {key: text.told(locales) for key, text in texts.items() if text is not None}
    persona = Persona(**{"voice": TIDAL.voice, **told}, intents=intents, replies=replies)
    return PersonaReading(tuple(findings), persona)


def _judged(
    table: Table,
    texts: Mapping[str, Text | None],
    locales: Collection[str],
    rules: MarketRules | None,
) -> Iterator[Finding]:
    for key, text in texts.items():
        if key in TEXTS and not table.has(key):
            yield table.finding("E11", f"`{key}` is missing")
        yield from judge_text(text, locales, rules)
    yield from judge_spoken(texts["greeting"])


def _beside(
    table: Table, key: str, folder: Path, read: Callable[[Path], T | tuple[Finding, ...]]
) -> T | dict[str, Never] | tuple[Finding, ...]:
    """What a file beside the persona holds, nothing where none is named."""
    name = table.string(key)
    if name is None:
        return {}
    reason = missing(folder, name)
    if reason:
        return (table.given(key).finding("E50", reason),)
    return read(place_of(folder, name))
