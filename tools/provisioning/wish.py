"""What a node is to be: its name, its fleet, its network, who may look after it."""

import json
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from tools.provisioning.refusals import Refusal
from tools.provisioning.wifi import judge_password

NODE = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
"""Name of the node, and of its host on the booth's network (RFC 1123)."""
USER = re.compile(r"[a-z][a-z0-9-]{0,30}")
COUNTRY = re.compile(r"[A-Z]{2}")
ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*")
SSH_KEY = re.compile(
    r"(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)|sk-(ssh-ed25519|ecdsa-sha2-nistp256)"
    r"@openssh\.com) [A-Za-z0-9+/]{40,}={0,2}( [^\r\n]*)?"
)
SSID_BYTES = 32
"""IEEE 802.11."""
RESERVED_USERS = frozenset({"root", "livesell", "livesell-kiosk", "pi"})
"""`pi` is what is tried first by whoever tries passwords."""


@dataclass(frozen=True, slots=True)
class Wifi:
    """A wireless network. `password` may be its key (64 hexadecimal digits), empty: an open one.

    `is_wpa3`: it takes WPA3 alone. One that takes WPA2 as well is joined without that.
    """

    ssid: str
    country: str
    password: str = field(default="", repr=False)
    is_hidden: bool = False
    is_wpa3: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a card is told. `ssh_keys` empty: nobody gets in but at the node's own pages.

    `console_ca` is a PEM file's content, `software_key` the public key (JWK) whose releases the
    node takes, empty: none from afar; `node_toml` a configuration to go by, empty for a plain
    one. `timezone` empty: that of the image.
    """

    node: str
    console: str = ""
    console_ca: str = ""
    wifi: Wifi | None = None
    ssh_keys: tuple[str, ...] = ()
    user: str = "field"
    timezone: str = ""
    node_toml: str = ""
    software_key: str = ""

    def judge(self) -> None:
        """Raises `Refusal` for the first thing that cannot be."""
        _matched("node", self.node, NODE)
        _matched("user", self.user, USER)
        if self.user in RESERVED_USERS:
            raise Refusal("user_reserved", user=self.user)
        if self.timezone:
            _matched("timezone", self.timezone, ZONE)
        if self.console:
            _judge_console(self.console)
        if self.console_ca and "-----BEGIN CERTIFICATE-----" not in self.console_ca:
            raise Refusal("not_pem")
        if self.software_key:
            _judge_software_key(self.software_key)
        if self.wifi is not None:
            _judge_wifi(self.wifi)
        for key in self.ssh_keys:
            _judge_ssh_key(key)


def judge_network(ssid: str, country: str) -> None:
    """Raises `Refusal` for a network whose name no card can say, or whose country is none."""
    try:
        size = len(ssid.encode())
    except UnicodeEncodeError:  # bytes that are no UTF-8, as a shell hands them over
        size = 0
    if not 1 <= size <= SSID_BYTES or any(unicodedata.category(one) == "Cc" for one in ssid):
        raise Refusal("bad_ssid", value=ssid[:100])
    _matched("country", country, COUNTRY)


def keys_in(path: Path) -> tuple[str, ...]:
    """The public keys of a file, one a line, comments aside; raises `Refusal`."""
    text = read_text(path)
    if "PRIVATE KEY" in text:
        raise Refusal("private_key")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


def read_text(path: Path) -> str:
    """A text file; raises `Refusal` where it is none."""
    try:
        # By bytes: the line ends of a file that comes from another system stay as they are.
        return path.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        raise Refusal("read", path=path, why=getattr(error, "strerror", error)) from error


def _matched(what: str, value: str, form: re.Pattern[str]) -> None:
    if form.fullmatch(value) is None:
        raise Refusal(f"bad_{what}", value=value[:100])


def _judge_console(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_named = (
            url.isascii() and parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
        )
        is_good = is_named and not (parts.path.strip("/") or parts.query or parts.fragment)
    except ValueError:
        is_good = False
    if not is_good:
        raise Refusal("bad_console", value=url[:100])


def _judge_ssh_key(key: str) -> None:
    if "PRIVATE KEY" in key:
        raise Refusal("private_key")
    _matched("ssh_key", key, SSH_KEY)


def _judge_software_key(text: str) -> None:
    """A JWK or a set of them, without the half that signs."""
    try:
        told = json.loads(text)
        keys = told.get("keys", [told])
        is_public = bool(keys) and all(one["kty"] == "OKP" and "d" not in one for one in keys)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_public = False
    if not is_public:
        raise Refusal("bad_software_key")


def _judge_wifi(wifi: Wifi) -> None:
    judge_network(wifi.ssid, wifi.country)
    judge_password(wifi.password, is_wpa3=wifi.is_wpa3)
