"""What a node got when it was let in, on disk: key, certificate, authority, root key, broker.

    fleet/asking.key        the key of a claim that nobody has approved yet
    fleet/1/, fleet/2/ …    one set of papers each; `current` is a link to the one in force

A set is complete before its name exists, and the link is exchanged at once: a power cut leaves the
one or the other. Folders are 0700, keys 0600.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from node.chainfile import sync_folder
from node.config_control import MqttConfig
from node.control import certificates
from node.errors import CommandError, DeviceError

FOLDER: Final = "fleet"
KEY: Final = "node.key"
CERT: Final = "node.crt"
CA: Final = "ca.crt"
ROOT: Final = "root.jwk"
PLACE: Final = "place.json"
ASSETS: Final = "/v1/assets"
_ASKING: Final = "asking.key"
_CURRENT: Final = "current"


class Place(msgspec.Struct, frozen=True):
    """Where the node belongs; addresses are URLs."""

    node: str
    org: str
    broker: str
    console: str


@dataclass(frozen=True, slots=True)
class Papers:
    """One set; all but `place` as PEM or JSON, the bytes of their files."""

    place: Place
    key: bytes
    cert: bytes
    ca: bytes
    root: bytes

    @property
    def mqtt(self) -> MqttConfig:
        """The line that they give, but for the files (`Drawer.line`)."""
        place = self.place
        return MqttConfig((place.broker,), place.org, assets_url=f"{place.console}{ASSETS}")


class Drawer:
    """The papers in a state directory. Every method blocks on the disk; raises `DeviceError`."""

    def __init__(self, state_dir: Path) -> None:
        self.folder = state_dir / FOLDER

    def asking_key(self) -> bytes:
        """The key that asks; made at the first time."""
        path = self.folder / _ASKING
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _write(path.with_suffix(".new"), certificates.new_key())
                path.with_suffix(".new").replace(path)
                sync_folder(self.folder)
            key = path.read_bytes()
            certificates.read_key(key)
        except CommandError as error:
            raise DeviceError(f"{path}: {error}: remove the file, and another is made") from error
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error
        return key

    def current(self) -> Papers | None:
        """The set in force; None before the first, or where it cannot be read."""
        return self.read(self.folder / _CURRENT)

    def read(self, folder: Path) -> Papers | None:
        """A set; None where it is not whole."""
        try:
            names = (KEY, CERT, CA, ROOT)
            key, cert, ca, root = ((folder / name).read_bytes() for name in names)
            place = msgspec.json.decode((folder / PLACE).read_bytes(), type=Place)
            papers = Papers(place, key, cert, ca, root)
            certificates.check(cert, key=key, ca=ca, node=place.node)
        except (OSError, msgspec.MsgspecError, CommandError):
            return None
        return papers

    def put(self, papers: Papers) -> Path:
        """Put a set beside that in force; its folder."""
        numbers = [int(one.name) for one in self.folder.glob("[0-9]*") if one.name.isdigit()]
        folder = self.folder / str(max(numbers, default=0) + 1)
        new = folder.with_suffix(".new")
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(mode=0o700, parents=True)
            _write(new / KEY, papers.key)
            for name, body in (
                (CERT, papers.cert), (CA, papers.ca), (ROOT, papers.root),
                (PLACE, msgspec.json.encode(papers.place)),
            ):  # fmt: skip
                _write(new / name, body)
            sync_folder(new)
            new.replace(folder)
            sync_folder(self.folder)
        except OSError as error:
            raise DeviceError(f"{folder}: {error.strerror or error}") from error
        return folder

    def settle(self, folder: Path) -> None:
        """From now on that set is in force; the others go, and so does the key that asked."""
        link = self.folder / f"{_CURRENT}.new"
        try:
            link.unlink(missing_ok=True)
            link.symlink_to(folder.name)
            link.replace(self.folder / _CURRENT)
            sync_folder(self.folder)
        except OSError as error:
            raise DeviceError(f"{folder}: {error.strerror or error}") from error
        (self.folder / _ASKING).unlink(missing_ok=True)
        for other in self.folder.iterdir():
            if other.is_dir() and not other.is_symlink() and other != folder:
                shutil.rmtree(other, ignore_errors=True)

    def drop(self, folder: Path) -> None:
        """A set that was not found right goes."""
        shutil.rmtree(folder, ignore_errors=True)

    def line(self, papers: Papers, folder: Path | None = None) -> MqttConfig:
        """The line to the controller by a set, in force unless its folder is given."""
        where = (folder or self.folder / _CURRENT).resolve()
        return msgspec.structs.replace(
            papers.mqtt,
            root_key_file=str(where / ROOT),
            ca_file=str(where / CA),
            cert_file=str(where / CERT),
            key_file=str(where / KEY),
        )


def _write(path: Path, body: bytes) -> None:
    """A new file of mode 0600, on disk when it returns."""
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
