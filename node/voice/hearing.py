"""The ear: a stream of sound to utterances and the keywords in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.decision import WAKE, Bias, Choice, Decision
from node.voice.endpointer import ONSET, Confirmed, Ended, Endpointer, Started, Vanished
from node.voice.frontend import HOP_SAMPLES, Features
from node.voice.heard import (
    Heard,
    SpeechConfirmed,
    SpeechStarted,
    SpeechVanished,
    Spotted,
    UtteranceEnded,
)
from node.voice.ring import SoundRing
from node.voice.spotter import Head, HeadLocale, LateSpotter
from node.voice.vad import WINDOW_SAMPLES, SpeechModel, Vad
from node.voice.veto import EchoFloor, Veto

PIECE: Final = 8_000
"""Longer sound is taken in by so many samples at a time, so that memory stays bounded."""
GATE: Final = round(1.66 * SPEECH_RATE_HZ)
"""Speech must have been detected within what the head looks at."""
KEPT: Final = 2 * SPEECH_RATE_HZ
PRE_ROLL: Final = SPEECH_RATE_HZ // 2
"""A second stage needs 300 ms before the onset; it gets 500 (measured)."""
POST_ROLL: Final = SPEECH_RATE_HZ // 5


@dataclass(frozen=True, slots=True)
class VoiceModels:
    """All that hearing needs, opened."""

    features: Features
    speech: SpeechModel
    head: Head


class Hearing:
    """Hears a stream of sound; any chunking of the same sound gives the same `Heard`.

    Attributes, which may change between two calls of `feed`:
        is_speaking: our own speech is on air: "stop" counts at 0.3, and in short words.
        boosts: raised thresholds (0..1) by intent, from a self-trigger map.
        threshold_shift: added to every threshold.
        is_addressed: who speaks pressed TALK or was asked to say it again: thresholds are lower,
            as they are for 8 s after the wake word.
        locale: listen for the keywords of this language only; None for all.
        keeps_utterance: `UtteranceEnded` brings its sound.
        loss_db: how much weaker than played our own sound is behind the canceller; meanwhile speech
            counts only 6 dB above the rest. None: no such floor.

    Thread: any, but one at a time; ~1 ms of one core for 80 ms of sound.
    """

    def __init__(
        self,
        models: VoiceModels,
        *,
        locale: HeadLocale | None = None,
        keeps_utterance: bool = False,
    ) -> None:
        self.is_speaking = False
        self.boosts: Mapping[str, float] = {}
        self.threshold_shift = 0.0
        self.is_addressed = False
        self.locale = locale
        self.keeps_utterance = keeps_utterance
        self.loss_db: float | None = None
        self._vad = Vad(models.speech)
        self._spotter = LateSpotter(models.features, models.head, PIECE // HOP_SAMPLES + 1)
        self._unheard = np.zeros(len(models.head.labels) + 1, np.float32)
        self._decision = Decision(models.head.labels)
        self._endpointer = Endpointer()
        self._veto = Veto(models.features, models.head)
        self._floor = EchoFloor()
        self._ring = SoundRing()
        self._begin()

    def reset(self) -> None:
        """Begin anew, as when the microphone reopens; time begins at 0 again."""
        for part in (
            *(self._vad, self._spotter, self._decision, self._endpointer),
            *(self._veto, self._floor, self._ring),
        ):
            part.reset()
        self._begin()

    def feed(self, pcm: Pcm, reference: Pcm | None = None) -> list[Heard]:
        """What `pcm` lets be known.

        Args:
            pcm: behind the echo canceller, of any length.
            reference: what the loudspeaker played meanwhile, as long as `pcm`; None for silence.

        Raises:
            TypeError: for sound that is not int16.
            ValueError: for a reference of another length.
        """
        played = np.zeros(len(pcm), np.int16) if reference is None else reference
        if len(played) != len(pcm):
            raise ValueError(f"reference has {len(played)} samples, expected {len(pcm)}")
        heard: list[Heard] = []
        for first in range(0, len(pcm), PIECE):
            piece = slice(first, first + PIECE)
            heard.extend(self._hear(pcm[piece], played[piece]))
        return heard

    def _begin(self) -> None:
        self._window_at = self._hop_at = self._heard_to = 0
        self._spoke_at = -GATE
        self._spotted: Spotted | None = None
        self._late: Ended | None = None

    def _hear(self, pcm: Pcm, played: Pcm) -> Iterator[Heard]:
        self._ring.lay(pcm)
        self._heard_to += len(pcm)
        self._veto.feed(played)
        windows = zip(self._vad.feed(pcm), self._floor.feed(pcm, played, self.loss_db), strict=True)
        hops = self._spotter.hear(pcm)
        yield from self._in_turn([p if is_loud else 0.0 for p, is_loud in windows], hops)
        self._forget()

    def _in_turn(self, windows: Sequence[float], hops: Sequence[int]) -> Iterator[Heard]:
        """Windows and hops as they come, so that their order does not hang on the chunking."""
        taken = 0
        for likelihood in windows:
            before = (self._window_at + WINDOW_SAMPLES - 1 - self._hop_at) // HOP_SAMPLES
            for hop in hops[taken : taken + before]:
                yield from self._hop(hop)
            taken += before
            yield from self._window(likelihood)
        for hop in hops[taken:]:
            yield from self._hop(hop)

    def _window(self, likelihood: float) -> Iterator[Heard]:
        self._window_at += WINDOW_SAMPLES
        if likelihood >= ONSET:
            self._spoke_at = self._window_at
        edge = self._endpointer.feed(likelihood, self._window_at)
        if isinstance(edge, Ended):
            if self._decision.opened is None:
                yield self._end(edge)
            else:
                self._late = edge
        elif edge is not None:
            yield _told(edge)

    def _hop(self, hop: int) -> Iterator[Heard]:
        self._hop_at += HOP_SAMPLES
        at, opened = self._hop_at, self._decision.opened
        is_speech = at - self._spoke_at < GATE
        # Where nobody speaks no score counts, and none is worked out: half of the ear's cost.
        scores = self._spotter.scores(hop) if is_speech else self._unheard
        if self._decision.is_filler(scores):
            self._endpointer.extend()
        choice = self._decision.feed(
            scores,
            at,
            is_speech=is_speech,
            bias=Bias(
                is_speaking=self.is_speaking,
                boosts=self.boosts,
                locale=self.locale,
                shift=self.threshold_shift,
                is_addressed=self.is_addressed,
            ),
            vetoed=frozenset() if opened is None else self._veto.said(opened, at),
        )
        if choice is not None:
            yield from self._choose(choice)
        if self._late is not None and self._decision.opened is None:
            late, self._late = self._late, None
            yield self._end(late)

    def _choose(self, choice: Choice) -> Iterator[Heard]:
        confirmed = self._endpointer.confirm(choice.at)
        if confirmed is not None:
            yield _told(confirmed)
        spoken = self._late or self._now()
        spotted = Spotted(
            at_s=_seconds(choice.at),
            start_s=_seconds(spoken.start),
            keyword=choice.label.keyword,
            intent=choice.label.intent,
            locale=choice.label.locale,
            score=choice.score,
            slots=choice.label.slots,
        )
        yield spotted
        if choice.label.intent != WAKE or self._spotted is None:
            self._spotted = spotted
        if self._late is None and self._endpointer.start is None:
            yield self._end(spoken)

    def _now(self) -> Ended:
        """The speech that goes on, or else the last window of speech."""
        start = self._endpointer.start
        return Ended(self._spoke_at - WINDOW_SAMPLES if start is None else start, self._spoke_at)

    def _end(self, edge: Ended) -> UtteranceEnded:
        self._decision.utterance_ended()
        spotted, self._spotted = self._spotted, None
        pcm = self._ring.cut(edge.start - PRE_ROLL, edge.end + POST_ROLL)
        return UtteranceEnded(
            _seconds(edge.start), _seconds(edge.end), spotted, pcm if self.keeps_utterance else None
        )

    def _forget(self) -> None:
        """Keep no more sound than a second stage may ask for."""
        starts = [start for start in (self._endpointer.start,) if start is not None]
        starts += [] if self._late is None else [self._late.start]
        self._ring.forget_before(
            min([self._heard_to - KEPT, *(start - PRE_ROLL for start in starts)])
        )


def _told(edge: Started | Confirmed | Vanished) -> Heard:
    match edge:
        case Started():
            return SpeechStarted(_seconds(edge.at))
        case Confirmed():
            return SpeechConfirmed(_seconds(edge.at))
        case Vanished():
            return SpeechVanished(_seconds(edge.at))


def _seconds(samples: int) -> float:
    return samples / SPEECH_RATE_HZ
