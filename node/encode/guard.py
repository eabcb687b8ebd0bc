"""Spares the machine before it slows itself down: heat, the firmware's bits, weak power."""

import asyncio
import logging
import math
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from node.board.thermal import Heat, read_heat
from node.channels import State
from node.encode.codec import Relief, Sparing

log = logging.getLogger(__name__)

LOOK_S: Final = 5.0
MARGIN_C: Final = 5.0
"""So near to the kernel's own slowing the next step down is taken."""
CALM_C: Final = 10.0
"""So far from it, and without a word of the firmware, the machine is calm."""
STEP_S: Final = 20.0
"""What a step down gets to show in a temperature before the next."""
CALM_S: Final = 180.0
"""Calm for so long, and one step up is tried."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """How far down the guard stands, since when, and since when the machine is calm. Pure."""

    relief: Relief = Relief.NONE
    changed_s: float = -math.inf
    calm_since_s: float | None = None

    def after(self, heat: Heat, now_s: float) -> "Ladder":
        """Where it stands after a look at the machine at `now_s`, in seconds of any clock."""
        if trouble(heat):
            is_due = now_s - self.changed_s >= STEP_S and self.relief < max(Relief)
            if is_due:
                return Ladder(Relief(self.relief + 1), now_s)
            return replace(self, calm_since_s=None)
        if heat.room_c is not None and heat.room_c < CALM_C:
            return replace(self, calm_since_s=None)
        since_s = now_s if self.calm_since_s is None else self.calm_since_s
        if self.relief is not Relief.NONE and now_s - since_s >= CALM_S:
            return Ladder(Relief(self.relief - 1), now_s, now_s)
        return replace(self, calm_since_s=since_s)


def trouble(heat: Heat) -> str:
    """Why the machine is to be spared, in words; empty where it need not be."""
    words: list[str] = []
    if heat.is_low_voltage:
        words.append("the power supply is too weak")
    if heat.is_slowed:
        words.append("the firmware slows the processor down")
    if heat.room_c is not None and heat.limit_c is not None and heat.room_c <= MARGIN_C:
        words.append(f"{heat.limit_c - heat.room_c:.0f} °C, slowing down at {heat.limit_c:.0f} °C")
    return ", ".join(words)


class Guard:
    """Optional component: looks every five seconds and says to all encoders how much to spare.

    `alarm` is told each step in words. Where the machine says nothing of its heat, nothing happens.
    """

    name = "guard"

    def __init__(
        self,
        sparing: State[Sparing],
        *,
        alarm: Callable[[str], None],
        read: Callable[[], Heat] = read_heat,
        pool: Executor | None = None,
    ) -> None:
        self._sparing = sparing
        self._alarm = alarm
        self._read = read
        self._pool = pool
        self._ladder = Ladder()

    async def run(self, ready: Callable[[], None]) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        pool = self._pool or ThreadPoolExecutor(1, "guard")
        try:
            while True:
                heat = await loop.run_in_executor(pool, self._read)
                self._judge(heat, loop.time())
                ready()
                await asyncio.sleep(LOOK_S)
        finally:
            pool.shutdown(wait=False)

    def _judge(self, heat: Heat, now_s: float) -> None:
        before, self._ladder = self._ladder.relief, self._ladder.after(heat, now_s)
        relief = self._ladder.relief
        if relief is before:
            return
        why = trouble(heat) if relief > before else self._sparing.value.why
        self._sparing.set(Sparing(relief, why if relief else ""))
        words = relief.name.lower().replace("_", " ")
        if relief > before:
            log.warning("guard: %s: %s", why, words)
            self._alarm(f"{why}: {words}")
        else:
            log.info("guard: calm again: back to %s", words)
            self._alarm(f"calm again: {words}")
