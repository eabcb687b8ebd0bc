"""Rows of features to learn from, computed once and kept on disk, and the looks drawn from them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.media import Pcm
from node.voice.frontend import HOP_SAMPLES, ROW_WIDTH
from node.voice.frontend import Rows as RowsF32
from node.voice.spotter import ROWS_PER_LOOK
from tools.train_keywords.scenes import Scene

Rows = NDArray[np.float16]
"""[k, 96]."""

_EDITION = 4
"""Counts up when scenes change, so that kept features are made anew."""
_POSITIVE_S = (-0.05, 0.35)
"""A look that ends here, from the word's end on, holds the word."""
_UNFINISHED = 0.45
"""Of the word's length before its end: a look that ends earlier must not fire."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of some scenes, and where the word of each starts and ends, in samples."""

    rows: tuple[Rows, ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


class FeatureStore:
    """Rows of features on disk, by the name of what was heard."""

    def __init__(self, folder: Path, rows_of: Callable[[Pcm], RowsF32], seed: int) -> None:
        self._folder, self._rows_of, self._seed = folder, rows_of, seed

    def get(
        self, name: str, takes: int, scene: Callable[[np.random.Generator, int], Scene]
    ) -> Kept:
        """The features of `takes` scenes called `name`; `scene` draws those that are not kept."""
        path = self._path(f"{name}/{takes}")
        if not path.exists():
            self._make(path, name, takes, scene)
        with np.load(path) as kept:
            edges = np.cumsum([0, *kept["counts"]])
            rows = tuple(kept["rows"][first:last] for first, last in pairwise(edges))
            return Kept(rows, tuple(map(int, kept["starts"])), tuple(map(int, kept["ends"])))

    def _make(
        self,
        path: Path,
        name: str,
        takes: int,
        scene: Callable[[np.random.Generator, int], Scene],
    ) -> None:
        digest = hashlib.sha256(f"{self._seed}/{name}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        scenes = [scene(rng, take) for take in range(takes)]
        rows = [self._rows_of(one.pcm).astype(np.float16) for one in scenes]
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        np.savez(
            part,
            rows=np.concatenate(rows),
            counts=[len(one) for one in rows],
            starts=[one.start for one in scenes],
            ends=[one.end for one in scenes],
        )
        part.replace(path)

    def _path(self, name: str) -> Path:
        said = hashlib.sha256(f"{_EDITION}/{self._seed}/{name}".encode()).hexdigest()[:20]
        return self._folder / said[:2] / f"{said}.npz"


@dataclass(frozen=True, slots=True)
class Looks:
    """What a fit draws from: rows [t, 96], and the last row, class and group of each look."""

    rows: NDArray[np.float32]
    last: NDArray[np.int64]
    label: NDArray[np.int32]
    group: NDArray[np.int8]


GROUPS = ("keyword", "unfinished", "hard", "programs", "human", "noise")


class LookBook:
    """Collects rows and the looks into them."""

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._looks: list[tuple[int, int, int]] = []
        self._count = 0

    def add_word(self, kept: Kept, label: int) -> None:
        """Scenes of a keyword: looks that hold it whole, and looks at its beginning."""
        for rows, start, end in zip(kept.rows, kept.starts, kept.ends, strict=True):
            for last in range(ROWS_PER_LOOK - 1, len(rows)):
                found = class_of((last + 1) * HOP_SAMPLES, start, end, label)
                if found is not None:
                    group = GROUPS.index("keyword" if found else "unfinished")
                    self._looks.append((self._count + last, found, group))
            self._lay(rows)

    def add_other(self, rows: Sequence[Rows], group: str) -> None:
        """Sound without keywords: every look is a negative one."""
        number = GROUPS.index(group)
        for one in rows:
            self._looks += [
                (self._count + last, 0, number) for last in range(ROWS_PER_LOOK - 1, len(one))
            ]
            self._lay(one)

    def looks(self) -> Looks:
        """All that was collected."""
        table = np.array(self._looks, np.int64).reshape(-1, 3)
        rows = np.concatenate(self._rows) if self._rows else np.zeros((0, ROW_WIDTH), np.float16)
        return Looks(
            rows.astype(np.float32),
            table[:, 0],
            table[:, 1].astype(np.int32),
            table[:, 2].astype(np.int8),
        )

    def _lay(self, rows: Rows) -> None:
        self._rows.append(rows)
        self._count += len(rows)


def class_of(at: int, start: int, end: int, label: int) -> int | None:
    """The class of a look that ends at sample `at`; 0 = no keyword, None = neither way."""
    if end == 0:
        return 0
    since_s = (at - end) / 16_000
    if _POSITIVE_S[0] <= since_s <= _POSITIVE_S[1]:
        return label
    return 0 if at < end - _UNFINISHED * (end - start) else None
