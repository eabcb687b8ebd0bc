"""Bytes from strangers: refused with a reason, or read as every reader reads them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.control.messages import PAYLOAD_MAX, ContractError, WireCommand
from node.control.sections import WireDesired
from node.control.wireform import DEPTH_MAX, check_json, check_size, decode
from tests.unit.control.samples import body, command

GOOD = body(command())


def nested(depth: int) -> bytes:
    return b'{"a":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    "bad",
    [b"", b"[]", b"7", b"null", b"{", b'{"a":1,"a":2}', b'{"a":{"b":1,"b":1}}', b'{"a":NaN}',
     b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"a":"\xff"}', b"\xff\xfe{}",
     b'{"a":1}x', nested(DEPTH_MAX), nested(30_000), b"[" * 60_000, b'{"a":' * 10_000,
     b'{"a":' + b"9" * 5000 + b"}", b'{"\\ud800":1}', b"\xef\xbb\xbf{}"],
)  # fmt: skip
def test_what_no_honest_sender_writes_is_refused(bad):
    with pytest.raises(ContractError) as refused:
        check_json(bad)
    assert refused.value.code == "bad_payload"


def test_brackets_in_texts_are_no_nesting():
    text = json.dumps({"a": "[" * 500 + '\\"' + "{" * 500})
    assert check_json(text.encode()) == text


def test_more_than_the_limit_is_refused_before_it_is_parsed():
    assert check_size(b"x" * PAYLOAD_MAX)
    with pytest.raises(ContractError, match="bytes") as refused:
        check_size(b"x" * (PAYLOAD_MAX + 1))
    assert refused.value.code == "too_large"


def test_half_a_character_in_a_text_is_refused():
    with pytest.raises(ContractError):
        decode(GOOD.replace(b'"desk"', b'"\\ud800"'), WireCommand)


def code_of(stuff, kind):
    """Empty where it is read."""
    try:
        decode(stuff, kind)
    except ContractError as error:
        return error.code
    return ""


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(stuff):
    assert code_of(stuff, WireCommand) == code_of(stuff, WireDesired) == "bad_payload"


@settings(deadline=None)
@given(st.data())
def test_a_message_with_any_field_exchanged_is_read_or_refused(data):
    fields = json.loads(GOOD)
    key = data.draw(st.sampled_from(sorted(fields)))
    json_values = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=5,
    )
    fields[key] = data.draw(json_values)
    assert code_of(json.dumps(fields).encode(), WireCommand) in ("", "bad_payload")
