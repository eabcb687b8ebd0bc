"""The lamps as they are switched: the tally with the show, the listening light with the ear."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import Final

from node.channels import State
from node.config_panel import LampName
from node.control.lamps import LIGHT, Tone, colour_of, is_tally_lit, tally_of
from node.control.pins import Pins
from node.program.listening import Listening
from node.program.show import Show
from node.supervise import Health

TALLY: Final[frozenset[LampName]] = frozenset({"tally"})
BUZZER: Final[frozenset[LampName]] = frozenset({"buzzer"})
DARK: Final[frozenset[LampName]] = frozenset()


class Lights:
    """Lamps and buzzer of open lines; all raise `DeviceError` when these are gone.

    A line is written only when its lamp changes. Loop thread only.
    """

    def __init__(self, pins: Pins, listening: State[Listening], health: State[Health]) -> None:
        self._pins, self._listening, self._health = pins, listening, health
        self._lit = DARK
        self._tone: asyncio.Task[None] | None = None

    async def follow_show(self, state: State[Show]) -> None:
        """Tally, until cancelled; the program's own ticks make it blink."""
        async for show in state.watch():
            is_lit = is_tally_lit(tally_of(show), asyncio.get_running_loop().time())
            self._light(TALLY if is_lit else DARK, TALLY)

    async def follow_ear(self) -> None:
        """The listening light with what the ear tells, until cancelled."""
        async for _ in self._listening.watch():
            self._show_ear()

    async def follow_parts(self) -> None:
        """The same with the health of the ear's parts."""
        async for _ in self._health.watch():
            self._show_ear()

    def sound(self, tone: Tone, group: asyncio.TaskGroup) -> None:
        """Buzz; the newest tone takes the place of an older one."""
        if self._tone is not None:
            self._tone.cancel()
        self._tone = group.create_task(self._buzz(tone), name="buzzer")

    async def _buzz(self, tone: Tone) -> None:
        for number, span_s in enumerate(tone.spans_s):
            self._light(BUZZER if number % 2 == 0 else DARK, BUZZER)
            await asyncio.sleep(span_s)
        self._light(DARK, BUZZER)

    def _show_ear(self) -> None:
        self._light(colour_of(self._listening.value, self._health.value), LIGHT)

    def _light(self, lit: AbstractSet[LampName], among: AbstractSet[LampName]) -> None:
        """Of the lamps `among`, switch those on that are `lit`, the others off."""
        for lamp in sorted(among):
            if (is_on := lamp in lit) != (lamp in self._lit):
                self._pins.light(lamp, is_on=is_on)
        self._lit = (self._lit - among) | lit
