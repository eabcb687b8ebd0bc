"""The verbs that only look: ls, describe, watch, logs, ack ls, audit."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from node.control.messages import JsonObject
from tools.fleet.cli import exits
from tools.fleet.cli.client import rows, table
from tools.fleet.cli.order import send
from tools.fleet.cli.output import Column, show
from tools.fleet.cli.texts import reason
from tools.fleet.cli.verbs import Desk
from tools.fleet.cli.watch import Message, nodes_of, watch

FOLLOW_S: Final = 1.0
SECONDS: Final = 1000


def look(desk: Desk) -> int:
    """Show what was asked for; the exit code."""
    match desk.args.verb:
        case "ls":
            return _ls(desk)
        case "describe":
            return _describe(desk)
        case "watch":
            return _watch(desk)
        case "logs":
            return _logs(desk)
        case "ack":
            return _acks(desk)
        case _:
            return _audit(desk)


def _ls(desk: Desk) -> int:
    answer = _nodes(desk)
    listed = [_row(desk, node, _now(answer)) for node in rows(answer, "nodes")]
    keys = ("id", "state", "segment", "age", "alarms", "tags", "sw")
    show(desk.form, answer, listed, _columns(desk, keys))
    for alarm in rows(table(answer, "line"), "alarms"):
        said = reason(desk.texts, str(alarm["code"]))
        desk.say("told.alarm", said=said, detail=alarm["detail"])
    if not listed:
        desk.say("told.nothing")
        return exits.NOTHING
    return exits.DONE


def _nodes(desk: Desk) -> JsonObject:
    offline = "1" if getattr(desk.args, "offline", False) else ""
    ids = ",".join(getattr(desk.args, "nodes", []))
    labels = getattr(desk.args, "labels", "")
    return desk.controller.get("/v1/nodes", ids=ids, labels=labels, offline=offline)


def _row(desk: Desk, node: JsonObject, now: int) -> JsonObject:
    player = table(node, "player")
    state = str(node["state"])
    return {
        **node,
        "state": desk.texts(f"state.{state}"),
        "segment": player.get("seg") or "",
        "age": _age(now, node.get("seen_at")),
        "alarms": [reason(desk.texts, str(one["code"])) for one in rows(node, "alarms")],
    }


def _describe(desk: Desk) -> int:
    answer = desk.controller.get(f"/v1/nodes/{desk.args.node}")
    node, now = table(answer, "node"), _now(answer)
    if desk.form != "table":
        show(desk.form, answer, [node], [])
        return exits.DONE
    facts = _row(desk, node, now)
    for key in ("id", "state", "segment", "age", "alarms", "tags", "sw", "model", "clock"):
        value = facts.get(key)
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        print(f"{desk.texts(f'col.{key}')}: {shown or '-'}")
    print()
    sections = [{**one, "why": _why(desk, one)} for one in rows(node, "sections")]
    show("table", {}, sections, _columns(desk, ("section", "wanted", "reported", "status", "why")))
    print()
    _print_commands(desk, rows(answer, "commands")[:10], now)
    return exits.DONE


def _watch(desk: Desk) -> int:
    """What changes, until stopped or `--count` lines are out."""
    left = desk.args.count
    before: dict[str, str] = {}

    def heard(message: Message) -> bool:
        nonlocal left
        whole = [json.dumps(message, ensure_ascii=False)]
        lines = whole if desk.form == "json" else list(_changes(desk, message, before))
        lines = lines[:left] if left else lines
        for line in lines:
            print(line, flush=True)
        left -= len(lines) if left else 0
        return bool(desk.args.count) and not left

    watch(desk.controller, heard, lambda why: desk.say("told.again", why=why))
    return exits.DONE


def _changes(desk: Desk, message: Message, before: dict[str, str]) -> Iterator[str]:
    """A line for each node that reads differently than before."""
    now = int(str(message["now"]))
    for name, node in nodes_of(message):
        facts = None if node is None else (node["state"], node["alarms"], _segment(node))
        seen = json.dumps(facts)
        if before.get(name, "null") == seen:
            continue
        before[name] = seen
        if node is None:
            yield f"{_clock(now)}  {name}  {desk.texts('state.gone')}"
            continue
        row = _row(desk, node, now)
        alarms = row["alarms"]
        words = ", ".join(alarms) if isinstance(alarms, list) else ""
        yield f"{_clock(now)}  {name}  {row['state']}  {row['segment'] or '-'}  {words}".rstrip()


def _logs(desk: Desk) -> int:
    args = desk.args
    if args.journal:
        args.nodes, args.labels, args.all, args.dry_run = [args.node], "", False, False
        return send(desk, "log.get", {"lines": min(args.lines, 200)}, wait_s=30.0)
    seen: set[str] = set()
    while True:
        answer = desk.controller.get("/v1/events", node=args.node, limit=str(args.lines))
        fresh = [one for one in reversed(rows(answer, "events")) if _id(one) not in seen]
        seen |= {_id(one) for one in fresh}
        _print_events(desk, answer, fresh)
        if not args.follow:
            return exits.DONE
        time.sleep(FOLLOW_S)


def _print_events(desk: Desk, answer: JsonObject, events: Sequence[JsonObject]) -> None:
    if desk.form != "table":
        if desk.args.follow:
            for one in events:
                print(json.dumps({"v": 1, **one}, ensure_ascii=False), flush=True)
        else:
            show(desk.form, answer, [table(one, "event") for one in events], [])
        return
    for one in events:
        event = table(one, "event")
        said = json.dumps(event.get("data", {}), ensure_ascii=False)
        print(f"{_clock(int(str(one['at'])))}  {one['node']}  {event.get('type')}  {said}",
              flush=True)  # fmt: skip


def _acks(desk: Desk) -> int:
    failed = "1" if desk.args.failed else ""
    answer = desk.controller.get("/v1/commands", node=desk.args.node, failed=failed, limit="200")
    commands = rows(answer, "commands")
    if desk.form == "table":
        _print_commands(desk, commands, _now(answer))
    else:
        show(desk.form, answer, commands, [])
    return exits.DONE


def _print_commands(desk: Desk, commands: Sequence[JsonObject], now: int) -> None:
    listed = [
        {
            **one,
            "age": _age(now, one["iat"]),
            "status": desk.texts(f"status.{one['status']}"),
            "why": reason(desk.texts, str(one["code"])) if one.get("code") else "",
            "message": one.get("message") or "",
        }
        for one in commands
    ]
    keys = ("age", "node", "type", "status", "why", "message", "by", "id")
    show("table", {}, listed, _columns(desk, keys))


def _audit(desk: Desk) -> int:
    answer = desk.controller.get("/v1/audit", limit=str(desk.args.lines))
    listed = [{**one, "when": _clock(int(str(one["at"])))} for one in rows(answer, "lines")]
    keys = ("when", "who", "what", "on", "nodes", "result")
    show(desk.form, answer, listed, _columns(desk, keys), "k")
    return exits.DONE


def _columns(desk: Desk, keys: Sequence[str]) -> list[Column]:
    return [Column(desk.texts(f"col.{key}"), key) for key in keys]


def _why(desk: Desk, section: Mapping[str, object]) -> str:
    found = section.get("reason")
    if not isinstance(found, dict):
        return ""
    return f"{reason(desk.texts, str(found.get('code')))}: {found.get('message')}"


def _segment(node: JsonObject) -> object:
    return table(node, "player").get("seg")


def _id(event: JsonObject) -> str:
    return str(table(event, "event").get("id"))


def _now(answer: JsonObject) -> int:
    return int(str(answer["now"]))


def _age(now: int, at: object) -> str:
    if not isinstance(at, int) or not at:
        return "-"
    seconds = max(0, now - at) // SECONDS
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _clock(at: int) -> str:
    return datetime.fromtimestamp(at / SECONDS).astimezone().strftime("%Y-%m-%d %H:%M:%S")
