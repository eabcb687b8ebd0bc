"""How long the validator takes: a whole day, a day of 500 segments, 10 MB of garbage.

Run: `python -m tests.bench.bench_validator`. Prints the best and the median of several runs.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from node.program.reading import read_rundown
from node.tables import MAX_BYTES
from tests.fakes.booth import full_booth

RUNS = 7
SEGMENTS = 500
GARBAGE_BYTES = 10_000_000

SEGMENT = """
[[segment]]
id = "x{n}"
kind = "clip"
asset = "clips/s1.mp4"
length = "03:20.0"
title = {{ zh = "段落 {n}", en = "Segment {n}" }}
  [[segment.cue]]
  at = "02:30.4"
  beat = "climax"
  do = "card.show"
  product = "L1"
  for = "42s"
"""


def measure(name: str, path: Path) -> None:
    """Print how long it takes to read and judge the file at `path`."""
    spent, count = [], 0
    for _ in range(RUNS):
        begun = time.perf_counter()
        count = len(read_rundown(path).findings)
        spent.append((time.perf_counter() - begun) * 1000)
    size = path.stat().st_size / 1024
    print(
        f"{name:32} {size:8.0f} KiB {count:4} findings  "
        f"best {min(spent):7.1f} ms  median {statistics.median(spent):7.1f} ms"
    )


def large_day(folder: Path, segments: int) -> Path:
    """The full day with so many more segments, all played at night."""
    booth = full_booth(folder)
    more = "".join(SEGMENT.format(n=number) for number in range(segments))
    names = ", ".join(f'"x{number}"' for number in range(segments))
    booth.change("[output.kiosk]", f"{more}\n[output.kiosk]")
    booth.change('play = ["s5", "helper", ', f'play = [{names}, "s5", "helper", ')
    return booth.day


def garbage(folder: Path, name: str, make: Callable[[int], bytes], size: int) -> Path:
    """A file of `size` bytes that is no rundown."""
    path = folder / f"{name}.toml"
    path.write_bytes(make(size)[:size])
    return path


def main() -> None:
    """Measure and print."""
    generator = random.Random(7)  # noqa: S311  # a bench, no secret
    print(f"python {sys.version.split()[0]}, files above {MAX_BYTES >> 10} KiB are refused unread")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        full = folder / "full"
        full.mkdir()
        measure("the full day", full_booth(full).day)
        for count in (SEGMENTS // 4, SEGMENTS // 2, SEGMENTS):
            inner = folder / str(count)
            inner.mkdir()
            measure(f"a day of {count} more segments", large_day(inner, count))
        kinds: dict[str, Callable[[int], bytes]] = {
            "random bytes": generator.randbytes,
            "random letters": lambda size: generator.randbytes(size // 2).hex().encode(),
            "empty segments": lambda size: b"[[segment]]\n" * (size // 12 + 1),
            "open brackets": lambda size: b"a = " + b"[" * size,
        }
        for kind, make in kinds.items():
            measure(f"{kind}, 10 MB", garbage(folder, "g", make, GARBAGE_BYTES))
            measure(f"{kind}, largest", garbage(folder, "g", make, MAX_BYTES))


if __name__ == "__main__":
    main()
