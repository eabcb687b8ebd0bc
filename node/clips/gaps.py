"""Where a clip shows or says nothing: black pictures, silence."""

import av
import numpy as np

from node.catalog.inspection import Span
from node.media import SAMPLE_RATE_HZ, Samples

BLACK_S = 0.5
SILENT_S = 2.0
"""Longer is a fault of import (domain rules, E50)."""
BLACK_LUMA = 32
"""Of 255 in limited range, where black is 16: noise and faint vignettes lie below."""
BLACK_SHARE = 0.98
"""Of a picture's points (as FFmpeg's blackdetect); a logo or a clock in a corner is no picture."""
QUIET_PEAK = 10 ** (-60 / 20)
"""-60 dBFS (as FFmpeg's silencedetect)."""
_WIDTH, _HEIGHT = 160, 90


class BlackMeter:
    """Is fed every picture of a clip in the order of showing."""

    def __init__(self) -> None:
        self._since_s: float | None = None
        self._last_s = 0.0
        self._spans: list[Span] = []

    def feed(self, time_s: float, picture: av.VideoFrame) -> None:
        """See a picture that is shown from `time_s` on, media time."""
        self._last_s = time_s
        if _is_black(picture):
            self._since_s = time_s if self._since_s is None else self._since_s
        elif self._since_s is not None:
            self._close(time_s)

    def result(self, tick_s: float) -> tuple[Span, ...]:
        """The stretches found; the last picture is shown for `tick_s`."""
        if self._since_s is not None:
            self._close(self._last_s + tick_s)
        return tuple(self._spans)

    def _close(self, end_s: float) -> None:
        if self._since_s is not None and end_s - self._since_s > BLACK_S:
            self._spans.append(_span(self._since_s, end_s))
        self._since_s = None


class SilenceMeter:
    """Is fed all sound of a clip in order; `origin` is the sample at media time 0."""

    def __init__(self, origin: int) -> None:
        self._origin = origin
        self._heard = origin
        self._spans: list[Span] = []

    def feed(self, first: int, samples: Samples) -> None:
        """Hear float32 [n, 2], whose first sample has the number `first`."""
        loud = first + np.flatnonzero(np.abs(samples).max(axis=1) > QUIET_PEAK)
        if len(loud):
            places = np.concatenate(([self._heard], loud))
            for gap in np.flatnonzero(np.diff(places) > SILENT_S * SAMPLE_RATE_HZ):
                self._add(int(places[gap]), int(places[gap + 1]))
            self._heard = int(loud[-1])

    def result(self, end: int) -> tuple[Span, ...]:
        """The stretches found; `end` is the sample behind the last."""
        if end - self._heard > SILENT_S * SAMPLE_RATE_HZ:
            self._add(self._heard, end)
        return tuple(self._spans)

    def _add(self, start: int, end: int) -> None:
        start_s, end_s = ((one - self._origin) / SAMPLE_RATE_HZ for one in (start, end))
        self._spans.append(_span(start_s, end_s))


def _is_black(picture: av.VideoFrame) -> bool:
    small = picture.reformat(width=_WIDTH, height=_HEIGHT, format="gray", interpolation="POINT")
    luma = small.to_ndarray()
    return bool(np.count_nonzero(luma <= BLACK_LUMA) >= BLACK_SHARE * luma.size)


def _span(start_s: float, end_s: float) -> Span:
    return Span(round(start_s, 3), round(end_s, 3))
