"""How long `livesell check` of the demo's day takes: the first time, and when nothing has changed.

python -m tests.bench.bench_check
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from statistics import median
from time import monotonic

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "node" / "demo"
AGAIN = 5


def main() -> None:
    """Print wall and processor seconds."""
    with tempfile.TemporaryDirectory() as cache:
        first = _timed(cache)
        later = [_timed(cache) for _ in range(AGAIN)]
    load = os.getloadavg()[0]
    print(f"load of the machine: {load:.1f}")
    print(f"first check: {first[0]:.2f} s, {first[1]:.2f} s of processor time")
    walls, cpus = zip(*later, strict=True)
    print(
        f"again, median of {AGAIN}: {median(walls):.2f} s, {median(cpus):.2f} s of processor time"
    )


def _timed(cache: str) -> tuple[float, float]:
    words = ["check", str(DEMO / "day.toml"), "--keys", str(DEMO / "keys.jwk")]
    before, began_s = getrusage(RUSAGE_CHILDREN), monotonic()
    subprocess.run(
        [sys.executable, "-P", "-m", "node", *words],
        cwd=ROOT,
        env={**os.environ, "XDG_CACHE_HOME": cache},
        capture_output=True,
        check=True,
    )
    after = getrusage(RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return monotonic() - began_s, cpu_s


if __name__ == "__main__":
    main()
