"""Voices that speak at once, late or never, as the tests say."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from node.errors import AssetError, DeviceError
from node.media import Samples
from node.voice.engine import Origin, Raw
from node.voice.speech import Spoken

RATE_HZ = 16_000


def tone(seconds: float, rate_hz: int = RATE_HZ, amplitude: float = 0.3) -> np.ndarray:
    """A tone of 300 Hz, float32 [n]."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * 300 * times)).astype(np.float32)


class FakeEngine:
    """Says every sentence as a tone of `seconds`; `gate` holds it back until it is set."""

    def __init__(
        self, origin: Origin = "espeak", *, seconds: float = 0.5, version: str = "1",
        locales: tuple[str, ...] = ("zh", "en"), missing: str = "",
    ) -> None:  # fmt: skip
        self.origin, self.version, self.locales = origin, version, locales
        self.seconds, self.missing = seconds, missing
        self.fault: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked: list[tuple[str, str]] = []
        self.is_closed = False

    async def begin(self) -> None:
        if self.missing:
            raise DeviceError(self.missing)

    def voice(self, text: str, locale: str) -> str:
        return f"fake {self.version}" if locale in self.locales else ""

    async def speak(self, text: str, locale: str) -> Raw:
        self.asked.append((text, locale))
        await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        return Raw(tone(self.seconds), RATE_HZ)

    def close(self) -> None:
        self.is_closed = True


class FakeSpeech:
    """Speech without threads, for virtual time: each sentence is a level of `seconds`."""

    def __init__(self, seconds: float = 2.0, after_s: float = 0.0) -> None:
        self.seconds, self.after_s = seconds, after_s
        self.is_mute, self.fault = False, ""
        self.asked: list[tuple[str, str]] = []
        self.kept: list[str] = []
        self.prepared: list[tuple[str, str]] = []
        self.played: list[Path] = []

    async def __aenter__(self) -> "FakeSpeech":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    def samples(self) -> Samples:
        return np.full((round(self.seconds * 48_000), 2), 0.25, np.float32)

    async def render(self, text: str, locale: str, *, is_kept: bool = True) -> Spoken:
        self.asked.append((text, locale))
        self.kept += [text] if is_kept else []
        await asyncio.sleep(self.after_s)
        if self.fault:
            raise DeviceError(self.fault)
        return Spoken(self.samples(), "espeak", is_cached=True)

    async def recorded(self, path: Path) -> Samples:
        self.played.append(path)
        if not path.is_file():
            raise AssetError(f"{path}: no sound")
        return self.samples()

    def prepare(self, lines: Iterable[tuple[str, str]]) -> None:
        self.prepared += list(lines)

    async def work(self) -> None:
        await asyncio.Event().wait()
