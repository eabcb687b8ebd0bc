"""Desired software: fetched and judged here, installed by root's side, applied once it works.

The node has no right to install anything. It brings a release's files into its state directory,
asks for it by a letter (`node.update.mailbox`), says go while nobody is on the air, and reports
what root's side writes down: refused, taken back, or found good.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar
from urllib.parse import quote, urljoin

from node.control.messages import Code, ContractError, JsonObject
from node.control.origins import PREFIX, hex_of
from node.control.sections import SoftwareWanted
from node.control.timing import Reading
from node.errors import DeviceError, LinkError
from node.jws import PublicKey, UntrustedError
from node.update.layout import Layout
from node.update.machine import Machine
from node.update.mailbox import FILES, REQUEST, Go, Mailbox, Request
from node.update.manifest import TOKEN_MAX_BYTES, Release, Wheel, opened
from node.update.record import Outcome, Record, held_record
from node.update.versions import is_below

log = logging.getLogger(__name__)

POLL_S: Final = 2.0
GO_POLL_S: Final = 0.2
"""Whoever goes on the air after a go takes it back so soon."""
GO_S: Final = 10.0
"""So often a go is said again: it does not hold for long."""
BUILT_S: Final = 3900.0
"""Root's side has an hour for it (livesell-update.service)."""

T = TypeVar("T")
Tell = Callable[[JsonObject], Awaitable[None]]


class Updater(Protocol):
    """Who has other software run."""

    async def update(
        self, wanted: SoftwareWanted, wish: int, tell: Tell, *, is_wanted: Callable[[], bool]
    ) -> JsonObject:
        """Have that release run and be found good; most often this process ends on the way.

        `wish` is the section's version. Ends as well where `is_wanted` says that it no longer is.
        Raises `ContractError` where it is refused or was taken back, `LinkError` and `DeviceError`
        where waiting may help, `AssetError`.
        """
        ...

    def close(self) -> None:
        """Begin nothing new."""
        ...


@dataclass(frozen=True, slots=True)
class Terms:
    """What the updater asks of the node, each time anew.

    `fetch` brings a file by hash (`desired.Fetcher`) until `close`; `keys` may sign a release;
    `is_busy` says whether somebody is on the air or about to be.
    """

    fetch: Callable[[str, str, int], Awaitable[Path]]
    keys: Callable[[], Iterable[PublicKey]]
    is_busy: Callable[[], bool]
    reading: Callable[[], Reading]
    close: Callable[[], None] = lambda: None


class SoftwareUpdater:
    """Implements `Updater` for an installed node. `disk` runs what blocks."""

    def __init__(
        self, layout: Layout, state_dir: Path, terms: Terms, *,
        version: str, machine: Machine, disk: Executor,
    ) -> None:  # fmt: skip
        self._layout, self._terms = layout, terms
        self._version, self._machine, self._disk = version, machine, disk
        self._mailbox = Mailbox(state_dir)

    async def update(
        self, wanted: SoftwareWanted, wish: int, tell: Tell, *, is_wanted: Callable[[], bool]
    ) -> JsonObject:
        """See `Updater`."""
        course = _Course(wanted, wish, tell, is_wanted)
        record = await self._record()
        _refuse_if_ended(record, course)
        if wanted.version == self._version:
            await self._do(lambda: self._mailbox.drop(REQUEST))  # of a wish before this one
        else:
            await self._until_due(course)
            await self._until_quiet(course)
            release = await self._release(course)
            await self._bring(release, course)
            await self._have_built(course)
            await self._have_swapped(course)
        await self._until_good(course)
        await self._do(lambda: self._let_go(frozenset()))
        return {"version": wanted.version}

    def close(self) -> None:
        """Begin nothing new."""
        self._disk.shutdown(wait=False, cancel_futures=True)
        self._terms.close()

    async def _until_due(self, course: "_Course") -> None:
        """Until its time has certainly come: a clock that nobody has set proves nothing."""
        while True:
            reading = self._terms.reading()
            moment = reading.moment
            latest = moment.floor if moment.now is None else max(moment.now, moment.floor)
            if latest >= course.wanted.not_before:
                return
            await course.wait("clock" if moment.now is None else "time")

    async def _until_quiet(self, course: "_Course") -> None:
        while self._terms.is_busy():
            await course.wait("show")

    async def _release(self, course: "_Course") -> Release:
        """The release of the manifest, if it may be installed here; raises `ContractError`."""
        wanted = course.wanted
        await course.say("fetching")
        path = await self._terms.fetch(wanted.sha256, wanted.manifest_url, 0)
        keys = await self._do(lambda: tuple(self._terms.keys()))
        try:
            release = opened(await self._do(lambda: _content(path)), keys)
        except UntrustedError as error:
            code: Code = "unknown_key" if error.code == "unknown_key" else "bad_signature"
            raise ContractError(code, str(error)) from error
        if release.version != wanted.version:
            why = f"the manifest is of {release.version}, wanted is {wanted.version}"
            raise ContractError("bad_payload", why)
        here = self._machine.architecture()
        if release.machine != here:
            why = f"it is for {release.machine}, this machine is {here}"
            raise ContractError("precondition", why)
        floor = (await self._record()).floor
        if is_below(release.version, floor):
            raise ContractError("precondition", f"{release.version} is older than {floor} may be")
        await self._do(lambda: self._make_room(release, course))
        return release

    def _make_room(self, release: Release, course: "_Course") -> None:
        """Let go of the files of other releases. Thread: the disk's."""
        self._let_go({hex_of(course.wanted.sha256), *(one.sha256 for one in release.files)})
        folders = self._mailbox.folder, self._layout.root
        try:
            free = min(self._machine.free_bytes(one) for one in folders)
        except OSError as error:
            raise DeviceError(f"{folders[0]}: {error.strerror or error}") from error
        if free < release.needed_bytes:
            why = f"it needs {release.needed_bytes >> 20} MB free, there are {free >> 20}"
            raise ContractError("disk_full", why)

    def _let_go(self, kept: Collection[str]) -> None:
        """Remove all fetched files but those of these hashes. Thread: the disk's."""
        folder = self._mailbox.folder.joinpath(*FILES)
        try:
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.name.partition(".")[0] not in kept:
                    path.unlink()
        except OSError as error:
            raise DeviceError(f"{folder}: {error.strerror or error}") from error

    async def _bring(self, release: Release, course: "_Course") -> None:
        done = 0
        for one in release.files:
            address = _address(course.wanted.manifest_url, one)
            await self._terms.fetch(f"{PREFIX}{one.sha256}", address, one.size)
            done += one.size
            await course.say("fetching", done=done, of=release.download_bytes)
            course.check()

    async def _have_built(self, course: "_Course") -> None:
        """Until root's side has built it; raises `ContractError` where it refuses."""
        await self._until_quiet(course)
        await self._post(course)
        await course.say("building")
        end_s = asyncio.get_running_loop().time() + BUILT_S
        while not _is_staged(record := await self._record(), course):
            _refuse_if_ended(record, course)
            if asyncio.get_running_loop().time() > end_s:
                raise DeviceError("nobody installs it: does livesell-update.path run?")
            await course.wait("build")

    async def _have_swapped(self, course: "_Course") -> None:
        """Say go while nobody is on the air. The process ends here, most often."""
        loop = asyncio.get_running_loop()
        said_s = float("-inf")
        while _is_staged(record := await self._record(), course):
            if self._terms.is_busy():
                await self._post(course)  # a go that was said holds no longer
                said_s = float("-inf")
                await self._until_quiet(course)
            if loop.time() - said_s >= GO_S:
                said_s = loop.time()
                await self._post(course, Go(self._machine.boot(), self._machine.now_s()))
            await course.wait("swap")
        _refuse_if_ended(record, course)

    async def _until_good(self, course: "_Course") -> None:
        while (record := await self._record()).phase in ("trial", "undoing"):
            waits = {"for": "show"} if record.is_due else {}
            await course.say("trial", tries=record.tries, **waits)
            await course.wait("trial")
        _refuse_if_ended(record, course)

    async def _post(self, course: "_Course", go: Go | None = None) -> None:
        letter = Request(1, hex_of(course.wanted.sha256), course.wish, go)
        await self._do(lambda: self._mailbox.put(REQUEST, letter))

    async def _record(self) -> Record:
        return await self._do(lambda: held_record(self._layout))

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._disk, work)


@dataclass(slots=True)
class _Course:
    """One wish on its way; what is told of it changes only when something does."""

    wanted: SoftwareWanted
    wish: int
    tell: Tell
    is_wanted: Callable[[], bool]
    told: JsonObject | None = None

    async def say(self, step: str, **facts: object) -> None:
        """Report how far it is."""
        now: JsonObject = {"version": self.wanted.version, "step": step, **facts}
        if now != self.told:
            self.told = now
            await self.tell(now)

    def check(self) -> None:
        """Raises `LinkError` where something else is wanted by now."""
        if not self.is_wanted():
            raise LinkError("another release is wanted by now")

    async def wait(self, reason: str) -> None:
        """Wait a moment for something, and say for what."""
        if reason in ("clock", "time", "show"):
            await self.say("waiting", **{"for": reason})
        await asyncio.sleep(GO_POLL_S if reason == "swap" else POLL_S)
        self.check()


def _is_staged(record: Record, course: _Course) -> bool:
    last = record.last
    return record.phase == "staged" and last is not None and _is_of(last, course)


def _is_of(last: Outcome, course: _Course) -> bool:
    return (last.manifest, last.wish) == (hex_of(course.wanted.sha256), course.wish)


def _refuse_if_ended(record: Record, course: _Course) -> None:
    """Raises `ContractError` where this very wish was refused or taken back."""
    last = record.last
    if last is not None and _is_of(last, course) and last.fate in ("refused", "rolled_back"):
        raise ContractError(last.code or "precondition", f"{last.fate}: {last.why}")


def _address(manifest_url: str, wheel: Wheel) -> str:
    """Where a wheel lies: beside its manifest; empty: at the node's asset server, by hash."""
    return urljoin(manifest_url, quote(wheel.name)) if manifest_url else ""


def _content(path: Path) -> bytes:
    """A manifest's bytes. Thread: the disk's."""
    try:
        with path.open("rb") as file:
            return file.read(TOKEN_MAX_BYTES)
    except OSError as error:
        raise DeviceError(f"{path.name}: {error.strerror or error}") from error
