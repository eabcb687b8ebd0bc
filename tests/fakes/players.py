"""A clip player without a file: a frame for each call, late, ended or failing on demand."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from node.errors import AssetError
from node.media import Pixels, Samples, Size, black

PICTURE = black(Size(16, 8))


@dataclass
class FakeTick:
    """A picture and its sound."""

    pixels: Pixels
    samples: Samples


@dataclass
class FakePlayer:
    """Gives a frame for each call; `length` frames in all; sample values are frame numbers."""

    length: int = 100
    opening_s: float = 0.1
    fails: str = ""
    position: int = 0
    is_ready: bool = False
    is_late: bool = False
    is_closed: bool = False
    error: AssetError | None = None
    opened: list[int] = field(default_factory=list)

    @property
    def has_ended(self) -> bool:
        """Whether the last frame was given."""
        return self.position >= self.length

    async def preroll(self, at_frame: int = 0) -> None:
        """Take `opening_s`, then be ready at a frame."""
        await asyncio.sleep(self.opening_s)
        if self.fails:
            raise AssetError(self.fails)
        self.opened.append(at_frame)
        self.position, self.is_ready = at_frame, True

    def next(self) -> FakeTick | None:
        """The next frame, or None when late or at the end."""
        if self.is_late or self.has_ended:
            return None
        self.position += 1
        return FakeTick(PICTURE, np.full((1600, 2), self.position, np.float32))

    async def close(self) -> None:
        """Be closed."""
        self.is_closed = True
