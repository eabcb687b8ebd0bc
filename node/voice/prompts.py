"""Recorded prompts: a folder of recordings and an index that says which sentence each one holds.

format = "livesell-prompts/1"

[[prompt]]
text   = "展会价一百二十九元。"
locale = "zh"
file   = "zh/price_129.wav"
"""

import asyncio
import hashlib
import logging
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Final, Literal

import av
import msgspec
import numpy as np

from node.decode.sound import Resampler
from node.errors import AssetError
from node.media import SAMPLE_RATE_HZ
from node.voice.engine import Mono, Origin, Raw

log = logging.getLogger(__name__)

INDEX: Final = "index.toml"
LONGEST_S: Final = 60.0
"""What is longer is no prompt."""


class Prompt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One recording: the sentence it holds, its language, its file below the folder."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    locale: Annotated[str, msgspec.Meta(min_length=2)]
    file: Annotated[str, msgspec.Meta(min_length=1)]


class PromptIndex(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`index.toml` of a folder of prompts."""

    format: Literal["livesell-prompts/1"]
    prompt: tuple[Prompt, ...] = ()


def plain(text: str) -> str:
    """A sentence as it is compared: spaces at the ends and doubled ones do not count."""
    return " ".join(text.split())


class Prompts:
    """What was recorded in `folder`; a file that cannot be read leaves out its sentence."""

    origin: Origin = "prompt"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[tuple[str, str], tuple[Path, str]] = {}
        self._pool = ThreadPoolExecutor(1, "prompts")

    async def begin(self) -> None:
        """See `Engine.begin`; raises `AssetError` with place and value for a faulty index."""
        loop = asyncio.get_running_loop()
        self._found = await loop.run_in_executor(self._pool, self._listed)

    def voice(self, text: str, locale: str) -> str:
        """See `Engine.voice`: the recording's hash."""
        _, sha256 = self._found.get((locale, plain(text)), (None, ""))
        return sha256

    async def speak(self, text: str, locale: str) -> Raw:
        """See `Engine.speak`."""
        path, _ = self._found[locale, plain(text)]
        loop = asyncio.get_running_loop()
        pcm = await loop.run_in_executor(self._pool, recorded, path)
        return Raw(pcm, SAMPLE_RATE_HZ)

    def close(self) -> None:
        """See `Engine.close`."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _listed(self) -> dict[tuple[str, str], tuple[Path, str]]:
        found = dict[tuple[str, str], tuple[Path, str]]()
        for index, prompt in enumerate(read_index(self._folder).prompt):
            path = self._folder / prompt.file
            try:
                sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError as error:
                log.warning("%s: prompt[%d].file = %r: %s",
                            self._folder / INDEX, index, prompt.file, error.strerror)  # fmt: skip
                continue
            found[prompt.locale, plain(prompt.text)] = (path, sha256)
        return found


def read_index(folder: Path) -> PromptIndex:
    """The index of a folder; raises `AssetError` with place and value."""
    path = folder / INDEX
    try:
        return msgspec.convert(tomllib.loads(path.read_text("utf-8")), PromptIndex)
    except OSError as error:
        raise AssetError(f"{path}: {error.strerror}") from error
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssetError(f"{path}: {error}") from error


def recorded(path: Path, longest_s: float = LONGEST_S) -> Mono:
    """The mean of both channels at 48 kHz; raises `AssetError`. Thread: not the loop's."""
    resampler, pieces = Resampler(), list[Mono]()
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(audio=0):
                pieces += [samples.mean(axis=1) for _, samples in resampler.feed(frame)]
                if sum(map(len, pieces)) > longest_s * SAMPLE_RATE_HZ:
                    raise AssetError(f"{path}: longer than {longest_s:g} s")
        pieces += [samples.mean(axis=1) for _, samples in resampler.flush()]
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise AssetError(f"{path}: no sound: {error}") from error
    pcm = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    if not pcm.any():
        raise AssetError(f"{path}: silent")
    return pcm
