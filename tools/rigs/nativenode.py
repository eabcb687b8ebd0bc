"""The node on this machine, in a small booth of its own, for rigs that need no other machine."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from tools.rigs.place import ROOT
from tools.rigs.report import StepError
from tools.rigs.stage import lay_booth

ON_AIR = "on air: "
PATIENCE_S = 120.0
POLL_S = 0.1
NODE = """\
rundown   = "day.toml"
node      = "rig"
state_dir = "state"
[camera]
kind = "pattern"
[program]
size = "640x360"
[encoder]
preset       = "ultrafast"
bitrate_kbps = {kbps}
[web]
port = {port}
{more}
"""


@dataclass(frozen=True, slots=True)
class NativeNode:
    """A node that is on air; `log` is what it says."""

    url: str
    log: Path
    process: "subprocess.Popen[bytes]"


@contextmanager
def on_air(
    *,
    port: int,
    kbps: int = 1500,
    more: str = "",
    inside: Sequence[str] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[NativeNode]:
    """A node with a drawn camera, until the end; raises `StepError` if it does not go on air.

    Args:
        port: of its pages.
        kbps: of its one encoding.
        more: tables of node.toml.
        inside: words before its command, as of `ip netns exec`.
        environ: what its environment has more.
    """
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        lay_booth(folder)
        (folder / "node.toml").write_text(NODE.format(kbps=kbps, port=port, more=more))
        words = [*inside, sys.executable, "-P", "-m", "node", "run", "--config"]
        log = folder / "log.txt"
        with log.open("w") as out:
            process = subprocess.Popen(  # noqa: S603  # our own words, no shell
                [*words, str(folder / "node.toml")],
                cwd=ROOT,
                env={**os.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield NativeNode(_address(process, log), log, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = monotonic() + PATIENCE_S
    while monotonic() < deadline and process.poll() is None:
        for line in log.read_text(errors="replace").splitlines():
            if line.startswith(ON_AIR):
                return line.removeprefix(ON_AIR).rstrip("/ ")
        sleep(POLL_S)
    raise StepError(f"the node is not on air: {log.read_text(errors='replace')[-400:]}")
