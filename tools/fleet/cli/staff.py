"""The verbs about who belongs: claim, tag, wipe, token."""

from node.control.messages import JsonObject
from node.errors import CommandError
from tools.fleet.cli import exits
from tools.fleet.cli.client import names, rows, table
from tools.fleet.cli.output import Column, ask, show
from tools.fleet.cli.verbs import Desk
from tools.fleet.selection import tag


def staff(desk: Desk) -> int:
    """Do what was asked; the exit code."""
    match desk.args.verb:
        case "claim":
            return _claim(desk)
        case "tag":
            return _tag(desk)
        case "wipe":
            return _wipe(desk)
        case _:
            return _token(desk)


def _claim(desk: Desk) -> int:
    if not desk.args.code:
        answer = desk.controller.get("/v1/claims")
        _show(desk, answer, rows(answer, "claims"), ("node", "standing", "digits", "model", "id"))
        return exits.DONE
    code = desk.args.code.rpartition("#")[2]
    words = code.split(".")
    code = words[1] if len(words) > 1 else code
    verb = "refuse" if desk.args.refuse else "approve"
    answer = desk.controller.post(f"/v1/claims/{verb}", {"code": code})
    _show(desk, answer, [table(answer, "claim")], ("node", "standing", "digits", "fingerprint"))
    return exits.DONE


def _tag(desk: Desk) -> int:
    tags: dict[str, str] = {}
    for word in desk.args.tags:
        if word.endswith("="):
            tags[word[:-1]] = ""
        else:
            key, value = tag(word)
            tags[key] = value
    answer = desk.controller.put(f"/v1/nodes/{desk.args.node}/tags", {"tags": tags})
    _show(desk, answer, [answer], ("id", "tags"))
    return exits.DONE


def _wipe(desk: Desk) -> int:
    node = desk.args.node
    if not desk.args.yes and ask(desk.texts("told.type_name", node=node)) != node:
        raise CommandError("count_differs", desk.texts("told.name_not_typed", node=node))
    answer = desk.controller.post(f"/v1/nodes/{node}/wipe", {})
    _show(desk, answer, [answer], ("id",))
    serials = ", ".join(names(answer, "certificates")) or "-"
    if answer["crl"]:
        desk.say("told.revoked", node=node, crl=answer["crl"])
    else:
        desk.say("told.revoke", node=node, serials=serials)
    return exits.DONE


def _token(desk: Desk) -> int:
    args = desk.args
    if args.what == "ls":
        answer = desk.controller.get("/v1/people")
        _show(desk, answer, rows(answer, "people"), ("name", "role"), "name")
        return exits.DONE
    if not args.name:
        raise CommandError("bad_payload", desk.texts("told.name_needed"))
    if args.what == "revoke":
        answer = desk.controller.delete(f"/v1/people/{args.name}")
        _show(desk, answer, [answer], ("name",), "name")
        return exits.DONE
    answer = desk.controller.post("/v1/people", {"name": args.name, "role": args.role})
    _show(desk, answer, [answer], ("name", "role", "token"), "token")
    return exits.DONE


def _show(
    desk: Desk, answer: JsonObject, found: list[JsonObject], keys: tuple[str, ...],
    name: str = "id",
) -> None:  # fmt: skip
    show(desk.form, answer, found, [Column(desk.texts(f"col.{key}"), key) for key in keys], name)
