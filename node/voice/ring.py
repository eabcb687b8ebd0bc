"""The last seconds of what was heard, in memory only."""

import numpy as np

from node.media import Pcm


class SoundRing:
    """A stretch of sound that grows at its end and is cut off at its beginning."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._sound: Pcm = np.zeros(0, np.int16)
        self._first = 0

    def lay(self, pcm: Pcm) -> None:
        """Put `pcm` at the end."""
        self._sound = np.concatenate((self._sound, pcm))

    def cut(self, first: int, last: int) -> Pcm:
        """A copy of what is kept of the samples `first` to `last`, counted from the first ever."""
        start = max(0, first - self._first)
        return self._sound[start : max(start, last - self._first)].copy()

    def forget_before(self, first: int) -> None:
        """Keep nothing before sample `first`."""
        gone = min(max(0, first - self._first), len(self._sound))
        self._sound = self._sound[gone:]
        self._first += gone
