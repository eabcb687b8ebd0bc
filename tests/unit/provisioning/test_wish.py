"""What a node is to be, and what it cannot be."""

import dataclasses
import tomllib
from pathlib import Path

import pytest

from node.config import Config
from node.explain import faults_of
from tools.provisioning.nodetoml import node_toml
from tools.provisioning.refusals import Refusal
from tools.provisioning.wifi import judge_password, psk
from tools.provisioning.wish import Wifi, Wish, keys_in


def test_a_key_is_that_of_the_standard():
    # IEEE 802.11i, annex H.4.3: test cases 1 and 2.
    assert psk("IEEE", "password") == (
        "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"
    )
    assert psk("ThisIsASSID", "ThisIsAPassword") == (
        "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"
    )
    assert psk("any", "AB" * 32) == "ab" * 32
    assert psk("any", "") == ""
    for wrong in ("1234567", "x" * 65, "z" * 64):
        with pytest.raises(Refusal, match="bad_password"):
            judge_password(wrong, is_wpa3=False)


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("node", "Booth 12", "bad_node"),
        ("node", "-booth", "bad_node"),
        ("node", "b" * 33, "bad_node"),
        ("node", "", "bad_node"),
        ("user", "pi", "user_reserved"),
        ("user", "livesell", "user_reserved"),
        ("user", "a b", "bad_user"),
        ("timezone", "Asia/Shang hai; rm -rf /", "bad_timezone"),
        ("console", "http://fleet.example.com", "bad_console"),
        ("console", "https://", "bad_console"),
        ("console", "https://fleet:port", "bad_console"),
        ("console", "https://fleet/claim#x", "bad_console"),
        ("console_ca", "no certificate", "not_pem"),
        ("software_key", "{", "bad_software_key"),
        ("software_key", '{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}', "bad_software_key"),
        ("wifi", Wifi("", "CN"), "bad_ssid"),
        ("wifi", Wifi("馆" * 11, "CN"), "bad_ssid"),
        ("wifi", Wifi("hall", ""), "bad_country"),
        ("wifi", Wifi("hall", "cn"), "bad_country"),
        ("wifi", Wifi("hall", "CN", "short"), "bad_password"),
        ("ssh_keys", ("not a key",), "bad_ssh_key"),
        ("ssh_keys", ("-----BEGIN OPENSSH PRIVATE KEY-----",), "private_key"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wish: Wish, field: str, value: object, code: str):
    wish.judge()
    with pytest.raises(Refusal, match=code):
        dataclasses.replace(wish, **{field: value}).judge()


def test_a_private_key_is_never_taken(tmp_path: Path):
    file = tmp_path / "id"
    file.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n")
    with pytest.raises(Refusal, match="private_key"):
        keys_in(file)


def test_a_plain_configuration_is_one_that_the_node_takes(wish: Wish):
    for one in (wish, dataclasses.replace(wish, console=""),
                dataclasses.replace(wish, console_ca="-----BEGIN CERTIFICATE-----")):  # fmt: skip
        table = tomllib.loads(node_toml(one))
        assert faults_of(table, Config) == []
        assert table["node"] == "booth-12"
        assert ("enrol" in table) == bool(one.console)
    assert table["enrol"] == {
        "console": "https://fleet.example.com:8090",
        "ca_file": "/etc/livesell/pki/console-ca.pem",
    }


def test_a_given_configuration_becomes_this_nodes(wish: Wish):
    given = 'rundown = "/srv/day.toml"\n[camera]\nkind = "pattern"\n'
    made = node_toml(dataclasses.replace(wish, node_toml=given))
    assert made.startswith('node = "booth-12"\nrundown')
    assert made.endswith('[enrol]\nconsole = "https://fleet.example.com:8090"\n')
    for text, code in (
        ("= =", "node_toml"),
        ('node = "other"\n', "node_toml_node"),
        ('[mqtt]\nendpoints = ["mqtts://x"]\n', "node_toml_line"),
    ):
        with pytest.raises(Refusal, match=code):
            node_toml(dataclasses.replace(wish, node_toml=text))
