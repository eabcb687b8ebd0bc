"""The real node as a process of its own, spoken to as anybody may: HTTP, command line, signals."""

import contextlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from node.chain import GENESIS, Break, Line, walk
from node.metrics.events import Event
from node.program.schedule import Saved
from node.web.status import PartView, Status

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
"""For all that a node is waited for: a machine busy with other tests is many times slower."""
START_S = 180.0
"""For a process to begin and to have done all of its work, as a start, a check, a rehearsal."""
POLL_S = 0.02
ON_AIR = "on air: "
UNHURRIED = "tests.fakes.unhurried_node"
"""What runs unless a test names another: it gives nothing up because the machine is busy."""
PATIENT = "tests.fakes.patient_node"
"""For tests which ask that no frame is missing; unhurried too."""


class NeverError(AssertionError):
    """What a test waited for did not come."""


@dataclass(frozen=True)
class Said:
    """What a command line call did."""

    code: int
    out: str
    err: str


def livesell(*words: str, environ: dict[str, str] | None = None) -> Said:
    """Run `livesell WORDS` to its end; speaks English."""
    done = subprocess.run(
        [sys.executable, "-m", "node", *words],
        cwd=ROOT,
        env=_environ(environ),
        capture_output=True,
        text=True,
        timeout=START_S,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


class RunningNode:
    """A node process; its words go to the files `out.txt` and `err.txt` of `folder`."""

    def __init__(
        self,
        words: Sequence[str],
        folder: Path,
        *,
        module: str = UNHURRIED,
        environ: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._out, self._err = folder / "out.txt", folder / "err.txt"
        self._began_s = time.monotonic()
        self.start_s = 0.0
        self.url = ""
        with self._out.open("w") as out, self._err.open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                cwd=ROOT,
                env=_environ(environ),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )

    @property
    def out(self) -> str:
        """Its stdout so far."""
        return self._out.read_text(encoding="utf-8")

    @property
    def err(self) -> str:
        """Its stderr so far."""
        return self._err.read_text(encoding="utf-8")

    def wait_on_air(self) -> None:
        """Wait for its one line; `url` and `start_s` are known from then on."""
        while not self.out.startswith(ON_AIR) or not self.out.endswith("\n"):
            if self.process.poll() is not None:
                raise NeverError(f"ended with {self.process.returncode}: {self.err}")
            if time.monotonic() - self._began_s > START_S:
                raise NeverError(f"not on air after {START_S:g} s: {self.err}")
            time.sleep(POLL_S)
        self.start_s = time.monotonic() - self._began_s
        self.url = self.out.removeprefix(ON_AIR).strip()

    def ask(self, path: str, command: object = None) -> tuple[int, bytes]:
        """GET, or POST with a command as JSON: status and body."""
        parts = urlsplit(self.url)
        body = None if command is None else json.dumps(command)
        asked = HTTPConnection(str(parts.hostname), parts.port, timeout=PATIENCE_S)
        with closing(asked) as connection:
            method = "GET" if body is None else "POST"
            connection.request(method, path, body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def status(self) -> Status:
        """`GET /status`."""
        return msgspec.json.decode(self.ask("/status")[1], type=Status)

    def part(self, name: str) -> PartView:
        """Health of one part."""
        return self.status().health[name]

    def command(self, do: str, **fields: object) -> tuple[int, dict[str, object]]:
        """`POST /api/command`: status and answer."""
        code, body = self.ask("/api/command", {"do": do, **fields})
        return code, json.loads(body)

    def cli(self, *words: str) -> Said:
        """Run `livesell WORDS --url URL`."""
        return livesell(*words, "--url", self.url)

    def until(self, is_so: Callable[[Status], bool], limit_s: float = PATIENCE_S) -> Status:
        """The first status of which `is_so` is true; raises `NeverError` with the last one."""
        deadline = time.monotonic() + limit_s
        while True:
            status = self.status()
            if is_so(status):
                return status
            if time.monotonic() > deadline:
                raise NeverError(f"not within {limit_s:g} s: {status}\n{self.err}")
            time.sleep(POLL_S)

    def send(self, by: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(by)

    def wait(self, limit_s: float = PATIENCE_S) -> int:
        """The exit code, once the process has ended."""
        return self.process.wait(limit_s)

    def stop(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait: the exit code and the seconds it took.

        The code is 0 only if no force was needed.
        """
        began = time.monotonic()
        self.send(by)
        return self.wait(), time.monotonic() - began

    def end(self) -> None:
        """Have the process gone, whatever it does."""
        if self.process.poll() is None:
            self.send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.wait()
        if self.process.poll() is None:
            self.process.kill()
            self.wait()


@contextmanager
def running(
    config: Path, *, module: str = UNHURRIED, environ: dict[str, str] | None = None
) -> Iterator[RunningNode]:
    """A node with that configuration, on air until the block ends."""
    words = ["run", "--config", str(config)]
    node = RunningNode(words, config.parent, module=module, environ=environ)
    try:
        node.wait_on_air()
        yield node
    finally:
        node.end()


def frame_of(status: Status) -> int:
    """Program frame of its segment that a status stands at."""
    return round(status.position_s * status.fps)


def events(state_dir: Path) -> list[Event]:
    """The as-played log, oldest first, once its chain was found whole.

    A last line without an end is one that the node is writing: it is waited for.
    """
    deadline = time.monotonic() + PATIENCE_S
    while True:
        with (state_dir / "as-played.jsonl").open("rb") as log:
            steps = list(walk(log, GENESIS))
        broken = [step for step in steps if isinstance(step, Break)]
        if not broken:
            return [msgspec.convert(step.record, Event) for step in steps if isinstance(step, Line)]
        if [step.reason for step in broken] != ["torn"] or time.monotonic() > deadline:
            raise NeverError(f"the log is broken: {broken}")
        time.sleep(POLL_S)


def kept_codes(state_dir: Path) -> set[str]:
    """The codes on disk: what a power cut at this moment leaves."""
    with closing(_opened(state_dir)) as db:
        return {str(row[0]) for row in db.execute("SELECT key FROM listed WHERE book = 'codes'")}


def saved_place(state_dir: Path) -> Saved:
    """The place of the show last kept; raises `NeverError` while there is none."""
    with closing(_opened(state_dir)) as db:
        row = db.execute("SELECT value FROM kept WHERE key = 'show'").fetchone()
    if row is None:
        raise NeverError("no place is kept yet")
    return msgspec.json.decode(row[0], type=Saved)


def until_place_saved(node: RunningNode, state_dir: Path, segment: str) -> None:
    """Wait until the disk has a place in that segment, behind its first frame."""

    def is_so(_: Status) -> bool:
        with contextlib.suppress(NeverError):
            saved = saved_place(state_dir)
            return saved.segment == segment and saved.position > 0
        return False

    node.until(is_so)


def change_saved_place(state_dir: Path, *, age_s: float = 0.0, position: int = -1) -> Saved:
    """Make the place last kept one of so long ago, or another frame; what it then says."""
    saved = saved_place(state_dir)
    position = saved.position if position < 0 else position
    saved = msgspec.structs.replace(saved, wall=time.time() - age_s, position=position)
    with closing(_opened(state_dir)) as db, db:
        db.execute("UPDATE kept SET value = ? WHERE key = 'show'", (msgspec.json.encode(saved),))
    return saved


def _opened(state_dir: Path) -> sqlite3.Connection:
    return sqlite3.connect(state_dir / "node.db", timeout=PATIENCE_S)


def _environ(more: dict[str, str] | None) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LC_")}
    return {**inherited, "LANG": "C.UTF-8", **(more or {})}
