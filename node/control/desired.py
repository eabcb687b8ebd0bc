"""Brings the node to the state that is wanted of it, section by section, and says how far it is.

A section comes whole and is applied as a whole; none waits for another. A day that comes while its
files are still on their way is put in place as far as it goes, and once more when they are here.
What fails is reported with its reason and leaves what was before; what only waiting can cure is
tried again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, Protocol

from node.control.messages import RETRYABLE, ContractError, JsonObject, Reason
from node.control.performer import code_of
from node.control.receiving import Kept
from node.control.sections import (
    SECTIONS,
    AssetsWanted,
    CatalogueWanted,
    ConfigWanted,
    Desired,
    KeysWanted,
    Progress,
    Section,
    Setting,
    ShowWanted,
    SoftwareWanted,
    Wanted,
)
from node.control.shelf import Shelf, Standing
from node.control.software import Updater
from node.errors import AssetError, CommandError, DeviceError, LinkError
from node.findings import Finding, has_errors

log = logging.getLogger(__name__)

DAY: Final[tuple[Section, ...]] = ("catalogue", "show")
CHAINS: Final[tuple[tuple[Section, ...], ...]] = (
    ("keys",), ("config",), ("software",), ("assets",), DAY,
)  # fmt: skip
"""Side by side; within one, one after the other."""
NEEDED_BY: Final[Mapping[Section, tuple[Section, ...]]] = {"assets": DAY, "catalogue": ("show",)}
"""Sections that may have failed for want of another."""
AWAITS: Final = "awaits"
"""In what is reported of a day: the section that will have it put in place once more."""
RETRY_FIRST_S: Final = 5.0
RETRY_LAST_S: Final = 300.0
DAY_FILE_MAX: Final = 256 * 1024
RUNDOWN_NAME: Final = "day.toml"
CATALOGUE_NAME: Final = "catalog.toml"

Overlay = Mapping[str, Mapping[str, Setting]]


class Fetcher(Protocol):
    """Who brings files here, by hash, checked, resumed, within the disk's budget."""

    async def fetch(self, sha256: str, url: str, size: int) -> Path:
        """The file of that hash (`sha256:…`), fetched unless it lies here.

        `url` empty is the node's own asset server, `size` 0 unknown. Raises `LinkError` where
        waiting may help, `AssetError` where not, `DeviceError` when the disk refuses.
        """
        ...

    async def sync(
        self, wanted: AssetsWanted, progress: Callable[[JsonObject], None]
    ) -> JsonObject:
        """Bring all that a signed manifest names, telling `progress`; returns the summary."""
        ...

    def close(self) -> None:
        """Begin nothing new."""
        ...


class DesiredState:
    """Component: applies desired sections.

    `edit` puts a day in place and returns its findings (`program.days`); `check` gives the faults
    of a configuration overlay; `in_force` is the version of the overlay that this start uses,
    `software` the version that runs.
    """

    name = "desired"

    def __init__(
        self,
        shelf: Shelf,
        *,
        fetcher: Fetcher | None,
        updater: Updater | None = None,
        edit: Callable[[Mapping[str, bytes]], Awaitable[Sequence[Finding]]],
        check: Callable[[Overlay], Sequence[str]],
        in_force: int,
        software: str,
        trust: Callable[[KeysWanted], None],
        report: Callable[[Section, Standing], None],
    ) -> None:
        self._shelf = shelf
        self._fetcher, self._updater = fetcher, updater
        self._edit, self._check = edit, check
        self._in_force, self._software = in_force, software
        self._trust, self._report = trust, report
        self._changed = {chain: asyncio.Event() for chain in CHAINS}

    def came(self, section: Section, kept: Kept) -> None:
        """A section came by the network; what is old or the same is only answered."""
        standing = self._shelf.standing(section)
        if kept == "old" and standing is not None:
            self._report(section, Standing(standing.ver, "ignored_old", data=standing.data))
        elif kept == "same" and standing is not None:
            self._report(section, standing)
        for changed in self._changed.values():
            changed.set()

    def refused(self, section: str, error: ContractError) -> None:
        """A section came that cannot be used: said, while what was before stays in force."""
        for known in SECTIONS:
            if known == section:
                standing = self._shelf.standing(known)
                ver = 0 if standing is None else standing.ver
                self._report(known, Standing(ver, "failed", Reason(error.code, str(error))))

    async def run(self, ready: Callable[[], None]) -> None:
        """Converge until cancelled."""
        with ThreadPoolExecutor(1, "desired") as pool:
            self._pool = pool
            self._trust_kept()
            ready()
            async with asyncio.TaskGroup() as group:
                for chain, changed in self._changed.items():
                    group.create_task(self._keep_to(chain, changed))

    async def _keep_to(self, chain: tuple[Section, ...], changed: asyncio.Event) -> None:
        """Converge some sections, until cancelled."""
        delay_s = RETRY_FIRST_S
        while True:
            changed.clear()
            is_waiting = [await self._converge(section) for section in chain]
            if not any(is_waiting):
                delay_s = RETRY_FIRST_S
                await changed.wait()
                continue
            try:
                async with asyncio.timeout(delay_s):
                    await changed.wait()
            except TimeoutError:
                delay_s = min(delay_s * 2, RETRY_LAST_S)

    def _trust_kept(self) -> None:
        keys = self._shelf.wanted("keys")
        if keys is not None and isinstance(keys.data, KeysWanted):
            self._trust(keys.data)

    async def _converge(self, section: Section) -> bool:
        """Bring one section as far as it goes; true if waiting may bring it further."""
        wanted = self._shelf.wanted(section)
        if wanted is None or self._has_ended(section):
            return False
        early: JsonObject = {}
        if section in DAY and not self._has_ended("assets"):
            early = {AWAITS: "assets"}
        try:
            data = await self._apply(wanted)
        except (LinkError, DeviceError) as error:
            await self._stand(section, _standing(wanted, "applying", error))
            return True
        except (AssetError, CommandError, ContractError) as error:
            status: Progress = "applying" if early else "failed"
            await self._stand(section, _standing(wanted, status, error, early))
            if section != "assets":
                return False
        else:
            needs = bool(data.pop("restart", False))
            standing = Standing(wanted.ver, "applied", data={**data, **early})
            if needs:
                standing = Standing(wanted.ver, "applying", data={"needs": "restart"})
            await self._stand(section, standing)
        await self._retry_after(section)
        return False

    def _has_ended(self, section: Section) -> bool:
        """Whether there is nothing to do for it, as for one that is not wanted at all."""
        wanted, standing = self._shelf.wanted(section), self._shelf.standing(section)
        return wanted is None or (
            standing is not None
            and standing.ver == wanted.ver
            and standing.status in ("applied", "failed")
            and not self._is_due_again(section, standing)
        )

    def _is_due_again(self, section: Section, standing: Standing) -> bool:
        """Whether what was applied before is no longer so, as after other software came."""
        wanted = self._shelf.wanted(section)
        if wanted is None or not isinstance(wanted.data, SoftwareWanted):
            return False
        return (wanted.data.version == self._software) != (standing.status == "applied")

    async def _retry_after(self, section: Section) -> None:
        """Have sections tried again that failed for want of this one, or came before it."""
        for other in NEEDED_BY.get(section, ()):
            standing = self._shelf.standing(other)
            if standing is not None and (standing.status != "applied" or AWAITS in standing.data):
                again = Standing(standing.ver, "applying", standing.reason)
                await self._stand(other, again)
        if section == "assets":
            self._changed[DAY].set()

    async def _apply(self, wanted: Desired) -> JsonObject:
        data: Wanted = wanted.data
        match data:
            case KeysWanted():
                self._trust(data)
                return {"keys": len(data.keys)}
            case ConfigWanted(overlay=overlay):
                return self._configured(wanted.ver, overlay)
            case SoftwareWanted():
                return await self._run_software(wanted, data)
            case AssetsWanted():
                return await self._needed_fetcher().sync(
                    data, lambda now: self._report("assets", _underway(wanted, now))
                )
            case CatalogueWanted() | ShowWanted():
                return await self._day()

    async def _run_software(self, wanted: Desired, data: SoftwareWanted) -> JsonObject:
        if self._updater is not None:
            return await self._updater.update(
                data, wanted.ver, lambda now: self._stand("software", _underway(wanted, now)),
                is_wanted=lambda: self._shelf.wanted("software") is wanted,
            )  # fmt: skip
        if data.version != self._software:
            why = f"it runs {self._software} and does not replace itself"
            raise CommandError("precondition", why)
        return {"version": data.version}

    def _configured(self, ver: int, overlay: Overlay) -> JsonObject:
        faults = self._check(overlay)
        if faults:
            raise CommandError("precondition", "; ".join(faults))
        return {} if ver == self._in_force else {"restart": True}

    async def _day(self) -> JsonObject:
        """Put the wanted rundown and catalogue in place together: neither is true alone."""
        files: dict[str, bytes] = {}
        show, catalogue = self._shelf.wanted("show"), self._shelf.wanted("catalogue")
        if show is not None and isinstance(show.data, ShowWanted):
            one = show.data
            files[RUNDOWN_NAME] = await self._content(one.rundown, one.url, one.bytes)
        if catalogue is not None and isinstance(catalogue.data, CatalogueWanted):
            other = catalogue.data
            files[CATALOGUE_NAME] = await self._content(other.catalogue, other.url, other.bytes)
        findings = await self._edit(files)
        if has_errors(findings):
            first = [f"{one.place}: {one.code} {one.message}" for one in findings][:3]
            raise CommandError("precondition", "; ".join(first))
        return {"missing": 0, "warnings": len(findings)}

    async def _content(self, sha256: str, url: str, size: int) -> bytes:
        path = await self._needed_fetcher().fetch(sha256, url, size)
        loop = asyncio.get_running_loop()
        try:
            content = await loop.run_in_executor(self._pool, path.read_bytes)
        except OSError as error:
            raise DeviceError(f"{path.name}: {error.strerror or error}") from error
        if len(content) > DAY_FILE_MAX:
            raise AssetError(f"{len(content)} bytes: a day has at most {DAY_FILE_MAX}")
        return content

    def _needed_fetcher(self) -> Fetcher:
        if self._fetcher is None:
            raise CommandError("precondition", "this node has no asset server")
        return self._fetcher

    async def _stand(self, section: Section, standing: Standing) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._pool, self._shelf.stand, section, standing)
        except DeviceError as error:
            log.warning("control: how far %s is was not kept: %s", section, error)
        self._report(section, standing)


def _underway(wanted: Desired, data: JsonObject) -> Standing:
    return Standing(wanted.ver, "applying", data=data)


def _standing(
    wanted: Desired, status: Progress, error: Exception, data: JsonObject | None = None
) -> Standing:
    code = code_of(error)
    reason = Reason(code, str(error)[:300], retryable=code in RETRYABLE)
    return Standing(wanted.ver, status, reason, data or {})
