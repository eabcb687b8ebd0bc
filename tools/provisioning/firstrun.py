"""The script that Raspberry Pi OS 12 runs at its first start, in place of cloud-init.

custom.toml, its other way, sets names and keys but starts nothing, so it is not used. Who a user
is, and the network, is left to the system's own imager_custom (raspberrypi-sys-mods).
"""

import shlex
from typing import Final

from tools.provisioning.refusals import Refusal
from tools.provisioning.wifi import in_keyfile, psk
from tools.provisioning.wish import Wish

MADE_BY: Final = "# Written by tools/provision of the live-sell node."
BOOT: Final = "/boot/firmware"
"""Where Raspberry Pi OS 12 and 13 have the boot partition while they run."""
FIRST_BOOT_UNIT: Final = "livesell-first-boot.service"
SCRIPT: Final = "firstrun.sh"
GROUPS: Final = (
    "users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo"
)
RUN_WORDS: Final = (
    f"systemd.run={BOOT}/{SCRIPT}",
    "systemd.run_success_action=reboot",
    "systemd.unit=kernel-command-line.target",
)
"""On the kernel's command line; the script takes them away, for else it would run for ever."""


def firstrun_script(wish: Wish) -> str:
    """The script's text. Whatever fails in it, it takes itself off the command line.

    Raises `Refusal` for a network of WPA3 alone: that system's supplicant does not tell its
    NetworkManager that it could (README.md).
    """
    if wish.wifi is not None and wish.wifi.is_wpa3:
        raise Refusal("wpa3_system")
    quoted = shlex.quote
    keys = "".join(f" {quoted(key)}" for key in wish.ssh_keys)
    access = f"-k{keys}" if wish.ssh_keys else "-k -d"
    lines = [
        "#!/bin/sh",
        MADE_BY,
        "# Each step on its own: one that fails is told, and the others are done all the same.",
        "root=${LIVESELL_ROOT:-}   # for tests alone",
        f"boot=$root{BOOT}",
        "mods=$root/usr/lib/raspberrypi-sys-mods/imager_custom",
        'say() { echo "livesell firstrun: $*" >&2; }',
        'try() { "$@" || say "failed ($?): $1 $2"; }',
        "",
        f'try "$mods" set_hostname {quoted(wish.node)}',
        "# '!' locks the password: no default one, none at all.",
        f"try \"$root/usr/lib/userconf-pi/userconf\" {quoted(wish.user)} '!'",
        f'try "$mods" enable_ssh {access}',
    ]
    if wish.wifi is not None:
        hidden = "-h " if wish.wifi.is_hidden else ""
        name, key = (
            quoted(in_keyfile(wish.wifi.ssid)),
            quoted(psk(wish.wifi.ssid, wish.wifi.password)),
        )
        lines.append(f'try "$mods" set_wlan {hidden}{name} {key} {wish.wifi.country}')
    if wish.timezone:
        lines.append(f'try "$mods" set_timezone {quoted(wish.timezone)}')
    lines += [
        "",
        f'try install -m 644 "$boot/livesell/{FIRST_BOOT_UNIT}" "$root/etc/systemd/system/"',
        f"try systemctl enable {FIRST_BOOT_UNIT}",
        "",
        f'rm -f "$boot/{SCRIPT}"',
        'sed -i "s| systemd\\.[^ ]*||g" "$boot/cmdline.txt"',
        "exit 0",
    ]
    return "\n".join(lines) + "\n"
