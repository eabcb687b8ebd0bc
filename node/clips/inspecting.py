"""Looks clips through from end to end, each content once, and remembers what was found."""

import logging
import threading
from pathlib import Path

import msgspec

from node.catalog.hashes import HashBook, Progress, write_json
from node.catalog.inspection import Inspection, Span
from node.clips.file import open_clip
from node.clips.importing import SILENT, TARGET_LUFS, examine
from node.clips.survey import watch
from node.errors import AssetError
from node.media import Size

log = logging.getLogger(__name__)

VERSION = 1
CLIPS_KEPT = 1_000
HASH_SHARE, FACTS_SHARE = 0.05, 0.25
"""Parts of the work (measured: the demo's clips); the rest is decoding every picture."""


class _Book(msgspec.Struct, frozen=True):
    version: int
    clips: dict[str, Inspection]


class Inspections:
    """What was found in clips, by their content, in the JSON file `cache`.

    For a program of `size` and `fps`; pictures are decoded by `threads`, 0 is one for each core.
    Thread: any; `inspect` reads the whole clip, `known` none.
    """

    def __init__(
        self, hashes: HashBook, cache: Path, *, size: Size, fps: int,
        target_lufs: float = TARGET_LUFS, threads: int = 0,
    ) -> None:  # fmt: skip
        self._hashes, self._cache = hashes, cache
        self._size, self._fps, self._target_lufs = size, fps, target_lufs
        self._threads = threads
        self._lock = threading.Lock()
        self._clips: dict[str, Inspection] | None = None

    def known(self, path: Path) -> Inspection | None:
        """What was found in a file that has not changed since; else None."""
        sha256 = self._hashes.known(path)
        return self._find(sha256) if sha256 else None

    def inspect(self, path: Path, progress: Progress | None = None) -> Inspection:
        """Look a clip through, or remember; one that cannot be played is told by its `fault`."""
        report = progress or (lambda _: None)
        sha256 = self._hashes.sha256(path, lambda part: report(part * HASH_SHARE))
        found = self._find(sha256)
        if found is None:
            try:
                found = self._looked(path, report)
            except AssetError as error:
                return Inspection(fault=str(error).removeprefix(f"{path}: "))
            self._keep(sha256, found)
        report(1.0)
        return found

    def _looked(self, path: Path, report: Progress) -> Inspection:
        def examined(part: float) -> None:
            report(HASH_SHARE + part * FACTS_SHARE)

        def watched(part: float) -> None:
            begun = HASH_SHARE + FACTS_SHARE
            report(begun + part * (1 - begun))

        facts = examine(
            path,
            size=self._size,
            fps=self._fps,
            target_lufs=self._target_lufs,
            progress=examined,
        )
        with open_clip(path) as clip:
            black = watch(clip, watched, threads=self._threads)
        silent = facts.silent if facts.has_audio else (Span(0.0, round(facts.duration_s, 3)),)
        return Inspection(
            frames=facts.frames,
            fps=facts.source_fps,
            loudness_lufs=facts.loudness_lufs,
            black=black,
            silent=silent,
            remarks=tuple(one for one in facts.warnings if one != SILENT),
        )

    def _find(self, sha256: str) -> Inspection | None:
        with self._lock:
            return self._loaded().get(self._key(sha256))

    def _keep(self, sha256: str, found: Inspection) -> None:
        if not sha256:
            return
        with self._lock:
            clips = self._loaded()
            clips[self._key(sha256)] = found
            while len(clips) > CLIPS_KEPT:
                del clips[next(iter(clips))]
            write_json(self._cache, _Book(VERSION, clips))

    def _key(self, sha256: str) -> str:
        return f"{sha256} {self._size} {self._fps} {self._target_lufs}"

    def _loaded(self) -> dict[str, Inspection]:
        if self._clips is None:
            self._clips = _read(self._cache)
        return self._clips


def _read(path: Path) -> dict[str, Inspection]:
    try:
        book = msgspec.json.decode(path.read_bytes(), type=_Book)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s: clips are looked through anew, since it cannot be read: %s", path, error)
        return {}
    return book.clips if book.version == VERSION else {}
