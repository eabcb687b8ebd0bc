"""livesell hear --listen: the ear on the microphone, with a level meter in the terminal."""

import asyncio
import json
import sys
from typing import Final

import numpy as np

from node.audio.level import LevelMeter
from node.audio.microphone import MicrophoneSource, open_microphone
from node.cli.hear import line, plain
from node.cli.texts import Texts
from node.config import Config
from node.config_voice import DeviceMicrophoneConfig, MicrophoneConfig
from node.media import Pcm, SpeechChunk
from node.voice.heard import SpeechStarted, SpeechVanished, UtteranceEnded
from node.voice.hearing import Hearing

CELLS: Final = 40
QUIETEST_DB: Final = -60.0
REDRAWN_S: Final = 0.1
LONGEST_GAP: Final = 32_000
"""More lost samples than these (2 s) are no gap in a word; the rest is left out."""


def listen(hearing: Hearing, config: Config | None, texts: Texts, *, as_json: bool) -> int:
    """Print what is understood until interrupted; raises `DeviceError` without a microphone."""
    microphone = None if config is None else config.microphone
    asyncio.run(_Ear(hearing, texts, as_json=as_json).run(microphone or DeviceMicrophoneConfig()))
    return 0


class _Ear:
    """One microphone heard until it ends."""

    def __init__(self, hearing: Hearing, texts: Texts, *, as_json: bool) -> None:
        self._hearing = hearing
        self._texts = texts
        self._as_json = as_json
        self._meter = LevelMeter()
        self._is_terminal = sys.stderr.isatty()
        self._expected = 0
        self._drawn_s = 0.0
        self._is_speech = False

    async def run(self, microphone: MicrophoneConfig) -> None:
        """Hear until the sound ends."""
        async with open_microphone(microphone) as source:
            print(self._texts("hear.listening", device=source.label), file=sys.stderr)
            try:
                await self._follow(source)
            finally:
                self._clear()

    async def _follow(self, source: MicrophoneSource) -> None:
        async for chunk in source:
            lost = min(chunk.at_16k - self._expected, LONGEST_GAP)
            self._expected = chunk.at_16k + len(chunk.pcm)
            self._meter.feed(chunk.pcm)
            self._hear(np.concatenate((np.zeros(max(0, lost), np.int16), chunk.pcm)))
            self._draw(chunk)

    def _hear(self, pcm: Pcm) -> None:
        for heard in self._hearing.feed(pcm):
            if isinstance(heard, SpeechStarted):
                self._is_speech = True
            if isinstance(heard, SpeechVanished | UtteranceEnded):
                self._is_speech = False
            if isinstance(heard, UtteranceEnded):
                self._clear()
                told = json.dumps(plain(heard, ""), ensure_ascii=False)
                print(told if self._as_json else line(heard, self._texts), flush=True)

    def _draw(self, chunk: SpeechChunk) -> None:
        if not self._is_terminal or chunk.captured_s - self._drawn_s < REDRAWN_S:
            return
        self._drawn_s = chunk.captured_s
        level_db = self._meter.level.rms_db
        full = round(CELLS * min(1.0, max(0.0, 1 - level_db / QUIETEST_DB)))
        state = self._texts("hear.speech" if self._is_speech else "hear.quiet")
        bar = f"[{'#' * full}{' ' * (CELLS - full)}] {level_db:5.0f} dBFS  {state}"
        print(f"\r\033[K{bar}", end="", file=sys.stderr, flush=True)

    def _clear(self) -> None:
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
