"""A film's sound: lines, music, foley and room in one stereo mix, levelled for broadcast."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from tools.make_demo import foley, music
from tools.make_demo.loudness import levelled
from tools.make_demo.mouth import Mouth, mouths
from tools.make_demo.script import FPS, Film, Noise, to_frame
from tools.make_demo.voices import CAST
from tools.make_demo.wave_shapes import RATE_HZ, Sound, room, samples

Rng = np.random.Generator
Stereo = NDArray[np.float32]
Spoken = Mapping[int, Sound]
"""The recorded lines of a film by their index: float32 [n], 48 kHz."""

_MAKERS: dict[str, Callable[[Rng, float], Sound]] = {
    "hall": foley.hall,
    "carriage": foley.carriage,
    "chime": lambda rng, _: foley.chime(rng),
    "steps": lambda rng, seconds: foley.steps(rng, seconds, 5.2),
    "clack": lambda rng, _: foley.clack(rng),
    "zip": lambda rng, _: foley.zipper(rng),
    "whoosh": lambda rng, _: foley.whoosh(rng),
    "steam": lambda rng, _: foley.whoosh(rng, 1.4),
    "unfold": lambda rng, _: foley.unfold(rng),
    "pour": foley.pour,
    "sip": lambda rng, _: foley.sip(rng),
    "paper": lambda rng, _: foley.paper(rng),
    "beep": lambda _rng, _: foley.beep(),
    "sting": lambda rng, _: music.sting(rng),
    "button": lambda rng, _: music.button(rng),
    "loop": music.loop,
    "hurried": lambda rng, seconds: music.theme(rng, seconds, hurried=True),
    "warm": lambda rng, seconds: music.theme(rng, seconds, hurried=False),
}
_WIDE = {"hall", "carriage"}
_DUCK = 0.6
"""What remains of the music under a line."""


def mix(film: Film, spoken: Spoken, seed: int) -> Stereo:
    """The film's whole sound: float32 [frames * 1600, 2], 48 kHz, -16 LUFS, under -1.5 dBTP."""
    length = film.frames * RATE_HZ // FPS
    under = np.zeros((length, 2), np.float32)
    for index, sound in enumerate(film.sounds):
        _place(under, _stereo(sound, seed + 101 * index), sound.at, sound.gain)
    voices = np.zeros((length, 2), np.float32)
    for index, pcm in spoken.items():
        line = film.lines[index]
        _place(voices, _in_the_room(line.who, pcm, seed + index), line.at, 1.0)
    return levelled(under * _ducking(voices)[:, None] + voices)


def mouth_tracks(film: Film, spoken: Spoken) -> dict[str, dict[int, Mouth]]:
    """By character, the mouth at each frame of the film in which they speak."""
    tracks: dict[str, dict[int, Mouth]] = {who: {} for who in CAST}
    for index, pcm in spoken.items():
        line = film.lines[index]
        for offset, mouth in enumerate(mouths(pcm)):
            tracks[line.who][to_frame(line.at) + offset] = mouth
    return tracks


def _stereo(sound: Noise, seed: int) -> Stereo:
    make = _MAKERS[sound.play]
    left = make(np.random.default_rng(seed), sound.seconds)
    if sound.play in _WIDE:
        return np.stack([left, make(np.random.default_rng(seed + 1), sound.seconds)], axis=1)
    return np.stack([left, left], axis=1)


def _in_the_room(who: str, pcm: Sound, seed: int) -> Stereo:
    far = who == "announcer"
    rng = np.random.default_rng(seed)
    wet = room(pcm, rng, tail_s=1.6 if far else 0.5, wet=0.45 if far else 0.1)
    return np.stack([wet, wet], axis=1) * (0.45 if far else 0.8)


def _place(onto: Stereo, pcm: Stereo, at_s: float, gain: float) -> None:
    start = samples(at_s)
    onto[start : start + len(pcm)] += gain * pcm[: max(0, len(onto) - start)]


def _ducking(voices: Stereo) -> Sound:
    hop = RATE_HZ // 50
    loud = np.abs(voices).max(axis=1).reshape(-1, hop).max(axis=1) > 0.04  # noqa: PLR2004 - -28 dBFS
    held = np.convolve(loud, np.ones(21), "same") > 0
    smooth = np.convolve(held, np.ones(13) / 13, "same")
    gain = 1 - (1 - _DUCK) * smooth
    return np.interp(np.arange(len(voices)), np.arange(len(gain)) * hop, gain).astype(np.float32)
