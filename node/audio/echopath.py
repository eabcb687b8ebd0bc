"""The booth's own sound on its way back into its ear: aligned, cancelled, judged while it runs.

The echo test is this judgement: as soon as some seconds of sound have come back, the delay is
known; some seconds later, how much of it the filter takes off. Both are looked at again and again,
since a browser's delay moves and its clock is not the microphone's.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from node.audio.delay import DriftMeter
from node.audio.echo import Canceller
from node.audio.farend import EARLY_S, FarEnd
from node.audio.judgement import ACTIVE, EchoWindow, Finding, powers
from node.audio.level import decibels
from node.audio.resample import BLOCK_SAMPLES
from node.media import SAMPLE_RATE_HZ, SPEECH_RATE_HZ, AudioChunk, Pcm, Samples, SpeechChunk

FULL_DB: Final = 20.0
"""Full duplex only with this much taken off (domain.md §6)."""
HALF_DB: Final = 14.0
RISE, FALL = 2, 6
"""Full duplex begins after so many judgements in turn above `FULL_DB`, and ends after so many in
turn below `HALF_DB`: a visitor who speaks makes judgements worse for a while, a delay that jumps
ends it at once."""
WINDOW_S, FIRST_EVERY_S, EVERY_S = 4.0, 2.0, 5.0
"""A judgement looks at so much, so often until the first verdict, so often then."""
SETTLE_S: Final = 4.0
"""The filter learns a room within so long; it is not judged before."""
MOVED_SAMPLES: Final = 160.0
"""A delay that moved further than 10 ms is followed at once; the filter bridges less."""
DRIFT_STEP_PPM: Final = 1.0
"""Less is not corrected: 1 ppm moves the echo by a sample in a minute."""

Duplex = Literal["full", "half"]
Why = Literal["unheard", "measuring", "cancelled", "residue", "set", "nothing to cancel with"]


@dataclass(frozen=True, slots=True)
class EchoReport:
    """How the booth hears itself.

    `why`: unheard: no echo was found yet, or no sound was played; measuring: found, not yet judged;
    cancelled: `erle_db` reached 20; residue: it did not; set: by the configuration. `erle_db` is
    how much of the echo the linear filter takes off, the hall's noise left aside; `loss_db` how
    much weaker than it was played the rest is; `echo_db` the echo's level at the microphone, dBFS.
    `drift_ppm`: how much faster the microphone counts.
    """

    duplex: Duplex = "half"
    why: Why = "unheard"
    delay_ms: float | None = None
    erle_db: float | None = None
    loss_db: float | None = None
    echo_db: float | None = None
    drift_ppm: float | None = None


class EchoPath:
    """Takes the booth's own sound out of what the microphone hears. One thread at a time.

    Give it all that is played (`play`) and all that is heard (`hear`), and have each `window` that
    is due judged, on any thread, and learnt from. Without a canceller nothing is taken off, and
    half duplex stays.
    """

    def __init__(
        self,
        canceller: Canceller | None,
        *,
        duplex: Literal["auto", "full", "half"] = "auto",
        delay_s: float = 0.0,
    ) -> None:
        self._canceller = canceller
        self._wanted = duplex
        self._is_delay_set = delay_s > 0
        self._far = FarEnd(delay_s=delay_s)
        self._drift = DriftMeter()
        self._last: deque[tuple[Pcm, Pcm, Pcm]] = deque(
            maxlen=round(WINDOW_S * SPEECH_RATE_HZ) // BLOCK_SAMPLES
        )
        self._erles_db: deque[float] = deque(maxlen=FALL)
        self._losses_db: deque[float] = deque(maxlen=FALL)
        self._now_s = 0.0
        self._due_s = WINDOW_S
        self._settled_s = SETTLE_S
        self._at = -1
        self.report = self._begun()

    def play(self, chunk: AudioChunk) -> None:
        """What the loudspeaker plays; any pieces, in turn."""
        self._far.put(chunk)

    def hear(self, chunk: SpeechChunk) -> tuple[Pcm, Pcm]:
        """A block as it is without the booth's own sound, and that sound as it was played.

        Both int16 [320] for a microphone's block; the first is the block itself until the echo's
        delay is known.
        """
        if chunk.at_16k < self._at:
            self._reopened()
        self._at = chunk.at_16k
        far = self._far.take(chunk)
        has_delay = self._far.delay_s > 0 and self._canceller is not None
        clean = (
            self._canceller.cancel(chunk.pcm, far) if has_delay and self._canceller else chunk.pcm
        )
        self._last.append((chunk.pcm, far, clean))
        self._now_s = (chunk.at_16k + len(chunk.pcm)) / SPEECH_RATE_HZ
        return clean, far

    def window(self) -> EchoWindow | None:
        """The last seconds when a judgement is due and something was played, else None."""
        if self._now_s < self._due_s or len(self._last) < (self._last.maxlen or 0):
            return None
        near, far, clean = (np.concatenate(column) for column in zip(*self._last, strict=True))
        is_young = self.report.why in {"unheard", "measuring"}
        self._due_s = self._now_s + (FIRST_EVERY_S if is_young else EVERY_S)
        if float(powers(far).mean()) < ACTIVE or len(clean) != len(near):
            return None
        return EchoWindow(self._now_s, near, far, clean)

    def learn(self, finding: Finding) -> EchoReport:
        """Take over what was found; the report after it."""
        if finding.delay.is_clear:
            self._follow(finding)
        if self._far.delay_s > 0 and finding.at_s >= self._settled_s and finding.is_audible:
            self._erles_db.append(finding.erle_db)
            self._losses_db.append(finding.loss_db)
        self.report = self._reported(finding)
        return self.report

    def _follow(self, finding: Finding) -> None:
        left = finding.delay.samples - (EARLY_S * SPEECH_RATE_HZ if self._far.delay_s else 0.0)
        if not self._far.delay_s or (abs(left) > MOVED_SAMPLES and not self._is_delay_set):
            self._far.delay_s = max(self._far.delay_s + left / SPEECH_RATE_HZ, EARLY_S)
            self._learn_anew()
            return
        self._drift.add(finding.at_s - WINDOW_S / 2, finding.delay)
        ppm = self._drift.ppm
        if ppm is not None and abs(ppm) >= DRIFT_STEP_PPM:
            self._far.drift_ppm += ppm
            self._drift.restart()
            self._settled_s = self._now_s + SETTLE_S
            if self.report.duplex == "half":
                self._forget_losses()

    def _forget_losses(self) -> None:
        self._erles_db.clear()
        self._losses_db.clear()

    def _learn_anew(self) -> None:
        self.report = self._begun()
        self._drift.restart()
        self._forget_losses()
        self._settled_s = self._now_s + SETTLE_S
        self._last.clear()
        if self._canceller is not None:
            self._canceller.reset()

    def _reopened(self) -> None:
        self._far.forget()
        self._now_s, self._due_s = 0.0, WINDOW_S
        self._learn_anew()
        self._settled_s = SETTLE_S

    def _begun(self) -> EchoReport:
        if self._wanted != "auto":
            return EchoReport(self._wanted, "set")
        return EchoReport(why="unheard" if self._canceller else "nothing to cancel with")

    def _reported(self, finding: Finding) -> EchoReport:
        if not self._far.delay_s or self._canceller is None:
            return self.report
        before = self.report
        duplex, why = _verdict(list(self._erles_db), before)
        if self._wanted != "auto":
            duplex, why = self._wanted, "set"
        return EchoReport(
            duplex, why,
            delay_ms=round(self._far.delay_s * 1000, 1),
            erle_db=_told(self._erles_db),
            loss_db=_best(self._losses_db),
            echo_db=round(decibels(finding.echo), 1),
            drift_ppm=round(self._far.drift_ppm, 1),
        )  # fmt: skip


def probe() -> Samples:
    """A sound to find the echo by where none is played: 3 s of soft noise that swells and sinks.

    float32 [n, 2], 48 kHz, -26 dBFS.
    """
    count = 3 * SAMPLE_RATE_HZ
    hertz = np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ)
    shape = np.where((hertz > 150) & (hertz < 7000), np.maximum(hertz, 500.0) ** -0.5, 0)  # noqa: PLR2004  # Hz, heard and played by all
    rng = np.random.default_rng(7)
    noise = np.fft.irfft(np.fft.rfft(rng.standard_normal(count)) * shape, count)
    swell = np.minimum(1.0, np.minimum(np.arange(count), np.arange(count)[::-1]) / SAMPLE_RATE_HZ)
    mono = noise / np.std(noise) * 10 ** (-26 / 20) * swell
    return np.repeat(mono.astype(np.float32)[:, None], 2, axis=1)


def _verdict(erles_db: list[float], before: EchoReport) -> tuple[Duplex, Why]:
    if not erles_db:
        return "half", "measuring"
    if before.duplex == "full":
        is_over = len(erles_db) >= FALL and max(erles_db[-FALL:]) < HALF_DB
        return ("half", "residue") if is_over else ("full", "cancelled")
    is_good = len(erles_db) >= RISE and min(erles_db[-RISE:]) >= FULL_DB
    return ("full", "cancelled") if is_good else ("half", "residue")


def _best(losses_db: Sequence[float]) -> float | None:
    """The best of the last three: who speaks for long makes it seem worse, nothing better."""
    return round(max(list(losses_db)[-3:]), 1) if losses_db else None


def _told(erles_db: Sequence[float]) -> float | None:
    """The middle one of the last three."""
    return round(float(np.median(list(erles_db)[-3:])), 1) if erles_db else None
