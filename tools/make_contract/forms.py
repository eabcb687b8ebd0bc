"""JSON Schemas of the wire forms, each field explained: msgspec's, in the dialect of AsyncAPI."""

from collections.abc import Mapping
from typing import Final, cast

import msgspec

from node.control import messages, orders, sections, telemetry
from tools.make_contract.words import FIELDS

Json = dict[str, object]
TYPES: Final[tuple[type[msgspec.Struct], ...]] = (
    messages.WireCommand,
    *(kind.order for kind in orders.KINDS.values()),
    messages.Ack,
    sections.WireDesired,
    *sections.WANTED.values(),
    sections.Reported,
    messages.ControllerOnline,
    messages.Online,
    messages.Birth,
    messages.TimeQuery,
    messages.TimeReply,
    *telemetry.TELEMETRY.values(),
    telemetry.CloudEvent,
    telemetry.Aggregate,
)
FIXED: Final[Mapping[str, object]] = {
    "v": messages.VERSION,
    "specversion": telemetry.CLOUD_EVENTS,
}


def schemas() -> dict[str, Json]:
    """All forms by name; raises `KeyError` for a field that has no words."""
    _, found = msgspec.json.schema_components(TYPES, ref_template="#/components/schemas/{name}")
    return {name: _form(name, form) for name, form in found.items()}


def reference(form: type[msgspec.Struct] | str) -> Json:
    """Where the form of a type stands in the document."""
    name = form if isinstance(form, str) else form.__name__
    return {"$ref": f"#/components/schemas/{name}"}


def command(kind: orders.Kind) -> Json:
    """The form of a command of one type: the head of all, with its own data and stream."""
    needed = (kind.stream and ["seq"]) or []
    stream: Json = {"const": kind.stream}
    own: Json = {
        "type": {"const": kind.name},
        "seq": {"type": "object", "properties": {"stream": stream}}
        if kind.stream
        else {"type": "null"},
        "data": reference(kind.order),
    }
    if _fields_needed(kind.order):
        needed = [*needed, "data"]
    return _narrowed(messages.WireCommand, own, needed)


def section(name: sections.Section) -> Json:
    """The form of one section of the desired state."""
    own: Json = {"section": {"const": name}}
    if name == "keys":
        own["keys"] = {"$ref": "#/components/schemas/KeysWanted/properties/keys"}
        return _narrowed(sections.WireDesired, own, ["keys"])
    wanted = sections.WANTED[name]
    own["data"] = reference(wanted)
    return _narrowed(sections.WireDesired, own, ["data"] if _fields_needed(wanted) else [])


def event(kind: str, form: type[msgspec.Struct]) -> Json:
    """The form of an event whose data has a type of its own."""
    own: Json = {"type": {"const": kind}, "data": reference(form)}
    return _narrowed(telemetry.CloudEvent, own, ["data"])


def _narrowed(form: type[msgspec.Struct], own: Json, needed: list[str]) -> Json:
    narrow: Json = {"type": "object", "properties": own}
    if needed:
        narrow["required"] = needed
    return {"allOf": [reference(form), narrow]}


def _fields_needed(form: type[msgspec.Struct]) -> bool:
    return any(field.required for field in msgspec.structs.fields(form))


def _form(name: str, found: Mapping[str, object]) -> Json:
    form = _plain(found)
    form["description"] = " ".join(str(form["description"]).split())
    fields = cast("dict[str, Json]", form.get("properties", {}))
    for field, value in fields.items():
        own = dict(value)
        if field in FIXED:
            own["const"] = FIXED[field]
        if "$ref" in own:  # nothing may stand beside a reference in this dialect
            own = {"allOf": [{"$ref": own["$ref"]}]}
        fields[field] = own | {"description": FIELDS.get(f"{name}.{field}") or FIELDS[field]}
    if not form.get("required"):
        form.pop("required", None)
    return form


def _plain(found: Mapping[str, object]) -> Json:
    """Without what JSON Schema draft 7 has not: tuples are `prefixItems` in the later ones."""
    plain: Json = {}
    for word, value in found.items():
        match word, value:
            case "prefixItems", list():
                plain["items"] = value
            case "items", False:
                plain["additionalItems"] = False
            case _, dict():
                plain[word] = _plain(value)
            case _, list():
                plain[word] = [_plain(one) if isinstance(one, dict) else one for one in value]
            case _:
                plain[word] = value
    return plain
