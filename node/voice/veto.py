"""What the loudspeaker says itself: a keyword that it says, or its echo, is no visitor's."""

from collections import deque
from typing import Final

import numpy as np

from node.media import Pcm
from node.voice.frontend import HOP_SAMPLES, Features
from node.voice.spotter import Head, LateSpotter
from node.voice.vad import FULL_SCALE, WINDOW_SAMPLES

NEARBY: Final = 8_000
"""An intent up to 0.5 s after the same one on the far end is dropped, in samples."""
DOUBTED: Final = 0.3
"""What the far end may have said is enough: dropping costs a repeat, waking ourselves costs trust;
as low as "stop" is accepted."""
REMEMBERED: Final = 4 * 16_000
"""Older than any decision still open."""
LATEST_ECHO: Final = 13
"""Windows for which a sound may go on in the room: 416 ms, the canceller's tail."""
MARGIN_DB: Final = 6.0
"""So far above the echo that is expected to remain, speech is a visitor's."""
QUIETEST_DB: Final = -120.0


class Veto:
    """Hears the far end as the visitor's ear hears the booth, and tells which intents it held.

    What was played is looked at only when something was heard that it may have said.
    """

    def __init__(self, features: Features, head: Head) -> None:
        self._spotter = LateSpotter(features, head, REMEMBERED // HOP_SAMPLES)
        self._intents = tuple(label.intent for label in head.labels)
        self.reset()

    def reset(self) -> None:
        """Forget what was played."""
        self._spotter.reset()
        self._at = 0

    def feed(self, pcm: Pcm) -> None:
        """Take in what the loudspeaker played, sample for sample as long as what was heard."""
        self._at += len(self._spotter.hear(pcm)) * HOP_SAMPLES

    def said(self, first: int, last: int) -> frozenset[str]:
        """Intents that the far end held from 0.5 s before sample `first` to sample `last`.

        Later ones are left out: an echo never comes before its sound.
        """
        oldest = max(first - NEARBY, self._at - REMEMBERED, HOP_SAMPLES)
        hops = range(-(-oldest // HOP_SAMPLES) - 1, min(last, self._at) // HOP_SAMPLES)
        return frozenset(
            self._intents[number]
            for hop in hops
            for number in np.flatnonzero(self._spotter.scores(hop)[1:] > DOUBTED)
        )


class EchoFloor:
    """Tells whether a window is louder than the echo that the canceller leaves."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was heard and played."""
        self._kept: Pcm = np.zeros((2, 0), np.int16)
        self._played_db: deque[float] = deque([QUIETEST_DB] * LATEST_ECHO, LATEST_ECHO)

    def feed(self, pcm: Pcm, played: Pcm, loss_db: float | None) -> list[bool]:
        """For each whole window, whether it may be a visitor's; all are where `loss_db` is None."""
        sound = np.concatenate((self._kept, np.stack((pcm, played))), axis=1)
        whole = sound.shape[1] // WINDOW_SAMPLES * WINDOW_SAMPLES
        self._kept = sound[:, whole:].copy()
        answers: list[bool] = []
        if not whole:
            return answers
        for heard_db, played_db in zip(
            levels_db(sound[0, :whole]), levels_db(sound[1, :whole]), strict=True
        ):
            self._played_db.append(played_db)
            rest_db = max(self._played_db) - (loss_db or 0.0)
            answers.append(loss_db is None or heard_db >= rest_db + MARGIN_DB)
        return answers


def levels_db(pcm: Pcm) -> list[float]:
    """Level of each window of `pcm`, int16 [k * 512], in dBFS, at least -120."""
    windows = pcm.reshape(-1, WINDOW_SAMPLES).astype(np.float64)
    power = np.einsum("ij,ij->i", windows, windows) / (WINDOW_SAMPLES * FULL_SCALE**2)
    floor = 10 ** (QUIETEST_DB / 10)
    return [float(level) for level in 10 * np.log10(np.maximum(power, floor))]
