"""The characters' voices: Kokoro neural speech, or espeak-ng (GPL-3) run as a program."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.kokoro import RATE_HZ as KOKORO_RATE_HZ
from tools.kokoro import Kokoro, KokoroError, fetch_parts, mandarin_speller
from tools.make_demo.script import Line
from tools.make_demo.wave_shapes import RATE_HZ, resampled

Sound = NDArray[np.float32]

ESPEAK_RATE_HZ = 22_050

_SPEECH_RMS = 0.14
"""Of the samples within 20 dB of a line's peak, so that all characters are equally loud."""


class VoiceError(Exception):
    """A voice cannot be had on this machine; says what is missing."""


@dataclass(frozen=True, slots=True)
class Cast:
    """How a character sounds: Kokoro's voice, espeak-ng's pitch 0-99, a pitch factor for Kokoro."""

    kokoro: str
    espeak_pitch: int
    pitch: float = 1.0


CAST = {
    "chen": Cast("zm_yunxi", 45),
    "man": Cast("zf_xiaoxiao", 70),
    "grandpa": Cast("zm_yunjian", 20, pitch=0.86),
    "announcer": Cast("zf_xiaobei", 60),
}


class Voice(Protocol):
    """Something that reads a line aloud."""

    name: str

    def say(self, line: Line) -> Sound:
        """The line as float32 [n], 48 kHz mono, trimmed of silence, as loud as all others."""
        ...


def open_voice(kind: str, cache: Path) -> Voice:
    """The voice `kind`: auto, kokoro or espeak. Raises `VoiceError` where it cannot be had."""
    if kind == "espeak":
        return EspeakVoice()
    try:
        return KokoroVoice(cache)
    except (KokoroError, ImportError, subprocess.CalledProcessError) as fault:
        if kind == "kokoro":
            raise VoiceError(f"kokoro: {fault}") from fault
        print(f"voice: kokoro is not to be had ({fault}); espeak-ng speaks instead")
        return EspeakVoice()


class EspeakVoice:
    """espeak-ng's Mandarin, run as a program."""

    name = "espeak"

    def say(self, line: Line) -> Sound:
        """See `Voice.say`; raises `VoiceError` without espeak-ng."""
        program = shutil.which("espeak-ng")
        if program is None:
            raise VoiceError("espeak-ng is not installed")
        cast = CAST[line.who]
        pace = f"{190 * line.speed:.0f}"
        command = [program, "-v", "cmn", "-s", pace, "-p", str(cast.espeak_pitch), "--stdout"]
        spoken = subprocess.run([*command, line.words], check=True, capture_output=True)  # noqa: S603 - no shell, own script
        # The header's length is not filled in when piped: 44 bytes of it, then samples to the end.
        pcm = np.frombuffer(spoken.stdout[44:], np.int16).astype(np.float32)
        return _dressed(pcm, round(ESPEAK_RATE_HZ * cast.pitch))


class KokoroVoice:
    """Kokoro-82M, on one thread, so that the same line gives the same samples."""

    name = "kokoro"

    def __init__(self, cache: Path) -> None:
        self._kokoro = Kokoro(fetch_parts(cache))
        self._spell = mandarin_speller(cache)

    def say(self, line: Line) -> Sound:
        """See `Voice.say`."""
        cast = CAST[line.who]
        style = self._kokoro.style(cast.kokoro)
        pcm = self._kokoro.say(self._spell(line.words), style, line.speed / cast.pitch)
        return _dressed(pcm, round(KOKORO_RATE_HZ * cast.pitch))


def _dressed(pcm: Sound, rate_hz: int) -> Sound:
    """Trimmed at 2 % of the peak, faded at both ends, at the program's rate."""
    loud = np.flatnonzero(np.abs(pcm) > 0.02 * np.abs(pcm).max())
    pcm = pcm[max(0, loud[0] - rate_hz // 50) : loud[-1] + rate_hz // 12]
    pcm = resampled(pcm, rate_hz, RATE_HZ)
    fade = min(480, len(pcm) // 4)
    pcm[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
    pcm[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    heard = pcm[np.abs(pcm) > 0.1 * np.abs(pcm).max()]
    gain = min(_SPEECH_RMS / np.sqrt(np.mean(heard**2)), 0.95 / np.abs(pcm).max())
    return np.asarray(gain * pcm, np.float32)
