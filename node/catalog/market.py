"""The rules of a market: words, strikes, labels and notices, each with its source.

They lie as data in `markets/`, one file for each market; a merchant's own file changes single keys.
They are rules that the node was configured with and promise no legality: a finding names the
market and the source, so that counsel can judge the rule itself.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from node.explain import faults_of
from node.findings import Finding
from node.tables import read_table

MARKETS: Final = ("CN", "EU", "UK", "US", "SEA")
STRICTEST: Final = "CN"
"""Whose rules judge what names no market, such as a catalog without a rundown."""
CHANGEABLE: Final = ("hard_words", "soft_words", "strike")
"""What a merchant's file may change: the rules by which texts and prices are judged."""
FOLDER: Final = Path(__file__).with_name("markets")

Word = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
Words = Annotated[tuple[Word, ...], msgspec.Meta(max_length=2000)]
Group = Annotated[str, msgspec.Meta(min_length=2, max_length=8)]
Amount = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,12}(\.[0-9]{1,3})?$")]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One rule. `source` is whose it is; `is_checked`: it was compared with the source's full text.

    `by` names the merchant's file that changed it; empty for the node's own data.
    """

    source: Annotated[str, msgspec.Meta(min_length=1, max_length=300)]
    is_checked: bool = msgspec.field(default=False, name="checked")
    by: str = ""


class WordRule(Rule, frozen=True, kw_only=True):
    """Words that texts are searched for; a phrase of `exempt` hides the word in it."""

    words: Words
    exempt: Words = ()


class StrikeRule(Rule, frozen=True, kw_only=True):
    """A struck price is at most the lowest of so many days before the reduction."""

    days: Literal[7, 30]


class LotteryRule(Rule, frozen=True, kw_only=True):
    """Limits of lotteries; `most_value` by currency, decimal strings."""

    most_value: dict[str, Amount]
    rules_first: bool
    unchangeable: bool


class SellerRule(Rule, frozen=True, kw_only=True):
    """Whether a panel tells who sells, at each block's start."""

    panel: bool


class AiLabelRule(Rule, frozen=True, kw_only=True):
    """Least height of the label's text, per cent of the picture's short side: what is drawn."""

    least_percent: Literal[5]


class AiNoticeRule(Rule, frozen=True, kw_only=True):
    """How people are told that they talk to an AI; `media` is the key of a file's mark."""

    spoken: bool
    typed: bool
    media: str = ""


class AdLabelRule(Rule, frozen=True, kw_only=True):
    """The label of what is advertising, by locale."""

    text: dict[str, Word]


class RecordingRule(Rule, frozen=True, kw_only=True):
    """Years for which live video is kept, from its end; for information."""

    years: Annotated[int, msgspec.Meta(ge=0, le=100)]


class MarketRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All rules of one market; None where it has none of that sort.

    `variants` are groups of characters that count as the first of each.
    """

    market: str
    title: str
    variants: tuple[Group, ...]
    hard_words: WordRule
    soft_words: WordRule
    strike: StrikeRule
    deadlines: Rule
    ai_label: AiLabelRule
    lottery: LotteryRule | None = None
    seller: SellerRule | None = None
    approval: Rule | None = None
    ai_notice: AiNoticeRule | None = None
    ad_label: AdLabelRule | None = None
    recording: RecordingRule | None = None

    def cited(self, rule: Rule) -> str:
        """Whose rule it is, for people: `rule configured for market CN, source: …`."""
        by = f" by {rule.by}" if rule.by else ""
        doubt = "" if rule.is_checked else "; to be checked"
        return f"rule configured for market {self.market}{by}, source: {rule.source}{doubt}"

    def rules(self) -> dict[str, Rule]:
        """The rules there are, by their table's name, in the order of the file."""
        held = {name: getattr(self, name) for name in self.__struct_fields__}
        return {name: rule for name, rule in held.items() if isinstance(rule, Rule)}

    def is_changed(self) -> bool:
        """Whether a merchant's file changed any of them."""
        return any(rule.by for rule in self.rules().values())


@cache
def rules_of(market: str) -> MarketRules:
    """The node's own rules of one of `MARKETS`; raises KeyError for any other name."""
    return msgspec.convert(_entries(market), MarketRules)


def read_rules(market: str, path: Path) -> MarketRules | tuple[Finding, ...]:
    """The rules of `market` as the merchant's file at `path` changes them, or its faults.

    Each table of the file is one of `CHANGEABLE`, gives the `source` of the change, and the keys to
    change; words also by `add` and `remove`.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return (read,)
    merged, faults = dict(_entries(market)), []
    for name, change in read[0].entries.items():
        if name not in CHANGEABLE:
            faults.append(f"{name}: cannot be changed, only {', '.join(CHANGEABLE)}")
        elif not isinstance(change, Mapping):
            faults.append(f"{name}: expected a table")
        else:
            before = merged.get(name)
            changed = _changed(before if isinstance(before, Mapping) else {}, change, faults, name)
            merged[name] = {**changed, "by": path.name}
    faults += faults_of(merged, MarketRules)
    if faults:
        return tuple(_finding(read[1].name, fault) for fault in faults)
    return msgspec.convert(merged, MarketRules)


def _changed(
    before: Mapping[str, object], change: Mapping[str, object], faults: list[str], name: str
) -> dict[str, object]:
    if "source" not in change:
        faults.append(f"{name}.source: missing: whose rule is it?")
    if "by" in change:
        faults.append(f"{name}.by: unknown key")
    after = {**before, "checked": False, **change}
    added, removed = after.pop("add", []), after.pop("remove", [])
    words = after.get("words")
    if not (isinstance(added, list) and isinstance(removed, list) and isinstance(words, list)):
        faults += [f"{name}.{key}: expected an array" for key in ("add", "remove") if key in change]
        return after
    for word in removed:
        if word not in words:
            faults.append(f"{name}.remove = {word!r}: not among the words")
    after["words"] = [*(word for word in words if word not in removed), *added]
    return after


@cache
def _entries(market: str) -> Mapping[str, object]:
    if market not in MARKETS:
        raise KeyError(market)
    path = FOLDER / f"{market.lower()}.toml"
    entries = {"market": market, **tomllib.loads(path.read_text(encoding="utf-8"))}
    for name, table in list(entries.items()):
        if isinstance(table, dict) and (model := table.pop("like", "")):
            like = _entries(model)
            inherited = like[name]
            if isinstance(inherited, Mapping):
                entries[name] = {**inherited, **table}
            entries.setdefault("variants", like["variants"])
    return entries


def _finding(file: str, fault: str) -> Finding:
    place, _, what = fault.partition(": ")
    return Finding(file, place, "E53", what)
