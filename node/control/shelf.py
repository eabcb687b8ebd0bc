"""Desired sections on disk: the newest of each, and how far the node is with it."""

import logging
import os
import threading
from pathlib import Path
from typing import Final

import msgspec

from node.chainfile import sync_folder
from node.control.messages import ContractError, JsonObject, Reason
from node.control.receiving import Kept
from node.control.sections import (
    SECTIONS,
    Desired,
    Progress,
    Section,
    WireDesired,
    typed_section,
    wire_section,
)
from node.control.wireform import decode
from node.errors import DeviceError

log = logging.getLogger(__name__)

FOLDER: Final = "desired"


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far the node is with a version of a section."""

    ver: int
    status: Progress
    reason: Reason | None = None
    data: JsonObject = {}


class Shelf:
    """A file for each section; a version that is not newer changes nothing.

    Thread: any. `load` before all else; a file that cannot be read is as good as none: the broker
    keeps a copy.
    """

    def __init__(self, state_dir: Path) -> None:
        self._folder = state_dir / FOLDER
        self._lock = threading.Lock()
        self._wanted: dict[Section, Desired] = {}
        self._standing: dict[Section, Standing] = {}

    def load(self) -> None:
        """Read what was kept. It was verified as it came; the state directory is the node's own."""
        for section in SECTIONS:
            try:
                body = (self._folder / f"{section}.json").read_bytes()
                wanted = typed_section(decode(body, WireDesired))
                if wanted.section == section:
                    self._wanted[section] = wanted
                stood = (self._folder / f"{section}.standing.json").read_bytes()
                self._standing[section] = msgspec.json.decode(stood, type=Standing)
            except FileNotFoundError:
                continue
            except (OSError, ContractError, msgspec.MsgspecError) as error:
                log.warning("control: %s as kept cannot be used: %s", section, error)

    def put(self, desired: Desired) -> Kept:
        """Keep a section if it is newer; raises `DeviceError`."""
        with self._lock:
            held = self._wanted.get(desired.section)
            if held is not None and desired.ver <= held.ver:
                return "same" if desired.ver == held.ver else "old"
            self._write(f"{desired.section}.json", msgspec.json.encode(wire_section(desired)))
            self._wanted[desired.section] = desired
        return "new"

    def wanted(self, section: Section) -> Desired | None:
        """The newest version that came."""
        return self._wanted.get(section)

    def standing(self, section: Section) -> Standing | None:
        """How far the node is, of whichever version it last worked on."""
        return self._standing.get(section)

    def stand(self, section: Section, standing: Standing) -> None:
        """Note how far the node is; raises `DeviceError`."""
        with self._lock:
            self._standing[section] = standing
            self._write(f"{section}.standing.json", msgspec.json.encode(standing))

    def versions(self) -> dict[str, int]:
        """The version of each section that came, for births."""
        return {section: one.ver for section, one in self._wanted.items()}

    def _write(self, name: str, body: bytes) -> None:
        """All of the file or nothing, on disk when it returns."""
        path, new = self._folder / name, self._folder / f".{name}.new"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with new.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            sync_folder(self._folder)
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error
