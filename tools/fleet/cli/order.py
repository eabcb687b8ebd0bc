"""The verbs that command a show: who gets it, what it says, and what became of it."""

import argparse
import time
from collections.abc import Mapping
from typing import Final

from node.control.messages import JsonObject
from node.control.orders import KINDS
from node.errors import CommandError
from tools.fleet.cli import exits
from tools.fleet.cli.client import names, rows, table
from tools.fleet.cli.output import Bar, Column, show
from tools.fleet.cli.texts import reason
from tools.fleet.cli.verbs import Desk
from tools.fleet.lifecycle import ENDS

POLL_S: Final = 0.15
SLOW_POLL_S: Final = 1.0
TAKE_LEAD_S: Final = 1.0
"""A take comes so long after it is sent: `play_at` 0.5 to 1 s ahead (control-plane.md §1.4)."""


def order(desk: Desk) -> int:
    """Command the nodes; the exit code."""
    args = desk.args
    if args.verb == "take":
        return _take(desk)
    type_, data = wanted(args)
    above = 1 if type_ == "live.stop" else None
    return send(desk, type_, data, at_s=getattr(args, "at", None), above=above)


def wanted(args: argparse.Namespace) -> tuple[str, JsonObject]:
    """Type and data of the command that the words ask for; raises `CommandError`."""
    if args.verb == "card":
        return f"card.{args.what}", _card(args)
    if args.verb == "live":
        end: JsonObject = {"to": "resume" if args.resume else "slate"}
        return f"live.{args.what}", {"segment": args.segment} if args.what == "start" else end
    if args.verb == "say":
        language, sign, words = args.words.partition("=")
        if not sign:
            raise CommandError("bad_payload", f"{args.words!r}: zh=… / en=…")
        return "say", {"text": {language: words}}
    if args.verb == "set":
        return _setting(args.setting)
    if args.verb == "cue":
        return f"cue.{args.what}", {"segment": args.segment}
    return (args.verb if args.verb in KINDS else f"sys.{args.verb}"), _reboot(args)


def _card(args: argparse.Namespace) -> JsonObject:
    return {"product": args.product, "for_s": args.for_s} if args.what == "show" else {}


def _reboot(args: argparse.Namespace) -> JsonObject:
    if args.verb != "reboot":
        return {}
    return {"what": "machine" if args.machine else "node", "force": args.force}


def send(
    desk: Desk, type_: str, data: JsonObject, *, at_s: float | None = None,
    above: int | None = None, wait_s: float | None = None,
) -> int:  # fmt: skip
    """Send a command to the nodes that the words select, and wait if that is asked."""
    body: JsonObject = {"type": type_, "data": data, "select": desk.selection()}
    planned = desk.controller.post("/v1/commands", {**body, "dry_run": True})
    targets = names(planned)
    if not targets:
        desk.say("told.nothing")
        return exits.NOTHING
    if desk.args.dry_run:
        return _planned(desk, targets)
    desk.confirm(targets, **({} if above is None else {"above": above}))
    body["count"] = len(targets)
    if at_s is not None:
        body["in_s"] = at_s
    is_stop_of_all = type_ == "live.stop" and desk.args.all and data.get("to") == "slate"
    answer = desk.controller.post(*(("/v1/stop", {}) if is_stop_of_all else ("/v1/commands", body)))
    limit_s = desk.args.wait if wait_s is None else wait_s
    return follow(desk, str(answer["batch"]), type_, limit_s)


def follow(desk: Desk, batch: str, label: str, limit_s: float | None) -> int:
    """Wait for the ends of an action, show them; the exit code. Without a limit: do not wait."""
    end_s = time.monotonic() + (limit_s or 0.0)
    bar = Bar(label)
    while True:
        answer = desk.controller.get(f"/v1/batches/{batch}")
        lane = table(answer, "action")
        counts = {str(k): int(str(v)) for k, v in table(lane, "counts").items()}
        open_, total = int(str(lane["open"])), int(str(lane["total"]))
        bar.draw(total - open_, total, _tally(counts))
        if not open_ or time.monotonic() >= end_s:
            break
        time.sleep(POLL_S if total - open_ < total else SLOW_POLL_S)
    bar.end()
    commands = rows(answer, "commands")
    failures = [one for one in commands if one["status"] in ENDS and one["status"] != "done"]
    listed = [{**one, "why": _why(desk, one)} for one in commands]
    columns = [Column(desk.texts(f"col.{key}"), key) for key in ("node", "type", "status", "why")]
    show(desk.form, answer, listed, columns, "node")
    for one in failures:
        desk.say("told.failed", node=one["node"], status=_status(desk, one), why=_why(desk, one))
    if limit_s is None:
        return exits.FAILED if failures else exits.DONE
    return exits.of_counts(counts, open_)


def _take(desk: Desk) -> int:
    """Arm, and go where that is done."""
    data: JsonObject = {"segment": desk.args.segment}
    limit_s = desk.args.wait or 30.0
    armed = send(desk, "cue.arm", data, wait_s=limit_s)
    if armed in {exits.NOTHING, exits.USAGE} or desk.args.dry_run:
        return armed
    at_s = TAKE_LEAD_S if desk.args.at is None else desk.args.at
    desk.args.yes = True  # the count was typed for the arming
    return max(armed, send(desk, "cue.go", data, at_s=at_s, wait_s=limit_s))


def _setting(text: str) -> tuple[str, JsonObject]:
    key, _, value = text.partition("=")
    if key != "volume" or not value.isdigit():
        raise CommandError("bad_payload", f"{text!r}: volume=0…100")
    return "audio.set", {"volume": int(value)}


def _planned(desk: Desk, targets: list[str]) -> int:
    listed: list[JsonObject] = [{"id": name} for name in targets]
    show(desk.form, {"v": 1, "targets": targets}, listed, [Column(desk.texts("col.node"), "id")])
    desk.say("told.dry_run", count=len(targets))
    return exits.DONE


def _tally(counts: Mapping[str, int]) -> str:
    return " ".join(f"{key} {count}" for key, count in sorted(counts.items()))


def _status(desk: Desk, command: Mapping[str, object]) -> str:
    key = f"status.{command['status']}"
    return desk.texts(key) if key in desk.texts else str(command["status"])


def _why(desk: Desk, command: Mapping[str, object]) -> str:
    code, message = str(command.get("code") or ""), str(command.get("message") or "")
    if not code:
        return ""
    said = reason(desk.texts, code)
    return f"{said}: {message}" if message else said
