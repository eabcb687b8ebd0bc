"""Watches a clip player to its end, as the program would but without its clock."""

import asyncio
from dataclasses import dataclass, field

import numpy as np

from node.clips.player import ClipPlayer
from node.clips.tick import ClipTick
from node.media import Pixels, Samples
from tests.fakes.clip_factory import number_of


@dataclass
class Watched:
    """What was seen and heard; `numbers` are those that the pictures carry."""

    numbers: list[int] = field(default_factory=list)
    sounds: list[Samples] = field(default_factory=list)
    last: Pixels | None = None

    @property
    def samples(self) -> Samples:
        """All sound, float32 [n, 2]."""
        return np.concatenate(self.sounds)


async def watch(
    player: ClipPlayer, *, ticks: int | None = None, box: tuple[int, int, int, int] | None = None
) -> Watched:
    """Take `ticks` ticks, or all there are; `box` is where the clip lies in the picture."""
    watched = Watched()
    while ticks is None or len(watched.numbers) < ticks:
        tick = await next_tick(player)
        if tick is None:
            break
        watched.numbers.append(number_of(tick.pixels, box))
        watched.sounds.append(tick.samples)
        watched.last = tick.pixels
    return watched


async def next_tick(player: ClipPlayer) -> ClipTick | None:
    """The next tick, however long its decoding takes; None at the clip's end."""
    while True:
        tick = player.next()
        if tick is not None or player.has_ended:
            return tick
        await asyncio.sleep(0.0005)  # the decoder is a real thread: let it work
