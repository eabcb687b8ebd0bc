"""What the benches share: a real node as a process, a real Chromium in front of it, medians."""

import contextlib
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.browser.whep_page import CHROMIUM, FLAGS

PAGE = Path(__file__).with_name("page.js")


@dataclass(frozen=True, slots=True)
class RunningNode:
    """A node process; `start_s` is the time from exec to its "on air" line."""

    process: subprocess.Popen[str]
    url: str
    start_s: float

    def status(self) -> dict:
        return get(f"{self.url}status")

    def command(self, **fields: object) -> dict:
        return post(f"{self.url}api/command", fields)

    def cpu_s(self) -> float:
        """CPU seconds of the process so far, all threads."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self) -> float:
        """Resident memory in MB."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) / 1024


def node(*args: str, state: str | None = None) -> contextlib.AbstractContextManager[RunningNode]:
    """Run `livesell ARGS` until the block ends."""
    return process("node", *args, state=state)


def stock(port: int) -> contextlib.AbstractContextManager[RunningNode]:
    """Run the alternative: the same camera and encoder behind stock aiortc (stock.py)."""
    return process("tests.bench.stock", str(port))


@contextlib.contextmanager
def process(module: str, *args: str, state: str | None = None) -> Iterator[RunningNode]:
    """Run a module that says "on air: URL" until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        environ = os.environ | {"XDG_STATE_HOME": state or folder}
        began = time.monotonic()
        running = subprocess.Popen(
            [sys.executable, "-m", module, *args],
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )
        try:
            for line in running.stdout:
                if line.startswith("on air: "):
                    yield RunningNode(running, line.split()[2], time.monotonic() - began)
                    break
            else:
                raise SystemExit(f"the node ended with {running.wait()}")
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(10)


@contextlib.contextmanager
def chromium() -> Iterator[object]:
    """A Playwright browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def bench_page(browser: object, url: str) -> object:
    """An empty page of the node's origin with the bench's own WHEP player in it."""
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.goto(f"{url}health")
    page.evaluate(PAGE.read_text())
    return page


def get(url: str) -> dict:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return json.load(answer)


def post(url: str, fields: dict) -> dict:
    request = urllib.request.Request(
        url, json.dumps(fields).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        return json.load(error)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def line(name: str, values: Sequence[float], unit: str) -> str:
    """Median, p95 and extremes in one line."""
    return (
        f"{name:34} median {statistics.median(values):8.1f}  p95 {quantile(values, 0.95):8.1f}  "
        f"min {min(values):8.1f}  max {max(values):8.1f} {unit}  (n={len(values)})"
    )
