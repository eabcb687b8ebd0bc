"""livesell enrol: some takes of a keyword by one person, and the head trained anew with them."""

import argparse
import asyncio
import subprocess
import sys
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from node.audio.microphone import open_microphone
from node.cli.hear import fetched_of, models_of
from node.cli.texts import Texts
from node.config import Config, load
from node.config_voice import DeviceMicrophoneConfig
from node.decode.speech import read_speech
from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.heard import UtteranceEnded
from node.voice.hearing import POST_ROLL, PRE_ROLL, Hearing

KEPT, FAILED, NO_CONSENT = 0, 1, 2
EARLY: Final = SPEECH_RATE_HZ // 8
LATE: Final = SPEECH_RATE_HZ // 16
"""The speech detector is up to 0.12 s late at both ends."""
TRAINER: Final = "tools.train_keywords"
INVENTORY: Final = Path("tools") / "train_keywords" / "inventory.toml"
CHECKOUT: Final = Path(__file__).parents[2]


def enrol(args: argparse.Namespace, texts: Texts) -> int:
    """Keep the takes of one keyword below the folder that was named; train where that was asked.

    Returns:
        0 kept, 1 unknown keyword, nothing heard, or the training failed, 2 without consent.
        Raises `AssetError` for missing models or a damaged file, `DeviceError` for no microphone.
    """
    from node.voice.models import load_models  # noqa: PLC0415  # onnxruntime may be missing

    if not args.consent:
        print(texts("enrol.no_consent"), file=sys.stderr)
        return NO_CONSENT
    config = None if args.config is None else load(args.config)
    models = load_models(models_of(config), fetched=fetched_of(config))
    known = {label.keyword for label in models.head.labels}
    if args.keyword not in known:
        print(texts("enrol.unknown", keyword=args.keyword, known=", ".join(sorted(known))))
        return FAILED
    hearing = Hearing(models, keeps_utterance=True)
    if args.files:
        takes = [take for path in args.files for take in takes_in(hearing, read_speech(path))]
    else:
        takes = asyncio.run(_recorded(hearing, config, args, texts))
    if not takes:
        print(texts("enrol.nothing"), file=sys.stderr)
        return FAILED
    print(texts("enrol.kept", count=len(takes), folder=keep(takes, args.into / args.keyword)))
    return KEPT if args.train is None else _trained(args, texts)


def takes_in(hearing: Hearing, pieces: Iterator[Pcm]) -> Iterator[Pcm]:
    """Each utterance of a recording, int16 [n] 16 kHz, without the quiet around it."""
    hearing.reset()
    for piece in pieces:
        yield from _utterances(hearing, piece)
    yield from _utterances(hearing, silence())


def silence() -> Pcm:
    """Two seconds of quiet, in which an utterance at a recording's end is heard to its end."""
    return np.zeros(2 * SPEECH_RATE_HZ, np.int16)


def keep(takes: list[Pcm], folder: Path) -> Path:
    """Write the takes behind those that lie in `folder` already, `001.wav` and on."""
    folder.mkdir(parents=True, exist_ok=True)
    last = max((int(path.stem) for path in folder.glob("[0-9]*.wav")), default=0)
    for number, take in enumerate(takes, start=last + 1):
        with wave.open(str(folder / f"{number:03}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SPEECH_RATE_HZ)
            file.writeframes(take.tobytes())
    return folder


def _utterances(hearing: Hearing, piece: Pcm) -> Iterator[Pcm]:
    for heard in hearing.feed(piece):
        if isinstance(heard, UtteranceEnded) and heard.pcm is not None:
            yield heard.pcm[PRE_ROLL - EARLY : len(heard.pcm) - POST_ROLL + LATE]


async def _recorded(
    hearing: Hearing, config: Config | None, args: argparse.Namespace, texts: Texts
) -> list[Pcm]:
    microphone = None if config is None else config.microphone
    takes: list[Pcm] = []
    async with open_microphone(microphone or DeviceMicrophoneConfig()) as source:
        print(texts("enrol.say", keyword=args.keyword, left=args.takes), flush=True)
        async for chunk in source:
            for take in _utterances(hearing, chunk.pcm):
                takes.append(take)
                if len(takes) == args.takes:
                    return takes
                left = args.takes - len(takes)
                print(texts("enrol.say", keyword=args.keyword, left=left), flush=True)
    return takes


def _trained(args: argparse.Namespace, texts: Texts) -> int:
    print(texts("enrol.training"), flush=True)
    command = [
        *(sys.executable, "-m", TRAINER, str(CHECKOUT / INVENTORY), "--as-spoken"),
        *("--data", str(args.train.resolve()), "--enrolled", str(args.into.resolve())),
    ]
    done = subprocess.run(command, cwd=CHECKOUT, check=False)  # noqa: S603 - no shell, own tool
    return KEPT if done.returncode == 0 else FAILED
