"""The lines of buttons and lamps: what the panel asks of a driver, and which driver there is."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final, Protocol, assert_never

from node.config_panel import InputName, LampName, PanelConfig
from node.errors import DeviceError

CURE: Final = "apt-get install python3-gpiozero python3-lgpio, or the extra pi by pip"

Told = Callable[[InputName, bool, float], None]
"""Is told on the loop thread which button went down (True) or up, and when (loop time, s)."""


class Pins(Protocol):
    """The lines while they are open: an edge is told once it has stood for its debounce time.

    Raises `DeviceError` where the device is gone.
    """

    @property
    def label(self) -> str:
        """What the log says: the device, or that it is simulated."""
        ...

    @property
    def inputs(self) -> frozenset[InputName]:
        """The buttons, and the sensor, that are wired."""
        ...

    @property
    def lamps(self) -> frozenset[LampName]:
        """The lamps that are wired."""
        ...

    def down(self) -> frozenset[InputName]:
        """The buttons that are down now."""
        ...

    def look(self) -> None:
        """Read every line; only its failure counts."""
        ...

    def light(self, lamp: LampName, *, is_on: bool) -> None:
        """Switch a lamp or the buzzer; nothing happens where it is not wired."""
        ...


class SimulatedPins(Pins, Protocol):
    """Lines on which fingers are simulated."""

    def press(self, name: InputName, *, is_down: bool) -> None:
        """Push a button down, or let it go; raises `KeyError` for one that is not wired."""
        ...

    @property
    def lit(self) -> frozenset[LampName]:
        """The lamps that are on."""
        ...


def open_pins(cfg: PanelConfig, told: Told) -> AbstractAsyncContextManager[Pins]:
    """The driver of this configuration; raises `DeviceError`, also as it is entered."""
    match cfg.factory:
        case "lgpio":
            with _needing_gpiozero():
                from node.control.gpio import board_pins  # noqa: PLC0415  # only where needed
            return board_pins(cfg, told)
        case "mock":
            return open_simulated(cfg, told)
        case _:
            assert_never(cfg.factory)


def open_simulated(cfg: PanelConfig, told: Told) -> AbstractAsyncContextManager[SimulatedPins]:
    """The simulated panel of a configuration; raises `DeviceError`, also as it is entered."""
    with _needing_gpiozero():
        from node.control.gpio import mock_pins  # noqa: PLC0415  # only where needed
    return mock_pins(cfg, told)


@contextmanager
def _needing_gpiozero() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise DeviceError(f"gpiozero is not installed: {error}: {CURE}") from error
