"""`tools/rig picamera`: the node's Raspberry Pi camera on the real picamera2 and libcamera."""

import sys
from collections.abc import Sequence
from pathlib import Path

from tools.rigs.commands import run
from tools.rigs.libcamera import add_picamera2, add_shim, build, environment
from tools.rigs.place import ROOT, state
from tools.rigs.report import Finding, Report, StepError
from tools.rigs.rig import Rig

CHECK = "tools.rigs.picamera_check"
CONTRACT = (
    "-m", "pytest", "-q", "-p", "tools.rigs.virtual_camera", "-p", "no:cacheprovider",
    "-W", "ignore:setDaemon:DeprecationWarning",  # picamera2's own
    "-m", "hardware", "-k", "real and picamera", "tests/contract/test_frame_sources.py",
)  # fmt: skip
LIMIT_S = 180.0
"""picamera2's event thread may die, and whoever waits for it waits for ever."""


def walk(report: Report) -> None:
    """Prepare, run the driver, and hold it to the contract of all cameras."""
    log = state("picamera2") / "rig.log"
    log.write_text("")
    is_ready = (
        report.attempt("libcamera", "with its virtual camera", lambda: build(log))
        and report.attempt("picamera2", "as on Raspberry Pi OS", lambda: add_picamera2(log))
        and report.attempt("DMA buffers", "a heap, or a stand-in", lambda: add_shim(log))
    )
    if not is_ready:
        return
    report.attempt("driver", "every check", lambda: _check(report, log))
    report.attempt("contract of all cameras", "1 passed", lambda: _contract(log))


def main(argv: Sequence[str]) -> int:
    """Run it alone: 0 good, 1 not, 77 it cannot run here."""
    from tools.rigs.__main__ import run as run_rig  # noqa: PLC0415  # it loads this module

    del argv
    return run_rig(RIG)


def _check(report: Report, log: Path) -> str:
    told = run(
        [sys.executable, "-P", "-m", CHECK], log, timeout_s=LIMIT_S, environ=_environ(), cwd=ROOT
    )
    lines = [line.split("\t") for line in told.splitlines() if line.startswith("ok\t")]
    for _, step, seen in lines:
        report.found(Finding(step, "", seen, 0.0, "ok"))
    return f"{len(lines)} checks"


def _contract(log: Path) -> str:
    told = run([sys.executable, "-P", *CONTRACT], log, timeout_s=LIMIT_S, environ=_environ(),
               cwd=ROOT)  # fmt: skip
    last = told.strip().splitlines()[-1]
    if "1 passed" not in last:
        raise StepError(f"{last} ({log})")
    return last


def _environ() -> dict[str, str]:
    found = environment()
    return {**found, "PYTHONPATH": f"{found['PYTHONPATH']}:{ROOT}"}


RIG = Rig(
    name="picamera",
    about="the node's Raspberry Pi camera on the real picamera2 and libcamera, no sensor",
    covers=(
        "picamera2's configuration, threads, requests and buffers; libcamera's core",
        "frames/s, pts, sizes that are fitted, NV12; a camera that is absent, or in use",
        "a sensor that stalls, picamera2's event thread dying, opening again",
    ),
    lacks=(
        "a sensor and the ISP: pictures, YUV420 with padded rows, sensor modes, tuning files",
        "controls: exposure, white balance, focus, HDR, and what locking them does",
        "DMA buffers without the stand-in; two cameras at once",
    ),
    minutes=1,
    first_minutes=6,
    run=walk,
    packages=(
        ("meson", "meson"), ("ninja", "ninja-build"), ("g++", "build-essential"),
        ("dpkg-source", "dpkg-dev"), ("pkg-config", "pkg-config"),
    ),
    needs_root=False,
)  # fmt: skip

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
