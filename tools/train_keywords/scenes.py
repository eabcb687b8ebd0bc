"""Sound to learn from: a keyword among other sounds, a hard word alone, long stretches of talk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.frontend import HOP_SAMPLES
from tools.train_keywords.augment import TAIL, Noises, heard, voiced
from tools.train_keywords.material import to_pcm

Sound = NDArray[np.float32]

SCENE_HOPS = 32
"""2.56 s: the last looks of a head (1.66 s) lie wholly within."""
_SCENE = SCENE_HOPS * HOP_SAMPLES
_ENDS_S = (2.0, 2.5)
_BEFORE, _AFTER = 0.4, 0.25
"""Shares of keywords that follow, or are followed by, other words."""
_PIECE_S, _GAP_S = (0.2, 1.1), (0.0, 0.3)
_TAKEN_OFF = (0.45, 0.7)
"""Of a keyword's length: with so much of its beginning gone it is a hard word."""
_LEFT = (0.35, 0.6)
"""Of a keyword's length: so much of its beginning, with another word behind it, is a hard word."""
_FRAGMENT, _FRAGMENT_S = 0.35, (0.2, 0.9)


@dataclass(frozen=True, slots=True)
class Scene:
    """A keyword from sample `start` to sample `end` of `pcm`; `end` 0: there is none."""

    pcm: Pcm
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stage:
    """What scenes are set in: noises, and the words that strangers say before and after.

    `moves_throats`: one voice speaks for many.
    """

    noises: Noises
    others: Sequence[Sound]
    moves_throats: bool = False

    def keyword(
        self,
        clip: Sound,
        rng: np.random.Generator,
        *,
        beheaded: bool = False,
        snr_db: tuple[float, float] | None = None,
    ) -> Scene:
        """`clip` in a scene of 2.56 s.

        Args:
            clip: A keyword.
            rng: Draws all else.
            beheaded: Only its second half is heard, which is no keyword.
            snr_db: There is noise, so far below; None: perhaps, 0 to 30 dB.
        """
        word = self._voiced(clip, rng)
        if beheaded:
            word = faded(word[round((len(word) - TAIL) * float(rng.uniform(*_TAKEN_OFF))) :])
        end = round(float(rng.uniform(*_ENDS_S)) * SPEECH_RATE_HZ)
        start = max(0, end + TAIL - len(word))
        scene = np.zeros(_SCENE + TAIL, np.float32)
        _lay(scene, word, end + TAIL - len(word))
        if rng.random() < _BEFORE:
            piece = self._piece(rng)
            _lay(scene, piece, start - _samples(rng, _GAP_S) - len(piece))
        if rng.random() < _AFTER:
            _lay(scene, self._piece(rng), end + _samples(rng, _GAP_S))
        pcm = to_pcm(heard(scene[:_SCENE], self.noises, rng, snr_db))
        return Scene(pcm, start, 0 if beheaded else end)

    def crossed(self, clip: Sound, rng: np.random.Generator) -> Scene:
        """The beginning of `clip` running into another word, which makes no keyword."""
        left = round(len(clip) * float(rng.uniform(*_LEFT)))
        other = self.others[int(rng.integers(len(self.others)))]
        rest = _fragment(other, rng, _PIECE_S)
        rest = rest * np.float32(np.abs(clip).max() / (np.abs(rest).max() + 1e-6))
        word = self._voiced(np.concatenate((faded(clip[:left]), rest)), rng)[:_SCENE]
        scene = np.zeros(_SCENE, np.float32)
        _lay(scene, word, round(float(rng.uniform(*_ENDS_S)) * SPEECH_RATE_HZ) + TAIL - len(word))
        return Scene(to_pcm(heard(scene, self.noises, rng)), 0, 0)

    def hard(self, clip: Sound, rng: np.random.Generator) -> Pcm:
        """`clip`, or a fragment of it, with quiet around it."""
        if rng.random() < _FRAGMENT:
            clip = _fragment(clip, rng, _FRAGMENT_S)
        quiet = [np.zeros(_samples(rng, (0.2, 0.8)), np.float32) for _ in range(2)]
        sound = np.concatenate((quiet[0], self._voiced(clip, rng), quiet[1]))
        # A head looks at 12 hops: no shorter than two looks' worth.
        sound = np.pad(sound, (0, max(0, 24 * HOP_SAMPLES - len(sound))))
        return to_pcm(heard(sound, self.noises, rng))

    def talk(
        self,
        clips: Sequence[Sound],
        seconds: float,
        rng: np.random.Generator,
        pauses_s: tuple[float, float] = (0.0, 0.7),
    ) -> Pcm:
        """`clips` in random order with pauses between, each in its own room, over one noise."""
        count = round(seconds * SPEECH_RATE_HZ)
        sound = np.zeros(count, np.float32)
        at = 0
        while at < count:
            piece = self._voiced(clips[int(rng.integers(len(clips)))], rng)
            piece = piece * np.float32(rng.uniform(0.3, 1) / (np.abs(piece).max() + 1e-6))
            _lay(sound, piece, at)
            at += len(piece) - TAIL + _samples(rng, pauses_s)
        return to_pcm(heard(sound, self.noises, rng))

    def noise(self, seconds: float, rng: np.random.Generator) -> Pcm:
        """Noise alone, two kinds one after the other."""
        half = round(seconds * SPEECH_RATE_HZ / 2)
        sound = np.concatenate([self.noises.draw(half, rng) for _ in range(2)])
        level = 10 ** (rng.uniform(-40, -6) / 20) / (np.abs(sound).max() + 1e-6)
        return to_pcm(sound * np.float32(level))

    def _voiced(self, clip: Sound, rng: np.random.Generator) -> Sound:
        return voiced(clip, rng, moves_throat=self.moves_throats)

    def _piece(self, rng: np.random.Generator) -> Sound:
        clip = self.others[int(rng.integers(len(self.others)))]
        return self._voiced(_fragment(clip, rng, _PIECE_S), rng)[:-TAIL] * np.float32(
            rng.uniform(0.5, 1)
        )


def faded(sound: Sound) -> Sound:
    """`sound` eased in and out over 10 ms, so that a cut makes no click."""
    sound = sound.copy()
    count = min(len(sound) // 2, SPEECH_RATE_HZ // 100)
    slope = np.linspace(0, 1, count, dtype=np.float32)
    sound[:count] *= slope
    sound[len(sound) - count :] *= slope[::-1]
    return sound


def _fragment(clip: Sound, rng: np.random.Generator, length_s: tuple[float, float]) -> Sound:
    count = min(len(clip), _samples(rng, length_s))
    first = int(rng.integers(len(clip) - count + 1))
    return faded(clip[first : first + count])


def _lay(scene: Sound, piece: Sound, at: int) -> None:
    """Add `piece` to `scene` from sample `at` on; what lies outside is cut off."""
    first, last = max(0, at), min(len(scene), at + len(piece))
    if first < last:
        scene[first:last] += piece[first - at : last - at]


def _samples(rng: np.random.Generator, seconds: tuple[float, float]) -> int:
    return round(float(rng.uniform(*seconds)) * SPEECH_RATE_HZ)
