"""Signatures: only the right key for the right thing to the right node opens a message."""

import base64
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwt.api_jws import PyJWS

from node.control.envelope import (
    Key,
    KeyRing,
    Moment,
    claimed_id,
    open_command,
    open_desired,
    open_time,
    sign,
    unseal,
)
from node.control.messages import ContractError, TimeReply
from node.control.sections import ShowWanted
from node.control.topics import address
from tests.fakes.keys import COMMAND_KID, FAR_MS, Keys
from tests.unit.control.samples import MOMENT, NODE, NOW, ORG, body, command, topic

KEYS = Keys()
SIGNED = KEYS.signed(body(command()))
DESIRED = address(ORG, NODE, "desired", "show")


def opened(token, place=None, ring=KEYS.ring, moment=MOMENT):
    return open_command(token, place or topic(), node=NODE, ring=ring, moment=moment)


def refusal(token, **given_):
    with pytest.raises(ContractError) as refused:
        opened(token, **given_)
    return refused.value


def packed(value) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


def test_a_signed_command_opens_with_its_json():
    read, payload = opened(SIGNED)
    assert read.type == "cue.go"
    assert payload == body(command())


def test_the_size_on_the_wire_is_that_of_the_contract():
    assert len(SIGNED) < 700


@settings(deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.integers(1, 255))
def test_one_changed_byte_and_it_does_not_open(place, change):
    altered = bytearray(SIGNED)
    altered[place] ^= change
    error = refusal(bytes(altered))
    assert error.code in ("bad_signature", "unknown_key")
    assert not error.is_proven


def test_none_as_algorithm_does_not_open():
    payload = body(command())
    header = {"alg": "none", "kid": COMMAND_KID, "typ": "ls-cmd+jws"}
    token = packed(header) + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=") + b"."
    assert refusal(token).code == "bad_signature"


def test_a_public_key_is_no_shared_secret():
    public = KEYS.command.public_key().public_bytes_raw()
    headers = {"kid": COMMAND_KID, "typ": "ls-cmd+jws"}
    token = PyJWS().encode(body(command()), public, algorithm="HS256", headers=headers)
    assert refusal(token.encode()).code == "bad_signature"


@pytest.mark.parametrize("extra", [{"crit": ["b64"], "b64": False}, {"jku": "https://x"}, {"x": 1}])
def test_a_header_says_what_the_contract_says_and_no_more(extra):
    headers = {"kid": COMMAND_KID, "typ": "ls-cmd+jws", **extra}
    token = packed({"alg": "EdDSA", **headers}) + b"." + SIGNED.split(b".", 1)[1]
    assert refusal(token).code == "bad_signature"


def test_no_object_passes_for_another():
    as_desired = KEYS.signed(body(command()), "ls-desired+jws")
    assert refusal(as_desired).code == "bad_signature"


def test_a_key_opens_only_what_it_is_for():
    token = sign(body(command()), "ls-cmd+jws", kid="root-1", key=KEYS.root)
    assert refusal(token).code == "unknown_key"
    stranger = Keys()
    assert refusal(stranger.signed(body(command()))).code == "bad_signature"


def test_a_key_holds_from_its_beginning_to_its_end():
    public = KEYS.command.public_key()
    ring = KeyRing((Key(COMMAND_KID, "cmd", public, NOW - 10, NOW + 10),))
    assert opened(SIGNED, ring=ring)
    assert refusal(SIGNED, ring=ring, moment=Moment(NOW + 10, 0)).code == "unknown_key"
    assert refusal(SIGNED, ring=ring, moment=Moment(NOW - 11, 0)).code == "unknown_key"
    assert opened(SIGNED, ring=ring, moment=Moment(None, 0))  # a node that does not know the time
    assert refusal(SIGNED, ring=ring, moment=Moment(None, NOW + 10)).code == "unknown_key"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"aud": "n0002"}, "wrong_audience"),
        ({"aud": "*"}, "wrong_audience"),
        ({"v": 9}, "unknown_version"),
        ({"kind": "cue.back"}, "unknown_type"),
        ({"kind": "card.hide", "stream": "card", "data": {}}, "bad_payload"),
    ],
)
def test_a_proven_command_that_cannot_be_obeyed_is_refused_by_its_id(changes, code):
    wire = command(**changes)
    error = refusal(KEYS.signed(body(wire)))
    assert (error.code, error.id, error.is_proven) == (code, wire.id, True)


def test_a_stop_for_all_opens_on_the_topic_for_all_alone():
    wire = command("live.stop", stream="", data={}, aud="*", life_ms=600_000)
    everyone = address(ORG, "", "all", "live.stop")
    assert opened(KEYS.signed(body(wire)), place=everyone)
    assert refusal(KEYS.signed(body(wire)), place=topic("live.stop")).code == "wrong_audience"


def test_too_much_is_refused_unread():
    assert refusal(SIGNED + b"A" * 70_000).code == "too_large"


def test_without_trust_plain_json_opens_and_a_ring_refuses_it():
    assert opened(body(command()), ring=None)
    assert refusal(body(command())).code == "bad_signature"


@settings(deadline=None)
@given(st.binary(max_size=600))
def test_any_bytes_are_refused_and_never_an_error(token):
    error = refusal(token)
    assert error.code in ("bad_signature", "unknown_key", "bad_payload")
    assert claimed_id(token) == ""


def test_the_id_of_an_unproven_command_can_be_told():
    stranger = Keys()
    assert claimed_id(stranger.signed(body(command()))) == command().id


def test_desired_state_opens_for_its_node_and_section():
    show = ShowWanted("sha256:" + "a" * 64)
    token = KEYS.section(NODE, "show", 7, show)
    given_ = {"node": NODE, "ring": KEYS.ring, "moment": MOMENT}
    assert open_desired(token, DESIRED, **given_).data == show
    with pytest.raises(ContractError, match="on the topic of"):
        open_desired(token, address(ORG, NODE, "desired", "assets"), **given_)
    with pytest.raises(ContractError, match="aud"):
        open_desired(KEYS.section("n0002", "show", 7, show), DESIRED, **given_)


def test_keys_are_the_roots_alone():
    place = address(ORG, NODE, "desired", "keys")
    root_only = KeyRing(KEYS.ring.keys[:1])
    token = KEYS.section("*", "keys", 1, KEYS.keys)
    read = open_desired(token, place, node=NODE, ring=root_only, moment=MOMENT)
    assert root_only.with_keys(read.data).find(COMMAND_KID, "cmd", MOMENT)
    forged = sign(b"{}", "ls-keys+jws", kid=COMMAND_KID, key=KEYS.command)
    with pytest.raises(ContractError, match="kid"):
        open_desired(forged, place, node=NODE, ring=KEYS.ring, moment=MOMENT)


def test_a_time_reply_is_for_the_node_that_asked():
    reply = TimeReply(1, NODE, "k3", 1, 2, 2)
    token = KEYS.signed(msgspec.json.encode(reply), "ls-time+jws")
    assert open_time(token, node=NODE, ring=KEYS.ring, moment=MOMENT) == reply
    with pytest.raises(ContractError, match="aud"):
        open_time(token, node="n0002", ring=KEYS.ring, moment=MOMENT)
    assert unseal(token, "ls-time+jws", KEYS.ring, MOMENT)
    assert FAR_MS > NOW
