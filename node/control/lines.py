"""gpiozero's pins for the lines of any chip: by itself it knows those of a Raspberry Pi alone.

With `node.control.lgpio_lines` the one place that touches what gpiozero keeps to itself;
tests/contract/test_panel_pins.py fails where an upgrade changes that.
"""

from gpiozero import PinInfo
from gpiozero.pins import Pin
from gpiozero.pins.mock import MockFactory


class AnyChip:
    """Mixed into a factory of gpiozero: a pin is a line's offset, and no board is asked for it."""

    pins: dict[int, Pin]
    pin_class: type[Pin]

    def pin(self, name: int) -> Pin:
        """The pin of an offset, made once."""
        if name not in self.pins:
            self.pins[name] = self.pin_class(self, _known(name))
        return self.pins[name]

    def reserve_pins(self, requester: object, *names: object) -> None:
        """Nothing: a panel has no line twice (`node.control.places`)."""

    def release_pins(self, reserver: object, *names: object) -> None:
        """Nothing: see `reserve_pins`."""


class MockLines(AnyChip, MockFactory):  # type: ignore[misc]  # gpiozero has no types
    """Simulated lines."""


def _known(offset: int) -> PinInfo:
    """What a pin must know of itself: its name ends with the offset, and it is a GPIO."""
    return PinInfo(
        number=offset, name=f"GPIO{offset}", names=frozenset(), pull="", row=1, col=1,
        interfaces=frozenset({"gpio"}),
    )  # fmt: skip
