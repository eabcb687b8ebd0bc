"""livesell update: root's side of software updates, and how far one is."""

import argparse
import json
import sys

import msgspec

from node.cli.texts import Texts
from node.errors import NodeError
from node.update import apply as applying
from node.update import trial
from node.update.disk import Disk
from node.update.layout import Layout
from node.update.machine import MachineError, ThisMachine
from node.update.record import read_record, read_seal
from node.update.site import Site
from node.update.trial import Report


def update(args: argparse.Namespace, texts: Texts) -> int:
    """Do what `args.deed` says; 0 done or nothing to do, 1 refused or the disk refuses."""
    if args.deed == "check":
        from node.cli.selfcheck import selfcheck  # noqa: PLC0415  # loads all there is

        return selfcheck(args.config)
    layout = Layout(args.root)
    if args.deed == "status":
        return _status(layout, texts, as_json=args.as_json)
    site = Site(layout, Disk(), ThisMachine(args.config))
    if args.deed == "attempt":
        return _attempt(site, texts)
    try:
        report = _done(args, site)
        if report.needs_restart and args.restart:
            site.machine.restart(is_failed=args.deed == "rollback")
    except OSError as error:
        raise NodeError(texts("update.disk", reason=_said(error))) from error
    _tell(report, texts)
    return int(report.did == "refused")


def _done(args: argparse.Namespace, site: Site) -> Report:
    match args.deed:
        case "apply" if args.folder is not None:
            return applying.install(site, args.folder, args.state_dir, args.keys)
        case "apply":
            return applying.apply(site, args.state_dir, args.keys)
        case "commit":
            return trial.commit(site)
        case _:
            return trial.roll_back(site, is_forced=args.committed)


def _attempt(site: Site, texts: Texts) -> int:
    """Never keeps the node from being started: it is better than none."""
    try:
        _tell(trial.attempt(site), texts)
    except MachineError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(texts("update.disk", reason=_said(error)), file=sys.stderr)
    return 0


def _said(error: OSError) -> str:
    """Where it happened, and what."""
    return f"{error.filename or '-'}: {error.strerror or error}"


def _tell(report: Report, texts: Texts) -> None:
    text = texts(f"update.did.{report.did}", release=report.release or "-", why=report.why)
    print(text, file=sys.stderr if report.did == "refused" else sys.stdout)


def _status(layout: Layout, texts: Texts, *, as_json: bool) -> int:
    record = read_record(layout)
    releases = {one: read_seal(layout, one) for one in layout.complete()}
    current, previous = layout.led_to(layout.current), layout.led_to(layout.previous)
    if as_json:
        print(
            json.dumps(
                {
                    "v": 1, "root": str(layout.root), "current": current, "previous": previous,
                    "releases": {name: msgspec.to_builtins(one) for name, one in releases.items()},
                    "state": None if record is None else msgspec.to_builtins(record),
                },
                ensure_ascii=False, indent=1,
            )
        )  # fmt: skip
        return 0
    if not releases:
        print(texts("update.status.none", root=layout.root))
        return 0
    for name in releases:
        mark = {previous: "previous", current: "current"}.get(name, "other")
        print(texts(f"update.status.{mark}", release=name))
    if record is None:
        print(texts("update.status.unknown", path=layout.record))
        return 0
    print(texts(f"update.phase.{record.phase}", release=record.next, tries=record.tries))
    if record.is_due:
        print(texts("update.status.due"))
    if record.phase == "trial" and not record.needs_line:
        print(texts("update.status.no_line"))
    print(texts("update.status.floor", floor=record.floor or "-"))
    if record.last is not None:
        last = record.last
        fate = texts(f"update.fate.{last.fate}")
        print(texts("update.status.last", fate=fate, manifest=last.manifest[:12],
                    why=last.why or "-"))  # fmt: skip
    return 0
