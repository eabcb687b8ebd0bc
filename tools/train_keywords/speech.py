"""Speech made for training, kept on disk under the hash of what was asked for."""

import hashlib
import shutil
import subprocess
import wave
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import soxr
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ
from tools import kokoro
from tools.train_keywords.breath import Breath
from tools.train_keywords.inventory import Locale
from tools.train_keywords.recipes import Recipe

Pcm16 = NDArray[np.int16]
Engine = Literal["kokoro", "flite", "espeak"]

_QUIET = 0.02
"""Of the peak: what lies below it before and after the speech is cut off."""
_LEVEL = 0.5
_TIMBRE = 128
"""Of a Kokoro style's 256 numbers: those of the decoder; the rest are of pace and melody
(`ref_s` in its model.py)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One clip: the text, who reads it, and what it is for (a keyword, a hard word, a test)."""

    text: str
    locale: Locale
    recipe: Recipe
    role: Literal["keyword", "hard", "test", "test_hard"] = "keyword"
    engine: Engine = "kokoro"
    breath: tuple[str, ...] = ()
    """The texts said together in one breath, this one among them; none: it is said alone."""

    @property
    def name(self) -> str:
        """The file's name: the hash of text, engine and recipe."""
        said = f"{self.engine}/{self.locale}/{self.text}/{self.recipe.key}"
        if self.breath:
            said += f"/{'|'.join(self.breath)}"
        return hashlib.sha256(said.encode()).hexdigest()[:20]


class Speakers:
    """Reads texts aloud into a folder; what lies there already is not read again."""

    def __init__(self, folder: Path, parts: Path) -> None:
        self._folder, self._parts = folder, parts
        self._kokoro: kokoro.Kokoro | None = None
        self._breath: Breath | None = None
        self._spell: dict[Locale, Callable[[str], str]] = {"en": kokoro.spell_english}

    def path(self, wanted: Wanted) -> Path:
        """Where the clip lies, or will."""
        return self._folder / wanted.name[:2] / f"{wanted.name}.wav"

    def speak(self, wanted: Wanted) -> Path:
        """The clip's file, read aloud first where it is missing: 16 kHz mono, trimmed.

        Raises:
            kokoro.KokoroError: an engine is missing.
        """
        path = self.path(wanted)
        if path.exists():
            return path
        if wanted.breath:
            for text, pcm in zip(wanted.breath, self._in_one_breath(wanted), strict=True):
                _keep(self.path(replace(wanted, text=text)), pcm)
        elif wanted.engine == "kokoro":
            style = self._style(wanted)
            spelt = self._speller(wanted.locale)(wanted.text)
            said = self._engine().say(spelt, style, wanted.recipe.speed)
            _keep(path, dressed(said, kokoro.RATE_HZ))
        else:
            _keep(path, dressed(*_by_program(wanted)))
        return path

    def _in_one_breath(self, wanted: Wanted) -> list[Pcm16]:
        if self._breath is None:
            self._breath = Breath(kokoro.fetch_parts(self._parts))
        spell = self._speller(wanted.locale)
        phrases = [spell(text) for text in wanted.breath]
        pieces = self._breath.say(phrases, self._style(wanted), wanted.recipe.speed)
        return [dressed(piece, kokoro.RATE_HZ) for piece in pieces]

    def _engine(self) -> kokoro.Kokoro:
        if self._kokoro is None:
            self._kokoro = kokoro.Kokoro(kokoro.fetch_parts(self._parts))
        return self._kokoro

    def _speller(self, locale: Locale) -> Callable[[str], str]:
        if locale not in self._spell:
            self._spell[locale] = kokoro.mandarin_speller(self._parts)
        return self._spell[locale]

    def _style(self, wanted: Wanted) -> kokoro.Style:
        recipe, voices = wanted.recipe, kokoro.voices_folder(self._parts)
        style = kokoro.style(voices, recipe.voice)
        if recipe.other:
            other = kokoro.style(voices, recipe.other)
            style = recipe.weight * style + (1 - recipe.weight) * other
        if recipe.melody:
            melody = kokoro.style(voices, recipe.melody)
            style = np.concatenate((style[:, :_TIMBRE], melody[:, _TIMBRE:]), axis=1)
        return style.astype(np.float32)


def _keep(path: Path, pcm: Pcm16) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    write_wav(part, pcm)
    part.replace(path)


def _by_program(wanted: Wanted) -> tuple[NDArray[np.float32], int]:
    """By flite or espeak-ng, programs that write a WAV to their standard output."""
    program = {"flite": "flite", "espeak": "espeak-ng"}[wanted.engine]
    found = shutil.which(program)
    if found is None:
        raise kokoro.KokoroError(f"{program} is not installed")
    recipe = wanted.recipe
    if wanted.engine == "flite":
        pace = f"duration_stretch={1 / recipe.speed:.2f}"
        command = [found, "-voice", recipe.voice, "--setf", pace, "-t", wanted.text, "-o"]
        said = subprocess.run([*command, "/dev/stdout"], check=True, capture_output=True)  # noqa: S603 - no shell
    else:
        command = [found, "-v", recipe.voice, "-s", f"{170 * recipe.speed:.0f}", "--stdout"]
        said = subprocess.run([*command, wanted.text], check=True, capture_output=True)  # noqa: S603 - no shell
    # A piped header has no length: 44 bytes of it, then samples to the end.
    rate_hz = int.from_bytes(said.stdout[24:28], "little")
    pcm = np.frombuffer(said.stdout[44:][: (len(said.stdout) - 44) // 2 * 2], np.int16)
    return pcm.astype(np.float32), rate_hz


def dressed(pcm: NDArray[np.float32], rate_hz: int) -> Pcm16:
    """At 16 kHz, without the quiet around it, its peak at half of full scale."""
    peak = float(np.abs(pcm).max(initial=0.0))
    if peak == 0:
        return np.zeros(SPEECH_RATE_HZ // 10, np.int16)
    loud = np.flatnonzero(np.abs(pcm) > _QUIET * peak)
    spoken = soxr.resample(pcm[loud[0] : loud[-1] + 1] / peak, rate_hz, SPEECH_RATE_HZ)
    return np.asarray(np.clip(spoken * _LEVEL, -1, 1) * 32767, np.int16)


def write_wav(path: Path, pcm: Pcm16) -> None:
    """`pcm` as a 16 kHz mono WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SPEECH_RATE_HZ)
        file.writeframes(pcm.tobytes())


def read_wav(path: Path) -> Pcm16:
    """The samples of a 16 kHz mono WAV file."""
    with wave.open(str(path), "rb") as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)
