"""livesell hear: the node's own ear over files, or over the microphone."""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from node.cli.progress import Bar
from node.cli.texts import Texts
from node.config import Config, load
from node.decode.speech import Progress, read_speech
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.heard import Heard, UtteranceEnded
from node.voice.hearing import Hearing, VoiceModels

HEAD: Final = "booth.toml"
HEARD: Final = 0
FAILED: Final = 1
PIECE: Final = SPEECH_RATE_HZ // 2
TAIL: Final = 2 * SPEECH_RATE_HZ
"""Quiet behind a file's end, in which what was said last is understood."""


def hear(args: argparse.Namespace, texts: Texts) -> int:
    """Print what is understood of each file, or of the microphone until it is interrupted.

    Returns:
        0 all files were heard, 1 one could not be read to its end (the others were).
        Raises `AssetError` where the models are missing or wrong, `ConfigError` for a node.toml.
    """
    try:
        from node.voice.models import load_models  # noqa: PLC0415  # onnxruntime may be missing
    except ImportError as error:
        print(texts("hear.no_runtime", reason=error), file=sys.stderr)
        return FAILED
    config = None if args.config is None else load(args.config)
    if args.head is not None and not (args.head / HEAD).is_file():
        raise AssetError(f"{args.head / HEAD}: no such file")
    models = load_models(args.head or models_of(config), fetched=fetched_of(config))
    if args.listen:
        from node.cli.listen import listen  # noqa: PLC0415  # opens a device

        return listen(_ear(models, args), config, texts, as_json=args.as_json)
    return _Files(models, args, texts).hear()


def models_of(config: Config | None) -> Path | None:
    """The folder of models that a node.toml names, if it does."""
    voice = None if config is None else config.voice
    return Path(voice.models) if voice is not None and voice.models else None


def fetched_of(config: Config | None) -> Path | None:
    """Where a board's own fetched models lie: in its state."""
    return None if config is None else Path(config.state_dir) / "models"


def line(ended: UtteranceEnded, texts: Texts) -> str:
    """One utterance for people."""
    spotted, delay_s = ended.spotted, ended.decision_delay_s
    if spotted is None or delay_s is None:
        return texts("hear.nothing", start=ended.start_s, end=ended.end_s)
    return texts(
        "hear.understood",
        start=ended.start_s,
        end=ended.end_s,
        score=spotted.score,
        delay=delay_s,
        intent=spotted.intent,
        keyword=spotted.keyword,
    )


def plain(ended: UtteranceEnded, file: str) -> dict[str, object]:
    """One utterance for machines; what was not understood is null."""
    spotted, delay_s = ended.spotted, ended.decision_delay_s
    return {
        "file": file,
        "start_s": round(ended.start_s, 3),
        "end_s": round(ended.end_s, 3),
        "keyword": spotted.keyword if spotted else None,
        "intent": spotted.intent if spotted else None,
        "locale": spotted.locale if spotted else None,
        "slots": dict(spotted.slots) if spotted else {},
        "score": round(spotted.score, 3) if spotted else None,
        "decision_delay_s": None if delay_s is None else round(delay_s, 3),
    }


def _ear(models: VoiceModels, args: argparse.Namespace) -> Hearing:
    hearing = Hearing(models, locale=None if args.locale == "auto" else args.locale)
    hearing.is_speaking = args.speaking
    return hearing


class _Files:
    """The files of one call, one after the other through the same ear."""

    def __init__(self, models: VoiceModels, args: argparse.Namespace, texts: Texts) -> None:
        self._hearing = _ear(models, args)
        self._paths: list[Path] = args.files
        self._reference: Path | None = args.reference
        self._as_json: bool = args.as_json
        self._is_speaking: bool = args.speaking
        self._texts = texts
        self._bar = Bar(len(self._paths))
        self._utterances = self._understood = self._samples = 0

    def hear(self) -> int:
        began_s = time.monotonic()
        if not self._as_json and sys.stdout.isatty():
            print(self._texts("hear.header"))
        codes = [self._hear(path) for path in self._paths]
        self._bar.close()
        if not self._as_json:
            took_s = time.monotonic() - began_s
            told = self._texts(
                "hear.summary",
                count=self._utterances,
                understood=self._understood,
                sound_s=self._samples / SPEECH_RATE_HZ,
                took_s=took_s,
            )
            print(told, file=sys.stderr)
        return max(codes, default=HEARD)

    def _hear(self, path: Path) -> int:
        progress = self._bar.piece(path.name)
        if not self._as_json and len(self._paths) > 1:
            self._print(self._texts("hear.file", path=path))
        self._hearing.reset()
        fault = None
        try:
            played = None if self._reference is None else _Endless(read_speech(self._reference))
            for heard in self._heard(path, played, progress):
                self._tell(heard, path)
        except AssetError as error:
            fault = error
        for heard in self._hearing.feed(np.zeros(TAIL, np.int16)):
            self._tell(heard, path)
        if fault is not None:
            self._bar.close()
            print(f"livesell hear: {fault}", file=sys.stderr)
        return HEARD if fault is None else FAILED

    def _heard(self, path: Path, played: "_Endless | None", progress: Progress) -> Iterator[Heard]:
        for pcm in _pieces(read_speech(path, progress)):
            self._samples += len(pcm)
            reference = None if played is None else played.take(len(pcm))
            is_audible = reference is not None and bool(reference.any())
            self._hearing.is_speaking = self._is_speaking or is_audible
            yield from self._hearing.feed(pcm, reference)

    def _tell(self, heard: Heard, path: Path) -> None:
        if not isinstance(heard, UtteranceEnded):
            return
        self._utterances += 1
        self._understood += heard.spotted is not None
        if self._as_json:
            self._print(json.dumps(plain(heard, str(path)), ensure_ascii=False))
        else:
            self._print(line(heard, self._texts))

    def _print(self, text: str) -> None:
        self._bar.close()
        print(text, flush=True)


class _Endless:
    """A stream of sound that goes on in silence."""

    def __init__(self, pieces: Iterator[Pcm]) -> None:
        self._pieces = pieces
        self._kept = np.zeros(0, np.int16)

    def take(self, count: int) -> Pcm:
        """The next `count` samples."""
        while len(self._kept) < count:
            piece = next(self._pieces, None)
            if piece is None:
                piece = np.zeros(count - len(self._kept), np.int16)
            self._kept = np.concatenate((self._kept, piece))
        taken, self._kept = self._kept[:count], self._kept[count:]
        return taken


def _pieces(frames: Iterator[Pcm]) -> Iterator[Pcm]:
    """The same sound in larger pieces: a decoder's frames are a few milliseconds."""
    kept: list[Pcm] = []
    for frame in frames:
        kept.append(frame)
        if sum(map(len, kept)) >= PIECE:
            yield np.concatenate(kept)
            kept = []
    if kept:
        yield np.concatenate(kept)
