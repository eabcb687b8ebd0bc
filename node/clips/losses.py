"""How many pictures of a clip were lost: damaged, held back, or missing from its file."""

import av

from node.clips.file import Timing
from node.decode.recovery import Recovery

GAP = 1.5
"""A step of so many usual ones between two pictures is a gap: a picture is missing."""


class Losses:
    """Is told of a pass's packets and pictures in the order of decoding, counts what is lost.

    A gap counts only in a clip of an even rate; in others a long step is a long picture. `held_s`
    is the time of the last picture held back: the one before it stays on until then.
    """

    def __init__(self, timing: Timing) -> None:
        self._tick_s = timing.source_tick_s if timing.is_even else 0.0
        self._recovery = Recovery()
        self._told = 0
        self._usual_s = -1.0
        self._last_s = -1.0
        self.count = 0
        self.held_s = timing.origin_s

    def lost(self, pts: int | None) -> None:
        """A packet is damaged or cannot be decoded."""
        self._recovery.lost(pts)
        self._told += 1
        self.count += 1

    def is_whole(self, picture: av.VideoFrame) -> bool:
        """Whether a picture may be shown."""
        if not self._recovery.is_whole(picture):
            self._told += 1
            self.count += 1
            if picture.pts is not None:
                self.held_s = max(self.held_s, picture.time)
            return False
        if picture.pts is not None:
            self.count += max(0, self._missing(picture.time) - self._told)
            self._last_s = max(self._last_s, picture.time)
        self._told = 0
        return True

    def _missing(self, time_s: float) -> int:
        """Pictures that should have been between the last one and the one of that time."""
        step_s, tick_s = time_s - self._last_s, self._tick_s
        if self._last_s < 0 or not tick_s:
            return 0
        if self._usual_s < 0:  # of interlaced pictures the rate may be that of the fields
            self._usual_s = step_s if tick_s < step_s < (1 + GAP) * tick_s else tick_s
        return round(step_s / self._usual_s) - 1 if step_s > GAP * self._usual_s else 0
