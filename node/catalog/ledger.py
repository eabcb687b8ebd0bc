"""The price ledger: every price that was asked and from when on, in a hash chain on disk.

`prices.jsonl` has a line where a price changes; a price holds until the next line of its product
and currency. It is evidence (domain.md §4: L2, L4, L9), so it is only ever appended to. Behind
damage the ledger begins anew: what stood before it proves nothing and counts as a gap. Prices from
before the node's time may be imported, as lines that say so; they never stand behind known ones.
"""

from bisect import bisect_right, insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from node.catalog.past_prices import PastPrice, batch_of
from node.catalog.prices import is_amount
from node.catalog.products import Catalog, Offer
from node.catalog.strikes import Lowest
from node.chain import GENESIS, Line, walk
from node.chainfile import ChainFile, read_head
from node.errors import DeviceError

NAME: Final = "prices.jsonl"
CLOCK_STEP: Final = timedelta(hours=1)
"""A clock set back by no more is a correction; by more, nobody knows what time it is."""
_DAY: Final = timedelta(days=1)
_EARLIEST: Final = date(1970, 1, 2)
_LATEST: Final = date(9999, 12, 29)
"""Days that have a moment in UTC in every time zone, and the day after them too."""


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line: from `ts` (ISO 8601, with offset) on, `product` costs `price` in `currency`.

    `offer` is the offer that makes it so, or empty; `source` says where the price comes from. A
    price that was imported has been asked from `since` on; its `ts` is that of the import.
    """

    ts: str
    product: str
    currency: str
    price: str
    offer: str
    source: str
    since: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A price from a moment on, UTC; `offer` and `source` as in `Entry`."""

    since: datetime
    price: str
    offer: str
    source: str


class Ledger:
    """The prices of one node; days are those of `timezone`, or of `in_zone`.

    `load` reads, and may be called again; `note_prices` writes. One thread at a time.
    """

    def __init__(self, path: Path, timezone: tzinfo) -> None:
        self._file = ChainFile(path)
        self._timezone = timezone
        self._asked: dict[tuple[str, str], list[Asked]] = {}
        self._last: datetime | None = None
        self._is_cut = self._is_held = False
        self.fault = ""
        """What is wrong with the file, in one line; empty when nothing is."""

    def load(self) -> None:
        """Read the ledger; never fails: a file that cannot be read is a fault and a gap."""
        self._asked, self._last, self.fault = {}, None, ""
        anchor, head = read_head(self._file.path), GENESIS
        is_reached = anchor in ("", head)
        try:
            with self._file.path.open("rb") as stream:
                for step in walk(stream, GENESIS):
                    if isinstance(step, Line):
                        is_reached = is_reached or step.hash == anchor
                        self._take(step)
                    elif step.reason != "torn":  # that is a last write, never acknowledged
                        self._begin_anew(f"line {step.line}: {step.reason}")
        except FileNotFoundError:
            pass
        except OSError as error:
            self._begin_anew(error.strerror or str(error))
        self._is_cut = not is_reached
        if self._is_cut:
            self._begin_anew("lines are missing at the end")

    def in_zone(self, timezone: tzinfo) -> "Ledger":
        """The same record to be read, its days those of another zone: a day may move."""
        seen = copy(self)
        seen._timezone = timezone  # noqa: SLF001  # its own kind
        return seen

    @property
    def path(self) -> Path:
        """Where it lies."""
        return self._file.path

    def hold(self) -> None:
        """Keep all other writers out until `close`; raises `DeviceError`, also where one is in."""
        if not self._is_held:
            self._file.open()
            self._is_held = True

    def asked(self, product: str) -> dict[str, tuple[Asked, ...]]:
        """The prices of a product as they followed each other, by currency."""
        return {key[1]: tuple(all_) for key, all_ in self._asked.items() if key[0] == product}

    def products(self) -> list[str]:
        """The products of which a price is known, sorted."""
        return sorted({product for product, _ in self._asked})

    def close(self) -> None:
        """Let go of the file."""
        self._is_held = False
        self._file.close()

    def knows(self, now: datetime) -> bool:
        """Whether the clock can be told from the ledger: not before its last line."""
        return self._last is None or now >= self._last - CLOCK_STEP

    def lowest(self, product: str, currency: str, start: date, end: date) -> Lowest | None:
        """The lowest price from `start` to `end`, both days included; None where none is known."""
        begin = datetime.combine(max(start, _EARLIEST), time(), self._timezone)
        after = datetime.combine(min(end, _LATEST) + _DAY, time(), self._timezone)
        return self.lowest_between(product, currency, begin, after)

    def lowest_between(
        self, product: str, currency: str, start: datetime, end: datetime
    ) -> Lowest | None:
        """The lowest price in force from `start` until before `end`, aware; None: none is known.

        The price in force at `start` belongs to it; where nobody knows that one, it has gaps.
        """
        start, end = start.astimezone(UTC), end.astimezone(UTC)
        asked = self._asked.get((product, currency), [])
        first = bisect_right(asked, start, key=lambda one: one.since) - 1
        within = [one for one in asked[max(first, 0) :] if one.since < end]
        if not within or start >= end:
            return None
        lowest = min(within, key=lambda one: Decimal(one.price))
        met = max(lowest.since, start).astimezone(self._timezone)
        return Lowest(lowest.price, met.date(), has_gaps=first < 0)

    def note_prices(
        self, catalog: Catalog, source: str, now: datetime, running: Collection[Offer] = ()
    ) -> int:
        """Append the prices that are not yet in force here; the number of new lines.

        `running` are the offers whose price holds at `now` (aware). While the clock stands before
        the last line nothing is noted, and nothing is struck: see `knows`.

        Raises:
            DeviceError: the disk refuses; nothing was noted.

        Thread: blocks on the disk.
        """
        if not self.knows(now):
            return 0
        self.hold()
        at = now.astimezone(UTC) if self._last is None else max(now.astimezone(UTC), self._last)
        ts = at.isoformat("T", "milliseconds")
        changes = [
            Entry(ts, product, currency, price, offer, source)
            for product, currency, price, offer in _prices(catalog, running)
            if not self._is_in_force(product, currency, price, offer)
        ]
        self._append(changes, ts)
        return len(changes)

    def in_the_way(self, past: PastPrice) -> Asked | None:
        """The known price before it, which it would rewrite; None where it may come in."""
        asked = self._asked.get((past.product, past.currency), [])
        at = bisect_right(asked, past.since, key=lambda one: one.since)
        before = asked[at - 1] if at else None
        is_free = before is None or batch_of(before.source) == batch_of(past.source)
        return None if is_free else before

    def note_past(self, past: Sequence[PastPrice], now: datetime) -> int:
        """Append prices that were asked before all known ones; the number of new lines.

        Those that the same file brought in before are passed over. Every one of `past` must have
        nothing `in_the_way`.

        Raises:
            DeviceError: the disk refuses, or the clock (`now`, aware) stands before the last line;
                nothing was noted.
        """
        if not self.knows(now):
            raise DeviceError(f"{self._file.path}: the clock stands before its last line")
        at = now.astimezone(UTC) if self._last is None else max(now.astimezone(UTC), self._last)
        ts = at.isoformat("T", "milliseconds")
        changes = [
            Entry(ts, one.product, one.currency, one.price, "", one.source, one.since.isoformat())
            for one in past
            if not self._has(one)
        ]
        self._append(changes, ts)
        return len(changes)

    def _append(self, entries: Sequence[Entry], ts: str) -> None:
        if not entries:
            return
        gap = [{"ts": ts, "gap": self.fault}] if self._is_cut else []
        self._file.append([*gap, *(msgspec.to_builtins(entry) for entry in entries)])
        self._is_cut = False
        for entry in entries:
            self._enter(entry, datetime.fromisoformat(ts))

    def _has(self, past: PastPrice) -> bool:
        asked = self._asked.get((past.product, past.currency), [])
        at = bisect_right(asked, past.since, key=lambda one: one.since)
        return bool(at) and (asked[at - 1].since, asked[at - 1].price) == (past.since, past.price)

    def _is_in_force(self, product: str, currency: str, price: str, offer: str) -> bool:
        asked = self._asked.get((product, currency))
        if not asked:
            return False
        return asked[-1].offer == offer and Decimal(asked[-1].price) == Decimal(price)

    def _take(self, line: Line) -> None:
        if "gap" in line.record:  # lines were lost before it, of which the file shows nothing
            self._begin_anew(f"line {line.number}: lines were missing before it")
            return
        try:
            entry = msgspec.convert(line.record, Entry)
            at = datetime.fromisoformat(entry.ts).astimezone(UTC)
            since = datetime.fromisoformat(entry.since).astimezone(UTC) if entry.since else at
        except (msgspec.ValidationError, ValueError, OverflowError):
            self._begin_anew(f"line {line.number}: no price")
            return
        if not is_amount(entry.price):
            self._begin_anew(f"line {line.number}: no price")
        elif entry.since and self._rewrites(entry, since):
            self._begin_anew(f"line {line.number}: an import that rewrites known prices")
        elif not self.knows(at):
            self._begin_anew(f"line {line.number}: the clock was set back")
            self._enter(entry, at)
        else:
            self._enter(entry, at if self._last is None else max(at, self._last))

    def _rewrites(self, entry: Entry, since: datetime) -> bool:
        past = PastPrice(0, since, entry.product, entry.currency, entry.price, entry.source)
        return self.in_the_way(past) is not None

    def _enter(self, entry: Entry, at: datetime) -> None:
        since = datetime.fromisoformat(entry.since).astimezone(UTC) if entry.since else at
        asked = self._asked.setdefault((entry.product, entry.currency), [])
        insort(
            asked, Asked(since, entry.price, entry.offer, entry.source), key=lambda one: one.since
        )
        self._last = at

    def _begin_anew(self, fault: str) -> None:
        self._asked, self._last = {}, None
        self.fault = self.fault or f"{self._file.path.name}: {fault}"


def _prices(catalog: Catalog, running: Collection[Offer]) -> Iterator[tuple[str, str, str, str]]:
    """Product, currency, price and offer (or empty) of all that is for sale."""
    for product in catalog.products.values():
        for currency, price in product.price.items():
            lower: Mapping[str, str] = {
                offer.id: offer.price[currency]
                for offer in running
                if offer.product == product.id and currency in offer.price
            }
            offer = min(lower, key=lambda id_: Decimal(lower[id_]), default="")
            yield product.id, currency, lower.get(offer, price), offer
