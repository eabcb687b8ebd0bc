"""Signatures: what is believed, what is not, and keys that others may not read."""

import base64
import json

import pytest

from node.errors import ConfigError, NodeError
from node.jws import (
    UntrustedError,
    new_key,
    read_keys,
    read_private_key,
    sign,
    sign_beside,
    verify,
    verify_beside,
    write_keys,
)

TYP, USE = "ls-try+jws", "ls-try"
KEY = new_key("k1", USE)
CONTENT = '{"a":"茶"}'.encode()


def part(value) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def refused(token: str, keys=(KEY.public,), *, typ=TYP, use=USE) -> str:
    with pytest.raises(UntrustedError) as caught:
        verify(token, keys, typ=typ, use=use)
    return caught.value.code


def test_what_was_signed_is_believed_with_the_key_that_signed_it():
    assert verify(sign(CONTENT, KEY, typ=TYP), [KEY.public], typ=TYP, use=USE) == (
        CONTENT,
        KEY.public,
    )


def test_a_signature_beside_a_file_is_over_exactly_its_bytes():
    token = sign_beside(CONTENT, KEY, typ=TYP)
    assert ".." in token
    assert verify_beside(f"{token}\n", CONTENT, [KEY.public], typ=TYP, use=USE) == KEY.public
    with pytest.raises(UntrustedError, match="not over this content"):
        verify_beside(token, CONTENT + b" ", [KEY.public], typ=TYP, use=USE)


def test_a_key_of_another_hand_is_refused():
    assert refused(sign(CONTENT, new_key("k1", USE), typ=TYP)) == "bad_signature"


def test_an_unknown_kid_is_refused():
    assert refused(sign(CONTENT, new_key("k2", USE), typ=TYP)) == "unknown_key"


def test_a_key_for_another_use_is_refused():
    assert refused(sign(CONTENT, new_key("k1", "ls-cmd"), typ=TYP), use="ls-cmd") == "unknown_key"


def test_another_typ_is_refused():
    assert refused(sign(CONTENT, KEY, typ="ls-cmd+jws")) == "bad_signature"


@pytest.mark.parametrize("alg", ["none", "HS256", "ES256", "eddsa", None, 1, ["EdDSA"]])
def test_any_other_algorithm_is_refused(alg):
    _, payload, signature = sign(CONTENT, KEY, typ=TYP).split(".")
    head = part({"alg": alg, "kid": "k1", "typ": TYP})
    assert refused(f"{head}.{payload}.{signature}") == "bad_signature"
    assert refused(f"{head}.{payload}.") == "bad_signature"


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b", "a.b.c", "é.é.é", "{}", "e30.e30.e30", "x" * 100_000, "[].."]
)
def test_what_is_no_jws_is_refused(token):
    assert refused(token) == "bad_signature"
    with pytest.raises(UntrustedError):
        verify_beside(token, CONTENT, [KEY.public], typ=TYP, use=USE)


@pytest.mark.parametrize("cut", [1, 10, 60])
def test_a_truncated_signature_is_refused(cut):
    assert refused(sign(CONTENT, KEY, typ=TYP)[:-cut]) == "bad_signature"


def test_a_critical_header_that_nobody_knows_is_refused():
    _, payload, signature = sign(CONTENT, KEY, typ=TYP).split(".")
    head = part({"alg": "EdDSA", "kid": "k1", "typ": TYP, "crit": ["b64"], "b64": False})
    assert refused(f"{head}.{payload}.{signature}") == "bad_signature"


@pytest.fixture
def pair(tmp_path):
    private, public = tmp_path / "k1.key", tmp_path / "k1.jwk"
    write_keys(private, public, KEY)
    return private, public


def test_a_key_survives_its_files(pair):
    private, public = pair
    assert private.stat().st_mode & 0o777 == 0o600
    assert read_private_key(private) == KEY
    assert read_keys(public) == (KEY.public,)
    assert json.loads(public.read_text()).keys() == {"kty", "crv", "kid", "use", "x"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_private_key_that_others_may_read_is_refused(pair, mode):
    pair[0].chmod(mode)
    with pytest.raises(NodeError, match="chmod 600"):
        read_private_key(pair[0])


def test_nothing_is_overwritten(pair):
    with pytest.raises(NodeError, match="there already"):
        write_keys(*pair, new_key("k1", USE))
    assert read_private_key(pair[0]) == KEY


def test_a_key_is_not_printed():
    assert str(KEY.seed) not in repr(KEY)


def test_a_folder_of_keys_is_read_and_a_set_too(tmp_path, pair):
    folder = tmp_path / "trusted"
    folder.mkdir()
    one = json.loads(pair[1].read_text())
    (folder / "a.json").write_text(json.dumps({"keys": [one, one | {"kid": "k2"}]}))
    (folder / "b.jwk").write_text(json.dumps(one | {"kid": "k3"}))
    (folder / "README").write_text("not a key")
    assert [key.kid for key in read_keys(folder)] == ["k1", "k2", "k3"]


def test_a_private_key_among_the_trusted_is_refused(pair):
    with pytest.raises(ConfigError, match="only its public half"):
        read_keys(pair[0])


BROKEN = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "deep": "[" * 100_000,
    "large": " " * 70_000,
    "no x": '{"kid": "k", "use": "u"}',
    "a short x": '{"kid": "k", "use": "u", "x": "AAAA"}',
    "no base64": '{"kid": "k", "use": "u", "x": "%s"}' % ("é" * 43),
    "another curve": '{"kty": "EC", "kid": "k", "use": "u", "x": "%s"}' % ("A" * 43),
    "a kid of a path": '{"kid": "../k", "use": "u", "x": "%s"}' % ("A" * 43),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_key_is_named(tmp_path, content):
    path = tmp_path / "k.jwk"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(ConfigError, match=r"k\.jwk"):
        read_keys(path)
    with pytest.raises(NodeError, match=r"k\.jwk"):
        read_private_key(path)


@pytest.mark.parametrize("name", ["gone", "empty"])
def test_no_keys_are_a_fault_of_the_configuration(tmp_path, name):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=name):
        read_keys(tmp_path / name)
