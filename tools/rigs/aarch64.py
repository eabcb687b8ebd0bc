"""`tools/rig aarch64`: the lock and the suite's pure parts on an emulated 64-bit ARM processor."""

import shutil
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from tools.rigs import locked
from tools.rigs.binfmt import register
from tools.rigs.commands import run
from tools.rigs.debian import MACHINE, PYTHON, REQUIREMENTS, install, make_root, target, uv_install
from tools.rigs.place import ROOT, state
from tools.rigs.report import Report, SkipError, StepError
from tools.rigs.rig import Rig
from tools.rigs.stage import IGNORED, compile_in, compile_once

PACKAGES: Final = ("python3", "python3-pyaudio", "libspeexdsp1", "libfribidi0", "fonts-noto-cjk")
BUILD: Final = ("python3",)
"""A root of this machine's own architecture compiles bytecode, which is the same everywhere."""
PYTHONS: Final = ("3.11", PYTHON)
"""Raspberry Pi OS 12 and 13."""
KINDS: Final = ("run", "test", "sound")
UNUSED: Final = frozenset({
    "axe-playwright-python", "grimp", "import-linter", "librt", "mypy", "mypy-extensions",
    "playwright", "greenlet", "ruff",
    "types-pyyaml", "ast-serialize", "pathspec",
})  # fmt: skip
"""Judges of the source and a browser: no test that runs here needs them."""
MODULES: Final = (
    "numpy", "av", "aiohttp", "aiortc", "cryptography", "msgspec", "onnxruntime", "PIL", "soxr",
    "paho.mqtt.client", "gpiozero", "babel", "segno", "jwt", "pyaudio", "node.app",
)  # fmt: skip
PROJECT: Final = "opt/rig/project"
PARTS: Final = ("node", "models", "firmware_config", "systemd", "tools", "tests", "pyproject.toml")
PROCESSOR: Final = "cortex-a72"
"""A Raspberry Pi 4's. With qemu's own choice, which has vectors of any length (SVE), numpy's
OpenBLAS multiplies wrongly; no Raspberry Pi and no Jetson named here has them."""
TESTS_S: Final = 2400.0
GRACE_S: Final = 300.0
"""A group ends in order after so long, by force this much later."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tests that are run together; `about` says what they prove."""

    about: str
    paths: tuple[str, ...]


GROUPS: Final = (
    Group("pure media: Annex B, packetiser, flow, time line", (
        "tests/unit/encode/test_annexb.py", "tests/unit/stream/test_packetiser.py",
        "tests/unit/stream/test_flow.py", "tests/unit/stream/test_timeline.py",
    )),
    Group("foundations: configuration, chain, signatures, channels", (
        "tests/unit/test_config.py", "tests/unit/test_config_voice.py", "tests/unit/test_chain.py",
        "tests/unit/test_chainfile.py", "tests/unit/test_jws.py", "tests/unit/test_sealing.py",
        "tests/unit/test_channels.py", "tests/unit/test_supervise.py",
    )),
    Group("rundown, rules, show", (
        "tests/unit/program/test_rundown_reading.py", "tests/unit/program/test_rules.py",
        "tests/unit/program/test_cues.py", "tests/unit/program/test_schedule.py",
        "tests/unit/program/test_gates.py", "tests/unit/program/test_offers.py",
        "tests/unit/program/test_pixels.py", "tests/unit/program/test_mixer.py",
        "tests/unit/program/test_sound.py",
    )),
    Group("contract: encoders", ("tests/contract/test_encoders.py",)),
    Group("encoder, Opus", ("tests/unit/encode",)),
    Group("envelope and orders of the line", (
        "tests/unit/control/test_envelope.py", "tests/unit/control/test_receiving.py",
    )),
    Group("prices, law", ("tests/unit/catalog",)),
    Group("sound: echo, resampling", ("tests/unit/audio",)),
    Group("stream", ("tests/unit/stream",)),
    Group("program, whole", ("tests/unit/program",)),
    Group("contract: frame sources, models, imports", (
        "tests/contract/test_frame_sources.py", "tests/contract/test_models.py",
        "tests/contract/test_imports.py",
    )),
)  # fmt: skip


def emulate(report: Report) -> None:
    """Check the lock, install it for ARM, run what can be run."""
    folder = state("aarch64")
    log = folder / "rig.log"
    log.write_text("")
    for python in PYTHONS:
        for kind in KINDS:
            report.attempt(
                f"lock {kind}.txt, Python {python}", "a wheel for each, or a system package",
                partial(check, kind, python, log),
            )  # fmt: skip
    root, sites = state("debian-arm64"), list[str]()
    if report.attempt("root", "Debian 13 for ARM", lambda: _ready(root, log)):
        report.attempt("Python packages", "wheels, project", lambda: _lay(root, sites, log))
        report.attempt("imports", "each module", lambda: imports(root, sites, log))
        for group in GROUPS:
            report.attempt(
                f"tests of {group.about}", "none fails",
                partial(tests, group, root, sites, log),
            )  # fmt: skip


def check(kind: str, python: str, log: Path) -> str:
    """Whether each locked package has a wheel; raises `StepError` naming those that have none."""
    pins = list(locked.read(REQUIREMENTS / f"{kind}.txt"))
    ours = [pin for pin in pins if locked.is_wheel(pin, MACHINE["arm64"], python)]
    left = [
        f"{pin.name}: {locked.FROM_SYSTEM[pin.name]}"
        for pin in pins
        if pin not in ours and pin.name in locked.FROM_SYSTEM
    ]
    if ours and not _has_wheels(ours, python, log):
        bad = [pin.wanted for pin in ours if not _has_wheels([pin], python, log)]
        raise StepError(f"no aarch64 wheel: {', '.join(bad) or 'together they do not fit'}")
    return "; ".join((f"{len(ours)} by wheel", *left))


def _has_wheels(pins: Sequence[locked.Pin], python: str, log: Path) -> bool:
    wanted = log.with_name("wanted.txt")
    locked.write(pins, wanted, hashes=False)
    nowhere = log.with_name("nowhere")
    try:
        uv_install(["--dry-run", *target("arm64", python), "--target", nowhere, "-r", wanted], log)
    except StepError:
        return False
    return True


def _ready(root: Path, log: Path) -> str:
    register(log)
    return make_root(root, "arm64", PACKAGES, log)


def _lay(root: Path, sites: list[str], log: Path) -> str:
    """Packages and project into the root, compiled by a Python of this machine's own kind."""
    pins = [pin for pin in locked.read(REQUIREMENTS / "test.txt") if pin.name not in UNUSED]
    site = install(root, "arm64", "test", pins, log)
    project = root / PROJECT
    shutil.rmtree(project, ignore_errors=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, project / part, ignore=IGNORED)
        else:
            project.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, project)
    native = state("debian-native")
    make_root(native, "amd64", BUILD, log)
    compile_once(native, site, log)
    compile_in(native, project, log)
    sites.append(f"/{site.relative_to(root)}")
    return f"{len(pins)} wheels for {PYTHON}"


def imports(root: Path, sites: Sequence[str], log: Path) -> str:
    """Import what the node stands on; raises `StepError` naming what does not load."""
    said = _inside(root, sites, log, "-m", "tools.rigs.guest.imports", *MODULES)
    return said.strip().splitlines()[-1]


def tests(group: Group, root: Path, sites: Sequence[str], log: Path) -> str:
    """Run tests there; raises `StepError` with those that fail."""
    told = root / "tmp/told.xml"
    told.unlink(missing_ok=True)
    trouble = ""
    try:
        _inside(root, sites, log, "-m", "pytest", "-q", "-p", "no:cacheprovider",
                f"--timeout={TESTS_S:.0f}", f"--session-timeout={TESTS_S:.0f}",
                "--junitxml=/tmp/told.xml", *group.paths)  # fmt: skip
    except StepError as error:
        trouble = str(error)
    if not told.exists():
        raise StepError(trouble)
    said = judged(told)
    if trouble:
        raise StepError(f"{said}; then the time was up: {trouble}")
    return said


def judged(told: Path) -> str:
    """A JUnit file in words; raises `StepError` naming up to five tests that did not pass."""
    suite = next(ET.parse(told).getroot().iter("testsuite"))  # noqa: S314  # pytest's own
    count = {key: int(suite.get(key, "0")) for key in ("tests", "failures", "errors", "skipped")}
    bad = [
        f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}"
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    passed = count["tests"] - count["failures"] - count["errors"] - count["skipped"]
    said = f"{passed} passed, {count['skipped']} skipped, {len(bad)} failed"
    if bad:
        raise StepError(f"{said}: {', '.join(bad[:5])}")
    return said


def _inside(root: Path, sites: Sequence[str], log: Path, *words: str) -> str:
    if not sites:
        raise SkipError("no packages")
    return run(
        ["unshare", "--mount", "--pid", "--fork", f"--mount-proc={root / 'proc'}", "chroot", root,
         "env", "-i", f"QEMU_CPU={PROCESSOR}", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root",
         "LANG=C.UTF-8",
         f"PYTHONPATH=/{PROJECT}:{sites[0]}", "sh", "-c", f'cd /{PROJECT} && exec python3 "$@"',
         "python3", *words],
        log,
        timeout_s=TESTS_S + GRACE_S,
    )  # fmt: skip


RIG: Final = Rig(
    name="aarch64",
    about="the locked packages and the suite's pure parts on an emulated 64-bit ARM processor",
    covers=(
        "every locked package exists for 64-bit ARM, Python 3.11 and 3.13, or is named as Debian's",
        "Debian 13's own Python, glibc and PyAudio for ARM; all wheels load",
        "the pure parts of the suite, x264, Opus and the resampler as ARM code",
    ),
    lacks=(
        "speed, NEON timing, memory of a board",
        "devices: nothing is opened",
        "the parts of the suite that run a node in real time",
    ),
    minutes=30,
    first_minutes=15,
    run=emulate,
    packages=(("qemu-aarch64-static", "qemu-user-static"), ("mmdebstrap", "mmdebstrap"),
              ("arch-test", "arch-test"), ("unshare", "util-linux")),
)  # fmt: skip
