"""cloud-init's three files, as Raspberry Pi OS 13 reads them from its boot partition.

They are JSON, which is YAML too, so that no name of a network needs quoting rules of our own. The
form follows raspberrypi/rpi-imager, customization_generator.cpp.
"""

import hashlib
import json
import re
from dataclasses import replace
from typing import Final

from tools.provisioning.firstrun import BOOT, FIRST_BOOT_UNIT, GROUPS, MADE_BY
from tools.provisioning.wifi import judge_by_netplan, psk
from tools.provisioning.wish import Wifi, Wish

_NO_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Letters of JSON that are none of YAML's, or end its lines (YAML 1.2.2 §5.1, §5.4)."""
FILES: Final = ("user-data", "network-config", "meta-data")


def cloud_files(wish: Wish) -> dict[str, str]:
    """The files by name; `meta-data` names an instance that is new whenever a word has changed."""
    user, network = _user_data(wish), _network_config(wish)
    return {
        "user-data": f"#cloud-config\n{MADE_BY}\n{_json(user)}\n",
        "network-config": f"{MADE_BY}\n{_json(network)}\n",
        "meta-data": f"{MADE_BY}\n{_json({'instance-id': instance(wish), 'dsmode': 'local'})}\n",
    }


def instance(wish: Wish) -> str:
    """The name by which cloud-init tells whether this card was set up already.

    It stands on the kernel's command line, for all to read and in logs: so of the network's
    password only the key goes into it, which is as slow to guess from as the air itself.
    """
    if wish.wifi is not None:
        key = psk(wish.wifi.ssid, wish.wifi.password)
        # A card that held the key and now holds its password is set up anew: they join differently.
        told = key if key == wish.wifi.password.lower() else f"password of {key}"
        wish = replace(wish, wifi=replace(wish.wifi, password=told))
    said = _json([_user_data(wish), _network_config(wish)]).encode()
    return f"livesell-{wish.node}-{hashlib.sha256(said).hexdigest()[:12]}"


def _user_data(wish: Wish) -> dict[str, object]:
    user: dict[str, object] = {
        "name": wish.user,
        "gecos": "live-sell technician",
        "groups": GROUPS,
        "shell": "/bin/bash",
        # No password opens it, and so none is asked for: by key, then sudo without one.
        "lock_passwd": True,
        "sudo": "ALL=(ALL) NOPASSWD:ALL",
    }
    if wish.ssh_keys:
        user["ssh_authorized_keys"] = list(wish.ssh_keys)
    told: dict[str, object] = {
        "hostname": wish.node,
        "manage_etc_hosts": True,
        "users": [user],
        "ssh_pwauth": False,
        "disable_root": True,
        "runcmd": [
            ["install", "-m", "644", f"{BOOT}/livesell/{FIRST_BOOT_UNIT}", "/etc/systemd/system/"],
            ["systemctl", "daemon-reload"],
            ["systemctl", "enable", FIRST_BOOT_UNIT],
            ["systemctl", "start", "--no-block", FIRST_BOOT_UNIT],
        ],
    }
    if wish.ssh_keys:
        told["enable_ssh"] = True
    if wish.timezone:
        told["timezone"] = wish.timezone
    return told


def _network_config(wish: Wish) -> dict[str, object]:
    wired = {"eth0": {"dhcp4": True, "dhcp6": True, "optional": True}}
    network: dict[str, object] = {"version": 2, "ethernets": wired}
    if wish.wifi is not None:
        judge_by_netplan(wish.wifi.ssid)
        place = _secured(wish.wifi)
        if wish.wifi.is_hidden:
            place["hidden"] = True
        network["wifis"] = {
            "wlan0": {
                "dhcp4": True,
                "optional": True,
                "regulatory-domain": wish.wifi.country,
                "access-points": {wish.wifi.ssid: place},
            }
        }
    return {"network": network}


def _secured(wifi: Wifi) -> dict[str, object]:
    """How a network is joined: beside its name a password is for WPA2 and, where both can, WPA3.

    Not the key that is made of it, by which only WPA2 is joined: since wpasupplicant 2:2.10-24+rpt1
    NetworkManager asks for WPA3 wherever it is offered, and a network of both is then not joined
    by a key at all (raspberrypi/linux #7634).
    """
    if wifi.is_wpa3:
        return {"auth": {"key-management": "sae", "password": wifi.password}}
    return {"password": wifi.password} if wifi.password else {}


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, indent=1)
    return _NO_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
