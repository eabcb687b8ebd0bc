"""`tools/rig booth`: the node as a systemd service on an emulated machine, devices simulated."""

from pathlib import Path

import msgspec

from tools.rigs import lgpio
from tools.rigs.debian import REQUIREMENTS, install, make_root
from tools.rigs.guest.walk import MARK, STEPS, Told
from tools.rigs.kernel import prepare
from tools.rigs.links import HALL, hall, viewer
from tools.rigs.locked import read
from tools.rigs.machine import Machine
from tools.rigs.place import state
from tools.rigs.report import Finding, Report, StepError, Verdict
from tools.rigs.rig import Rig
from tools.rigs.stage import compile_once, lay_project, lay_stage

PACKAGES = (
    "systemd", "dbus", "udev", "kmod", "iproute2", "procps", "python3", "python3-pyaudio",
    "alsa-utils", "libspeexdsp1", "libfribidi0", "fonts-noto-cjk",
    "ca-certificates", *lgpio.PACKAGES,
)  # fmt: skip
"""PyAudio is Debian's, as on a board: it has no wheel for Linux."""
LIMIT_S = 5400.0
IN_THE_HALL, WHEP = "10.9.0.2", "http://10.9.0.1:8080/whep"
PATIENCE_S = 180.0
"""A guest's second may take a minute of ours."""


def walk(report: Report) -> None:
    """Prepare, boot, and tell what the guest finds."""
    folder = state("machine")
    log = folder / "rig.log"
    log.write_text("")
    root = state("debian-amd64")
    site: list[Path] = []

    def packages() -> str:
        site.append(install(root, "amd64", "run", list(read(REQUIREMENTS / "run.txt")), log))
        lgpio.build(root, site[0], log)
        compile_once(root, site[0], log)
        return str(site[0].name)

    ready = (
        report.attempt("kernel", "Debian's, gpio-sim built", lambda: prepare(folder, log))
        and report.attempt("root", "Debian 13", lambda: make_root(root, "amd64", PACKAGES, log))
        and report.attempt("Python packages", "the locked ones, 3.13", packages)
        and report.attempt(
            "stage", "project, units, devices", lambda: _stage(folder, root, site[0], log)
        )
    )
    if ready:
        boot(report, folder, root)


def boot(report: Report, folder: Path, root: Path) -> None:
    """Run the machine to its end; its findings go into `report`."""
    out = folder / "out"
    out.mkdir(exist_ok=True)
    shares = {
        "root": root, "modules": folder / "modules", "project": folder / "project",
        "stage": folder / "stage", "out": out,
    }  # fmt: skip
    report.say("....  booting; all of the machine is emulated, each step may take minutes")
    log = folder / "rig.log"
    with hall(IN_THE_HALL, log) as tap, viewer(WHEP, out / "phone.json", log, PATIENCE_S):
        machine = Machine(folder, shares, hall=HALL, tap=tap)
        came = sum(
            _is_told(line, report) for line in machine.lines(folder / "console.txt", LIMIT_S)
        )
    report.attempt("the walk ends", f"{len(STEPS)} steps", lambda: _ended(came, folder))


def _is_told(line: str, report: Report) -> bool:
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


def _ended(came: int, folder: Path) -> str:
    if came < len(STEPS):
        raise StepError(f"the guest told of {came} steps: see {folder / 'console.txt'}")
    return f"{came} steps"


def _stage(folder: Path, root: Path, site: Path, log: Path) -> str:
    lay_project(root, folder / "project", log)
    lay_stage(folder / "stage", f"/{site.relative_to(root)}")
    return "laid"


RIG = Rig(
    name="booth",
    about="the node as a systemd service on an emulated machine with simulated devices",
    covers=(
        "the project's own unit under systemd as PID 1: READY, watchdog, restarts, sandbox, users",
        "buttons and lamps: gpiozero and lgpio on the kernel's simulated GPIO chip",
        "the V4L2 driver on the kernel's simulated camera, unplugged and plugged again",
        "a sound card's kernel interface (snd-aloop): a visitor is heard, the program sounds",
        "a viewer through WHEP on a real cable behind netem; the cable pulled; kill -9; a hang",
    ),
    lacks=(
        "speed: the processor is emulated and its clock counts instructions",
        "a Raspberry Pi's or a Jetson's kernel, firmware, GPIO header, power, heat",
        "USB cameras, USB sound, HDMI, Wi-Fi; the screen's browser",
    ),
    minutes=30,
    first_minutes=8,
    run=walk,
    packages=(
        ("qemu-system-x86_64", "qemu-system-x86"), ("mmdebstrap", "mmdebstrap"),
        ("cpio", "cpio"), ("busybox", "busybox-static"), ("depmod", "kmod"),
    ),
)  # fmt: skip
