"""The inside of signatures: what a key sealed it opens, and nothing else does, whatever is said."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from node.sealing import header_of, opened, seal

SEED, TYP, CONTENT = bytes(range(32)), "ls-try+jws", '{"a":"茶"}'.encode()


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def secret_of():
    return Ed25519PrivateKey.from_private_bytes(SEED)


def test_what_a_key_at_hand_sealed_it_opens_and_no_other_does():
    token = seal(CONTENT, secret_of(), kid="k1", typ=TYP)
    assert opened(token, secret_of().public_key()) == CONTENT
    assert opened(token.encode(), secret_of().public_key()) == CONTENT
    with pytest.raises(ValueError, match=r".+"):
        opened(token, Ed25519PrivateKey.generate().public_key())


@pytest.mark.parametrize("head", [
    {"alg": "none"}, {"alg": "HS256"}, {"alg": "ES256"}, {"alg": "EdDSA", "crit": ["b64"]},
    {"alg": "EdDSA", "b64": False}, {},
])  # fmt: skip
def test_no_head_opens_a_payload_otherwise_than_by_its_signature(head):
    token = seal(CONTENT, secret_of(), kid="k1", typ=TYP)
    rest = token.split(".", 1)[1]
    for tail in (rest, rest.split(".")[0] + "."):
        with pytest.raises(ValueError, match=r".+"):
            opened(f"{part(head)}.{tail}", secret_of().public_key())


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_any_bytes_open_nothing_and_are_no_error_of_ours(token):
    with pytest.raises(ValueError, match=r".+"):
        opened(token, secret_of().public_key())


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_the_head_of_anything_is_one_or_is_refused(token):
    try:
        assert isinstance(header_of(token), dict)
    except ValueError:
        return
