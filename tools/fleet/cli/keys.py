"""fleet keys: what signs and until when; new keys, named by the root key that is kept elsewhere."""

import time
from pathlib import Path
from typing import Final

from node.control.envelope import sign
from node.control.messages import JsonObject
from node.errors import CommandError
from tools.fleet.cli import exits
from tools.fleet.cli.client import names, rows
from tools.fleet.cli.output import Bar, Column, show
from tools.fleet.cli.verbs import Desk
from tools.fleet.keys import read_key
from tools.fleet.rotation import faults
from tools.fleet.wall import now_ms

POLL_S: Final = 0.3


def keys(desk: Desk) -> int:
    """Do what was asked; the exit code."""
    match desk.args.what:
        case "rotate":
            return _rotate(desk, desk.args.root)
        case "switch":
            late = names(desk.controller.get("/v1/keys"), "late")
            desk.confirm(late, above=0)
            return _show(desk, desk.controller.post("/v1/keys/switch", {}))
        case _:
            return _show(desk, desk.controller.get("/v1/keys"))


def _rotate(desk: Desk, root: Path | None) -> int:
    """Have new keys made, sign them here, and wait until they sign."""
    if root is None:
        raise CommandError("bad_payload", desk.texts("told.root_needed"))
    key = read_key(root)
    payload = str(desk.controller.post("/v1/keys/propose", {})["payload"]).encode()
    if wrong := list(faults(payload, now_ms())):
        raise CommandError("bad_payload", "; ".join(wrong))
    section = sign(payload, "ls-keys+jws", kid="root", key=key)
    answer = desk.controller.post("/v1/keys/accept", {"section": section.decode()})
    desk.say("told.keys_named", ver=answer["ver"])
    return _wait(desk, desk.args.wait)


def _wait(desk: Desk, limit_s: float) -> int:
    end_s, bar = time.monotonic() + limit_s, Bar("keys")
    while True:
        answer = desk.controller.get("/v1/keys")
        late = int(str(answer["late_count"]))
        bar.draw(int(not late), 1, f"{late} …")
        if not answer["is_switching"] or time.monotonic() >= end_s:
            break
        time.sleep(POLL_S)
    bar.end()
    _show(desk, answer)
    if answer["is_switching"]:
        desk.say("told.keys_late", nodes=", ".join(names(answer, "late")) or "-")
        return exits.LATE
    desk.say("told.keys_signing", away=answer["away_count"])
    return exits.DONE


def _show(desk: Desk, answer: JsonObject) -> int:
    listed = rows(answer, "keys")
    columns = [Column(desk.texts(f"col.{key}"), key) for key in ("kid", "use", "standing", "days")]
    show(desk.form, answer, listed, columns, "kid")
    return exits.DONE
