"""Brings a show's files here: by hash, checked, resumed, within the disk's budget, approved.

Nothing that this has not found right is ever seen by the program: a file gets its name only when
its content has its hash, and a folder of names exists only when every file in it is here.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, TypeVar
from weakref import WeakValueDictionary

import aiohttp

from node.catalog.assets import FETCHED
from node.catalog.hashes import HashBook
from node.catalog.trust import SIGNATURE_LIMIT_BYTES, Trust
from node.control.approved import SEALED_MAX_BYTES, Approved, approved, opened
from node.control.assetfolder import AssetFolders
from node.control.blobs import Blobs, Partial
from node.control.download import Downloader, Memory
from node.control.messages import JsonObject
from node.control.origins import Origins, hex_of, shown, signature_address
from node.control.sections import AssetsWanted
from node.errors import AssetError, DeviceError

log = logging.getLogger(__name__)

TELL_S: Final = 2.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Terms:
    """What the fetcher asks of the booth, each time anew.

    `in_use` are the paths of the show on air; `market` is where it sells; `today` the booth's date.
    """

    trust: Callable[[], Trust]
    market: Callable[[], str]
    today: Callable[[], date]
    in_use: Callable[[], Collection[Path]] = tuple


class AssetFetcher:
    """Implements `desired.Fetcher` over HTTP; one sync at a time, single files beside it.

    `state_dir` keeps the files, in `assets/`. Call `close` at the end.
    """

    def __init__(
        self,
        state_dir: Path,
        origins: Origins,
        terms: Terms,
        *,
        budget_bytes: int,
        download: Callable[[ThreadPoolExecutor], Downloader],
    ) -> None:
        self._pool = ThreadPoolExecutor(1, "assets")
        self._origins, self._terms = origins, terms
        shows = (state_dir / FETCHED).parent
        folder = shows.parent
        self._blobs = Blobs(folder / "blobs", budget_bytes)
        self._folders = AssetFolders(shows, self._blobs.folder)
        self._hashes = HashBook(folder / "hashes.json")
        self._downloader = download(self._pool)
        self._sync = asyncio.Lock()
        self._syncing = frozenset[str]()
        self._coming = WeakValueDictionary[str, asyncio.Lock]()

    @property
    def folder(self) -> Path:
        """Where the files that were synced last lie under their names; it may not exist."""
        return self._folders.current

    @property
    def bytes_read(self) -> int:
        """Bytes that came over the network since the start."""
        return self._downloader.bytes_read

    def close(self) -> None:
        """Begin nothing new."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def fetch(self, sha256: str, url: str, size: int) -> Path:
        """The file of that hash; see `desired.Fetcher`."""
        async with self._downloader.session() as session:
            pinned = await self._do(lambda: self._folders.pinned(self._terms.in_use()))
            return await self._brought(session, sha256, url, size, pinned)

    async def sync(
        self, wanted: AssetsWanted, progress: Callable[[JsonObject], None]
    ) -> JsonObject:
        """Bring all that a signed manifest approves; see `desired.Fetcher`."""
        async with self._sync, self._downloader.session() as session:
            name = hex_of(wanted.manifest)
            files = await self._manifest(session, wanted)
            before = self.bytes_read
            self._syncing = frozenset(files.sizes)
            try:
                await self._bring_all(session, files, progress)
                await self._do(lambda: self._folders.complete(name, files.files))
            finally:
                self._syncing = frozenset()
            await self._do(lambda: self._folders.prune(self._terms.in_use()))
        if files.refused:
            log.warning("fetch: not all files may play here: %s", dict(files.refused))
        summary: JsonObject = {"files": len(files.files), "bytes": sum(files.sizes.values())}
        refused: JsonObject = {"refused": dict(files.refused)} if files.refused else {}
        return {**summary, **refused, "fetched": self.bytes_read - before}

    async def _manifest(self, session: aiohttp.ClientSession, wanted: AssetsWanted) -> Approved:
        """What the manifest approves for here and now; raises `AssetError` for a wrong one."""
        terms = self._terms
        if wanted.bytes > SEALED_MAX_BYTES:
            raise AssetError(f"manifest: {wanted.bytes} bytes: at most {SEALED_MAX_BYTES}")
        pinned = await self._do(lambda: self._folders.pinned(terms.in_use()))
        path = await self._brought(session, wanted.manifest, wanted.url, wanted.bytes, pinned)
        content, signature = opened(await self._do(lambda: _content(path)))
        trust, name = terms.trust(), hex_of(wanted.manifest)
        if trust.is_required and not signature:
            signature = await self._signature(session, wanted)
        manifest = await self._do(lambda: self._folders.begin(name, content, signature, trust))
        return approved(manifest, market=terms.market(), today=terms.today())

    async def _signature(self, session: aiohttp.ClientSession, wanted: AssetsWanted) -> bytes:
        """The signature beside a manifest: of no known hash, so it is fetched each time."""
        url = signature_address(self._origins.address(wanted.manifest, wanted.url))
        found = Memory()
        await self._downloader.bring(session, url, found)
        if found.length > SIGNATURE_LIMIT_BYTES:
            raise AssetError(f"{shown(url)}: {found.length} bytes: no signature")
        return found.content

    async def _bring_all(
        self,
        session: aiohttp.ClientSession,
        files: Approved,
        progress: Callable[[JsonObject], None],
    ) -> None:
        sizes, done, loop = files.sizes, 0, asyncio.get_running_loop()
        pinned = await self._do(lambda: self._folders.pinned(self._terms.in_use()))
        pinned |= set(sizes)
        await self._do(lambda: self._blobs.make_room(self._missing(sizes), pinned))
        told_s = loop.time() - TELL_S

        def tell(came: int) -> None:
            nonlocal told_s
            if loop.time() - told_s >= TELL_S:
                told_s = loop.time()
                progress({"done": done + came, "of": sum(sizes.values())})

        for sha256, size in sizes.items():
            await self._brought(session, sha256, "", size, pinned, tell)
            done += size
            tell(0)

    async def _brought(
        self,
        session: aiohttp.ClientSession,
        sha256: str,
        url: str,
        size: int,
        pinned: Collection[str],
        tell: Callable[[int], None] = lambda _: None,
    ) -> Path:
        name = hex_of(sha256)
        async with self._coming.setdefault(name, asyncio.Lock()):
            here = await self._do(lambda: self._here(name))
            if here is not None:
                return here
            address = self._origins.address(sha256, url)
            return await self._downloaded(session, name, address, size, pinned, tell)

    async def _downloaded(
        self,
        session: aiohttp.ClientSession,
        name: str,
        address: str,
        size: int,
        pinned: Collection[str],
        tell: Callable[[int], None],
    ) -> Path:
        """The file of that name, which nobody else brings meanwhile."""
        partial = self._blobs.partial(name)
        await self._do(partial.open)
        try:
            missing = max(0, size - partial.length)
            await self._do(lambda: self._blobs.make_room(missing, {*pinned, *self._syncing, name}))
            path = await self._sealed(session, address, partial, size, tell)
            await self._do(lambda: self._blobs.find(name))
        finally:
            await self._do(partial.close)
        return path

    async def _sealed(
        self,
        session: aiohttp.ClientSession,
        address: str,
        partial: Partial,
        size: int,
        tell: Callable[[int], None],
    ) -> Path:
        """All of a file, in its place. What was taken up and is wrong is fetched again, whole."""
        while True:
            was_whole = partial.length == 0
            await self._downloader.bring(
                session, address, partial, size, lambda: tell(partial.length)
            )
            try:
                return await self._do(partial.seal)
            except AssetError:
                if was_whole:
                    raise

    def _missing(self, sizes: Mapping[str, int]) -> int:
        """Bytes that are not here yet. Thread: the pool's."""
        return sum(size for name, size in sizes.items() if self._blobs.find(name) is None)

    def _here(self, name: str) -> Path | None:
        """The file, if it is here and still what its name says. Thread: the pool's."""
        path = self._blobs.find(name)
        if path is None or self._hashes.sha256(path) == name:
            return path
        log.warning("fetch: sha256:%s… has been damaged on disk: it is fetched anew", name[:12])
        self._blobs.drop(name)
        return None

    async def _do(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


def _content(path: Path) -> bytes:
    """A file's bytes. Thread: the pool's."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DeviceError(f"{path.name}: {error.strerror or error}") from error
