"""Long negatives heard once and kept: features and speech likelihoods, replayed to any head."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.decision import FLOOR, Bias, Choice, Decision, threshold
from node.voice.endpointer import ONSET
from node.voice.frontend import (
    FRAMES_PER_HOP,
    HOP_SAMPLES,
    MEL_BANDS,
    SILENT_MEL,
    Features,
    Rows,
)
from node.voice.heard import Spotted
from node.voice.hearing import GATE, Hearing, VoiceModels
from node.voice.spotter import HOPS_AVERAGED, ROWS_PER_LOOK, Head, Label, Scores, averaged, softmax
from node.voice.vad import WINDOW_SAMPLES, SpeechModel, Vad

_EDITION = 1
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Track:
    """What was heard of a stretch of sound: rows [k, 96], likelihood of speech of each window."""

    kind: str
    rows: NDArray[np.float16]
    speech: NDArray[np.float32]

    @property
    def seconds(self) -> float:
        """How long it was."""
        return len(self.rows) * HOP_SAMPLES / SPEECH_RATE_HZ


class TrackStore:
    """Tracks on disk by name."""

    def __init__(
        self, folder: Path, rows_of: Callable[[Pcm], Rows], speech: SpeechModel, seed: int
    ) -> None:
        self._folder, self._seed, self._rows_of = folder, seed, rows_of
        self._vad = Vad(speech)

    def get(self, kind: str, name: str, sound: Callable[[np.random.Generator], Pcm]) -> Track:
        """The track called `name`; its sound is drawn and heard where it is not kept."""
        said = f"{_EDITION}/{self._seed}/{kind}/{name}"
        digest = hashlib.sha256(said.encode())
        path = self._folder / f"{digest.hexdigest()[:20]}.npz"
        if not path.exists():
            rng = np.random.default_rng(int.from_bytes(digest.digest()[:8], "little"))
            self._hear(path, sound(rng))
        with np.load(path) as kept:
            return Track(kind, kept["rows"], kept["speech"])

    def _hear(self, path: Path, pcm: Pcm) -> None:
        self._vad.reset()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part.npz")
        rows = self._rows_of(pcm).astype(np.float16)
        np.savez(part, rows=rows, speech=np.array(self._vad.feed(pcm), np.float32))
        part.replace(path)


def replay(track: Track, head: Head, scores: Scores) -> list[Spotted]:
    """What the node's own hearing makes of a track with `head`.

    In place of mel frames stands the number of the hop, by which its row is found again. Where no
    score reaches its label's threshold nothing can be spotted, and nothing is replayed.

    Args:
        track: What was heard.
        head: What spots.
        scores: What `scores_of` says of both.
    """
    limits = np.array([max(FLOOR, label.threshold) for label in head.labels], np.float32)
    if not (scores[:, 1:] >= limits - _ROUNDING).any():
        return []
    rows = track.rows.astype(np.float32)
    before = rows[0]  # `scores_of` has more of the first row before it, not silence
    speech = iter(track.speech)
    numbers = count()

    def melspectrogram(_: NDArray[np.float32]) -> NDArray[np.float32]:
        number = float(next(numbers))
        return np.full((FRAMES_PER_HOP, MEL_BANDS), (number - 2) * 10, np.float32)

    def embedding(
        frames: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        number = float(frames[-1, 0])
        return (before if number == SILENT_MEL else rows[round(number)]), state

    def likelihood(
        _: NDArray[np.float32], state: NDArray[np.float32]
    ) -> tuple[float, NDArray[np.float32]]:
        return float(next(speech, 0.0)), state

    models = VoiceModels(Features(melspectrogram, embedding, 0), likelihood, head)
    pcm = np.ones(len(track.rows) * HOP_SAMPLES, np.int16)
    return list(spotted(Hearing(models), pcm))


def choices(track: Track, scores: Scores, labels: Sequence[Label]) -> Iterator[Choice]:
    """What the node's own decision makes of a track's `scores` with the thresholds of `labels`.

    As `replay`, and much faster, but each choice counts as an utterance of its own.
    """
    called = Bias(is_addressed=True)
    limits = np.array([threshold(label, called) for label in labels], np.float32)
    # A threshold met exactly is met in the decision too, which compares without rounding.
    is_hot = np.asarray((scores[:, 1:] >= limits - _ROUNDING).any(axis=1), np.bool_)
    if not is_hot.any():
        return
    ends = (np.arange(len(scores)) + 1) * HOP_SAMPLES
    windows = (np.flatnonzero(track.speech >= ONSET) + 1) * WINDOW_SAMPLES
    spoken = np.concatenate(([-GATE], windows))[np.searchsorted(windows, ends, side="right")]
    decision = Decision(labels)
    for hop in range(len(scores)):
        if decision.opened is None and not is_hot[hop]:
            continue
        at = int(ends[hop])
        choice = decision.feed(scores[hop], at, is_speech=at - spoken[hop] < GATE, bias=Bias())
        if choice is not None:
            decision.utterance_ended()
            yield choice


def scores_of(track: Track, head: Head) -> Scores:
    """What `Spotter` makes of the whole track, float32 [k, K + 1], in one call of the head."""
    rows = track.rows.astype(np.float32)
    long = np.concatenate((np.repeat(rows[:1], ROWS_PER_LOOK - 1, axis=0), rows))
    looks = sliding_window_view(long, ROWS_PER_LOOK, axis=0).transpose(0, 2, 1)
    now = np.stack([softmax(line) for line in head.classify(np.ascontiguousarray(looks))])
    latest = [np.concatenate((now[:1].repeat(n, 0), now))[: len(now)] for n in range(HOPS_AVERAGED)]
    return averaged(latest)


def spotted(hearing: Hearing, pcm: Pcm) -> Iterator[Spotted]:
    """The keywords that `hearing` finds in `pcm`."""
    return (event for event in hearing.feed(pcm) if isinstance(event, Spotted))
