"""lgpio behind gpiozero: the lines of one chip of the kernel. Imported where lgpio is."""

import logging
from typing import Final

import lgpio
from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
from typing_extensions import override

from node.control.lines import AnyChip

log = logging.getLogger(__name__)

FAULTS: Final[tuple[type[Exception], ...]] = (lgpio.error,)
"""What these lines raise beside gpiozero's own errors."""


class LgpioLines(AnyChip, LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
    """The lines of /dev/gpiochip`chip`, opened as it is made. Thread: any one."""

    def __init__(self, chip: int) -> None:
        super().__init__(chip=chip)
        self.pins = {}  # gpiozero gives all its factories one dictionary
        self.pin_class = SteadyPin


class SteadyPin(LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin that raises nothing while it is let go.

    gpiozero 2.0.1 raises at an edge that comes after its line was closed, which ends the one thread
    by which lgpio tells of edges; and where a line let go is busy for a moment, which leaves
    the chip open for good. No button would be heard again until the process ends (both found on a
    simulated chip).
    """

    @override
    def close(self) -> None:
        """Let the line go. Thread: the loop's."""
        try:
            super().close()
        except Exception as error:  # noqa: BLE001  # see above
            log.debug("a line that is let go: %r", error)

    @override
    def _call_when_changed(self, chip: int, gpio: int, level: int, ticks: int) -> None:
        """Thread: lgpio's."""
        try:
            super()._call_when_changed(chip, gpio, level, ticks)
        except Exception as error:  # noqa: BLE001  # the callback's edge
            log.debug("an edge of a line that is let go: %r", error)
