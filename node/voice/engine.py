"""What reads a text aloud: recorded prompts, a neural voice, espeak-ng; the protocol of all."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Origin = Literal["prompt", "neural", "espeak"]

Mono = NDArray[np.float32]
"""Speech before it is the program's: float32 [n], full scale ±1."""


@dataclass(frozen=True, slots=True, eq=False)
class Raw:
    """Speech as an engine gives it: mono, at the engine's own rate, never empty."""

    pcm: Mono
    rate_hz: int


class Engine(Protocol):
    """Reads texts aloud, one at a time; what it costs is spent off the loop thread."""

    @property
    def origin(self) -> Origin:
        """Its kind."""
        ...

    async def begin(self) -> None:
        """Look for what it needs; raises `DeviceError` or `AssetError` saying what is missing."""
        ...

    def voice(self, text: str, locale: str) -> str:
        """Who would read this, with all versions that make the sound what it is.

        Empty if it cannot.
        """
        ...

    async def speak(self, text: str, locale: str) -> Raw:
        """Read it; raises `DeviceError` or `AssetError`. Cancelled, it stops its work at once."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...
