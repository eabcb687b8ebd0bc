"""Files by their SHA-256: what nodes fetch. A file is whole and true to its name, or not there."""

import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from node.chainfile import sync_folder
from node.errors import AssetError, CommandError

HASH: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
FILE_MAX: Final = 8 << 30
"""Bytes; a day of clips has about 1 GB."""


def hash_of(name: str) -> str:
    """The 64 hexadecimal digits of `sha256:HEX` or `HEX`; raises `CommandError`."""
    found = HASH.fullmatch(name)
    if found is None:
        raise CommandError("bad_payload", f"{name[:80]!r}: expected a SHA-256")
    return found[1]


class Shelf:
    """A folder of files, each named by its hash."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where a file lies, if it does."""
        return self._folder / digest

    async def take(self, digest: str, chunks: AsyncIterator[bytes]) -> int:
        """Take a file in; its size. Raises `AssetError` when it is not what its name says."""
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / f".{digest}.{os.urandom(4).hex()}"
        seen, size = hashlib.sha256(), 0
        try:
            with new.open("xb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if size > FILE_MAX:
                        raise AssetError(f"{digest}: more than {FILE_MAX} bytes")
                    seen.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if seen.hexdigest() != digest:
                raise AssetError(f"{digest}: what came has the hash {seen.hexdigest()}")
            new.replace(self.path(digest))
            sync_folder(self._folder)
        finally:
            new.unlink(missing_ok=True)
        return size

    def put(self, body: bytes) -> str:
        """Take a small file in; its hash."""
        self._folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(body).hexdigest()
        new = self._folder / f".{digest}.{os.urandom(4).hex()}"
        with new.open("xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path(digest))
        sync_folder(self._folder)
        return digest
