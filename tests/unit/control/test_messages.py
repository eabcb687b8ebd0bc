"""The forms on the wire: examples round-trip, what is out of bounds is refused with a code."""

import msgspec
import pytest

from node.control.messages import (
    RETRYABLE,
    Ack,
    Birth,
    Code,
    ContractError,
    Reason,
    WireCommand,
    typed,
    uuid7,
)
from node.control.orders import KINDS, CueGo
from node.control.sections import KeysWanted, WireDesired, typed_section, wire_section
from tests.unit.control.samples import NOW, RANDOM, command

COMMAND = b"""{"v":1,"id":"019ab3c2-7d1e-7c55-9a40-6f2b8f0f3a11","type":"cue.go","aud":"n0001",
"iat":1795236000123,"exp":1795236010123,"seq":{"stream":"cue","epoch":1795230000,"n":412},
"corr":"show-20261121-a","by":"op:17","data":{"segment":"desk","play_at":1795236001500}}"""
ACK = b"""{"v":1,"id":"019ab3c2-7d1e-7c55-9a40-6f2b8f0f3a11","node":"n0001","status":"failed",
"at":1795236000391,"clock":"synced","dup":false,"progress":0.4,
"reason":{"code":"asset_missing","message":"sha256:9f2c not on disk","retryable":true},
"result":{}}"""
BIRTH = b"""{"v":1,"node":"n0001","bseq":57,"at":1795236000000,"sw":"1.4.2",
"model":"Raspberry Pi 5","caps":["kiosk","mic","gpio"],"trust":"jws",
"clock":{"state":"synced","offset_ms":3,
"floor":1795235990000},"desired":{"config":12,"show":7,"keys":3},
"outbox":{"rows":2,"bytes":911,"oldest_s":4},"dropped":{"agg":0,"event":0}}"""


def test_the_examples_of_the_contract_are_read():
    read = typed(msgspec.json.decode(COMMAND, type=WireCommand))
    assert read.data == CueGo("desk", 1_795_236_001_500)
    assert msgspec.json.decode(ACK, type=Ack).reason == Reason(
        "asset_missing", "sha256:9f2c not on disk", retryable=True
    )
    assert msgspec.json.decode(BIRTH, type=Birth).outbox.rows == 2


def test_a_typed_command_is_written_as_it_was_read():
    wire = msgspec.json.decode(COMMAND, type=WireCommand)
    assert msgspec.json.decode(msgspec.json.encode(typed(wire)), type=WireCommand) == wire


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"v": 2}, "unknown_version"),
        ({"kind": "cue.toggle"}, "unknown_type"),
        ({"stream": "main"}, "bad_payload"),
        ({"stream": ""}, "bad_payload"),
        ({"life_ms": 15_001}, "bad_payload"),
        ({"life_ms": -1}, "bad_payload"),
        ({"data": {}}, "bad_payload"),
        ({"data": {"segment": 7}}, "bad_payload"),
        ({"data": {"segment": "x" * 65}}, "bad_payload"),
        ({"data": {"segment": "desk", "play_at": NOW + 10_001}}, "bad_payload"),
    ],
)
def test_what_a_command_may_not_be_is_refused_with_its_code(changes, code):
    with pytest.raises(ContractError) as refused:
        typed(command(**changes))
    assert refused.value.code == code


def test_unknown_fields_are_ignored():
    data = {"segment": "desk", "from_the_future": [1]}
    assert typed(command(data=data)).data == CueGo("desk")


def test_every_type_has_a_stream_or_needs_no_order():
    assert all((kind.mode == "none") == (kind.stream == "") for kind in KINDS.values())
    assert all(kind.ttl_s <= kind.max_s <= 600 for kind in KINDS.values())


def test_an_id_holds_its_time_and_can_be_read_back():
    first, later = uuid7(NOW, RANDOM), uuid7(NOW + 1, RANDOM)
    assert first < later
    assert int(first.replace("-", "")[:12], 16) == NOW
    msgspec.convert(first, KINDS["cancel"].order.__annotations__["id"])


def test_keys_stand_beside_the_version_and_round_trip():
    body = b"""{"v":1,"aud":"*","section":"keys","ver":3,"keys":[{"kid":"a","x":"%s","use":"cmd",
    "nbf":0,"exp":9}]}""" % (b"A" * 43)
    wire = msgspec.json.decode(body, type=WireDesired)
    read = typed_section(wire)
    assert isinstance(read.data, KeysWanted)
    assert wire_section(read) == wire


def test_a_retry_helps_only_where_something_may_change():
    assert set(msgspec.inspect.type_info(Code).values) >= RETRYABLE
    assert "bad_signature" not in RETRYABLE
