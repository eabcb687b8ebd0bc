"""The tables of node.toml that reach beyond the booth: controller, files, home automation."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

import msgspec

from node.paths import absolute, secret_faults

_LOOPBACK: Final = re.compile(r"mqtts?://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$")
_LOOPBACK_HTTP: Final = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])([:/].*)?$")

_PORT = r"([1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_BROKER = rf"^mqtts?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:{_PORT})?$"
BrokerUrl = Annotated[str, msgspec.Meta(pattern=_BROKER)]
_CONSOLE = rf"^https?://([\w.-]+|\[[0-9a-fA-F:.]+\])(:{_PORT})?/?$(?!\n)"
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$(?!\n)")]
Host = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.\[\]:-]{1,255}$(?!\n)")]


class MqttConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The line to the controller; without this table the node runs alone.

    `endpoints` are tried in turn. Trust "jws" takes only what the keys have signed that the root
    key in `root_key_file` (public, a JWK) names; "none" takes anything, on this machine alone.
    Certificate, key and password are files of the node's own. `assets_url` is where files lie by
    hash, unless a message says otherwise. With `may_reboot` a command may start the machine again.
    """

    endpoints: Annotated[tuple[BrokerUrl, ...], msgspec.Meta(min_length=1, max_length=8)]
    org: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")] = "booth"
    trust: Literal["jws", "none"] = "jws"
    root_key_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    username: str = ""
    password_file: str = ""
    assets_url: str = ""
    may_reboot: bool = False


class EnrolConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a node comes to a fleet by itself: it asks the console, and a person lets it in there.

    `console` is the console's address; `ca_file` names who signed its certificate, where that is
    nobody whom the system trusts. What the console gives takes the place of `[mqtt]`,
    but for `may_reboot`.
    """

    console: Annotated[str, msgspec.Meta(pattern=_CONSOLE)]
    ca_file: str = ""
    may_reboot: bool = False


class FetchConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How files of a show come here, and how much room they may take.

    Beside the host of `mqtt.assets_url` only `hosts` (`name` or `name:port`) are asked. With
    `allow_http` they need no TLS: content is known by its hash, but who reads along sees it.
    `kbps` bounds the rate, kbit/s; 0 does not.
    """

    hosts: Annotated[tuple[Host, ...], msgspec.Meta(max_length=16)] = ()
    allow_http: bool = False
    budget_mb: Annotated[int, msgspec.Meta(ge=16, le=10_000_000)] = 8192
    kbps: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0


class HomeAssistantConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A second line, to the broker that Home Assistant listens to; off without this table.

    It shows the node as a device. What comes from there is unsigned: it may stop, set the volume,
    identify, and take the segments named in `takes` that are not live; it opens no camera.
    `show` false takes a device away that was shown. `prefix` is Home Assistant's own, `device`
    the name it shows.
    """

    endpoint: BrokerUrl
    show: bool = True
    device: Annotated[str, msgspec.Meta(max_length=80)] = ""
    prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_/-]{1,64}$(?!\n)")] = "homeassistant"
    username: str = ""
    password_file: str = ""
    ca_file: str = ""
    takes: Annotated[tuple[Name, ...], msgspec.Meta(max_length=20)] = ()


def placed_mqtt(mqtt: MqttConfig, base: Path) -> MqttConfig:
    """The same table with each relative path made absolute."""
    files = ("root_key_file", "ca_file", "cert_file", "key_file", "password_file")
    return msgspec.structs.replace(
        mqtt, **{name: absolute(base, getattr(mqtt, name)) for name in files}
    )


def placed_home_assistant(table: HomeAssistantConfig, base: Path) -> HomeAssistantConfig:
    """The same table with each relative path made absolute."""
    return msgspec.structs.replace(
        table,
        password_file=absolute(base, table.password_file),
        ca_file=absolute(base, table.ca_file),
    )


def mqtt_faults(mqtt: MqttConfig, fetch: FetchConfig) -> Iterator[str]:
    """What is wrong with the line to the controller, beyond its form."""
    yield from line_faults(mqtt, fetch)
    if mqtt.trust == "jws" and not mqtt.root_key_file:
        yield "mqtt.root_key_file: needed, or nothing can be trusted"
    yield from _file_faults(mqtt)


def enrol_faults(table: EnrolConfig, mqtt: MqttConfig | None) -> Iterator[str]:
    """What is wrong with the way to the console, beyond its form."""
    if mqtt is not None:
        yield "enrol: not beside [mqtt]: what the console gives takes its place"
    if table.console.startswith("http://") and not _LOOPBACK_HTTP.match(table.console):
        yield f"enrol.console = {table.console!r}: http:// only on this machine, https:// elsewhere"
    yield from _address_faults("enrol.console", table.console)
    if table.ca_file and not Path(table.ca_file).is_file():
        yield f"enrol.ca_file = {table.ca_file!r}: no such file"


def line_faults(mqtt: MqttConfig, fetch: FetchConfig) -> Iterator[str]:
    """What is wrong with the addresses of a line, its files not looked at."""
    for one in mqtt.endpoints:
        yield from _address_faults("mqtt.endpoints", one)
    is_here = all(_LOOPBACK.match(one) for one in mqtt.endpoints)
    if not is_here and any(one.startswith("mqtt://") for one in mqtt.endpoints):
        yield "mqtt.endpoints: mqtt:// only on this machine, mqtts:// elsewhere"
    if mqtt.trust == "none" and not is_here:
        yield "mqtt.trust = 'none': only with a broker on this machine"
    url = mqtt.assets_url
    is_plain = url.startswith("http://") and (fetch.allow_http or _LOOPBACK_HTTP.match(url))
    if url and not url.startswith("https://") and not is_plain:
        yield f"mqtt.assets_url = {url!r}: expected https://"


def home_assistant_faults(table: HomeAssistantConfig) -> Iterator[str]:
    """What is wrong with the line to Home Assistant, beyond its form."""
    yield from _address_faults("home_assistant.endpoint", table.endpoint)
    if table.ca_file and not Path(table.ca_file).is_file():
        yield f"home_assistant.ca_file = {table.ca_file!r}: no such file"
    if table.password_file:
        yield from secret_faults("home_assistant.password_file", Path(table.password_file))


def _address_faults(key: str, url: str) -> Iterator[str]:
    try:
        host = urlsplit(url).hostname
        if "[" in url:
            ip_address(host or "")
    except ValueError as error:
        yield f"{key} = {url!r}: {error}"


def _file_faults(mqtt: MqttConfig) -> Iterator[str]:
    for name in ("root_key_file", "ca_file", "cert_file"):
        if (path := str(getattr(mqtt, name))) and not Path(path).is_file():
            yield f"mqtt.{name} = {path!r}: no such file"
    for name in ("key_file", "password_file"):
        if path := str(getattr(mqtt, name)):
            yield from secret_faults(f"mqtt.{name}", Path(path))
