"""The demo as a process of its own: started, asked, commanded, stopped."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

_ON_AIR = "on air: "
_ASK_S = 5.0
_LOOK_S = 0.05


class DemoError(Exception):
    """The demo did not come up, refused, or never came where it was waited for."""


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo on air at `url`, which ends with a slash."""

    url: str

    def take(self, segment: str) -> None:
        """Put a segment on air; raises `DemoError` when the node refuses."""
        body = json.dumps({"do": "take", "segment": segment}).encode()
        self._ask("api/command", body)

    def await_position(self, segment: str, at_s: float, *, patience_s: float = 90.0) -> None:
        """Return when `segment` is on air and has played `at_s` seconds; raises `DemoError`."""
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            status = self._ask("status")
            if status["segment"] == segment and float(str(status["position_s"])) >= at_s:
                return
            time.sleep(_LOOK_S)
        raise DemoError(f"{segment} did not reach {at_s} s within {patience_s} s")

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, object]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310  # our node
        try:
            with urllib.request.urlopen(request, timeout=_ASK_S) as answer:  # noqa: S310
                told: dict[str, object] = json.load(answer)
        except (OSError, ValueError) as error:
            raise DemoError(f"{self.url}{path}: {error}") from error
        return told


@contextlib.contextmanager
def running_demo(port: int) -> Iterator[Demo]:
    """Run `livesell demo` with a state of its own until the block ends; raises `DemoError`."""
    with (
        tempfile.TemporaryDirectory() as state,
        subprocess.Popen(  # noqa: S603  # our own command
            [sys.executable, "-m", "node", "demo", "--headless", "--port", str(port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"XDG_STATE_HOME": state},
        ) as process,
    ):
        try:
            yield Demo(_address(process))
        finally:
            process.terminate()


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if line.startswith(_ON_AIR):
            return line.removeprefix(_ON_AIR).strip()
    raise DemoError(f"the demo ended with {process.wait()}; `tools/run` says why")
