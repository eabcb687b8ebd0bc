"""The emulated machine made ready, booted and followed to the end of its walk."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tools.rigs import lgpio
from tools.rigs.debian import REQUIREMENTS, install, make_root
from tools.rigs.guest.steps import MARK, Told
from tools.rigs.kernel import prepare
from tools.rigs.locked import read
from tools.rigs.machine import Machine
from tools.rigs.place import state
from tools.rigs.report import Finding, Report, StepError, Verdict
from tools.rigs.stage import compile_once, lay_project, lay_stage

DEBIAN = (
    "systemd", "dbus", "udev", "kmod", "iproute2", "procps", "python3", "python3-pyaudio",
    "alsa-utils", "libspeexdsp1", "libfribidi0", "fonts-noto-cjk",
    "ca-certificates", *lgpio.PACKAGES,
)  # fmt: skip
"""What the guest's root has. PyAudio is Debian's, as on a board: it has no wheel for Linux."""
PACKAGES = (
    ("qemu-system-x86_64", "qemu-system-x86"), ("mmdebstrap", "mmdebstrap"),
    ("cpio", "cpio"), ("busybox", "busybox-static"), ("depmod", "kmod"),
)  # fmt: skip
"""What this machine has, by the command that each brings."""
LIMIT_S = 5400.0


@dataclass(frozen=True, slots=True)
class Ready:
    """Where kernel and root lie, and the folder of this rig's own: stage, results, logs."""

    kernel: Path
    root: Path
    own: Path

    @property
    def log(self) -> Path:
        """What commands said."""
        return self.own / "rig.log"

    @property
    def out(self) -> Path:
        """Where the guest may write."""
        return self.own / "out"

    @property
    def shares(self) -> dict[str, Path]:
        """The folders that the guest has, by tag."""
        return {
            "root": self.root, "modules": self.kernel / "modules",
            "project": self.own / "project", "stage": self.own / "stage", "out": self.out,
        }  # fmt: skip


def make_ready(report: Report, own: Path, walk: str) -> Ready | None:
    """Have kernel, root, packages and the project there; None when a step of it failed.

    `walk` is the module of `tools.rigs.guest` that the guest runs.
    """
    ready = Ready(state("machine"), state("debian-amd64"), own)
    ready.log.write_text("")
    ready.out.mkdir(exist_ok=True)
    site: list[Path] = []

    def packages() -> str:
        pins = list(read(REQUIREMENTS / "run.txt"))
        site.append(install(ready.root, "amd64", "run", pins, ready.log))
        lgpio.build(ready.root, site[0], ready.log)
        compile_once(ready.root, site[0], ready.log)
        return str(site[0].name)

    def stage() -> str:
        lay_project(ready.root, own / "project", ready.log)
        lay_stage(own / "stage", f"/{site[0].relative_to(ready.root)}", walk)
        return "laid"

    is_ready = (
        report.attempt("kernel", "Debian's, with gpio-sim and vicodec",
                       lambda: prepare(ready.kernel, ready.log))
        and report.attempt("root", "Debian 13",
                           lambda: make_root(ready.root, "amd64", DEBIAN, ready.log))
        and report.attempt("Python packages", "the locked ones, 3.13", packages)
        and report.attempt("stage", "project, units, devices", stage)
    )  # fmt: skip
    return ready if is_ready else None


def follow(report: Report, machine: Machine, ready: Ready, steps: int) -> None:
    """Run the machine to its end; the findings of its walk, so many, go into `report`."""
    report.say("....  booting; all of the machine is emulated, each step may take minutes")
    console = ready.own / "console.txt"
    came = _told(machine.lines(console, LIMIT_S), report)
    report.attempt("the walk ends", f"{steps} steps", lambda: _ended(came, steps, console))


def is_told(line: str, report: Report) -> bool:
    """Whether a line of the console is a finding, which then goes into the report."""
    _, mark, told = line.partition(MARK)
    try:
        step = msgspec.json.decode(told, type=Told) if mark else None
    except msgspec.DecodeError:
        step = None
    if step is None:
        return False
    verdict: Verdict = "ok" if step.verdict == "ok" else "FAIL"
    report.found(Finding(step.step, step.expected, step.seen, step.seconds, verdict))
    return True


def _told(lines: Iterable[str], report: Report) -> int:
    return sum(is_told(line, report) for line in lines)


def _ended(came: int, steps: int, console: Path) -> str:
    if came < steps:
        raise StepError(f"the guest told of {came} steps: see {console}")
    return f"{came} steps"
