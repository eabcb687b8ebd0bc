"""The key of a wireless network, so that its password need not stand on the card."""

import hashlib
import re

from tools.provisioning.refusals import Refusal

ROUNDS = 4096
KEY_BYTES = 32
_HEX = re.compile("[0-9a-fA-F]{64}")


def psk(ssid: str, password: str) -> str:
    """The pre-shared key as `wpa_passphrase` makes it: 64 digits (IEEE 802.11i, annex H.4).

    64 hexadecimal digits are a key already. Raises `Refusal` for what can be no password.
    """
    if _HEX.fullmatch(password):
        return password.lower()
    if not 8 <= len(password.encode()) <= 63:  # noqa: PLR2004  # IEEE 802.11i: of 8 to 63 letters
        raise Refusal("bad_password")
    return hashlib.pbkdf2_hmac("sha1", password.encode(), ssid.encode(), ROUNDS, KEY_BYTES).hex()
