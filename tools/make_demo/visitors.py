"""Voices the demo's visitors: their questions, dry and near, as Ogg Opus beside their list.

Only voices are made: the simulated hall adds distance and noise as it plays them.
"""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from node.audio.visitors import Visitor, listed
from tools.kokoro import (
    RATE_HZ,
    Kokoro,
    Sound,
    fetch_parts,
    mandarin_speller,
    spell_english,
)
from tools.make_demo.wave_shapes import resampled

OPUS_RATE_HZ = 48_000
KBIT_S = 24
_BREATH_S = 0.8
"""Between wake word and question: people wait for the light."""
_EDGE_S = 0.15
_SPEECH_RMS = 0.1


def write_visitors(folder: Path, cache: Path) -> int:
    """Voice everyone in `folder`'s visitors.toml; returns the bytes written.

    Raises:
        KokoroError, subprocess.CalledProcessError: the voices cannot be had on this machine.
        AssetError: the list is faulty.
    """
    kokoro = Kokoro(fetch_parts(cache))
    spell = {"zh": mandarin_speller(cache), "en": spell_english}
    written = 0
    for visitor in listed(folder):
        sound = _voiced(visitor, kokoro, spell[visitor.locale])
        target = folder / f"{visitor.id}.ogg"
        write_opus(target, resampled(sound, RATE_HZ, OPUS_RATE_HZ))
        written += target.stat().st_size
    return written


def _voiced(visitor: Visitor, kokoro: Kokoro, spell: Callable[[str], str]) -> Sound:
    style = kokoro.style(visitor.voice)
    pieces: list[Sound] = [_quiet(_EDGE_S)]
    for phrase in visitor.phrases:
        said = trimmed(kokoro.say(spell(phrase), style, visitor.speed))
        pieces += [said, _quiet(_BREATH_S)]
    pieces[-1] = _quiet(_EDGE_S)
    return np.concatenate(pieces)


def trimmed(sound: Sound) -> Sound:
    """Without the quiet before and after, faded over 10 ms, at one loudness for all (24 kHz)."""
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    sound = sound[max(0, loud[0] - RATE_HZ // 50) : loud[-1] + RATE_HZ // 12].copy()
    fade = RATE_HZ // 100
    sound[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    sound[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    heard = sound[np.abs(sound) > 0.1 * np.abs(sound).max()]
    gain = min(_SPEECH_RMS / np.sqrt(np.mean(heard**2)), 0.95 / np.abs(sound).max())
    return np.asarray(gain * sound, np.float32)


def write_opus(target: Path, sound: Sound, kbit_s: int = KBIT_S) -> None:
    """Write float32 [n] at 48 kHz as Ogg Opus, mono; the same input gives the same bytes."""
    options = {"fflags": "+bitexact"}
    with av.open(str(target), "w", format="ogg", options=options) as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE_HZ, layout="mono")
        stream.bit_rate = kbit_s * 1000
        stream.codec_context.options = {"application": "voip", "vbr": "on"}
        stream.codec_context.flags |= int(av.codec.context.Flags.bitexact)
        frame = av.AudioFrame.from_ndarray(sound[None], format="flt", layout="mono")
        frame.sample_rate, frame.pts = OPUS_RATE_HZ, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _quiet(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE_HZ), np.float32)
