"""livesell rehearse: a whole day on a virtual clock, without pictures; then what it came to."""

import dataclasses
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TextIO

import msgspec

from node.cli.texts import Texts
from node.program.account import Account, opened
from node.program.cards import stocks_of
from node.program.reading import load_rundown
from node.program.rehearsal import Rehearsal, Step
from node.program.rundown import Rundown
from node.program.visitors import simulated

DAY_S: Final = 86_400.0
BAR: Final = 32
BAR_EVERY_S: Final = 0.1


def rehearse(path: Path, texts: Texts, *, speed: float | None, seed: int, as_json: bool) -> int:
    """Walk the rundown's first day from the start of its first block, and print its account.

    Its clips and pictures need not be there.
    With a `speed`, a second of the day takes 1/speed seconds and what airs is printed as it does;
    without, the day takes as long as it must. Raises `RundownError` for a day with errors.

    Returns:
        0: rehearsed, warnings or not.
    """
    rundown, catalog = load_rundown(path, has_files=False)  # nothing is seen of them
    walk = Rehearsal(
        rundown,
        start=start_of(rundown),
        script=simulated(seed, DAY_S),
        stocks=stocks_of(catalog.products),
    ).walk(DAY_S)
    account = opened(rundown)
    began = time.monotonic()
    steps = with_bar(walk, sys.stderr) if speed is None else _paced(walk, speed)
    for step in steps:
        account.take(step)
        if speed is not None:
            _tell(step)
    took_s = time.monotonic() - began
    account.close(rundown)
    if as_json:
        _print_json(account, seed=seed, took_s=took_s)
    else:
        _print_table(account, texts, seed=seed, took_s=took_s)
    return 0


def start_of(rundown: Rundown) -> datetime:
    """The start of the show: that of the first block, on the rundown's first day."""
    midnight = datetime.combine(rundown.date, datetime.min.time(), rundown.timezone)
    return midnight + timedelta(minutes=rundown.blocks[0].start)


def with_bar(walk: Iterator[Step], stream: TextIO) -> Iterator[Step]:
    """The same steps, and a bar on a terminal."""
    if not stream.isatty():
        yield from walk
        return
    drawn_s = 0.0
    for step in walk:
        yield step
        now_s = time.monotonic()
        if now_s - drawn_s >= BAR_EVERY_S:
            drawn_s, share = now_s, step.seconds / DAY_S
            done = round(share * BAR)
            clock = step.show.now.strftime("%H:%M")
            stream.write(f"\r{'█' * done}{'░' * (BAR - done)} {share:4.0%}  {clock}")
            stream.flush()
    stream.write("\r\x1b[K")
    stream.flush()


def _paced(walk: Iterator[Step], speed: float) -> Iterator[Step]:
    began = time.monotonic()
    for step in walk:
        time.sleep(max(0.0, began + step.seconds / speed - time.monotonic()))
        yield step


def _tell(step: Step) -> None:
    told = ("seg.start", "gate", "offer.start", "offer.sold", "offer.end")
    for fact in step.facts:
        if fact.ev in told:
            words = [fact.segment, fact.offer, fact.variant, fact.why]
            line = "  ".join(word for word in words if word)
            print(f"{step.show.now:%H:%M:%S}  {fact.ev:<12} {line}", flush=True)


def _print_json(account: Account, *, seed: int, took_s: float) -> None:
    plain: dict[str, object] = {
        field.name: getattr(account, field.name)
        for field in dataclasses.fields(account)
        if not field.name.startswith("_")
    }
    told = {"simulated": True, "seed": seed, "took_s": round(took_s, 2), **plain}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())


def _print_table(account: Account, texts: Texts, *, seed: int, took_s: float) -> None:
    hours = round((account.seconds + 1) / 3600, 1)
    print(texts("rehearse.title", rundown=account.rundown, hours=f"{hours:g}", seed=seed))
    print(texts("rehearse.simulated"))
    for row in _rows(account, texts):
        print(f"  {row}")
    for offer, told in account.offers.items():
        facts = {"offer": offer, "shown": told.shown, "sold": told.sold, "qty": told.qty}
        print(f"  {texts('rehearse.offer', **facts)}")
    for warned in account.warnings:
        text = texts(f"rehearse.warning.{warned.code}", name=warned.name, n=warned.n)
        print(f"  ! {text}")
    print(texts("rehearse.took", seconds=f"{took_s:.1f}", warnings=len(account.warnings)))


def _rows(account: Account, texts: Texts) -> Iterator[str]:
    segments = dict[str, int]()
    for one in account.aired:
        segments[one.segment] = segments.get(one.segment, 0) + 1
    opened_gates = sum(gate.is_open for gate in account.gates)
    yield texts("rehearse.aired", n=len(account.aired), which=_counts(segments))
    yield texts("rehearse.cards", n=sum(account.cards.values()), which=_counts(account.cards))
    yield texts("rehearse.cues", n=account.cues, late=account.late_frames_max)
    yield texts("rehearse.gates", n=opened_gates)
    yield texts("rehearse.crowd", scans=account.scans, presses=account.presses)
    yield texts("rehearse.host", busy=account.busy, lost=account.camera_losses)
    if account.loops:
        yield texts("rehearse.loops", which=_counts(account.loops))


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
