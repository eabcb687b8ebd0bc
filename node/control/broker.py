"""Which broker, and who connects to it: address, login, TLS; nothing of MQTT."""

import ssl
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from node.config_control import MqttConfig
from node.errors import LinkError

PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a broker listens."""

    host: str
    port: int
    is_tls: bool


def endpoint(url: str) -> Endpoint:
    """`mqtt://host:port` or `mqtts://host:port`; raises `ValueError`."""
    parts = urlsplit(url)
    is_plain = not (parts.path.strip("/") or parts.query or parts.username)
    if parts.scheme not in PORTS or not parts.hostname or not is_plain:
        raise ValueError(f"{url!r}: expected mqtts://host:port")
    return Endpoint(parts.hostname, parts.port or PORTS[parts.scheme], parts.scheme == "mqtts")


def broker_line(mqtt: MqttConfig | None) -> str:
    """By which broker a node is commanded, and whom it trusts, for people; empty: it runs alone."""
    if mqtt is None:
        return ""
    places = ", ".join(one.partition("://")[2] for one in mqtt.endpoints)
    return f"{places}, trust {mqtt.trust}" + (" (demo)" if mqtt.trust == "none" else "")


@dataclass(frozen=True, slots=True)
class Login:
    """Who connects; files are paths, empty where there is none."""

    client_id: str
    username: str = ""
    password: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


def tls_context(login: Login) -> ssl.SSLContext:
    """TLS 1.2 or later, the broker's name checked; raises `LinkError` for keys of no use."""
    try:
        context = ssl.create_default_context(cafile=login.ca_file or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if login.cert_file:
            context.load_cert_chain(login.cert_file, login.key_file or None)
    except (OSError, ValueError) as error:
        raise LinkError(f"mqtt: key or certificate cannot be used: {error}") from error
    return context
