"""What nodes say, read."""

import contextlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.control.messages import PAYLOAD_MAX, ContractError, Online
from node.control.telemetry import Sys
from tools.fleet.reading import Echo, Tele, read

UP = "ls/v1/acme/nodes/n0001/up"


def test_a_word_comes_with_who_says_it():
    where, word = read(f"{UP}/online", b'{"v":1,"online":true,"bseq":5,"at":1}', "acme")
    assert (where.node, word) == ("n0001", Online(1, True, 5, 1))


def test_telemetry_is_checked_and_kept_as_json():
    body = msgspec.json.encode(Sys(1, "n0001", 1, 2.0, 51.0))
    _, word = read(f"{UP}/tele/sys", body, "acme")
    assert isinstance(word, Tele)
    assert word.value["cpu_c"] == 51.0


def test_a_section_is_what_the_broker_holds():
    _, word = read("ls/v1/acme/nodes/n0001/desired/show", b"a.b.c", "acme")
    assert word == Echo("show", b"a.b.c")


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        (f"{UP}/online", b"{}"),
        (f"{UP}/tele/sys", msgspec.json.encode(Sys(1, "n0002", 1, 2.0))),
        (f"{UP}/tele/weather", b"{}"),
        ("ls/v1/other/nodes/n0001/up/online", b'{"v":1,"online":true,"bseq":5,"at":1}'),
        ("$SYS/broker", b"1"),
        (f"{UP}/online", b" " * (PAYLOAD_MAX + 1)),
        (
            f"{UP}/event/x",
            b'{"specversion":"1.0","id":"i","source":"ls/acme/n0002","type":"x","time":"t"}',
        ),
    ],
)
def test_what_the_contract_does_not_have_is_refused(topic: str, body: bytes):
    with pytest.raises(ContractError):
        read(topic, body, "acme")


@given(st.sampled_from(["online", "birth", "ack", "event/x", "tele/sys", "reported/show", "timeq"]),
       st.binary(max_size=200))  # fmt: skip
def test_no_bytes_do_harm(channel: str, body: bytes):
    with contextlib.suppress(ContractError):
        assert read(f"{UP}/{channel}", body, "acme")[0].node == "n0001"
