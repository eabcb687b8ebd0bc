"""The music: a plucked theme in a pentatonic scale over soft chords, and the climax's sting."""

import numpy as np

from tools.make_demo.wave_shapes import Sound, bell, fade, pad, pluck, room, samples

Rng = np.random.Generator

BEAT_S = 0.5
"""One beat at 120 a minute; a frame is 1/15 of it."""
SCALE = (0, 2, 4, 7, 9)
"""Gong mode: do re mi sol la."""

# Degrees of the scale, one per half beat; a dot is silence.
HURRY = "0.202.1.3.424.2.0.202.1.5.434.2."
WARM = "4...2.1.0...1.2.5...4.2.3.......4...5.7.6...4.2.1...2.1.0......."
ROOTS = (0, 9, 5, 7)
"""Roots of the chords under both, in semitones: I vi IV V."""


def hz_of(semitones: float) -> float:
    """Semitones above C4 as a frequency."""
    return float(261.63 * 2 ** (semitones / 12))


def degree(step: int) -> int:
    """A step of the scale, 0 being do, as semitones."""
    return SCALE[step % 5] + 12 * (step // 5)


def theme(rng: Rng, seconds: float, *, hurried: bool) -> Sound:
    """The melody and its chords; hurried is short and dry, else long strings over a pad."""
    out = np.zeros(samples(seconds + 3), np.float32)
    notes, length = (HURRY, 0.35) if hurried else (WARM, 1.9)
    for index in range(int(seconds / (BEAT_S / 2))):
        mark = notes[index % len(notes)]
        if mark != ".":
            tone = pluck(hz_of(degree(int(mark)) + 12), length, rng, bright=0.6)
            _add(out, tone, index * BEAT_S / 2, 0.5)
        if hurried and index % 2 == 0:
            _add(
                out, pluck(hz_of(_root(index) - 12), 0.3, rng, bright=0.3), index * BEAT_S / 2, 0.5
            )
    if not hurried:
        _chords(out, rng, seconds)
    return fade(out[: samples(seconds)], 0.05, 0.5)


def sting(rng: Rng) -> Sound:
    """The reveal: bells and strings on the first sample, a glissando that rises from them."""
    out = np.zeros(samples(4.5), np.float32)
    for semitones in (0, 7, 12, 16, 19, 24):
        _add(out, bell(hz_of(semitones), 3.6), 0.0, 0.32)
        _add(out, pluck(hz_of(semitones - 12), 3.0, rng, bright=0.7), 0.0, 0.45)
    for step in range(13):
        _add(out, pluck(hz_of(degree(step) + 12), 1.4, rng, bright=0.8), 0.06 + 0.055 * step, 0.3)
    for index in range(9):
        _add(out, bell(hz_of(36 + SCALE[index * 2 % 5]), 1.6), 0.8 + 0.14 * index, 0.07)
    return room(out, rng, tail_s=1.4, wet=0.3)


def button(rng: Rng) -> Sound:
    """Three notes that end a joke."""
    out = np.zeros(samples(1.6), np.float32)
    for index, semitones in enumerate((7, 4, 0)):
        _add(out, pluck(hz_of(semitones), 0.8, rng, bright=0.5), 0.16 * index, 0.7)
    return out


def loop(rng: Rng, seconds: float) -> Sound:
    """A calm theme whose tail is folded onto its beginning: it goes round without a seam."""
    long = np.zeros(samples(seconds * 2 + 3), np.float32)
    strings = int(rng.integers(1 << 31))
    for turn in (0, 1):
        again = np.random.default_rng(strings)  # both turns sound alike
        for index, mark in enumerate(WARM[:32]):
            if mark != ".":
                tone = pluck(hz_of(degree(int(mark)) + 12), 2.4, again, bright=0.5)
                _add(long, tone, turn * seconds + index * seconds / 32, 0.5)
        for index in range(4):
            chord = tuple(hz_of(ROOTS[index] - 12 + third) for third in (0, 7, 12, 16))
            _add(long, pad(chord, seconds / 4 + 0.9), turn * seconds + index * seconds / 4, 0.9)
    return long[samples(seconds) : 2 * samples(seconds)]


def _chords(out: Sound, rng: Rng, seconds: float) -> None:
    for index in range(int(seconds / (4 * BEAT_S)) + 1):
        root = ROOTS[index % len(ROOTS)]
        chord = tuple(hz_of(root - 12 + third) for third in (0, 7, 12, 16))
        _add(out, pad(chord, 4 * BEAT_S + 0.7), index * 4 * BEAT_S, 0.8)
        _add(out, pluck(hz_of(root - 24), 2.2, rng, bright=0.3), index * 4 * BEAT_S, 0.5)


def _root(index: int) -> int:
    return ROOTS[index // 8 % len(ROOTS)]


def _add(out: Sound, tone: Sound, at_s: float, gain: float) -> None:
    start = samples(at_s)
    room_left = max(0, len(out) - start)
    out[start : start + len(tone)] += gain * tone[:room_left]
