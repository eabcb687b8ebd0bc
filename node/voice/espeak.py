"""espeak-ng's voices: the fallback that speaks every language, run as a program (GPL-3).

Its text goes in by standard input, marked as UTF-8: by the machine's locale it would read Chinese
as Latin-1 on a bare system, which sounds like speech and says nothing.
"""

import asyncio
import shutil
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from node.errors import DeviceError
from node.voice.engine import Origin, Raw

PROGRAM = "espeak-ng"
LIMIT_S = 10.0
"""500 characters take 0.3 s (x86-64); later something is wrong."""
PACE_WPM = {"zh": 200}
"""Words a minute: a line of 25 characters then takes less than 5 s (domain.md §6)."""
USUAL_PACE_WPM = 170
HEADER_BYTES = 44
"""A WAV header whose lengths are not filled in, for it is written to a pipe."""
RATES_HZ = range(8000, 48_001)
_RATE_AT = slice(24, 28)


class Espeak:
    """`voices` gives the names of espeak-ng's voices by locale, as a persona names them."""

    origin: Origin = "espeak"

    def __init__(
        self, voices: Callable[[], Mapping[str, str]], *, program: str = PROGRAM,
        limit_s: float = LIMIT_S,
    ) -> None:  # fmt: skip
        self._voices, self._program, self._limit_s = voices, program, limit_s
        self._version = ""

    async def begin(self) -> None:
        """See `Engine.begin`."""
        if shutil.which(self._program) is None:
            raise DeviceError(f"{self._program} is not installed")
        told = await self._run(b"", "--version")
        self._version = told.decode("utf-8", "replace").split("Data at")[0].strip()

    def voice(self, text: str, locale: str) -> str:
        """See `Engine.voice`."""
        if not self._version or not text:
            return ""
        return f"{self._version} {self._name(locale)} {_pace_wpm(locale)}"

    async def speak(self, text: str, locale: str) -> Raw:
        """See `Engine.speak`."""
        plain = text.replace("[[", "(").replace("]]", ")")  # else phonemes, not words
        wav = await self._run(
            plain.encode(),
            *("-b", "1", "-v", self._name(locale), "-s", str(_pace_wpm(locale))),
            *("--stdin", "--stdout"),
        )
        pcm = np.frombuffer(wav[HEADER_BYTES : len(wav) // 2 * 2], "<i2")
        if not pcm.any():
            raise DeviceError(f"{self._program} says nothing with the voice {self._name(locale)!r}")
        rate_hz = int.from_bytes(wav[_RATE_AT], "little")
        if not wav.startswith(b"RIFF") or rate_hz not in RATES_HZ:
            raise DeviceError(f"{self._program}: no WAV came, or one of {rate_hz} Hz")
        return Raw(np.divide(pcm, 32768, dtype=np.float32), rate_hz)

    def close(self) -> None:
        """Nothing is held between texts."""

    def _name(self, locale: str) -> str:
        return self._voices().get(locale) or locale

    async def _run(self, text: bytes, *arguments: str) -> bytes:
        return await run_program(self._program, text, arguments, limit_s=self._limit_s)


async def run_program(
    program: str, text: bytes, arguments: Sequence[str], *, limit_s: float
) -> bytes:
    """What a program writes when it is given a text; raises `DeviceError`.

    It is ended after `limit_s`, and at once when whoever waits for it is cancelled.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            program, *arguments,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:
        raise DeviceError(f"{program}: cannot be started: {error.strerror}") from error
    try:
        async with asyncio.timeout(limit_s):
            out, told = await process.communicate(text)
    except TimeoutError as error:
        raise DeviceError(f"{program}: no end after {limit_s:g} s") from error
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        why = told.decode("utf-8", "replace").strip().split("\n")[0]
        raise DeviceError(f"{program}: ended with {process.returncode}: {why}")
    return out


def _pace_wpm(locale: str) -> int:
    return PACE_WPM.get(locale.split("-")[0], USUAL_PACE_WPM)
