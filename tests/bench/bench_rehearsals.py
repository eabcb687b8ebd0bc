"""The whole day a thousand times with random faults: how often was on air what may not be?

Visitors, hot edits, two operators at once, BUSY, lost cameras, damaged clips, stock and sales,
clocks that are set and power cuts, drawn by hypothesis; the law is tests/fakes/law.py. Simulated:
no pictures, no device.

    python -m tests.bench.bench_rehearsals [--days 1000] [--hours 24] [--seed 1] [--processes 1]
"""

import argparse
import re
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings

from node.cli.rehearse import start_of
from node.program.rehearsal import Rehearsal
from node.program.rundown import Rundown
from node.program.visitors import Happening, Visit
from tests.fakes.law import Law, LawBrokenError
from tests.fakes.whole_day import Script, WholeDay, scripts, whole_day

TROUBLES = 20
"""A day has so many moments of trouble, or more."""
SHRINK_S = 60.0
"""A violation is told by the shortest script found in that time."""
AT = re.compile(r"^at ([\d.]+) s")


@dataclass
class Found:
    """What some days came to."""

    days: int = 0
    steps: int = 0
    took_s: float = 0.0
    facts: Counter[str] = field(default_factory=Counter)
    due: Counter[str] = field(default_factory=Counter)
    violations: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=1000)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=1)
    chosen = parser.parse_args()
    began, share = time.monotonic(), -(-chosen.days // chosen.processes)
    with ProcessPoolExecutor(chosen.processes) as pool:
        jobs = [
            pool.submit(many, share, chosen.hours * 3600, chosen.seed + number)
            for number in range(chosen.processes)
        ]
        parts = [job.result() for job in jobs]
    tell(parts, chosen.hours, time.monotonic() - began)


def many(days: int, span_s: float, first_seed: int) -> Found:
    """Rehearse so many days; each violation is shortened and kept."""
    found = Found()
    with tempfile.TemporaryDirectory() as folder:
        day = whole_day(Path(folder))

        @seed(first_seed)
        @settings(
            max_examples=days,
            deadline=None,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        )
        @given(scripts(span_s, least=TROUBLES))
        def one(drawn: Script) -> None:
            began, script = time.process_time(), drawn.on(day, span_s)
            broken = violation(day, script, span_s, found)
            found.days += 1
            found.took_s += time.process_time() - began
            if broken:
                found.violations.append(f"{broken}\n{shortened(day, script, span_s)}")

        one()
    return found


def violation(day: WholeDay, script: list[Happening], span_s: float, found: Found) -> str:
    """What was on air that may not be, or nothing."""
    law = Law()
    walk = Rehearsal(day.rundown, start=start_of(day.rundown), script=script, stocks=day.stocks)
    try:
        for step in walk.walk(span_s):
            found.steps += 1
            found.facts.update(fact.ev for fact in step.facts)
            found.due.update(kind(one) for one in step.due)
            law.see(step)
    except LawBrokenError as error:
        return str(error)
    return ""


def kind(one: Happening) -> str:
    """A name for what happened."""
    return one.what if isinstance(one.what, str) else type(one.what).__name__


def shortened(day: WholeDay, script: list[Happening], span_s: float) -> str:
    """The shortest part of a script that breaks the law in the same way, found in a minute."""
    until, size = time.monotonic() + SHRINK_S, len(script)
    broken = violation(day, script, span_s, Found())
    wrong, at_s = how(broken), float(AT.findall(broken)[0])
    script, span_s = [one for one in script if one.at_s <= at_s], at_s + 1
    while size and time.monotonic() < until:
        at = 0
        while at < len(script) and time.monotonic() < until:
            shorter = [*script[:at], *script[at + size :]]
            if how(violation(day, shorter, span_s, Found())) == wrong:
                script = shorter
            else:
                at += size
        size //= 2
    return "\n".join(f"  {one.at_s:.3f} s  {named(one, day)}" for one in script)


def how(broken: str) -> str:
    """What was wrong, without its numbers."""
    return re.sub(r"[\d.]+", "#", broken.rpartition("): ")[2])


def named(one: Happening, day: WholeDay) -> str:
    """What happened, in a line."""
    if isinstance(one.what, Rundown):
        return f"edit {day.edits.index(one.what)}"
    return "a visitor" if isinstance(one.what, Visit) else str(one.what)


def tell(parts: list[Found], hours: float, took_s: float) -> None:
    facts = sum((one.facts for one in parts), Counter())
    due = sum((one.due for one in parts), Counter())
    violations = [text for one in parts for text in one.violations]
    days = sum(one.days for one in parts)
    cpu_s = sum(one.took_s for one in parts)
    print(f"{days} days of {hours:g} h, simulated, in {took_s:.0f} s ({cpu_s / days:.2f} s of CPU "
          f"each); {sum(one.steps for one in parts)} moments judged")  # fmt: skip
    print("befell:", ", ".join(f"{name} {n}" for name, n in due.most_common()))
    print("told:", ", ".join(f"{name} {n}" for name, n in facts.most_common()))
    print(f"violations: {len(violations)}")
    for text in violations:
        print(text)


if __name__ == "__main__":
    main()
