"""What a call sheet says, as tables of words: the day's blocks, the offers, each segment's cues."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.catalog.market import AiLabelRule, RecordingRule, Rule, SellerRule, StrikeRule, WordRule
from node.catalog.prices import format_price
from node.catalog.products import Catalog
from node.cli.texts import Texts
from node.program.rundown import MINUTES_A_DAY, Block, Condition, Cue, Gate, Rundown, Segment
from node.program.timecode import written


@dataclass(frozen=True, slots=True)
class SheetTable:
    """A table with its caption; each row has as many cells as there are heads."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Sheet:
    """The call sheet of one day in one language; `texts` are of that language."""

    def __init__(self, rundown: Rundown, catalog: Catalog, texts: Texts) -> None:
        self._rundown, self._catalog, self._texts = rundown, catalog, texts

    @property
    def title(self) -> str:
        """What stands at the head."""
        return self._in_language(self._rundown.title) or self._rundown.id

    @property
    def facts(self) -> str:
        """Where and when, and which version of the rundown."""
        day = self._rundown
        name, wake = (self._in_language(one) for one in (day.persona.name, day.persona.wake_word))
        who = self._texts("sheet.persona", name=name, wake=wake)
        return f"{day.date} · {day.timezone.key} · {day.fps} fps · {who} · sha256 {day.sha256[:12]}"

    def tables(self) -> list[SheetTable]:
        """Blocks by the clock, offers, what happens within segments, and the market's rules."""
        found = [self._block(block) for block in self._rundown.blocks]
        if self._rundown.offers:
            found.append(self._offers())
        cued = [one for one in self._rundown.segments.values() if one.cues or one.gate]
        return [*found, *(self._segment(segment) for segment in cued), self._rules()]

    def _block(self, block: Block) -> SheetTable:
        at, rows = 0, []
        for name in block.play:
            segment = self._rundown.segments[name]
            kind = self._texts(f"sheet.kind.{segment.kind}")
            if segment.kind == "agent":
                kind = f"{kind} · {self._in_language(self._rundown.persona.name)}"
            rows.append((
                self._time(at), self._time(segment.length), name, kind,
                self._in_language(segment.title or segment.text),
            ))  # fmt: skip
            at += segment.length
        words = [f"{clock(block.start)}-{clock(block.end)}"]
        span = (block.end - block.start - 1) % MINUTES_A_DAY + 1
        loops = span * 60 * self._rundown.fps / at if at else 0
        words.append(self._texts("sheet.loops", length=self._time(at), count=f"{loops:.1f}"))
        if block.experiment:
            words.append(self._texts("sheet.experiment", name=block.experiment))
        if block.is_hard:
            words.append(self._texts("sheet.hard"))
        if not block.is_speaker_on:
            words.append(self._texts("sheet.quiet"))
        return SheetTable(
            " · ".join(words), self._heads("at length segment kind title"), tuple(rows)
        )

    def _offers(self) -> SheetTable:
        rows = []
        for offer in sorted(self._rundown.offers.values(), key=lambda one: (one.on, one.start)):
            window = f"{clock(offer.start)}-{clock(offer.end)}"
            price = self._price(offer.price)
            product = self._product(offer.product)
            rows.append((str(offer.on), window, product, price, str(offer.qty)))
        heads = self._heads("day window product price quantity")
        return SheetTable(self._texts("sheet.offers"), heads, tuple(rows))

    def _segment(self, segment: Segment) -> SheetTable:
        rows = [(self._when(cue), cue.beat, self._texts(f"sheet.do.{cue.do}"), self._what(cue))
                for cue in segment.cues]  # fmt: skip
        if segment.gate is not None:
            what = f"{self._gate(segment.gate)} → {segment.gate.otherwise}"
            rows.insert(0, ("", "", self._texts("sheet.gate"), what))
        caption = f"{segment.id} · {self._in_language(segment.title or segment.text)}"
        return SheetTable(caption, self._heads("at beat action what"), tuple(rows))

    def _rules(self) -> SheetTable:
        rules = self._rundown.rules
        rows = tuple(
            (
                self._texts(f"sheet.rule.{name}"),
                self._rule(rule),
                f"{rule.by}: {rule.source}" if rule.by else rule.source,
                "" if rule.is_checked else self._texts("sheet.unchecked"),
            )
            for name, rule in rules.rules().items()
        )
        caption = self._texts("sheet.rules", market=rules.market)
        return SheetTable(caption, self._heads("rule value source note"), rows)

    def _rule(self, rule: Rule) -> str:
        match rule:
            case WordRule():
                return self._texts("sheet.words", count=len(rule.words))
            case StrikeRule():
                return self._texts("sheet.days", count=rule.days)
            case AiLabelRule():
                return f"≥ {rule.least_percent} %"
            case RecordingRule():
                return self._texts("sheet.years", count=rule.years)
            case SellerRule(panel=True) if self._catalog.seller is None:
                return self._texts("sheet.no_seller")
            case _:
                return ""

    def _what(self, cue: Cue) -> str:
        named = self._product(cue.product) if cue.product else cue.offer or cue.segment
        words = [named, self._in_language(cue.text)]
        if cue.for_frames:
            words.append(f"{cue.for_frames / self._rundown.fps:g} s")
        return " · ".join(word for word in words if word)

    def _gate(self, gate: Gate) -> str:
        joint = self._texts("sheet.or" if gate.is_any else "sheet.and")
        return joint.join(self._condition(one) for one in gate.conditions)

    def _condition(self, one: Condition) -> str:
        if one.kind == "time":
            return f"≥ {clock(one.minute)}"
        if one.kind == "staff":
            return self._texts("sheet.staff")
        name = one.name or self._texts("sheet.scans")
        minutes, seconds = divmod(one.span_s, 60)
        span = f"{one.span_s} s" if seconds else f"{minutes} min"
        return f"{one.count} × {name} / {span}"

    def _when(self, cue: Cue) -> str:
        return clock(cue.clock) if cue.clock >= 0 else self._time(cue.at)

    def _time(self, frames: int) -> str:
        return written(frames, self._rundown.fps)[:-2]  # tenths are what people write

    def _product(self, id_: str) -> str:
        product = self._catalog.products.get(id_)
        return f"{id_} {self._in_language(product.title)}" if product else id_

    def _price(self, price: Mapping[str, str]) -> str:
        currency = self._catalog.currency
        amount = price.get(currency)
        return format_price(amount, currency, self._texts.locale) if amount else ""

    def _in_language(self, text: Mapping[str, str]) -> str:
        language = self._texts.locale
        regional = (words for tag, words in text.items() if tag[:2] == language)
        return text.get(language) or next(regional, None) or next(iter(text.values()), "")

    def _heads(self, keys: str) -> tuple[str, ...]:
        return tuple(self._texts(f"sheet.head.{key}") for key in keys.split())


def clock(minute: int) -> str:
    """A minute of the day as `HH:MM`."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def columns(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    """The cells by column."""
    return [list(column) for column in zip(*rows, strict=True)]
