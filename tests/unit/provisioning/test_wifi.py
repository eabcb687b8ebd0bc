"""Any network that there can be is the one that the node asks for: as both systems read it."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tools.provisioning import cloud
from tools.provisioning.cloud import cloud_files, instance
from tools.provisioning.firstrun import firstrun_script
from tools.provisioning.refusals import Refusal
from tools.provisioning.wifi import in_keyfile, judge_password, psk
from tools.provisioning.wish import SSID_BYTES, Wifi, Wish, judge_network

CUSTOM = """\
#!/bin/sh
# As imager_custom of Raspberry Pi OS 12 sees its words: options anywhere, the name into the file.
[ "$1" = set_wlan ] || exit 0
shift
hidden=false
for one in "$@"; do
  case "$one" in
    -h | --hidden) hidden=true ;;
    -p | --plain) ;;
    *)
      if [ -z "${ssid+x}" ]; then ssid=$one
      elif [ -z "${key+x}" ]; then key=$one
      elif [ -z "${country+x}" ]; then country=$one
      else exit 1; fi ;;
  esac
done
cat >"$LIVESELL_ROOT/wlan" <<END
[connection]
type=wifi
[wifi]
ssid=$ssid
hidden=$hidden
[country]
is=$country
END
[ -z "$key" ] || printf '[wifi-security]\\npsk=%s\\n' "$key" >>"$LIVESELL_ROOT/wlan"
"""
KEY = "0f" * 32
EDGES = (
    *("-h", "-p", "--hidden", "--plain", "-", "--", "-n", "-e x"),
    *("12;34;", "1;", "12;34", "300;", " 7 ; 8;", "1;2;\\;", "a\\;b", "a;b", "\\", "\\s", "a\\"),
    *("$HOME", "${ssid}", "`id`", "$(id)", "'", '"', "'\"'", "a'b", "%s", "#x", "[wifi]", "END"),
    *(" a", "a ", "  ", "\u2028", "a\ufeffb", "null", "yes", "12345", "a: b # c", "~", "*", "&a"),
    *("三号馆", "😀" * 8, "x" * 32, "é" * 16, "\u00a0", "\uffff"),
)


def ssids() -> st.SearchStrategy[str]:
    nasty = st.sampled_from("-hp\\;0129 '\"$`\u2028é馆😀#=[]:%{")
    letters = st.characters(exclude_categories=("Cc", "Cs")) | nasty
    return st.text(letters, min_size=1, max_size=SSID_BYTES).filter(
        lambda one: len(one.encode()) <= SSID_BYTES
    ) | st.sampled_from(EDGES)


def keyfile_string(text: str) -> str:
    """A value as GLib's g_key_file_get_string has it: no blanks in front, escapes undone."""
    escapes = {"s": " ", "t": "\t", "n": "\n", "r": "\r", "\\": "\\"}
    return re.sub(r"\\(.)", lambda found: escapes[found[1]], text.lstrip(" \t"))


def networkmanagers(text: str) -> bytes:
    """A network's name as NetworkManager has it of a value (nm-keyfile.c, get_bytes)."""
    if re.fullmatch(r"(?a:\s*\d{1,3}\s*;)+(?a:\s*)", text):
        numbers = [int(one) for one in text.split(";")[:-1]]
        if max(numbers) <= 255:
            return bytes(numbers)
    return text.replace("\\;", ";").encode()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("root")
    custom = root / "usr/lib/raspberrypi-sys-mods/imager_custom"
    custom.parent.mkdir(parents=True)
    custom.write_text(CUSTOM)
    custom.chmod(0o755)
    return root


def wifis() -> st.SearchStrategy[Wifi]:
    keys = st.sampled_from(["", KEY])
    return st.builds(Wifi, ssids(), st.just("CN"), password=keys, is_hidden=st.booleans())


@given(wifis())
@settings(max_examples=60)
@example(Wifi("-h", "CN", KEY))
@example(Wifi("--plain", "CN", is_hidden=True))
def test_the_older_system_asks_for_the_network_that_was_meant(root: Path, wifi: Wifi):
    judge_network(wifi.ssid, wifi.country)
    lines = firstrun_script(Wish("booth-12", wifi=wifi)).splitlines()
    (wlan,) = (one for one in lines if "set_wlan" in one)
    places = [one for one in lines if one.startswith(("root=", "mods="))]
    subprocess.run(
        ["/bin/sh", "-c", "\n".join([*places, 'try() { "$@"; }', wlan])],
        env={"LIVESELL_ROOT": str(root), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=True,
    )  # fmt: skip
    told = dict(
        line.partition("=")[::2]
        for line in (root / "wlan").read_bytes().decode().split("\n")
        if "=" in line
    )
    assert networkmanagers(keyfile_string(told["ssid"])) == wifi.ssid.encode()
    assert (told["hidden"], told["is"]) == (str(wifi.is_hidden).lower(), "CN")
    assert told.get("psk", "") == wifi.password


@given(ssids())
@settings(max_examples=300)
def test_no_name_is_an_option_or_read_as_another(ssid: str):
    written = in_keyfile(ssid)
    assert not written.startswith("-")
    assert networkmanagers(keyfile_string(written)) == ssid.encode()


def test_a_plain_name_stays_one_that_people_can_read():
    for ssid in ("Hall 3", "三号馆 A", "x" * 32, "it's", "a;b", "12345"):
        assert in_keyfile(ssid) == ssid


@given(wifis())
@settings(max_examples=300)
def test_the_newer_system_asks_for_the_network_that_was_meant(wifi: Wifi):
    wish = Wish("booth-12", wifi=wifi)
    assume(not re.fullmatch(r"[\d\s;]+", wifi.ssid) and "\\;" not in wifi.ssid)  # refused: below
    told = yaml.safe_load(cloud_files(wish)["network-config"])
    # netplan writes it by g_key_file_set_string, the inverse of what NetworkManager reads by.
    assert told["network"]["wifis"]["wlan0"]["access-points"] == {
        wifi.ssid: {
            **({"password": wifi.password} if wifi.password else {}),
            **({"hidden": True} if wifi.is_hidden else {}),
        }
    }


@pytest.mark.parametrize("ssid", [one for one in EDGES if networkmanagers(one) != one.encode()])
def test_a_name_that_the_newer_system_would_misread_is_refused(ssid: str):
    with pytest.raises(Refusal, match="ssid_misread"):
        cloud_files(Wish("booth-12", wifi=Wifi(ssid, "CN", KEY)))


PASSES = st.characters(min_codepoint=0x20, max_codepoint=0x7E)
"""IEEE 802.11i, annex H.4.1: letters of a pass-phrase."""


@given(st.text(PASSES, min_size=8, max_size=63), ssids())
@settings(max_examples=20)
@example("12345678", "-h")
@example("x" * 63, "hall")
@example("'\"$`\\ ;#", "hall")
def test_every_password_becomes_a_key(password: str, ssid: str):
    key = psk(ssid, password)
    assert re.fullmatch("[0-9a-f]{64}", key)
    wish = Wish("booth-12", wifi=Wifi(ssid, "CN", password))
    wish.judge()
    script = firstrun_script(wish)
    assert f" {key} CN" in script


@given(st.text("0123456789abcdefABCDEF", min_size=64, max_size=64))
@settings(max_examples=50)
def test_a_key_is_taken_as_it_is(key: str):
    assert psk("hall", key) == key.lower()


@given(st.text(PASSES, min_size=1, max_size=80), st.booleans())
@settings(max_examples=50)
def test_what_is_no_password_and_no_key_is_refused(password: str, is_wpa3: bool):  # noqa: FBT001
    assume(not 8 <= len(password) <= 63)
    assume(not re.fullmatch("[0-9a-fA-F]{64}", password))
    with pytest.raises(Refusal, match="bad_password"):
        judge_password(password, is_wpa3=is_wpa3)


# ---- WPA3 alone ----


@given(st.text(PASSES, min_size=8, max_size=63))
@settings(max_examples=100)
@example("12345678")
@example("'\"$`\\ ;#: null")
def test_a_network_of_wpa3_alone_is_asked_for_by_its_password(password: str):
    wish = Wish("booth-12", wifi=Wifi("hall", "CN", password, is_wpa3=True))
    wish.judge()
    told = yaml.safe_load(cloud_files(wish)["network-config"])
    (place,) = told["network"]["wifis"]["wlan0"]["access-points"].values()
    assert place == {"auth": {"key-management": "sae", "password": password}}


def test_a_network_of_both_is_asked_for_by_its_password_too():
    told = cloud_files(Wish("booth-12", wifi=Wifi("hall", "CN", "correct horse")))
    place = yaml.safe_load(told["network-config"])["network"]["wifis"]["wlan0"]["access-points"]
    assert place == {"hall": {"password": "correct horse"}}


@pytest.mark.parametrize("password", ["", KEY, KEY.upper()])
def test_wpa3_is_not_joined_by_a_key_nor_without_a_password(password: str):
    with pytest.raises(Refusal, match="wpa3_password"):
        Wish("booth-12", wifi=Wifi("hall", "CN", password, is_wpa3=True)).judge()


def test_the_older_system_is_not_asked_to_join_wpa3_alone():
    with pytest.raises(Refusal, match="wpa3_system"):
        firstrun_script(Wish("booth-12", wifi=Wifi("hall", "CN", "correct horse", is_wpa3=True)))


def named(password: str) -> str:
    return instance(Wish("booth-12", wifi=Wifi("hall", "CN", password)))


def test_the_name_on_the_command_line_knows_the_password_by_its_key_alone(
    monkeypatch: pytest.MonkeyPatch,
):
    assert named("correct horse") != named("another horse")
    monkeypatch.setattr(cloud, "psk", lambda _ssid, _password: KEY)
    assert named("correct horse") == named("another horse")


def test_a_card_that_held_the_key_and_now_holds_its_password_is_set_up_anew():
    assert named("correct horse") != named(psk("hall", "correct horse"))


def test_a_password_stands_in_no_traceback():
    assert "hunter22" not in repr(Wifi("booth", "DE", "hunter22"))
