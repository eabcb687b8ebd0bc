"""`fleet.toml`: what the controller is told; and where its files lie."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Final

import msgspec

from node.control.broker import Endpoint, Login, endpoint
from node.errors import ConfigError

FILE: Final = "fleet.toml"
DATABASE: Final = "fleet.db"
FILES: Final = "files"
CA_CERT: Final = "ca.crt"
CRL: Final = "crl.pem"
ADMIN_TOKEN: Final = "admin.token"  # noqa: S105  # a file's name


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The controller's settings; files count from the folder of `fleet.toml`.

    `broker` is mqtt://host:port or mqtts://host:port; `listen` host:port of the HTTP face, behind
    TLS where `https_cert` and `https_key` name its files.
    """

    org: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")] = "booth"
    broker: str = "mqtt://127.0.0.1:1883"
    listen: str = "127.0.0.1:8090"
    client_id: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")] = "ctl"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    username: str = ""
    password_file: str = ""
    https_cert: str = ""
    https_key: str = ""

    @property
    def host(self) -> str:
        """Where the HTTP face listens."""
        return self.listen.rpartition(":")[0].strip("[]") or "127.0.0.1"

    @property
    def port(self) -> int:
        """Its port; 0 takes any free one."""
        return int(self.listen.rpartition(":")[2])


def load_settings(folder: Path, changes: Mapping[str, str] = MappingProxyType({})) -> Settings:
    """Read `fleet.toml`, with some of it changed; raises `ConfigError` naming the place."""
    path = folder / FILE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        settings = msgspec.convert({**table, **changes}, Settings)
        endpoint(settings.broker)
        _ = settings.port
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise ConfigError([f"{path}: {error}"]) from error
    return settings


def write_settings(folder: Path, settings: Settings) -> None:
    """Write those that differ from what is given unasked."""
    chosen = {
        name: value
        for name, value in msgspec.to_builtins(settings).items()
        if value or name in {"org", "broker", "listen"}
    }
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in chosen.items()]
    (folder / FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def broker_of(settings: Settings, folder: Path) -> tuple[Endpoint, Login]:
    """Where the broker is and who we are there; raises `ConfigError`."""
    password = ""
    if settings.password_file:
        try:
            password = (folder / settings.password_file).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            raise ConfigError([f"password_file: {error}"]) from error
    files = (settings.ca_file, settings.cert_file, settings.key_file)
    ca, cert, key = (str(folder / name) if name else "" for name in files)
    login = Login(settings.client_id, settings.username, password, ca, cert, key)
    return endpoint(settings.broker), login
