"""The panel among the node's parts, and the demo's finger on a simulated one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from node.config_panel import LAMPS, InputName, PanelConfig, inputs_of
from node.control.panel import ButtonWatch, Panel, PanelNeighbours
from node.control.pins import Pins, SimulatedPins, Told, open_pins, open_simulated
from node.errors import CommandError
from node.supervise import Component

PUSH_S: Final = 0.15
"""How long the demo's finger holds a button."""


class Finger:
    """Presses buttons of a simulated panel. Loop thread only."""

    def __init__(self, cfg: PanelConfig) -> None:
        self.names: tuple[InputName, ...] = tuple(line.name for line in inputs_of(cfg))
        self._pins: SimulatedPins | None = None

    @asynccontextmanager
    async def open(self, cfg: PanelConfig, told: Told) -> AsyncIterator[Pins]:
        """The simulated lines, which this finger then reaches."""
        async with open_simulated(cfg, told) as pins:
            self._pins = pins
            try:
                yield pins
            finally:
                self._pins = None

    async def push(self, name: str, *, for_s: float = PUSH_S) -> None:
        """Press a button and let it go; raises `CommandError` where there is none of that name."""
        pins, known = self._pins, next((one for one in self.names if one == name), None)
        if known is None or pins is None:
            raise CommandError("unknown_button", f"the panel has no button {name!r}")
        pins.press(known, is_down=True)
        try:
            await asyncio.sleep(for_s)
        finally:
            if self._pins is pins:
                pins.press(known, is_down=False)

    @property
    def lit(self) -> tuple[str, ...]:
        """The lamps that are on."""
        pins = self._pins
        return () if pins is None else tuple(one for one in LAMPS if one in pins.lit)


@dataclass(frozen=True, slots=True)
class PanelParts:
    """The panel as the rest of the node knows it; `finger` where it is simulated."""

    parts: tuple[Component, ...] = ()
    finger: Finger | None = None


def panel_of(cfg: PanelConfig | None, near: PanelNeighbours) -> PanelParts:
    """The panel of a node; without a table none."""
    if cfg is None:
        return PanelParts()
    finger = Finger(cfg) if cfg.factory == "mock" else None
    panel = Panel(cfg, near, open_pins if finger is None else finger.open)
    return PanelParts((panel, ButtonWatch(panel.ill)), finger)
