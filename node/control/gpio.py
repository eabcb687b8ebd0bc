"""gpiozero as the panel's driver: real lines by lgpio, simulated ones by its mock pins.

gpiozero calls back on threads of its own; from there all is handed over to the loop's.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from gpiozero import DigitalInputDevice, DigitalOutputDevice, GPIOZeroError
from gpiozero.pins.pi import PiFactory

from node.board.gpiochips import GpioChips
from node.config_panel import (
    InputLine,
    InputName,
    LampLine,
    LampName,
    PanelConfig,
    inputs_of,
    lamps_of,
    wires,
)
from node.control.lines import MockLines
from node.control.pins import CURE, Told
from node.control.places import Place, Places, holder_of, places_of
from node.errors import DeviceError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Maker:
    """How lines are had: where they lie, and a factory of gpiozero for each chip.

    `settles`: it waits by itself until a level has stood. `faults` are what its lines raise beside
    gpiozero's own errors. `holder` says who else has a line. Thread: the opening one.
    """

    label: str
    places: Places
    make: Callable[[int], PiFactory]
    settles: bool
    faults: tuple[type[Exception], ...] = ()
    holder: Callable[[Place], str] = lambda _: ""


class GpioPins:
    """The lines of a panel; see `node.control.pins.Pins`."""

    def __init__(self, cfg: PanelConfig, told: Told, maker: Callable[[], Maker]) -> None:
        self._cfg, self._told, self._maker_of = cfg, told, maker
        self._lines = {line.name: line for line in inputs_of(cfg)}
        self._inputs: dict[InputName, DigitalInputDevice] = {}
        self._lamps: dict[LampName, DigitalOutputDevice] = {}
        self._maker = Maker("", {}, MockLines, settles=False)
        self._factories: dict[int, PiFactory] = {}

    @property
    def label(self) -> str:
        """The device in words, once it is open."""
        return self._maker.label

    @property
    def inputs(self) -> frozenset[InputName]:
        """The buttons, and the sensor, that are wired."""
        return frozenset(self._inputs)

    @property
    def lamps(self) -> frozenset[LampName]:
        """The lamps that are wired."""
        return frozenset(self._lamps)

    def down(self) -> frozenset[InputName]:
        """The buttons that are down now."""
        with self._faults():
            return frozenset(name for name in self._inputs if self._is_down(name))

    def look(self) -> None:
        """Read every line."""
        with self._faults():
            for device in (*self._inputs.values(), *self._lamps.values()):
                device.value  # noqa: B018  # what it is does not matter

    def light(self, lamp: LampName, *, is_on: bool) -> None:
        """Switch a lamp or the buzzer; nothing happens where it is not wired."""
        device = self._lamps.get(lamp)
        if device is not None:
            with self._faults():
                device.value = is_on

    @property
    def lit(self) -> frozenset[LampName]:
        """The lamps that are on."""
        with self._faults():
            return frozenset(name for name, lamp in self._lamps.items() if lamp.value)

    def press(self, name: InputName, *, is_down: bool) -> None:
        """Push a simulated button, or let it go; raises `KeyError` for one that is not wired."""
        line, pin = self._lines[name], self._inputs[name].pin
        (pin.drive_high if is_down == line.is_active_high else pin.drive_low)()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        try:
            with ThreadPoolExecutor(1, "panel") as pool:  # imports and claims take a board its time
                await loop.run_in_executor(pool, self._open, loop)
        except BaseException:  # also cancelled: the thread was waited for
            await self._close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._close()

    def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        """Thread: the opening one."""
        self._maker = self._maker_of()
        for lamp in lamps_of(self._cfg):
            with self._claiming(lamp):
                self._lamps[lamp.name] = DigitalOutputDevice(
                    self._maker.places[lamp.name].offset,
                    active_high=lamp.is_active_high,
                    pin_factory=self._factory_of(lamp),
                )
        for line in self._lines.values():
            with self._claiming(line):
                self._listen(line, loop)

    def _factory_of(self, line: InputLine | LampLine) -> PiFactory:
        chip = self._maker.places[line.name].chip
        if chip not in self._factories:
            self._factories[chip] = self._maker.make(chip)
        return self._factories[chip]

    @contextmanager
    def _claiming(self, line: InputLine | LampLine) -> Iterator[None]:
        """What a line raises as it is claimed, with its place, and who holds it."""
        place = self._maker.places[line.name]
        try:
            with self._faults():
                yield
        except DeviceError as error:
            holder = self._maker.holder(place) if "busy" in str(error) else ""
            held = f": {holder!r} holds it" if holder else ""
            raise DeviceError(f"{line.name}: {place.words}: {error}{held}") from error

    def _listen(self, line: InputLine, loop: asyncio.AbstractEventLoop) -> None:
        pull = {"up": True, "down": False, "none": None}[line.pull]
        device = DigitalInputDevice(
            self._maker.places[line.name].offset,
            pull_up=pull,
            active_state=line.is_active_high if pull is None else None,
            bounce_time=line.debounce_s if self._maker.settles else None,
            pin_factory=self._factory_of(line),
        )
        self._inputs[line.name] = device
        edge: Edge = partial(self._tell, line.name)
        if not self._maker.settles:
            is_down = self._is_down(line.name)
            edge = Settling(edge, loop, line.debounce_s, is_down=is_down).edge
        hand_over = partial(_hand_over, loop, edge)
        is_reversed = _is_reversed(line)
        device.when_activated = partial(hand_over, not is_reversed)
        device.when_deactivated = partial(hand_over, is_reversed)

    def _tell(self, name: InputName, is_down: bool, at_s: float) -> None:  # noqa: FBT001  # as `Told`
        if name in self._inputs:
            self._told(name, is_down, at_s)

    def _is_down(self, name: InputName) -> bool:
        return bool(self._inputs[name].value) != _is_reversed(self._lines[name])

    async def _close(self) -> None:
        """Lamps dark, lines free; a device that has gone does not mind.

        lgpio takes 100 ms for each chip.
        """
        lamps, inputs = list(self._lamps.values()), list(self._inputs.values())
        self._lamps, self._inputs = {}, {}
        factories, self._factories = list(self._factories.values()), {}
        steps = [lamp.off for lamp in lamps]  # a line that is let go may keep its level
        steps += [one.close for one in [*lamps, *inputs, *factories]]
        with ThreadPoolExecutor(1, "panel") as pool:
            await asyncio.get_running_loop().run_in_executor(pool, self._let_go, steps)

    def _let_go(self, steps: Iterable[Callable[[], None]]) -> None:
        """Thread: the closing one."""
        for step in steps:
            try:
                with self._faults():
                    step()
            except DeviceError as error:
                log.debug("closing: %s", error)

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """What the lines raise, as the node's own."""
        try:
            yield
        except (GPIOZeroError, OSError, *self._maker.faults) as error:
            raise DeviceError(f"{type(error).__name__}: {error}") from error


def board_pins(cfg: PanelConfig, told: Told, there: GpioChips | None = None) -> GpioPins:
    """The lines of this machine, by the kernel's GPIO devices and lgpio."""
    return GpioPins(cfg, told, partial(_on_board, cfg, there or GpioChips()))


def mock_pins(cfg: PanelConfig, told: Told) -> GpioPins:
    """Simulated lines, on which `press` is the finger."""
    places = {
        name: Place(0, number, f"simulated line {number}")
        for number, (_, name, _) in enumerate(wires(cfg))
    }
    maker = Maker("simulated", places, lambda _: MockLines(), settles=False)
    return GpioPins(cfg, told, lambda: maker)


def _on_board(cfg: PanelConfig, there: GpioChips) -> Maker:
    """Raises `DeviceError` where lgpio or a line is not there, or lgpio not whole."""
    try:
        from node.control.lgpio_lines import FAULTS, LgpioLines  # noqa: PLC0415  # on boards alone
    except (ImportError, AttributeError) as error:  # an empty package of that name is about
        raise DeviceError(f"lgpio is not installed: {error}: {CURE}") from error
    except OSError as error:
        reason = f"lgpio keeps a pipe in the working folder, which refuses it: {error}"
        raise DeviceError(reason) from error
    places = places_of(cfg, there)
    chips = ", ".join(
        f"/dev/gpiochip{one}" for one in sorted({one.chip for one in places.values()})
    )
    return Maker(
        chips, places, LgpioLines, settles=True, faults=FAULTS,
        holder=partial(holder_of, there=there),
    )  # fmt: skip


Edge = Callable[[bool, float], None]
"""Is told that a button went down (True) or up, and when."""


class Settling:
    """Lets an edge through once its level has stood for the debounce time. Loop thread."""

    def __init__(
        self, tell: Edge, loop: asyncio.AbstractEventLoop, debounce_s: float, *, is_down: bool
    ) -> None:
        self._tell, self._loop, self._debounce_s = tell, loop, debounce_s
        self._is_down = is_down
        self._timer: asyncio.TimerHandle | None = None

    def edge(self, is_down: bool, at_s: float) -> None:  # noqa: FBT001  # as `Edge`
        """The level changed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if is_down != self._is_down:
            self._timer = self._loop.call_later(self._debounce_s, self._stood, is_down, at_s)

    def _stood(self, is_down: bool, at_s: float) -> None:  # noqa: FBT001  # as `Edge`
        self._timer, self._is_down = None, is_down
        self._tell(is_down, at_s)


def _hand_over(
    loop: asyncio.AbstractEventLoop,
    edge: Edge,
    is_down: bool,  # noqa: FBT001  # bound by partial
) -> None:
    """Thread: gpiozero's."""
    try:
        loop.call_soon_threadsafe(edge, is_down, loop.time())
    except RuntimeError:  # the loop has ended: nobody is there to be told
        log.debug("an edge after the end")


def _is_reversed(line: InputLine) -> bool:
    """A contact that opens when pressed: gpiozero takes the opposite of the pull as active."""
    return line.pull != "none" and line.is_active_high != (line.pull == "down")
