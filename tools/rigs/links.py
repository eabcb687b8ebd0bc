"""A network of two namespaces, impaired with what a kernel without netem has."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import sleep

from tools.rigs.commands import run
from tools.rigs.place import ROOT
from tools.rigs.report import StepError

BOOTH, HALL = "livesell-booth", "livesell-hall"
"""The namespaces: the node's, the viewers'."""
AT_BOOTH, AT_HALL = "lsbooth", "lshall"
"""Their ends of the cable."""
ADDRESS = "10.99.0.1"
BURST = "16kb"
LOSS_RULES = """\
add table netdev rig
add chain netdev rig in {{ type filter hook ingress device {device} priority 0; }}
add rule netdev rig in meta protocol ip numgen random mod 100 < {percent} counter drop
"""


@dataclass(frozen=True, slots=True)
class Link:
    """The cable from the booth to the hall; what it does to packets on their way there."""

    log: Path

    def lose(self, percent: int) -> None:
        """Drop so many of 100, each by chance; 0 none."""
        with contextlib.suppress(StepError):
            self._at(HALL, "nft", "delete", "table", "netdev", "rig")
        if percent:
            rules = self.log.with_name("loss.nft")
            rules.write_text(LOSS_RULES.format(device=AT_HALL, percent=percent))
            self._at(HALL, "nft", "-f", str(rules))

    def cap(self, kbps: int, queue_ms: int = 100) -> None:
        """Carry no more than so much, with a queue as short as a good router's; 0 all."""
        self._unshape()
        if kbps:
            self._at(BOOTH, "tc", "qdisc", "add", "dev", AT_BOOTH, "root", "tbf", "rate",
                     f"{kbps}kbit", "burst", BURST, "latency", f"{queue_ms}ms")  # fmt: skip

    def bloat(self, kbps: int) -> None:
        """The same with a queue so long that packets come half a second late, none lost."""
        self._unshape()
        if kbps:
            self._at(BOOTH, "tc", "qdisc", "add", "dev", AT_BOOTH, "root", "handle", "1:", "htb",
                     "default", "1")  # fmt: skip
            self._at(BOOTH, "tc", "class", "add", "dev", AT_BOOTH, "parent", "1:", "classid",
                     "1:1", "htb", "rate", f"{kbps}kbit")  # fmt: skip

    def flap(self, seconds: float) -> None:
        """Pull the cable, put it back."""
        self._at(BOOTH, "ip", "link", "set", AT_BOOTH, "down")
        sleep(seconds)
        self._at(BOOTH, "ip", "link", "set", AT_BOOTH, "up")

    def heal(self) -> None:
        """Nothing impairs it any more."""
        self.lose(0)
        self._unshape()

    def _unshape(self) -> None:
        with contextlib.suppress(StepError):
            self._at(BOOTH, "tc", "qdisc", "del", "dev", AT_BOOTH, "root")

    def _at(self, namespace: str, *words: str) -> str:
        return run(["ip", "netns", "exec", namespace, *words], self.log)


@contextmanager
def linked(log: Path) -> Iterator[Link]:
    """Both namespaces and the cable, until the end; nothing outside them is touched.

    Raises:
        StepError: another rig uses them, or this machine makes none.
    """
    _clear((BOOTH, HALL), log)
    try:
        for words in _making():
            run(words, log)
        yield Link(log)
    finally:
        _delete((BOOTH, HALL), log)


@contextmanager
def hall(address: str, log: Path) -> Iterator[str]:
    """The hall alone, a tap of `address` in it for an emulated machine's cable; tells its name.

    Raises:
        StepError: another rig uses it, or this machine makes none.
    """
    _clear((HALL,), log)
    try:
        for words in (
            ("ip", "netns", "add", HALL),
            ("ip", "-n", HALL, "link", "set", "lo", "up"),
            ("ip", "-n", HALL, "tuntap", "add", AT_HALL, "mode", "tap"),
            ("ip", "-n", HALL, "addr", "add", f"{address}/24", "dev", AT_HALL),
            ("ip", "-n", HALL, "link", "set", AT_HALL, "up"),
        ):
            run(words, log)
        yield AT_HALL
    finally:
        _delete((HALL,), log)


@contextmanager
def viewer(url: str, told: Path, log: Path, patience_s: float = 20.0) -> Iterator[Path]:
    """A viewer of `url` in the hall; what it counts is in the file `told`, which is yielded."""
    words = [*inside(HALL), sys.executable, "-P", "-m", "tools.rigs.guest.viewer"]
    with log.with_name("viewer.log").open("w") as out:
        process = subprocess.Popen(  # noqa: S603  # our own words, no shell
            [*words, url, str(told), str(patience_s)], cwd=ROOT, stdout=out, stderr=out
        )
        try:
            yield told
        finally:
            process.terminate()
            process.wait()


def inside(namespace: str) -> tuple[str, ...]:
    """The words before a command that runs there."""
    return "ip", "netns", "exec", namespace


def _clear(namespaces: Sequence[str], log: Path) -> None:
    """Remove what a rig that was killed has left; raises `StepError` where one is at work."""
    for namespace in namespaces:
        try:
            at_work = run(["ip", "netns", "pids", namespace], log).split()
        except StepError:  # there is none
            continue
        if at_work:
            raise StepError(f"namespace {namespace}: in use by process {', '.join(at_work)}")
    _delete(namespaces, log)


def _delete(namespaces: Sequence[str], log: Path) -> None:
    for namespace in namespaces:
        with contextlib.suppress(StepError):
            run(["ip", "netns", "del", namespace], log)


def _making() -> Iterator[Sequence[str]]:
    for namespace in (BOOTH, HALL):
        yield "ip", "netns", "add", namespace
        yield "ip", "-n", namespace, "link", "set", "lo", "up"
    yield ("ip", "link", "add", AT_BOOTH, "netns", BOOTH, "type", "veth", "peer", "name", AT_HALL,
           "netns", HALL)  # fmt: skip
    yield "ip", "-n", BOOTH, "addr", "add", f"{ADDRESS}/24", "dev", AT_BOOTH
    yield "ip", "-n", HALL, "addr", "add", "10.99.0.2/24", "dev", AT_HALL
    yield "ip", "-n", BOOTH, "link", "set", AT_BOOTH, "up"
    yield "ip", "-n", HALL, "link", "set", AT_HALL, "up"
