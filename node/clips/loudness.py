"""How loud a clip is (EBU R 128) and the gain that levels it."""

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph

from node.media import SAMPLE_RATE_HZ, Samples

SILENT_LUFS = -69.0
"""FFmpeg's ebur128 says -70 when nothing passed the absolute gate (EBU Tech 3341)."""
CEILING_DBTP = -1.0
"""The program's limiter keeps true peaks below (EBU R 128)."""
LIMITER_WORK_DB = 6.0
"""More than this the limiter should not have to take off a peak: it would be heard."""
LARGEST_GAIN_DB = 20.0
"""A clip that is quieter still is noise for the most part."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """Integrated loudness and true peak of a whole clip."""

    integrated_lufs: float
    true_peak_dbtp: float


class LoudnessMeter:
    """FFmpeg's ebur128 over 48 kHz stereo. Thread: any, but one at a time."""

    def __init__(self) -> None:
        self._graph = Graph()
        source = self._graph.add_abuffer(
            sample_rate=SAMPLE_RATE_HZ, format="flt", layout="stereo",
            time_base=Fraction(1, SAMPLE_RATE_HZ),
        )  # fmt: skip
        meter = self._graph.add("ebur128", "peak=true:metadata=1:framelog=quiet")
        self._graph.link_nodes(source, meter, self._graph.add("abuffersink")).configure()
        self._heard = 0
        self._said: dict[str, str] = {}

    def feed(self, samples: Samples) -> None:
        """Hear a piece of sound, float32 [n, 2]."""
        packed = np.ascontiguousarray(samples).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = SAMPLE_RATE_HZ, self._heard
        frame.time_base = Fraction(1, SAMPLE_RATE_HZ)
        self._heard += len(samples)
        self._graph.push(frame)
        self._pull()

    def result(self) -> Loudness | None:
        """What was heard, None when it was silence. No more may be fed."""
        self._graph.push(None)
        self._pull()
        integrated = float(self._said.get("lavfi.r128.I", "-70"))
        peak = float(self._said.get("lavfi.r128.true_peak", "0"))
        if integrated <= SILENT_LUFS or peak <= 0:
            return None
        return Loudness(integrated, 20 * float(np.log10(peak)))

    def _pull(self) -> None:
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._said = frame.metadata or self._said


def levelling_gain_db(loudness: Loudness | None, target_lufs: float) -> float:
    """The gain towards `target_lufs` that leaves the program's limiter little to do."""
    if loudness is None:
        return 0.0
    room_db = CEILING_DBTP + LIMITER_WORK_DB - loudness.true_peak_dbtp
    return round(min(target_lufs - loudness.integrated_lufs, room_db, LARGEST_GAIN_DB), 2)
