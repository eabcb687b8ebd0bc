"""Lines of a panel without a driver: tests push, and read the lamps."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from node.config_panel import InputName, LampName, PanelConfig, inputs_of, lamps_of
from node.control.pins import Pins, Told
from node.errors import DeviceError


class FakePins:
    """Edges come at once, on the loop; `fault` is raised as they are written, or read."""

    label = "fake"

    def __init__(self, cfg: PanelConfig, told: Told, held: frozenset[InputName]) -> None:
        self._told = told
        self.inputs = frozenset(line.name for line in inputs_of(cfg))
        self.lamps = frozenset(line.name for line in lamps_of(cfg))
        self.lit: set[LampName] = set()
        self.written: list[tuple[LampName, bool]] = []
        self.fault = ""
        self._down = set(held)

    def down(self) -> frozenset[InputName]:
        """The buttons that are down now."""
        return frozenset(self._down)

    def look(self) -> None:
        """Raises the fault."""
        if self.fault:
            raise DeviceError(self.fault)

    def light(self, lamp: LampName, *, is_on: bool) -> None:
        """Switch a lamp."""
        if self.fault:
            raise DeviceError(self.fault)
        self.written.append((lamp, is_on))
        (self.lit.add if is_on else self.lit.discard)(lamp)

    def edge(self, name: InputName, at_s: float, *, is_down: bool) -> None:
        """A button goes down or up at a loop time."""
        (self._down.add if is_down else self._down.discard)(name)
        self._told(name, is_down, at_s)


class Bench:
    """Opens fake lines as the panel wants them; `pins` are those that are open."""

    def __init__(self, held: frozenset[InputName] = frozenset()) -> None:
        self.held = held
        self.pins: FakePins | None = None
        self.fault = ""
        self.opened = 0

    @asynccontextmanager
    async def open(self, cfg: PanelConfig, told: Told) -> AsyncIterator[Pins]:
        """Raises `DeviceError` while there is a `fault`."""
        if self.fault:
            raise DeviceError(self.fault)
        self.opened += 1
        self.pins = FakePins(cfg, told, self.held)
        try:
            yield self.pins
        finally:
            self.pins = None
