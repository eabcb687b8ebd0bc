"""Rows of features to the likelihood of each keyword."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from node.media import Pcm
from node.voice.frontend import ROW_WIDTH, Features, LateFrontEnd, Rows

ROWS_PER_LOOK: Final = 12
"""What a head looks at: 12 rows, 1.66 s of sound."""

HOPS_AVERAGED: Final = 2
"""A score is the mean of so many hops."""

BEFORE: Final = -1
"""The hop before the first one: silence."""

HeadLocale = Literal["zh", "en"]

Classify = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""A head: float32 [n, 12, 96] -> logits float32 [n, K + 1], class 0 = none of them."""

Scores = NDArray[np.float32]
"""Likelihoods float32 [k, K + 1], one line for each hop; each line sums to 1."""


@dataclass(frozen=True, slots=True)
class Label:
    """What one class of a head stands for.

    `intent` is one of the shopper's, or "wake", "continue", "stop". `threshold` (0..1) comes from
    development data; `slots` is what saying this keyword fixes (colour = "black").
    """

    keyword: str
    intent: str
    locale: HeadLocale
    threshold: Annotated[float, msgspec.Meta(gt=0, le=1)] = 0.5
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """A trained head: class i + 1 of `classify` is `labels[i]`; `sha256` names its file's bytes."""

    labels: tuple[Label, ...]
    classify: Classify
    sha256: str


class LateSpotter:
    """Scores of a stream of sound, worked out for the hops alone that are asked for.

    What is asked for is the same as `Spotter` makes of all, long silence before: a word that begins
    with the very first sample is heard as well as a later one. Thread: any, but one at a time.

    Args:
        features: the front end's models.
        head: what spots.
        kept: so many hops back scores can be asked for.
    """

    def __init__(self, features: Features, head: Head, kept: int) -> None:
        self._late = LateFrontEnd(features, kept + ROWS_PER_LOOK + HOPS_AVERAGED)
        self._classify = head.classify
        self._memory = kept + ROWS_PER_LOOK + HOPS_AVERAGED
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._late.reset()
        self._likely: dict[int, NDArray[np.float32]] = {}

    def hear(self, pcm: Pcm) -> list[int]:
        """The numbers, from 0 on, of the hops that `pcm` completes."""
        hops = list(self._late.hops(pcm))
        for old in [hop for hop in self._likely if hops and hop < hops[-1] - self._memory]:
            del self._likely[old]
        return hops

    def scores(self, hop: int) -> NDArray[np.float32]:
        """The scores [K + 1] after a hop. Raises `IndexError` for one no longer kept."""
        hops = range(hop + 1 - HOPS_AVERAGED, hop + 1)  # rows are cheapest in their order
        return averaged([self._likelihood(max(BEFORE, at)) for at in hops][::-1])

    def _likelihood(self, hop: int) -> NDArray[np.float32]:
        if hop not in self._likely:
            hops = range(hop + 1 - ROWS_PER_LOOK, hop + 1)
            look = [self._late.row(max(BEFORE, at)) for at in hops]
            self._likely[hop] = softmax(self._classify(np.stack(look)[np.newaxis])[0])
        return self._likely[hop]


class Spotter:
    """Follows a stream of rows; any chunking of the same rows gives the same scores.

    Before the first row lie eleven more of the same. Thread: any, but one at a time.
    """

    def __init__(self, head: Head) -> None:
        self._classify = head.classify
        self._classes = len(head.labels) + 1
        self.reset()

    def reset(self) -> None:
        """Forget the rows so far."""
        self._rows = np.empty((0, ROW_WIDTH), np.float32)
        self._latest: deque[NDArray[np.float32]] = deque(maxlen=HOPS_AVERAGED)

    def feed(self, rows: Rows) -> Scores:
        """Scores after each of `rows`, averaged over the last hops, float32 [k, K + 1]."""
        scores = np.empty((len(rows), self._classes), np.float32)
        for number, row in enumerate(rows):
            if len(self._rows):
                self._rows[:-1] = self._rows[1:]
                self._rows[-1] = row
            else:
                self._rows = np.repeat(row[np.newaxis], ROWS_PER_LOOK, axis=0)
            now = softmax(self._classify(self._rows[np.newaxis])[0])
            self._latest.appendleft(now)
            missing = HOPS_AVERAGED - len(self._latest)
            scores[number] = averaged([*self._latest, *[self._latest[-1]] * missing])
        return scores


def averaged(latest: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of the likelihoods of the latest hops, the last one first."""
    return np.asarray(sum(latest[1:], latest[0]) / HOPS_AVERAGED, np.float32)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits float32 [K + 1] as likelihoods."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)
