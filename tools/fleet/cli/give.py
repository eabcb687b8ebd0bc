"""The verbs that set what is wanted: push, apply, roll-outs; files go up before they are named."""

import hashlib
import json
import time
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.catalog.assets import read_manifest
from node.control.messages import JsonObject
from node.errors import CommandError
from tools.fleet.cli import exits
from tools.fleet.cli.client import names, rows, table
from tools.fleet.cli.output import Bar, Column, show
from tools.fleet.cli.release import files_of
from tools.fleet.cli.texts import reason
from tools.fleet.cli.verbs import Desk

POLL_S: Final = 0.3
WAIT_S: Final = 60.0
SECTION_OF: Final = {
    "rundown": "show",
    "catalog": "catalogue",
    "assets": "assets",
    "config": "config",
    "software": "software",
}
ORDER: Final = ("config", "assets", "catalog", "rundown", "software")
"""Files before the day that needs them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A section as it is wanted."""

    section: str
    data: JsonObject


def give(desk: Desk) -> int:
    """Set what was asked; the exit code."""
    match desk.args.verb:
        case "push":
            return _want(desk, [(desk.args.what, desk.args.file)])
        case "assets":
            return _want(desk, [("assets", desk.args.file)])
        case "apply":
            return _apply(desk)
        case _:
            return _rollout(desk)


def _apply(desk: Desk) -> int:
    """A TOML file names the day's pieces: rundown, catalog, assets, config, software, labels."""
    path: Path = desk.args.file
    try:
        wanted = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError("bad_payload", f"{path}: {error}") from error
    unknown = sorted(set(wanted) - {*ORDER, "labels", "nodes"})
    if unknown:
        raise CommandError("bad_payload", f"{path}: {unknown[0]}: {', '.join(ORDER)}")
    if not (desk.args.nodes or desk.args.labels or desk.args.all):
        desk.args.labels = str(wanted.get("labels", ""))
        desk.args.nodes = [str(one) for one in wanted.get("nodes", [])]
    files = [(what, path.parent / str(wanted[what])) for what in ORDER if what in wanted]
    return _want(desk, files)


def _want(desk: Desk, files: Iterable[tuple[str, Path]]) -> int:
    pieces = list(files)
    targets: list[str] = []
    for what, path in pieces:
        if not path.is_file():
            raise CommandError("bad_payload", f"{path}: no such file")
        planned = _post(desk, Piece(SECTION_OF[what], _plan(what, path)), is_dry=True)
        targets = names(planned)
        if desk.args.verb == "apply" and desk.args.diff:
            _print_diff(planned, Piece(SECTION_OF[what], _plan(what, path)))
    if not targets:
        desk.say("told.nothing")
        return exits.NOTHING
    if desk.args.dry_run:
        show(desk.form, {"v": 1, "targets": targets}, [{"id": one} for one in targets],
             [Column(desk.texts("col.node"), "id")])  # fmt: skip
        return exits.DONE
    desk.confirm(targets)
    codes = [_give(desk, upload(desk, what, path), targets) for what, path in pieces]
    return max(codes)


def _give(desk: Desk, piece: Piece, targets: list[str]) -> int:
    answer = _post(desk, piece, is_dry=False, count=len(targets))
    limit_s = desk.args.wait
    if limit_s is None and desk.args.verb != "apply":
        desk.say("told.wanted", section=piece.section, count=len(targets))
        return exits.DONE
    return _wait(desk, piece.section, table(answer, "vers"), limit_s or WAIT_S)


def _wait(desk: Desk, section: str, vers: Mapping[str, object], limit_s: float) -> int:
    """Until each node reports the version wanted of it; the exit code."""
    end_s, bar = time.monotonic() + limit_s, Bar(section)
    while True:
        found = table(desk.controller.get(f"/v1/wanted/{section}", ids=",".join(vers)), "sections")
        stands = [_stand(node, table(found, node), int(str(ver))) for node, ver in vers.items()]
        waiting = sum(one["fate"] == "waiting" for one in stands)
        bar.draw(len(stands) - waiting, len(stands), "")
        if not waiting or time.monotonic() >= end_s:
            break
        time.sleep(POLL_S)
    bar.end()
    listed = [{**one, "why": _reason(desk, one)} for one in stands]
    columns = [
        Column(desk.texts(f"col.{key}"), key)
        for key in ("node", "section", "wanted", "status", "why")
    ]
    show(desk.form, {"v": 1, "section": section, "nodes": stands}, listed, columns, "node")
    for one in listed:
        if one["fate"] == "failed":
            desk.say("told.failed", node=one["node"], status=one["status"], why=one["why"])
    if any(one["fate"] == "failed" for one in stands):
        return exits.FAILED
    return exits.LATE if waiting else exits.DONE


def _stand(node: str, row: JsonObject, ver: int) -> JsonObject:
    is_heard = int(str(row.get("reported", 0))) >= ver
    fates = {"applied": "applied", "failed": "failed"}
    fate = fates.get(str(row.get("status")), "waiting") if is_heard else "waiting"
    return {
        "node": node, "section": row.get("section", ""), "wanted": ver, "fate": fate,
        "status": row.get("status", "") if is_heard else "", "reason": row.get("reason"),
        "found": row.get("found"),
    }  # fmt: skip


def upload(desk: Desk, what: str, path: Path) -> Piece:
    """Bring up what a piece is made of; the piece. Raises `CommandError`."""
    if what == "assets":
        manifest = read_manifest(path)
        if isinstance(manifest, str):
            raise CommandError("bad_payload", f"{path}: {manifest}")
        _send_all(desk, path.name, {
            entry.sha256: path.parent / name for name, entry in manifest.files.items()
        })  # fmt: skip
        body = path.read_bytes()
        signed = desk.controller.send("POST", "/v1/manifests", body, len(body))
        name = f"sha256:{signed['hash']}"
        return Piece("assets", {"manifest": name, "bytes": signed["bytes"]})
    data = _plan(what, path)
    if what in {"rundown", "catalog"}:
        _send(desk, path, _digest(path))
    elif what == "software":
        _send_all(desk, path.parent.name, files_of(path, data))
    return Piece(SECTION_OF[what], data)


def _send_all(desk: Desk, name: str, files: Mapping[str, Path]) -> None:
    bar = Bar(name)
    for done, (digest, path) in enumerate(files.items()):
        bar.draw(done, len(files), path.name)
        _send(desk, path, digest)
    bar.end()


def _send(desk: Desk, path: Path, digest: str) -> None:
    if not path.is_file():
        raise CommandError("asset_missing", f"{path}: no such file")
    with path.open("rb") as file:
        desk.controller.send("PUT", f"/v1/assets/{digest}", file, path.stat().st_size)


def _plan(what: str, path: Path) -> JsonObject:
    """What a section will hold; of assets only what can be known before they are signed."""
    match what:
        case "rundown":
            return {"rundown": f"sha256:{_digest(path)}", "bytes": path.stat().st_size}
        case "catalog":
            return {"catalogue": f"sha256:{_digest(path)}", "bytes": path.stat().st_size}
        case "assets":
            return {"manifest": f"sha256:{_digest(path)}", "bytes": path.stat().st_size}
        case "config":
            return {"overlay": _toml(path)}
        case _:
            return _toml(path)


def _toml(path: Path) -> JsonObject:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError("bad_payload", f"{path}: {error}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _post(desk: Desk, piece: Piece, *, is_dry: bool, count: int = 0) -> JsonObject:
    body = {
        "section": piece.section, "data": piece.data, "select": desk.selection(),
        "dry_run": is_dry, "count": count,
    }  # fmt: skip
    return desk.controller.post("/v1/wanted", body)


def _print_diff(planned: JsonObject, piece: Piece) -> None:
    for node, row in table(planned, "sections").items():
        held = row.get("data", {}) if isinstance(row, dict) else {}
        for key in sorted({*held, *piece.data}):
            old, new = held.get(key), piece.data.get(key)
            if old != new:
                print(f"{node} {piece.section}.{key}: {json.dumps(old)} -> {json.dumps(new)}")


def _reason(desk: Desk, stand: JsonObject) -> str:
    found = stand.get("reason")
    if not isinstance(found, dict):
        return ""
    return f"{reason(desk.texts, str(found.get('code')))}: {found.get('message', '')}"


def _rollout(desk: Desk) -> int:
    args = desk.args
    if args.what == "start":
        return _begin(desk)
    if args.what == "status":
        answer = desk.controller.get("/v1/rollouts")
        found = [one for one in rows(answer, "rollouts") if str(one["id"]).startswith(args.id)]
    else:
        verb = "start" if args.what == "resume" else args.what
        answer = desk.controller.post(f"/v1/rollouts/{args.id}/{verb}", {})
        found = [table(answer, "rollout")]
    keys = ("id", "section", "standing", "wave", "reached", "total", "counts", "reason")
    show(desk.form, answer, found, [Column(desk.texts(f"col.{key}"), key) for key in keys])
    for one in found:
        for failure in rows(one, "failures"):
            why = reason(desk.texts, str(failure["code"]))
            desk.say("told.failed", node=failure["node"], status="failed",
                     why=f"{why}: {failure['message']}")  # fmt: skip
    return exits.DONE


def _begin(desk: Desk) -> int:
    args = desk.args
    body: JsonObject = {
        "section": SECTION_OF[args.content], "data": _plan(args.content, args.file),
        "select": desk.selection(), "soak_s": args.soak,
    }  # fmt: skip
    planned = desk.controller.post("/v1/rollouts", {**body, "dry_run": True})
    targets = names(planned)
    desk.say("told.waves", waves=" → ".join(names(planned, "waves")))
    if args.dry_run:
        show(desk.form, planned, [{"id": one} for one in targets],
             [Column(desk.texts("col.node"), "id")])  # fmt: skip
        return exits.DONE
    desk.confirm(targets)
    body["data"] = upload(desk, args.content, args.file).data
    answer = desk.controller.post("/v1/rollouts", body)
    show(desk.form, answer, [answer], [Column(desk.texts("col.id"), "id")])
    return exits.DONE
