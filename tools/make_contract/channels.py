"""Channels, operations and messages of the AsyncAPI document: the tables of topics and types."""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from node.control import messages, orders, sections, telemetry, topics
from node.control.envelope import SIGNED_WITH, Typ
from node.control.topics import Address, Channel
from tools.make_contract import forms, words
from tools.make_contract.examples import all_examples
from tools.make_contract.forms import Json

BINDING: Final = "0.2.0"
"""Version of AsyncAPI's MQTT bindings."""
PARAMETERS: Final[Mapping[str, tuple[str, ...]]] = {
    "cmd": ("org", "node", "type"),
    "desired": ("org", "node", "section"),
    "reported": ("org", "node", "section"),
    "event": ("org", "node", "kind"),
    "tele": ("org", "node", "kind"),
    "all": ("org",),
    "ctl": ("org",),
}
SAYS: Final[Mapping[str, tuple[str, str]]] = {
    "cmd": (
        "Command to one node",
        "Signed, short-lived, answered on `ack`. The controller keeps it and sends the same bytes "
        "again every 4 s until an answer that ends it, or `exp`. Never retained.",
    ),
    "all": (
        "Emergency stop of all nodes",
        "The one broadcast: `live.stop` with `aud` `*`. Each node answers on its own `ack`.",
    ),
    "desired": (
        "What a node shall be",
        "Signed and retained: the whole section each time. The node takes a version above its own, "
        "and says on `reported` how far it is. An empty message clears the topic and changes "
        "nothing on the node.",
    ),
    "time": ("Answer to a time query", "Signed; not stored anywhere."),
    "ctl": (
        "Whether the controller is there",
        "Retained; the controller's will says false. No node waits for it.",
    ),
    "online": (
        "Whether a node is there",
        "Retained, sent at each connect; the will says false. A death whose `bseq` is below that "
        "of the newest birth is old: pass over it and send `rebirth`.",
    ),
    "birth": ("Who a node is", "Retained, sent at each connect and on `rebirth`."),
    "reported": (
        "How far a node is with a section",
        "Retained, sent at each change, each connect and on `rebirth`.",
    ),
    "ack": (
        "Answer to a command",
        "Kept on the node's disk until the broker has it: it may come twice, hours later, or "
        "before the answer that went first; the end that came first counts.",
    ),
    "event": (
        "What happened",
        "CloudEvents 1.0 as JSON, kept on the node's disk until the broker has it; may come twice "
        "with the same `id`. Pass over kinds that you do not know.",
    ),
    "tele": (
        "How it goes",
        "`player` each second and at each cue, `sys` and `stream` each 10 s, `still` on "
        "`snapshot`, `ask` when a question is handed over. Not kept: what is lost is "
        "lost; `event/tele.agg` sums up each 5 min.",
    ),
    "alive": ("Round trip", "Each 30 s; the broker's PUBACK proves to the node that it is heard."),
    "timeq": ("Time query", "Asked at each connect and every 10 min; answer at once on `time`."),
}
BODIES: Final[Mapping[str, str]] = {
    "time": "TimeReply", "ctl.online": "ControllerOnline", "online": "Online", "birth": "Birth",
    "reported": "Reported", "ack": "Ack", "event": "CloudEvent", "timeq": "TimeQuery",
}  # fmt: skip
ANSWERED: Final[Mapping[str, tuple[str, str]]] = {
    "cmd": ("ack", "Several, the last of which ends the command; joined by `id`."),
    "all": ("ack", "From each node, joined by `id`."),
    "timeq": ("time", "Within 5 s, joined by `nonce`; a later one is passed over."),
}


def channel_names() -> tuple[str, ...]:
    """All channels; `alive` is a telemetry of its own, for it travels otherwise."""
    return ("cmd", "all", "desired", "time", "ctl", "online", "birth", "reported", "ack", "event",
            "tele", "alive", "timeq")  # fmt: skip


def channels() -> dict[str, Json]:
    """All channels by name."""
    return {name: _channel(name) for name in channel_names()}


def operations() -> dict[str, Json]:
    """What a node does at each channel."""
    return {_operation_name(name): _operation(name) for name in channel_names()}


def all_messages() -> dict[str, Json]:
    """All messages by name, each with its examples."""
    examples = all_examples()
    return {name: _message(name, examples[name]) for name in message_names()}


def message_names() -> Iterable[str]:
    """All messages, in the order of the page."""
    yield from (f"cmd.{name}" for name in orders.KINDS)
    yield from (f"desired.{name}" for name in sections.SECTIONS)
    yield from BODIES
    yield "event.tele.agg"
    yield from (f"tele.{kind}" for kind in telemetry.TELEMETRY)


def place(name: str) -> Address:
    """A channel's address, with its parameters in braces."""
    if name == "alive":
        return Address("{org}", "{node}", "tele", "alive")
    channel: Channel = name  # type: ignore[assignment]  # all others are called alike
    last = PARAMETERS.get(name, ())[-1:]
    leaf = f"{{{last[0]}}}" if name in topics.WITH_LEAF else ""
    return Address("{org}", "{node}", channel, topics.BROADCAST if name == "all" else leaf)


def _messages_of(name: str) -> list[str]:
    match name:
        case "all":
            return [f"cmd.{topics.BROADCAST}"]
        case "ctl":
            return ["ctl.online"]
        case "alive":
            return ["tele.alive"]
        case "tele":
            return [f"tele.{kind}" for kind in telemetry.TELEMETRY if kind != "alive"]
        case _:
            return [one for one in message_names() if one == name or one.startswith(f"{name}.")]


def _channel(name: str) -> Json:
    title, text = SAYS[name]
    parameters = PARAMETERS.get(name, ("org", "node"))
    return {
        "address": str(place(name)),
        "title": title,
        "description": text,
        "parameters": {one: _parameter(one, name) for one in parameters},
        "messages": {one: {"$ref": f"#/components/messages/{one}"} for one in _messages_of(name)},
    }


def _parameter(name: str, channel: str) -> Json:
    parameter: Json = {"description": words.PARAMETERS[name]}
    match name, channel:
        case "type", _:
            parameter["enum"] = list(orders.KINDS)
        case "section", _:
            parameter["enum"] = list(sections.SECTIONS)
        case "kind", "tele":
            parameter["enum"] = [kind for kind in telemetry.TELEMETRY if kind != "alive"]
        case "kind", _:
            parameter["examples"] = list(words.EVENTS)
        case _:
            pass  # any name
    return parameter


def _operation_name(channel: str) -> str:
    return f"{'say' if place(channel).channel in topics.FROM_NODE else 'hear'}.{channel}"


def _operation(name: str) -> Json:
    where = place(name)
    title, _ = SAYS[name]
    operation: Json = {
        "action": "send" if where.channel in topics.FROM_NODE else "receive",
        "channel": {"$ref": f"#/channels/{name}"},
        "title": title,
        "bindings": {"mqtt": _travel(where)},
    }
    if name in ANSWERED:
        channel, text = ANSWERED[name]
        operation["reply"] = {
            "channel": {"$ref": f"#/channels/{channel}"},
            "messages": [{"$ref": f"#/channels/{channel}/messages/{channel}"}],
        }
        operation["description"] = f"Answered on `{channel}`. {text}"
    return operation


def _travel(where: Address) -> Json:
    way = where.delivery
    travel: Json = {"qos": way.qos, "retain": way.retain, "bindingVersion": BINDING}
    if way.expiry_s == 0:
        travel["messageExpiryInterval"] = {
            "type": "integer",
            "minimum": 1,
            "maximum": max(kind.max_s for kind in orders.KINDS.values()),
            "description": "Whole seconds that are left until `exp`, at least 1.",
        }
    elif way.expiry_s is not None:
        travel["messageExpiryInterval"] = way.expiry_s
    return travel


def _message(name: str, examples: list[msgspec.Struct]) -> Json:
    message: Json = {"name": name, **_content(name)}
    if name.startswith("cmd.") or name in ("ack", "tele.still"):
        message["correlationId"] = {"$ref": "#/components/correlationIds/command"}
    message["examples"] = [
        {"name": f"{name}-{number}", "payload": msgspec.to_builtins(one)}
        for number, one in enumerate(examples, 1)
    ]
    return message


def _content(name: str) -> Json:
    """Title, summary and payload."""
    first, _, rest = name.partition(".")
    if first == "cmd":
        kind = orders.KINDS[rest]
        return _sealed("ls-cmd+jws") | _command(kind)
    if first == "desired":
        section = next(one for one in sections.SECTIONS if one == rest)
        typ: Typ = "ls-keys+jws" if section == "keys" else "ls-desired+jws"
        summary = _summary(sections.WANTED[section])
        return _sealed(typ) | {"summary": summary, "payload": forms.section(section)}
    if name == "time":
        return _sealed("ls-time+jws") | _plain(messages.TimeReply)
    if name == "event.tele.agg":
        form = telemetry.Aggregate
        return {"summary": "Telemetry of five minutes.", "payload": forms.event("tele.agg", form)}
    if first == "tele":
        return _plain(next(form for kind, form in telemetry.TELEMETRY.items() if kind == rest))
    return _plain(next(one for one in forms.TYPES if one.__name__ == BODIES[name]))


def _command(kind: orders.Kind) -> Json:
    return {
        "summary": _summary(kind.order),
        "x-stream": kind.stream,
        "x-mode": kind.mode,
        "x-ttl-s": kind.ttl_s,
        "x-max-s": kind.max_s,
        "x-offline": "queued" if kind.is_queued else "fails",
        "payload": forms.command(kind),
    }


def _plain(form: type[msgspec.Struct]) -> Json:
    return {"summary": _summary(form), "payload": forms.reference(form)}


def _sealed(typ: Typ) -> Json:
    return {
        "contentType": "application/jose",
        "description": f"On the wire a compact JWS, EdDSA, typ `{typ}`, by a key for "
        f"`{SIGNED_WITH[typ]}`; `payload` is the JSON inside.",
        "x-jws": {"alg": "EdDSA", "typ": typ, "use": SIGNED_WITH[typ]},
    }


def _summary(form: type[msgspec.Struct]) -> str:
    return " ".join((form.__doc__ or "").partition("\n\n")[0].split())
