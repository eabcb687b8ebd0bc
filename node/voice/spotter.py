"""Rows of features to the likelihood of each keyword."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from node.voice.frontend import ROW_WIDTH, Rows

ROWS_PER_LOOK: Final = 12
"""What a head looks at: 12 rows, 1.66 s of sound."""

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
        self._before: NDArray[np.float32] | None = None

    def feed(self, rows: Rows) -> Scores:
        """Scores after each of `rows`, averaged over the last two hops, float32 [k, K + 1]."""
        scores = np.empty((len(rows), self._classes), np.float32)
        for number, row in enumerate(rows):
            if len(self._rows):
                self._rows[:-1] = self._rows[1:]
                self._rows[-1] = row
            else:
                self._rows = np.repeat(row[np.newaxis], ROWS_PER_LOOK, axis=0)
            now = softmax(self._classify(self._rows[np.newaxis])[0])
            scores[number] = (now + (now if self._before is None else self._before)) / 2
            self._before = now
        return scores


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits float32 [K + 1] as likelihoods."""
    raised = np.exp(logits - logits.max())
    return np.asarray(raised / raised.sum(), np.float32)
