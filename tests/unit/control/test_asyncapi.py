"""The contract's document: right by AsyncAPI's own schema, whole, and what the types say."""

import copy
import dataclasses
import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml

import node.control
from node.control import messages, orders, sections, telemetry
from node.control.envelope import Key, KeyRing, Moment, open_command, public_key
from node.control.sections import typed_section
from node.control.topics import DELIVERY, address, parse
from tools.make_contract import __main__ as command
from tools.make_contract import forms
from tools.make_contract.document import document
from tools.make_contract.forms import schemas
from tools.make_contract.words import CODES, EVENTS, FIELDS

FOLDER = Path(node.control.__path__[0])
VECTORS = Path(__file__).parents[2] / "vectors" / "asyncapi"
DOCUMENT = yaml.safe_load((FOLDER / "asyncapi.yaml").read_text(encoding="utf-8"))
MESSAGES = DOCUMENT["components"]["messages"]
EXAMPLES = [
    (name, number)
    for name, message in MESSAGES.items()
    for number in range(len(message["examples"]))
]
TYPES = {
    "time": messages.TimeReply, "ctl.online": messages.ControllerOnline,
    "online": messages.Online, "birth": messages.Birth, "reported": sections.Reported,
    "ack": messages.Ack, "event": telemetry.CloudEvent, "event.tele.agg": telemetry.CloudEvent,
    "timeq": messages.TimeQuery,
}  # fmt: skip


@pytest.fixture(scope="module")
def asyncapi():
    """The official schema."""
    schema = json.loads((VECTORS / "asyncapi-3.0.0.json").read_text(encoding="utf-8"))
    return jsonschema.Draft7Validator(schema)


def validator(name):
    """What a message's payload must be."""
    whole = {**MESSAGES[name]["payload"], "components": DOCUMENT["components"]}
    return jsonschema.Draft7Validator(whole)


def payload(name, number=0):
    """A copy of an example."""
    return copy.deepcopy(MESSAGES[name]["examples"][number]["payload"])


def type_of(name):
    """The struct of a message."""
    first, _, rest = name.partition(".")
    if first == "cmd":
        return messages.WireCommand
    if first == "desired":
        return sections.WireDesired
    return telemetry.TELEMETRY[rest] if first == "tele" else TYPES[name]


def decoded(name, value):
    """The value as the node or the controller takes it, down to its last field."""
    wire = msgspec.json.decode(msgspec.json.encode(value), type=type_of(name))
    if isinstance(wire, messages.WireCommand):
        messages.typed(wire)
    if isinstance(wire, sections.WireDesired):
        typed_section(wire)
    return wire


def places(value, path=()):
    """Each place of a document with what stands there."""
    yield path, value
    if isinstance(value, dict | list):
        for name, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(one, (*path, name))


def test_the_committed_files_are_what_the_types_say():
    assert command.differences(FOLDER) == []


def with_one_field_more(name):
    """The forms of the contract, of which one has a field `load` more."""
    [old] = [form for form in forms.TYPES if form.__name__ == name]
    fields = [(one.name, one.type) for one in msgspec.structs.fields(old)]
    new = msgspec.defstruct(name, [*fields, ("load", int)], namespace={"__doc__": old.__doc__})
    return tuple(new if form is old else form for form in forms.TYPES)


@pytest.mark.parametrize("name", ["Alive", "Birth", "CueArm", "ShowWanted"])
def test_a_type_that_changed_without_its_document_is_found(name, monkeypatch):
    monkeypatch.setattr(forms, "TYPES", with_one_field_more(name))
    assert any("load" in line for line in command.differences(FOLDER))


def test_a_table_that_changed_without_its_document_is_found(monkeypatch):
    longer = dataclasses.replace(orders.KINDS["say"], max_s=20)
    monkeypatch.setattr(orders, "KINDS", {**orders.KINDS, "say": longer})
    assert "+      x-max-s: 20" in command.differences(FOLDER)


def test_a_field_without_words_does_not_pass(monkeypatch):
    monkeypatch.setattr(forms, "FIELDS", {k: v for k, v in FIELDS.items() if k != "segment"})
    with pytest.raises(KeyError, match="segment"):
        document()


def test_a_file_that_was_changed_by_hand_is_found(tmp_path, capsys):
    assert command.main(["--folder", str(tmp_path)]) == 0
    assert command.main(["--folder", str(tmp_path), "--check"]) == 0
    file = tmp_path / "asyncapi.yaml"
    file.write_text(file.read_text().replace("maxLength: 64", "maxLength: 65", 1))
    assert command.main(["--folder", str(tmp_path), "--check"]) == 1
    assert "maxLength: 65" in capsys.readouterr().out


def test_the_document_is_the_same_each_time():
    assert command.contents() == command.contents()


def test_it_is_an_asyncapi_document(asyncapi):
    assert [error.message for error in asyncapi.iter_errors(DOCUMENT)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("operations", "hear.cmd", "action"), "obey"),
        (("operations", "hear.cmd", "bindings", "mqtt", "qos"), 3),
        (("channels", "cmd", "parameters", "type", "enum"), "cue.go"),
        (("asyncapi",), "3.0"),
    ],
)
def test_the_official_schema_finds_a_wrong_word(asyncapi, path, value):
    changed = copy.deepcopy(DOCUMENT)
    place = changed
    for word in path[:-1]:
        place = place[word]
    place[path[-1]] = value
    assert not asyncapi.is_valid(changed)


def test_every_reference_leads_somewhere():
    for path, value in places(DOCUMENT):
        if path and path[-1] == "$ref":
            found = DOCUMENT
            for word in value.removeprefix("#/").split("/"):
                assert word in found, f"{path}: {value}"
                found = found[word]


def test_all_commands_sections_and_telemetry_have_a_message():
    assert {name[4:] for name in MESSAGES if name.startswith("cmd.")} == set(orders.KINDS)
    assert {name[8:] for name in MESSAGES if name.startswith("desired.")} == set(sections.SECTIONS)
    assert {name[5:] for name in MESSAGES if name.startswith("tele.")} == set(telemetry.TELEMETRY)


def test_every_message_has_an_example_and_a_channel():
    assert all(message["examples"] for message in MESSAGES.values())
    used = {name for channel in DOCUMENT["channels"].values() for name in channel["messages"]}
    assert used == set(MESSAGES)


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_an_example_fits_its_schema_and_comes_back_through_its_type(name, number):
    value = payload(name, number)
    assert [error.message for error in validator(name).iter_errors(value)] == []
    assert msgspec.json.decode(msgspec.json.encode(decoded(name, value))) == value


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_without_a_field_that_must_be_there_fails(name):
    needed = [field.name for field in msgspec.structs.fields(type_of(name)) if field.required]
    if name.startswith("desired."):
        needed.append("keys" if name == "desired.keys" else "data")
    for field in needed:
        value = payload(name)
        del value[field]
        if name == "desired.config" and field == "data":
            continue  # nothing laid over is a configuration too
        assert not validator(name).is_valid(value), field
        with pytest.raises((msgspec.ValidationError, messages.ContractError)):
            decoded(name, value)


def test_an_order_without_a_field_that_must_be_there_fails():
    for kind in orders.KINDS.values():
        for field in msgspec.structs.fields(kind.order):
            if field.required:
                value = payload(f"cmd.{kind.name}")
                del value["data"][field.name]
                assert not validator(f"cmd.{kind.name}").is_valid(value), field.name
                with pytest.raises(messages.ContractError):
                    decoded(f"cmd.{kind.name}", value)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("ack", ("status",)),
        ("ack", ("clock",)),
        ("reported", ("section",)),
        ("reported", ("status",)),
        ("birth", ("trust",)),
        ("birth", ("clock", "state")),
        ("cmd.live.stop", ("data", "to")),
        ("cmd.sys.reboot", ("data", "what")),
        ("desired.show", ("section",)),
        ("desired.keys", ("keys", 0, "use")),
    ],
)
def test_a_word_that_is_none_of_an_enumeration_fails(name, path):
    value = place = payload(name)
    for word in path[:-1]:
        place = place[word]
    place[path[-1]] = "else"
    assert not validator(name).is_valid(value)
    with pytest.raises((msgspec.ValidationError, messages.ContractError)):
        decoded(name, value)


def test_a_code_that_is_none_of_the_contract_fails():
    value = payload("ack", 2)
    value["reason"]["code"] = "bad_mood"
    assert not validator("ack").is_valid(value)
    with pytest.raises(msgspec.ValidationError):
        decoded("ack", value)


def test_a_command_in_the_stream_of_another_fails():
    value = payload("cmd.cue.go")
    value["seq"]["stream"] = "main"
    assert not validator("cmd.cue.go").is_valid(value)
    with pytest.raises(messages.ContractError):
        decoded("cmd.cue.go", value)


def test_bindings_are_those_of_the_table_of_topics():
    for operation in DOCUMENT["operations"].values():
        name = operation["channel"]["$ref"].rpartition("/")[2]
        way = address("acme", "n0001", "tele", "alive").delivery
        way = way if name == "alive" else DELIVERY[name]
        travel = operation["bindings"]["mqtt"]
        expiry = travel.get("messageExpiryInterval")
        assert (travel["qos"], travel["retain"]) == (way.qos, way.retain)
        assert (expiry["maximum"] == 600) if way.expiry_s == 0 else expiry == way.expiry_s


def test_a_channel_with_its_parameters_filled_in_is_a_topic_of_the_contract():
    for name, channel in DOCUMENT["channels"].items():
        words = {"org": "acme", "node": "n0001"}
        for parameter, meaning in channel["parameters"].items():
            for word in meaning.get("enum", meaning.get("examples", [])):
                words[parameter] = word
                found = parse(channel["address"].format(**words))
                assert found is not None
                assert found.channel == ("tele" if name == "alive" else name)
        assert parse(channel["address"].format(**words))


def test_commands_are_answered_on_ack_and_time_queries_on_time():
    operations = DOCUMENT["operations"]
    assert operations["hear.cmd"]["reply"]["channel"]["$ref"] == "#/channels/ack"
    assert operations["hear.all"]["reply"]["channel"]["$ref"] == "#/channels/ack"
    assert operations["say.timeq"]["reply"]["channel"]["$ref"] == "#/channels/time"


def test_what_a_controller_says_is_said_to_be_signed():
    unsigned = {name for name, message in MESSAGES.items() if "x-jws" not in message}
    signed = {name for name in MESSAGES if name.startswith(("cmd.", "desired."))} | {"time"}
    assert set(MESSAGES) - unsigned == signed
    assert all(MESSAGES[name]["contentType"] == "application/jose" for name in signed)


def test_the_signed_example_is_obeyed_by_a_node_that_trusts_its_key():
    example = DOCUMENT["x-signed-example"]
    jwk = example["jwk"]
    ring = KeyRing((Key(jwk["kid"], "cmd", public_key(jwk["x"])),))
    wanted = payload(example["message"])
    place = address("acme", wanted["aud"], "cmd", wanted["type"])
    moment = Moment(wanted["iat"], 0)
    _, body = open_command(
        example["jws"].encode(), place, node=wanted["aud"], ring=ring, moment=moment
    )
    assert json.loads(body) == wanted


def test_every_field_code_and_event_has_words_and_no_word_is_idle():
    fields = {
        (name, field) for name, form in schemas().items() for field in form.get("properties", ())
    }
    used = {f"{name}.{one}" if f"{name}.{one}" in FIELDS else one for name, one in fields}
    assert used == set(FIELDS)
    codes = DOCUMENT["components"]["schemas"]["Reason"]["properties"]["code"]
    assert set(codes["x-codes"]) == set(codes["enum"]) == set(CODES)
    assert {"tele.agg", "sys.alert", "asset.failed"} <= set(EVENTS)


def test_a_reader_of_the_page_finds_every_topic_command_section_and_code():
    page = (FOLDER / "CONTRACT.md").read_text(encoding="utf-8")
    for channel in document()["channels"].values():
        assert f"`{channel['address']}`" in page
    for word in (*orders.KINDS, *sections.SECTIONS, *CODES):
        assert f"| `{word}` |" in page
