"""The contract as a page that is read in ten minutes; drawn from the document alone."""

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

from tools.make_contract.forms import Json

WIDTH: Final = 100
HEAD: Final = (
    "<!-- Made by tools/make_contract from asyncapi.yaml; changed there, never here. -->\n"
)
TELLS: Final = ("online", "birth", "reported", "ack", "event", "tele.sys", "tele.player",
                "tele.stream", "tele.alive", "tele.still", "tele.ask", "timeq")  # fmt: skip
HEARS: Final = ("time", "ctl.online")
SIGNING: Final = """\
A signed body is a compact JWS (RFC 7515) with Ed25519 (RFC 8037). Its head has exactly `alg`
(`EdDSA`), `kid` and `typ`. The node looks at size, algorithm, `typ` (it must fit the topic), a key
of that name and use that is valid now, the signature, `aud`, times, id, in this order. A root key,
held offline, signs `desired/keys` alone; that section names all other keys. Only a node with
`trust = "none"` (the demo) obeys bare JSON, and says so in its birth.

This is the first example below, signed with the published key of RFC 8032 §7.1, test 1. Signing is
deterministic: your code must give the same bytes."""
LIFE: Final = """\
`accepted` → `running` → one end: `done`, `failed`, `rejected`, `expired`, `superseded` or
`cancelled`. The controller itself adds `offline` (not sent, for a command of this type does not
wait) and `timed_out` (no end by `exp` + 30 s: the effect is unknown). Send the same bytes again
every 4 s until an end comes; the node acts once and answers again with `dup`."""


class Contract:
    """Looks into the document."""

    def __init__(self, document: Json) -> None:
        self._document = document

    def at(self, *path: str) -> Json:
        """The object at a place."""
        found = self._document
        for word in path:
            found = cast("Json", found[word])
        return found

    def text(self, *path: str) -> str:
        """The text at a place."""
        return str(self.at(*path[:-1]).get(path[-1], ""))

    def message(self, name: str) -> Json:
        """A message."""
        return self.at("components", "messages", name)

    def example(self, name: str, number: int = 0) -> str:
        """An example of a message as JSON, folded where it is long."""
        examples = cast("list[Json]", self.message(name)["examples"])
        line = json.dumps(examples[number]["payload"], ensure_ascii=False)
        return textwrap.fill(line, WIDTH, subsequent_indent=" ", break_long_words=False)

    def fields(self, form: str) -> Iterable[tuple[str, Json, bool]]:
        """Name, schema and whether it must be there, of each field of a form."""
        schema = self.at("components", "schemas", form)
        needed = cast("list[str]", schema.get("required", []))
        for name, value in cast("dict[str, Json]", schema.get("properties", {})).items():
            yield name, value, name in needed


def page(document: Json) -> str:
    """The page as Markdown; the same document always gives the same text."""
    contract = Contract(document)
    parts = (
        "# The control plane, for those who write the other end",
        contract.text("info", "description"),
        "The whole of it for machines: [asyncapi.yaml](asyncapi.yaml) (AsyncAPI 3.0). In the "
        "tables a field with * must be there.",
        *_connecting(contract),
        *_topics(contract),
        *_signing(contract),
        *_commands(contract),
        *_codes(contract),
        *_desired(contract),
        "## What a node says",
        *(_told(contract, name) for name in TELLS),
        "## What a node hears besides",
        *(_told(contract, name) for name in HEARS),
    )
    return HEAD + "\n" + "\n\n".join(parts) + "\n"


def _connecting(contract: Contract) -> Iterable[str]:
    session = contract.at("servers", "site", "bindings", "mqtt")
    will = cast("Json", session["lastWill"])
    yield "## Connecting"
    yield _table(
        ("What", "How"),
        (
            ("protocol", "MQTT 5 over TLS; the client id is the node's id"),
            ("clean start", "no"),
            ("session expiry", f"{session['sessionExpiryInterval']} s"),
            ("keep alive", f"{session['keepAlive']} s"),
            ("receive maximum", str(session["x-receive-maximum"])),
            ("will", f"`{will['topic']}`, {will['message']}; QoS 1, retained, "
                     f"after {session['x-will-delay-s']} s"),
            ("certificate", contract.text("components", "securitySchemes", "certificate",
                                          "description")),
        ),
    )  # fmt: skip


def _topics(contract: Contract) -> Iterable[str]:
    yield "## Topics"
    rows = []
    for operation in cast("dict[str, Json]", contract.at("operations")).values():
        name = str(cast("Json", operation["channel"])["$ref"]).rpartition("/")[2]
        way = cast("Json", cast("Json", operation["bindings"])["mqtt"])
        expiry = way.get("messageExpiryInterval", "none")
        rows.append((
            f"`{contract.text('channels', name, 'address')}`",
            "to the node" if operation["action"] == "receive" else "from the node",
            str(way["qos"]),
            "yes" if way["retain"] else "",
            "until `exp`" if isinstance(expiry, dict) else _span(expiry),
            contract.text("channels", name, "description"),
        ))  # fmt: skip
    yield _table(("Topic", "Way", "QoS", "Retained", "Expiry", ""), rows)


def _signing(contract: Contract) -> Iterable[str]:
    yield "## Signatures"
    yield SIGNING
    example = contract.at("x-signed-example")
    yield _code(json.dumps(example["jwk"]), "json")
    yield _code("\n".join(textwrap.wrap(str(example["jws"]), WIDTH)))


def _commands(contract: Contract) -> Iterable[str]:
    yield "## Commands"
    yield _code(contract.example("cmd.cue.go"), "json")
    yield _fields(contract, "WireCommand")
    yield (
        "**Types.** *Life* is what a controller gives unless told / the most a node takes, in "
        "seconds. *Offline*: whether a command waits for a node that is not there."
    )
    rows = []
    for name, message in cast("dict[str, Json]", contract.at("components", "messages")).items():
        if not name.startswith("cmd."):
            continue
        stream = f"{message['x-stream']}, {message['x-mode']}" if message["x-stream"] else "none"
        rows.append((
            f"`{name[4:]}`",
            str(message["summary"]),
            stream,
            f"{message['x-ttl-s']} / {message['x-max-s']}",
            str(message["x-offline"]),
            _inline(contract, _data_form(message)),
        ))  # fmt: skip
    yield _table(("Type", "What", "Stream", "Life", "Offline", "`data`"), rows)
    yield "**Answers.** " + LIFE
    yield _code(contract.example("ack", 2), "json")


def _codes(contract: Contract) -> Iterable[str]:
    yield "## Reason codes"
    codes = contract.at("components", "schemas", "Reason", "properties", "code", "x-codes")
    yield _table(
        ("Code", "Status", "Again?", "Meaning"),
        [
            (f"`{code}`", f"`{one['status']}`", "yes" if one["retryable"] else "",
             str(one["description"]))
            for code, one in cast("dict[str, Json]", codes).items()
        ],
    )  # fmt: skip


def _desired(contract: Contract) -> Iterable[str]:
    yield "## Desired state"
    yield _code(contract.example("desired.show"), "json")
    yield _fields(contract, "WireDesired")
    rows = []
    for name, message in cast("dict[str, Json]", contract.at("components", "messages")).items():
        if name.startswith("desired."):
            form = "KeysWanted" if name == "desired.keys" else _data_form(message)
            row = (f"`{name[8:]}`", str(message["summary"]), _inline(contract, form))
            rows.append(row)
    yield _table(("Section", "What", "`data`"), rows)


def _told(contract: Contract, name: str) -> str:
    message = contract.message(name)
    form = str(cast("Json", message["payload"])["$ref"]).rpartition("/")[2]
    head = f"### `{name.replace('.', '/')}`: {message['summary']}"
    return "\n\n".join((head, _code(contract.example(name), "json"), _fields(contract, form)))


def _data_form(message: Mapping[str, object]) -> str:
    """The form of a message's data."""
    _, own = cast("list[Json]", cast("Json", message["payload"])["allOf"])
    data = cast("dict[str, Json]", own["properties"])["data"]
    return str(data["$ref"]).rpartition("/")[2]


def _fields(contract: Contract, form: str) -> str:
    rows = [
        (f"`{name}`{'*' if must else ''}", _kind(value), _described(contract, value))
        for name, value, must in contract.fields(form)
    ]
    return _table(("Field", "Type", "Meaning"), rows)


def _described(contract: Contract, value: Mapping[str, object]) -> str:
    """A field's words; those of the fields of an object within follow."""
    text = str(value["description"])
    form = _form_of(value)
    return f"{text} {_inline(contract, form)}" if form else text


def _inline(contract: Contract, form: str) -> str:
    """All fields of a form in one cell."""
    parts = [
        f"`{name}`{'*' if must else ''} ({_kind(value)}): {_described(contract, value)}"
        for name, value, must in contract.fields(form)
    ]
    return "<br>".join(parts) or "nothing"


def _form_of(value: Mapping[str, object]) -> str:
    """The form that a field refers to, or empty."""
    for one in (value, cast("Json", value.get("items", {})), *_choices(value)):
        if "$ref" in one:
            return str(one["$ref"]).rpartition("/")[2]
    return ""


def _choices(value: Mapping[str, object]) -> Sequence[Mapping[str, object]]:
    found = value.get("anyOf") or value.get("allOf") or []
    return cast("list[Json]", found)


def _kind(value: Mapping[str, object]) -> str:
    """A field's type in a few words."""
    if "const" in value:
        return json.dumps(value["const"])
    if "enum" in value:
        names = " ".join(f"`{one}`" for one in cast("list[str]", value["enum"]))
        return "code" if "x-codes" in value else names
    if choices := [one for one in _choices(value) if one.get("type") != "null"]:
        return " or ".join(dict.fromkeys(_kind(one) for one in choices))
    if value.get("type") == "array":
        return f"list of {_kind(cast('Json', value['items']))}"
    return f"{value.get('type', 'object')} {_range(value)}".strip()


def _range(value: Mapping[str, object]) -> str:
    least, most = value.get("minimum"), value.get("maximum")
    if most is None or int(cast("int", most)) >= 1 << 40:
        return f"≥ {least}" if least else ""
    return f"{least}–{most}"


def _span(seconds: object) -> str:
    if not isinstance(seconds, int):
        return str(seconds)
    for unit, length in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["-"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def _code(text: str, kind: str = "") -> str:
    return f"```{kind}\n{text}\n```"
