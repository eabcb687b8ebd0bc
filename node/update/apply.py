"""Root's side of an update: takes what the node asks for, verifies it again, builds it, swaps it.

Nothing of what the node says is believed but that it wants a release: manifest and wheels are
copied to where only root writes, and the copies are judged.
"""

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from node.errors import ConfigError, NodeError
from node.jws import PublicKey, UntrustedError, read_keys
from node.update import mailbox, trial
from node.update.intake import AlteredError, Intake
from node.update.layout import COMPLETE, release_id
from node.update.machine import MachineError
from node.update.mailbox import Request
from node.update.manifest import MANIFEST, TOKEN_MAX_BYTES, Release, opened
from node.update.record import Code, Outcome, Phase, Record, Seal, held_record
from node.update.site import Site
from node.update.trial import Report
from node.update.versions import is_below

REQUIREMENTS: Final = "requirements.txt"
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE: Final = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.EINVAL})
_CODES: Final[dict[str, Code]] = {
    "bad_signature": "bad_signature", "unknown_key": "unknown_key", "bad_payload": "bad_payload",
}  # fmt: skip


class RefusedError(NodeError):
    """A release is not installed; `code` is a word of the control plane's contract."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Wanted:
    """A release that is wanted: its manifest's SHA-256, and where its files are."""

    manifest: str
    wish: int
    files: Intake


def apply(site: Site, state_dir: Path, keys: Path) -> Report:
    """What systemd has done: settle a trial, then take the node's request one step on.

    A step is: build it (`staged`), or, once the node says go, let it take over (`swapped`).
    """
    with site.building() as is_ours:
        if not is_ours:
            return Report("busy")
        report = trial.settle(site, state_dir)
        if report.did != "nothing":
            return report
        request = mailbox.request_in(state_dir)
        wanted = None if request is None else _wanted(request, state_dir)
        if wanted is None or _is_answered(site, wanted):
            _tidy(site)
            return Report("nothing", report.release)
        if not _is_staged(site, wanted):
            return _staged(site, wanted, keys)
        return _swapped_if(site, request, state_dir)


def install(site: Site, folder: Path, state_dir: Path, keys: Path) -> Report:
    """Build the release of a folder and let it take over at once, by hand."""
    with site.building() as is_ours:
        if not is_ours:
            return Report("busy")
        files = Intake(folder)
        if held_record(site.layout).phase in ("trial", "undoing"):
            return Report("on_trial", why="a release is on trial")
        try:
            digest = hashlib.sha256(files.read(MANIFEST, TOKEN_MAX_BYTES)).hexdigest()
        except (OSError, ValueError) as error:
            return Report("refused", why=f"{folder / MANIFEST}: {_said(error)}")
        wanted = Wanted(digest, 0, files)
        is_first = not site.layout.is_complete(site.layout.led_to(site.layout.current))
        report = _staged(site, wanted, keys)
        if report.did != "staged":
            return report
        swapped = trial.swap(site, report.release, state_dir)
        if not is_first:
            return swapped
        trial.commit(site)  # there is nothing to go back to
        return Report("committed", report.release, needs_restart=True)


def _tidy(site: Site) -> None:
    """Nothing is wanted: what is no release that runs or may run again goes."""
    record = held_record(site.layout)
    if record.phase in ("building", "staged"):
        _kept(site, "steady", "", record.last)
    trial.tidy(site)


def _wanted(request: Request, state_dir: Path) -> Wanted:
    return Wanted(request.manifest, request.wish, mailbox.files_in(state_dir))


def _is_answered(site: Site, wanted: Wanted) -> bool:
    """Whether this very wish has come to its end before."""
    last = held_record(site.layout).last
    return (
        last is not None
        and last.fate != "staged"
        and (last.manifest, last.wish) == (wanted.manifest, wanted.wish)
    )


def _is_staged(site: Site, wanted: Wanted) -> bool:
    record = held_record(site.layout)
    last = record.last
    return (
        record.phase == "staged"
        and last is not None
        and (last.manifest, last.wish) == (wanted.manifest, wanted.wish)
        and site.layout.is_complete(record.next)
    )


def _swapped_if(site: Site, request: Request | None, state_dir: Path) -> Report:
    release = held_record(site.layout).next
    machine = site.machine
    if request is None or not mailbox.is_fresh(request.go, machine.boot(), machine.now_s()):
        return Report("waiting", release, "the node has not said go")
    return trial.swap(site, release, state_dir)


def _staged(site: Site, wanted: Wanted, keys: Path) -> Report:
    """Build a release; what fails leaves nothing behind but the reason."""
    try:
        release = _built(site, wanted, keys)
    except RefusedError as error:
        return _refused(site, wanted, error)
    except OSError as error:
        return _refused(site, wanted, _of_disk(error))
    _kept(site, "staged", release, Outcome(wanted.manifest, wanted.wish, "staged"))
    return Report("staged", release)


def _refused(site: Site, wanted: Wanted, error: RefusedError) -> Report:
    current = site.layout.led_to(site.layout.current)
    with contextlib.suppress(OSError):  # what is left lies there until the next time
        _clean(site)
    last = Outcome(wanted.manifest, wanted.wish, "refused", error.code, str(error))
    _kept(site, "steady", "", last)
    return Report("refused", current, str(error))


def _built(site: Site, wanted: Wanted, keys: Path) -> str:
    """The id of the release, whole and checked; raises `RefusedError`, `OSError`."""
    layout, disk = site.layout, site.disk
    _clean(site)
    disk.make(layout.releases)
    disk.make(layout.incoming)
    release = _judged(site, wanted, keys)
    name = release_id(release.version, wanted.manifest)
    if layout.is_complete(name):
        return name
    python = _python_for(site, release)
    _kept(site, "building", name, held_record(layout).last)
    for one in release.files:
        _copy(site, wanted.files, one.name, one.sha256, one.size)
    disk.write(layout.incoming / REQUIREMENTS, release.requirements.encode())
    _make(site, release, name, python)
    disk.sync_all()
    seal = Seal(release.version, wanted.manifest, release.min_version, wanted.wish)
    disk.write(layout.release(name) / COMPLETE, msgspec.json.encode(seal))
    disk.sync(layout.releases)
    disk.remove(layout.incoming)
    return name


def _judged(site: Site, wanted: Wanted, keys: Path) -> Release:
    """The release of our own copy of the manifest, if it may be installed here."""
    trusted = _keys(keys)
    try:
        token = wanted.files.read(
            wanted.manifest if wanted.files.is_by_hash else MANIFEST, TOKEN_MAX_BYTES
        )
    except (OSError, ValueError) as error:
        raise RefusedError("asset_missing", f"manifest: {_said(error)}") from error
    if hashlib.sha256(token).hexdigest() != wanted.manifest:
        raise RefusedError("asset_missing", "manifest: it has another hash than was asked for")
    try:
        release = opened(token, trusted)
    except UntrustedError as error:
        raise RefusedError(_CODES.get(error.code, "bad_signature"), str(error)) from error
    floor = held_record(site.layout).floor
    if is_below(release.version, floor):
        raise RefusedError("precondition", f"{release.version} is older than {floor} may be")
    return release


def _python_for(site: Site, release: Release) -> Path:
    """The interpreter that a release's wheels are for, on a machine with room for them."""
    machine = site.machine
    if release.machine != machine.architecture():
        why = f"it is for {release.machine}, this machine is {machine.architecture()}"
        raise RefusedError("precondition", why)
    python = machine.python(release.python)
    if python is None:
        why = f"it needs Python {release.python}, which this machine does not have"
        raise RefusedError("precondition", why)
    free = machine.free_bytes(site.layout.root)
    if free < release.needed_bytes:
        why = f"it needs {release.needed_bytes >> 20} MB free, there are {free >> 20}"
        raise RefusedError("disk_full", why)
    return python


def _copy(site: Site, files: Intake, name: str, sha256: str, size: int) -> None:
    try:
        files.copy(name, sha256, size, site.layout.incoming / name, site.disk)
    except AlteredError as error:
        raise RefusedError("asset_missing", str(error)) from error
    except OSError as error:
        if error.errno in _GONE:
            raise RefusedError("asset_missing", f"{name}: {error.strerror}") from error
        raise


def _make(site: Site, release: Release, name: str, python: Path) -> None:
    """The environment at its final place: one that is moved does not work."""
    machine, place = site.machine, site.layout.release(name)
    incoming = site.layout.incoming
    try:
        machine.make_environment(python, place)
        machine.install(place, incoming, incoming / REQUIREMENTS)
        machine.check(place, release.version)
    except MachineError as error:
        code: Code = "timeout" if error.is_late else "precondition"
        if os.strerror(errno.ENOSPC) in str(error):
            code = "disk_full"
        raise RefusedError(code, str(error)) from error


def _clean(site: Site) -> None:
    """Remove what no link names: what was begun and not ended, what was taken back."""
    layout = site.layout
    kept = {layout.led_to(layout.current), layout.led_to(layout.previous)}
    if layout.releases.is_dir():
        for folder in list(layout.releases.iterdir()):
            if folder.name not in kept:
                site.disk.remove(folder)
    site.disk.remove(layout.incoming)


def _kept(site: Site, phase: Phase, release: str, last: Outcome | None) -> None:
    with site.alone():
        record = held_record(site.layout)
        site.keep(Record(phase=phase, next=release, floor=record.floor, last=last))


def _of_disk(error: OSError) -> RefusedError:
    place = Path(str(error.filename)).name if error.filename else "the disk"
    code: Code = "disk_full" if error.errno in _FULL else "hw_error"
    return RefusedError(code, f"{place}: {error.strerror or error}")


def _said(error: OSError | ValueError) -> str:
    """What went wrong, without the place, which is named before."""
    return str(getattr(error, "strerror", None) or error)


def _keys(folder: Path) -> Iterable[PublicKey]:
    """The keys whose releases are taken, if nobody else can have put them there."""
    try:
        for path in (folder, *folder.iterdir()):
            found = path.stat()
            if found.st_uid not in (0, os.geteuid()) or found.st_mode & _OTHERS_WRITE:
                raise RefusedError("unknown_key", f"{path}: others may write it")
        return read_keys(folder)
    except OSError as error:
        raise RefusedError("unknown_key", f"{folder}: {error.strerror}") from error
    except ConfigError as error:
        raise RefusedError("unknown_key", "; ".join(error.faults)) from error
