"""`python -m tools.rigs RIG`: runs a stand-in for a board and prints what it found."""

import argparse
import importlib
import sys
from collections.abc import Sequence

from tools.rigs.place import must_be_root, must_have
from tools.rigs.report import Finding, Report, SkipError, StepError, table
from tools.rigs.rig import Rig

NAMES = ("sound", "network", "picamera", "aarch64", "devices", "booth")
"""The modules of this package that hold a rig, the quick ones first."""
EXAMPLES = """\
examples:
  tools/rig booth       a booth in an emulated machine: buttons, camera, sound, network, systemd
  tools/rig devices     each driver alone on the kernel's simulated camera, encoder, GPIO chip
  tools/rig picamera    the Raspberry Pi camera's driver on the real picamera2 and libcamera
  tools/rig aarch64     the locked packages and the suite's pure parts on a 64-bit ARM processor
  tools/rig all         everything, the quick ones first

State (kernels, Debian roots, wheels) is kept in ${XDG_CACHE_HOME:-~/.cache}/livesell-rig and may
be deleted at any time. Exit codes: 0 all steps good, 1 one failed, 2 wrong usage, 77 none could
be made.
"""
SKIPPED = 77
"""automake's and meson's code of a test that cannot run here."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the rigs asked for."""
    rigs = {name: _load(name) for name in NAMES}
    parser = argparse.ArgumentParser(
        "tools/rig",
        description="The nearest thing to a board that this machine can run.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(dest="rig", required=True, metavar="RIG")
    for rig in rigs.values():
        verbs.add_parser(rig.name, help=rig.about, description=_description(rig),
                         formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    verbs.add_parser("all", help="every rig, one after the other")
    wanted = parser.parse_args(argv).rig
    codes = [run(rig) for rig in rigs.values() if wanted in (rig.name, "all")]
    return next((code for code in (1, 0) if code in codes), SKIPPED)


def run(rig: Rig) -> int:
    """Run one rig: 0 good, 1 not, 77 it cannot run here."""
    report = Report(rig.name)
    try:
        if rig.needs_root:
            must_be_root()
        must_have(rig.packages)
    except SkipError as error:
        report.say(f"skip  {rig.name}: {error}")
        return SKIPPED
    report.say(f"== {rig.name}: {rig.about} (about {rig.minutes:g} min, first time "
               f"{rig.first_minutes:g} min more)")  # fmt: skip
    try:
        rig.run(report)
    except StepError as error:
        report.found(Finding(rig.name, "its stage is set", str(error), 0.0, "FAIL"))
    print(table(report.findings))
    _tell("covered for real", rig.covers)
    _tell("not covered, only a board shows it", rig.lacks)
    verdict = "all good" if report.is_good else "NOT all good"
    print(f"{rig.name}: {verdict}, {report.seconds:.0f} s", flush=True)
    return 0 if report.is_good else 1


def _load(name: str) -> Rig:
    rig = importlib.import_module(f"tools.rigs.{name}").RIG
    if not isinstance(rig, Rig):
        raise TypeError(f"tools.rigs.{name}.RIG: no Rig")
    return rig


def _description(rig: Rig) -> str:
    covers = "\n".join(f"  {line}" for line in rig.covers)
    lacks = "\n".join(f"  {line}" for line in rig.lacks)
    return f"{rig.about}\n\ncovered for real:\n{covers}\n\nonly a board shows:\n{lacks}"


def _tell(title: str, lines: Sequence[str]) -> None:
    if lines:
        print(f"{title}:")
        for line in lines:
            print(f"  {line}")


if __name__ == "__main__":
    sys.exit(main())
