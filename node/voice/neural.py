"""A neural voice by sherpa-onnx (Apache-2.0): Kokoro or VITS (Piper, MeloTTS) from a folder.

The folder holds the model as sherpa-onnx wants it (model.onnx, tokens.txt, voices.bin for Kokoro,
lexicon*.txt) and `voice.toml`, which says what it can speak and how:

format = "livesell-neural/1"
kind   = "kokoro"              # or "vits"

[locale.zh]                    # words by the lexicon
speaker = 0
speed   = 1.1

[locale.en]                    # no lexicon: espeak-ng, run as a program, spells the words
speaker  = 2
phonemes = "en-us"
replace  = [["tʃ", "ʧ"], ["ː", ""]]

A word that the lexicon lacks would be left out without a sound; a sentence with one is left to
the next voice.
"""

import asyncio
import importlib
import os
import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final, Literal

import msgspec
import numpy as np

from node.errors import AssetError, DeviceError
from node.voice.engine import Mono, Origin, Raw
from node.voice.espeak import PROGRAM, run_program

DESCRIPTION: Final = "voice.toml"
SPELL_LIMIT_S: Final = 2.0
NICENESS: Final = 10
"""Of its thread: pictures come first."""
_LOUDEST: Final = 1.0


class NeuralLocale(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a language is spoken; `phonemes` names the espeak-ng voice that spells its words."""

    speaker: Annotated[int, msgspec.Meta(ge=0)] = 0
    speed: Annotated[float, msgspec.Meta(ge=0.5, le=2)] = 1.0
    phonemes: str = ""
    replace: tuple[tuple[str, str], ...] = ()


class NeuralVoice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`voice.toml` of a neural voice's folder."""

    format: Literal["livesell-neural/1"]
    kind: Literal["kokoro", "vits"]
    locale: dict[str, NeuralLocale]


class Neural:
    """The voice in `folder`. Its thread renders one sentence at a time and yields to all else."""

    origin: Origin = "neural"

    def __init__(self, folder: Path, *, speller: str = PROGRAM) -> None:
        self._folder, self._speller = folder, speller
        self._pool = ThreadPoolExecutor(1, "neural voice", initializer=_yield_to_others)
        self._described: NeuralVoice | None = None
        self._sherpa: ModuleType | None = None
        self._tts: Any = None  # the library has no types
        self._known: frozenset[str] = frozenset()
        self._version = ""

    async def begin(self) -> None:
        """See `Engine.begin`: reads the folder and opens the model, which takes seconds."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._pool, self._open)

    def voice(self, text: str, locale: str) -> str:
        """See `Engine.voice`."""
        how = self._described.locale.get(locale) if self._described is not None else None
        if how is None or self._tts is None:
            return ""
        if not how.phonemes and any(one.isalnum() and one not in self._known for one in text):
            return ""
        return f"{self._version} {msgspec.json.encode(how).decode()}"

    async def speak(self, text: str, locale: str) -> Raw:
        """See `Engine.speak`."""
        if self._described is None or self._tts is None:
            raise DeviceError(f"{self._folder}: not open")
        how = self._described.locale[locale]
        spelled = await self._spelled(text, how) if how.phonemes else ""
        is_stopped = threading.Event()
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._pool, self._generated, text, spelled, how, is_stopped
            )
        finally:
            is_stopped.set()

    def close(self) -> None:
        """See `Engine.close`."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _open(self) -> None:
        """Open the model. Thread: its own."""
        described = read_voice(self._folder)
        try:
            sherpa = importlib.import_module("sherpa_onnx")  # an extra, 40 MB
        except ImportError as error:
            raise DeviceError("sherpa-onnx is not installed (extra `neural`)") from error
        lexicons = sorted(self._folder.glob("lexicon*.txt"))
        model = _model(sherpa, described.kind, self._folder, lexicons)
        config = sherpa.OfflineTtsConfig(model=model, max_num_sentences=1)
        if not config.validate():
            raise AssetError(f"{self._folder}: sherpa-onnx refuses the model, see the log above")
        stat = (self._folder / "model.onnx").stat()
        self._sherpa, self._tts = sherpa, sherpa.OfflineTts(config)
        self._known = _known(lexicons)
        self._version = f"sherpa-onnx {sherpa.__version__} {stat.st_size} {stat.st_mtime_ns}"
        self._described = described

    async def _spelled(self, text: str, how: NeuralLocale) -> str:
        told = await run_program(
            self._speller, text.encode(), ("-q", "-b", "1", "--ipa", "-v", how.phonemes, "--stdin"),
            limit_s=SPELL_LIMIT_S,
        )  # fmt: skip
        spelled = " ".join(told.decode("utf-8", "replace").split())
        for mark, instead in how.replace:
            spelled = spelled.replace(mark, instead)
        return spelled

    def _generated(
        self, text: str, spelled: str, how: NeuralLocale, is_stopped: threading.Event
    ) -> Raw:
        """Render. Thread: its own."""
        if self._sherpa is None or is_stopped.is_set():
            raise DeviceError(f"{self._folder}: closed")
        wish = self._sherpa.GenerationConfig()
        wish.sid, wish.speed = how.speaker, how.speed
        if spelled:
            wish.phoneme_codepoints = [[ord(mark) for mark in spelled]]
        made = self._tts.generate(
            text, wish, callback=lambda _samples, _share: int(not is_stopped.is_set())
        )
        pcm: Mono = np.asarray(made.samples, np.float32)
        if not pcm.any():
            raise DeviceError(f"{self._folder}: no sound for {len(text)} characters")
        return Raw(np.clip(pcm, -_LOUDEST, _LOUDEST), made.sample_rate)


def read_voice(folder: Path) -> NeuralVoice:
    """The description of a folder; raises `AssetError` with place and value."""
    path = folder / DESCRIPTION
    try:
        described = msgspec.convert(tomllib.loads(path.read_text("utf-8")), NeuralVoice)
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror}") from error
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssetError(f"{path}: {error}") from error
    wanted = ("model.onnx", "tokens.txt", *(("voices.bin",) if described.kind == "kokoro" else ()))
    for name in wanted:
        if not (folder / name).is_file():
            raise AssetError(f"{folder / name}: missing, a {described.kind} voice needs it")
    return described


def _model(
    sherpa: ModuleType, kind: Literal["kokoro", "vits"], folder: Path, lexicons: list[Path]
) -> object:
    model, tokens = str(folder / "model.onnx"), str(folder / "tokens.txt")
    lexicon = ",".join(map(str, lexicons))
    if kind == "vits":
        vits = sherpa.OfflineTtsVitsModelConfig(model=model, tokens=tokens, lexicon=lexicon)
        return sherpa.OfflineTtsModelConfig(vits=vits, num_threads=1)
    kokoro = sherpa.OfflineTtsKokoroModelConfig(
        model=model, voices=str(folder / "voices.bin"), tokens=tokens, lexicon=lexicon
    )
    return sherpa.OfflineTtsModelConfig(kokoro=kokoro, num_threads=1)


def _known(lexicons: list[Path]) -> frozenset[str]:
    """The characters that are words of their own: what else is read is made of them."""
    known = set[str]()
    for path in lexicons:
        with path.open(encoding="utf-8") as file:
            known |= {word for line in file if len(word := line.split(" ", 1)[0]) == 1}
    return frozenset(known)


def _yield_to_others() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
