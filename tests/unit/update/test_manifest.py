"""A manifest is believed or refused, whatever is in it; versions have one order."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.jws import UntrustedError, new_key, sign
from node.update.manifest import TYP, Release, Wheel, opened
from node.update.versions import is_below, newest, order_of

KEY = new_key("software-1", "software")
WHEEL = Wheel("aiohttp-3.14.5-cp311-cp311-manylinux2014_x86_64.whl", 10, "a" * 64)
RELEASE = Release(1, "1.4.2", "1.4.0", "3.11", "x86_64", 1, 1000, (WHEEL,))


def token(payload):
    return sign(payload, KEY, typ=TYP).encode()


def test_what_was_signed_is_what_is_read():
    assert opened(token(msgspec.json.encode(RELEASE)), [KEY.public]) == RELEASE


def test_a_field_of_a_later_tool_is_passed_over():
    later = msgspec.to_builtins(RELEASE) | {"sbom": "x"}
    assert opened(token(json.dumps(later).encode()), [KEY.public]) == RELEASE


@given(st.binary(max_size=400))
def test_bytes_that_are_no_manifest_are_refused_and_no_more(body):
    with pytest.raises(UntrustedError):
        opened(body, [KEY.public])
    with pytest.raises(UntrustedError):
        opened(token(body), [KEY.public])


@given(st.sampled_from(sorted(msgspec.to_builtins(RELEASE))), st.none() | st.text() | st.integers())
def test_one_wrong_field_is_read_or_refused(name, value):
    spoilt = msgspec.to_builtins(RELEASE) | {name: value}
    codes = []
    try:
        codes.append(str(opened(token(json.dumps(spoilt).encode()), [KEY.public]).v))
    except UntrustedError as error:
        codes.append(error.code)
    assert codes in (["1"], ["bad_payload"])


@pytest.mark.parametrize(
    "name",
    ["../a-1-py3-none-any.whl", "a-1-py3-none-any.whl\n", "-a-1-py3-none-any.whl", "a.tar.gz",
     "a-1-py3-none-any.whl --index-url=http://x", "a-1 -py3-none-any.whl", "/a-1-py3-none-any.whl"],
)  # fmt: skip
def test_a_name_that_is_no_wheels_never_reaches_a_path_or_pip(name):
    spoilt = msgspec.structs.replace(RELEASE, files=(msgspec.structs.replace(WHEEL, name=name),))
    with pytest.raises(UntrustedError, match="name"):
        opened(token(msgspec.json.encode(spoilt)), [KEY.public])


def test_pip_is_told_of_each_wheel_by_its_hash():
    assert RELEASE.requirements == f"aiohttp==3.14.5 --hash=sha256:{'a' * 64}\n"
    odd = msgspec.structs.replace(WHEEL, name="Paho_MQTT.x-2.2.0-1-py3-none-any.whl")
    assert odd.requirement.startswith("paho-mqtt-x==2.2.0 ")


def test_twice_what_it_takes_must_be_free():
    assert (RELEASE.download_bytes, RELEASE.needed_bytes) == (10, 2020)


def test_versions_have_one_order():
    rising = ["0.9", "1.0a1", "1.0a2", "1.0b1", "1.0rc1", "1.0", "1.0.1", "1.2", "1.10", "2"]
    falling = rising[::-1]
    assert sorted(falling, key=order_of) == rising
    assert order_of("1.0") == order_of("1.0.0+ab12")


@pytest.mark.parametrize("text", ["", "1.", "v1", "1.0-1", "1.0+A", "1.0+a/b", "1.0\n", "1" * 99])
def test_what_is_no_version_is_said_so(text):
    with pytest.raises(ValueError, match="is no version"):
        order_of(text)


def test_an_empty_floor_is_below_all():
    assert not is_below("0", "")
    assert is_below("1.0rc1", "1.0")
    assert not is_below("1.0", "1.0")
    assert (newest("1.2", "1.10"), newest("", "0.1"), newest("1.0", "")) == ("1.10", "0.1", "1.0")
