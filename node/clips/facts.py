"""What is known of a clip, and the file that remembers it."""

import logging
from dataclasses import dataclass
from pathlib import Path

import msgspec

from node.catalog.inspection import Span
from node.media import Size

log = logging.getLogger(__name__)

VERSION = 2
"""Of the file's form and of how clips are measured; another one is measured anew."""


@dataclass(frozen=True, slots=True)
class ClipFacts:
    """A clip as measured at import.

    `frames`: program frames the player gives. `size`: stored picture, px; `rotation`: degrees by
    which it is turned anticlockwise to stand upright. `loudness_lufs`, `true_peak_dbtp`: None
    without sound or when silent. `gain_db`: for `ClipPlayer`. `silent`: stretches of more than 2 s,
    in clips that have sound.
    """

    frames: int
    duration_s: float
    source_fps: float
    size: Size
    rotation: int
    codec: str
    has_audio: bool
    loudness_lufs: float | None
    true_peak_dbtp: float | None
    gain_db: float
    warnings: tuple[str, ...] = ()
    silent: tuple[Span, ...] = ()


class _Entry(msgspec.Struct, frozen=True):
    """`stamp` says which file, measured for which program, the facts are of."""

    stamp: str
    facts: ClipFacts


class _Book(msgspec.Struct, frozen=True):
    version: int
    clips: dict[str, _Entry]


class FactsCache:
    """Facts of clips in a JSON file. Thread: one at a time for each file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def find(self, clip: Path, stamp: str) -> ClipFacts | None:
        """Facts of a clip, if they were kept under this stamp."""
        entry = self._read().clips.get(str(clip))
        return entry.facts if entry is not None and entry.stamp == stamp else None

    def keep(self, clip: Path, stamp: str, facts: ClipFacts) -> None:
        """Remember; a disk that refuses is warned of, the facts are then measured again."""
        clips = {**self._read().clips, str(clip): _Entry(stamp, facts)}
        content = msgspec.json.format(msgspec.json.encode(_Book(VERSION, clips)), indent=1)
        fresh = self._path.with_suffix(".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_bytes(content)
            fresh.replace(self._path)
        except OSError as error:
            log.warning("%s: cannot be written: %s", self._path, error.strerror)

    def _read(self) -> _Book:
        empty = _Book(VERSION, {})
        try:
            book = msgspec.json.decode(self._path.read_bytes(), type=_Book)
        except FileNotFoundError:
            return empty
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s: measured anew, since it cannot be read: %s", self._path, error)
            return empty
        return book if book.version == VERSION else empty
