"""What the system's own netplan makes of a card's orders: a file of NetworkManager's."""

import configparser
import json
import subprocess
from pathlib import Path

import pytest

from tools.provisioning.cloud import cloud_files
from tools.provisioning.wish import Wifi, Wish

GENERATE = Path("/usr/libexec/netplan/generate")
KEY = "0f" * 32
PASSWORD = 'pa"ss \\ w;ord #1'


def keyfile(root: Path, wifi: Wifi) -> dict[str, dict[str, str]]:
    """NetworkManager's file for a network, by its sections."""
    if not GENERATE.exists():
        pytest.skip("netplan is not here")
    text = cloud_files(Wish("booth-12", wifi=wifi))["network-config"]
    told = json.loads(text.partition("\n")[2])
    told["network"]["renderer"] = "NetworkManager"  # as Raspberry Pi OS has it
    path = root / "etc/netplan/50-cloud-init.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(told))
    path.chmod(0o600)
    done = subprocess.run(
        [GENERATE, "--root-dir", root], capture_output=True, text=True, check=False
    )
    if "unknown key management type" in done.stderr:
        pytest.skip("netplan before 0.107 knows no WPA3")
    assert (done.returncode, done.stderr) == (0, "")
    connections = root / "run/NetworkManager/system-connections"
    (made,) = connections.glob("netplan-wlan0-*")
    parser = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=("#",))
    parser.read_string(made.read_text())
    return {name: dict(parser[name]) for name in parser.sections()}


@pytest.mark.parametrize(
    ("wifi", "security"),
    [
        (
            Wifi("hall", "CN", PASSWORD, is_wpa3=True),
            {"key-mgmt": "sae", "pmf": "3", "psk": PASSWORD.replace("\\", "\\\\")},
        ),
        (
            Wifi("hall", "CN", "correct horse", is_hidden=True),
            {"key-mgmt": "wpa-psk", "pmf": "2", "psk": "correct horse"},
        ),
        (Wifi("hall", "CN", KEY), {"key-mgmt": "wpa-psk", "pmf": "2", "psk": KEY}),
        (Wifi("hall", "CN"), None),
    ],
    ids=["WPA3 alone", "WPA2 and WPA3", "a key", "open"],
)
def test_netplan_makes_of_it_what_networkmanager_joins_by(
    tmp_path: Path, wifi: Wifi, security: dict[str, str] | None
):
    made = keyfile(tmp_path, wifi)
    assert made["wifi"]["ssid"] == "hall"
    assert made["wifi"].get("hidden", "false") == str(wifi.is_hidden).lower()
    assert made.get("wifi-security") == security
