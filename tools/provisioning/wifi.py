"""A wireless network as the systems on a card take it.

Its name, so that whoever reads it takes every letter for a letter; its password, or the key that is
made of it where that is enough.
"""

import hashlib
import re

from tools.provisioning.refusals import Refusal

ROUNDS = 4096
KEY_BYTES = 32
_HEX = re.compile("[0-9a-fA-F]{64}")
_NUMBERS = re.compile(r"(\s*\d{1,3}\s*;)+\s*")


def judge_password(password: str, *, is_wpa3: bool) -> None:
    """Raises `Refusal` for what can be no password; 64 hexadecimal digits are a key, not for WPA3.

    WPA3 proves that both know the password itself (SAE, IEEE 802.11 §12.4).
    """
    is_key = _HEX.fullmatch(password) is not None
    if is_wpa3 and (is_key or not password):
        raise Refusal("wpa3_password")
    if password and not is_key and not 8 <= len(password.encode()) <= 63:  # noqa: PLR2004  # IEEE 802.11i: of 8 to 63 letters
        raise Refusal("bad_password")


def psk(ssid: str, password: str) -> str:
    """The pre-shared key as `wpa_passphrase` makes it: 64 digits (IEEE 802.11i, annex H.4).

    64 hexadecimal digits are a key already; of an open network (no password) there is none.
    """
    if not password or _HEX.fullmatch(password):
        return password.lower()
    return hashlib.pbkdf2_hmac("sha1", password.encode(), ssid.encode(), ROUNDS, KEY_BYTES).hex()


def in_keyfile(ssid: str) -> str:
    """A network's name for `imager_custom`, which puts it into NetworkManager's file as it is.

    A name that could be anything else there is written as the numbers of its bytes
    (nm-settings-keyfile(5), `wifi.ssid`): an option of imager_custom (`-h`, wherever it stands), an
    escape, a blank at an end, a list of numbers.
    """
    is_plain = not (ssid.startswith("-") or ssid != ssid.strip() or "\\" in ssid)
    if is_plain and not _NUMBERS.fullmatch(ssid):
        return ssid
    return "".join(f"{byte};" for byte in ssid.encode())


def judge_by_netplan(ssid: str) -> None:
    r"""Raises `Refusal` for a name that does not get through netplan.

    It writes the name as it is; NetworkManager takes `12;34;` for the numbers of bytes there, and
    `\;` for `;` (nm-keyfile.c, get_bytes).
    """
    if _NUMBERS.fullmatch(ssid) or "\\;" in ssid:
        raise Refusal("ssid_misread", value=ssid)
