"""Recorded sound for training: human speech, noise and the drama, split by who speaks in it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import av
import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm

Split = Literal["train", "develop", "test"]
Sound = NDArray[np.float32]
"""float32 [n], 16 kHz mono, within ±1."""

_MEASURE_ONLY = "cmn_words"
"""One voice, share-alike: it teaches "this voice = negative" and stays out of every head."""
_UNCLEAR = "kitchen"
"""Of unclear origin: kept for measuring."""
_SHARES: tuple[Split, ...] = (
    "train",
    "train",
    "develop",
    "train",
    "test",
    "train",
    "train",
    "test",
    "develop",
)
"""By turns over the speakers, and over the files of unknown speakers."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One file of the collection; `label` is the word said, `neg` or `noise`."""

    path: Path
    label: str
    speaker: str
    split: Split

    @property
    def is_noise(self) -> bool:
        """Whether nobody speaks in it."""
        return self.label == "noise"

    @property
    def is_measure_only(self) -> bool:
        """Whether it may be measured with, but nothing may learn from it."""
        return self.path.parent.name == _MEASURE_ONLY


def recordings(folder: Path) -> tuple[Recording, ...]:
    """The files that `folder`/manifest.csv lists; none where there is no such folder.

    Speakers, not files, are split where they are known; the files of unknown ones by turns.
    """
    listing = folder / "manifest.csv"
    if not listing.is_file():
        return ()
    with listing.open(encoding="utf-8", newline="") as stream:
        rows = sorted(csv.DictReader(stream), key=lambda row: row["path"])
    speakers = sorted({row["speaker"] for row in rows if row["speaker"] != "unknown"})
    found = []
    for number, row in enumerate(rows):
        turn = number if row["speaker"] == "unknown" else speakers.index(row["speaker"])
        split = _SHARES[turn % len(_SHARES)]
        if row["path"].startswith(f"{_MEASURE_ONLY}/") or _UNCLEAR in row["path"]:
            split = "test"
        label = "noise" if "noise" in row["path"] else row["label"]
        found.append(Recording(folder / row["path"], label, row["speaker"], split))
    return tuple(found)


def read_sound(path: Path) -> Sound:
    """The first sound track of a file, mixed to mono at 16 kHz; empty where it has none.

    Raises:
        OSError, av.error.FFmpegError: the file cannot be read.
    """
    with av.open(str(path)) as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler("flt", "mono", SPEECH_RATE_HZ)
        pieces = [
            piece.to_ndarray()[0]
            for frame in container.decode(container.streams.audio[0])
            for piece in resampler.resample(frame)
        ]
        pieces += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)


def drama(folder: Path, said: tuple[tuple[str, float, float], ...]) -> Iterator[Sound]:
    """The sound of each clip in `folder` without the spans in which a keyword is really said.

    Args:
        folder: Holds the demo's clips, `*.mp4`.
        said: Clip name, start and end in seconds of each span to leave out.
    """
    for path in sorted(folder.glob("*.mp4")):
        sound = read_sound(path)
        edges = [0.0]
        for name, start, end in said:
            if name == path.stem:
                edges += [start, end]
        edges.append(len(sound) / SPEECH_RATE_HZ)
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            piece = sound[round(start * SPEECH_RATE_HZ) : round(end * SPEECH_RATE_HZ)]
            if len(piece):
                yield piece


def to_pcm(sound: Sound) -> Pcm:
    """Sound within ±1 as the node hears it."""
    return np.asarray(np.clip(sound, -1, 1) * 32767, np.int16)
