"""livesell prices: imports prices from before the node's time, and lists what the ledger knows."""

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from node.catalog.ledger import NAME, Asked, Ledger
from node.catalog.past_prices import PastPrice, read_past_prices, refused
from node.catalog.products import Catalog
from node.cli.texts import Texts
from node.config import load
from node.errors import DeviceError, RundownError
from node.program.days import Days
from node.program.rundown import Rundown

DONE: Final = 0
REFUSED: Final = 1


def prices(args: argparse.Namespace, texts: Texts) -> int:
    """Do what `args.deed` says; 0 done, 1 refused, which is then told on stderr.

    Raises:
        ConfigError, RundownError: the configuration or its day is wrong.
        DeviceError: the disk refuses.
    """
    config = load(args.config)
    reading = Days(Path(config.rundown), Path(config.state_dir), fps=config.program.fps).read(None)
    if reading.rundown is None or reading.catalog is None:
        raise RundownError([str(finding) for finding in reading.findings])
    ledger = Ledger(Path(config.state_dir) / NAME, reading.rundown.timezone)
    try:
        if args.deed == "list":
            ledger.load()
            return _listed(ledger, args.product, reading.rundown, texts, as_json=args.as_json)
        return _imported(ledger, args.path, reading.rundown, reading.catalog, texts)
    finally:
        ledger.close()


def _imported(ledger: Ledger, path: Path, rundown: Rundown, catalog: Catalog, texts: Texts) -> int:
    now = datetime.now(UTC)
    try:
        past = read_past_prices(path, catalog, rundown.timezone, now)
        ledger.hold()  # before it is read: nobody writes in between
        ledger.load()
        _nothing_in_the_way(ledger, past, path, rundown, texts)
        count = ledger.note_past(past, now)
    except RundownError as error:
        print("\n".join(error.faults), file=sys.stderr)
        return REFUSED
    except DeviceError as error:
        if not isinstance(error.__cause__, BlockingIOError):
            raise
        print(texts("prices.busy", ledger=ledger.path), file=sys.stderr)
        return REFUSED
    key = "prices.imported" if count else "prices.known"
    print(texts(key, path=path, count=count, ledger=ledger.path))
    return DONE


def _nothing_in_the_way(
    ledger: Ledger, past: tuple[PastPrice, ...], path: Path, rundown: Rundown, texts: Texts
) -> None:
    faults = []
    for one in past:
        known = ledger.in_the_way(one)
        if known is not None:
            since = known.since.astimezone(rundown.timezone).isoformat(" ", "seconds")
            why = texts("prices.in_the_way", product=one.product, currency=one.currency,
                        since=since, source=known.source)  # fmt: skip
            faults.append((one.line, why))
    if faults:
        raise refused(path, faults)


def _listed(
    ledger: Ledger, product: str | None, rundown: Rundown, texts: Texts, *, as_json: bool
) -> int:
    if ledger.fault:
        print(texts("prices.fault", fault=ledger.fault), file=sys.stderr)
    found = [
        (name, currency, asked)
        for name in ([product] if product else ledger.products())
        for currency, all_ in sorted(ledger.asked(name).items())
        for asked in all_
    ]
    if product and not found:
        print(texts("prices.absent", ledger=ledger.path, product=product), file=sys.stderr)
        return REFUSED
    if as_json:
        print(json.dumps([_plain(*one, rundown) for one in found], indent=2, ensure_ascii=False))
        return DONE
    for name, currency, asked in found:
        since = asked.since.astimezone(rundown.timezone).isoformat(" ", "seconds")
        print(f"{since}  {name}  {currency} {asked.price}  {asked.offer or '-'}  {asked.source}")
    return DONE


def _plain(product: str, currency: str, asked: Asked, rundown: Rundown) -> dict[str, str]:
    return {
        "product": product,
        "currency": currency,
        "since": asked.since.astimezone(rundown.timezone).isoformat(),
        "price": asked.price,
        "offer": asked.offer,
        "source": asked.source,
    }
