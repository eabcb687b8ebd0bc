"""The table of node.toml by which buttons and lamps are wired, and the standard wiring."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, get_args

import msgspec

HEADER: Final = "header"
HEADER_PINS: Final = 28
PinChoice = (
    Annotated[int, msgspec.Meta(ge=0, le=1023)]
    | Annotated[str, msgspec.Meta(min_length=1, max_length=31)]
)
"""A line of the 40-pin header by its Broadcom number (`GPIO17`, on a Jetson as well), 0 to 27, or,
where `chip` names one, of that chip by its offset; a line by the kernel's name ("PR.04");
"standard": that of the standard wiring, which is the header's alone; "none": no such control.
"""
ChipChoice = (
    Annotated[int, msgspec.Meta(ge=0, le=63)]
    | Annotated[str, msgspec.Meta(min_length=1, max_length=63)]
)
Pull = Literal["up", "down", "none"]
Active = Literal["auto", "low", "high"]

ButtonName = Literal["live", "busy", "next", "mute", "talk", "staff"]
InputName = Literal["live", "busy", "next", "mute", "talk", "staff", "presence"]
LampName = Literal["tally", "red", "green", "blue", "buzzer"]
BUTTONS: Final[tuple[ButtonName, ...]] = get_args(ButtonName)
LAMPS: Final[tuple[LampName, ...]] = get_args(LampName)

STANDARD: Final[Mapping[InputName | LampName, int]] = {
    "live": 17, "next": 27, "busy": 22, "mute": 23, "talk": 24, "staff": 6, "presence": 5,
    "tally": 26, "red": 12, "green": 13, "blue": 16, "buzzer": 25,
}  # fmt: skip
"""The standard wiring. It leaves free the serial console (14, 15), I2C (2, 3), SPI (7 to 11) and
I2S (18 to 21), where sound cards sit. Lamps and buzzer are on lines that a Raspberry Pi pulls low
until somebody drives them, 9 and up (BCM2835 ARM Peripherals, table 6-31): dark and silent at boot.
On a Jetson it is the same places of the header.
"""
BOARDS_OWN: Final = frozenset({0, 1})
"""The board asks its add-on boards by them what they are (HAT specification, ID_SD and ID_SC)."""
PULLED_UP: Final = frozenset({2, 3})
"""Resistors on the board pull them up (1.8 kΩ)."""


class ButtonConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One button.

    `pull` holds the line while nobody presses. `active` is its level when pressed; "auto": the
    opposite of `pull`. A change counts once it has stood for `debounce_ms`. Held for
    `long_press_s` it is pressed long, where that means something.
    """

    pin: PinChoice = "standard"
    pull: Pull = "up"
    active: Active = "auto"
    debounce_ms: Annotated[int, msgspec.Meta(ge=1, le=500)] = 25
    long_press_s: Annotated[float, msgspec.Meta(ge=0.3, le=10)] = 1.5


class PresenceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What tells that somebody stands there.

    "pir": a motion sensor, high while it sees someone; "reed": a contact to ground. Who comes
    within `quiet_s` of the last one is not counted again.
    """

    pin: PinChoice = "standard"
    kind: Literal["pir", "reed"] = "pir"
    debounce_ms: Annotated[int, msgspec.Meta(ge=1, le=500)] = 100
    quiet_s: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 10.0


class LampConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lamp or the buzzer; `active` is the level at which it is on."""

    pin: PinChoice = "standard"
    active: Literal["low", "high"] = "high"


class ListeningLampConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The listening light, of three colours; `active` "low" is for a common anode."""

    red: PinChoice = "standard"
    green: PinChoice = "standard"
    blue: PinChoice = "standard"
    active: Literal["low", "high"] = "high"


class PanelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Buttons and lamps of the booth; without this table there are none.

    `factory` "mock" is the simulated panel. `chip` "header" is the 40-pin header of a board that is
    known (`node.board.headers`); else one chip by its label, its device's path or the N of
    /dev/gpiochipN: then a pin is a line of it. Two buttons held for `chord_s` are a chord. A button
    held for `stuck_s` is stuck: it is ignored until it is let go.
    """

    factory: Literal["lgpio", "mock"] = "lgpio"
    chip: ChipChoice = HEADER
    chord_s: Annotated[float, msgspec.Meta(ge=0.5, le=10)] = 3.0
    stuck_s: Annotated[float, msgspec.Meta(ge=5, le=600)] = 30.0
    live: ButtonConfig = ButtonConfig()
    busy: ButtonConfig = ButtonConfig()
    next: ButtonConfig = ButtonConfig()
    mute: ButtonConfig = ButtonConfig()
    talk: ButtonConfig = ButtonConfig()
    staff: ButtonConfig = ButtonConfig()
    presence: PresenceConfig = PresenceConfig()
    tally: LampConfig = LampConfig()
    listening: ListeningLampConfig = ListeningLampConfig()
    buzzer: LampConfig = LampConfig()


Pin = int | str
"""A line as `PinChoice` says it."""


@dataclass(frozen=True, slots=True)
class InputLine:
    """A line that is read; `is_active_high`: its level when pressed."""

    name: InputName
    pin: Pin
    pull: Pull
    is_active_high: bool
    debounce_s: float


@dataclass(frozen=True, slots=True)
class LampLine:
    """A line that is driven; `is_active_high`: its level when the lamp is on."""

    name: LampName
    pin: Pin
    is_active_high: bool


def inputs_of(panel: PanelConfig) -> tuple[InputLine, ...]:
    """The lines that are read: those of the buttons, then the presence sensor's."""
    lines = [
        InputLine(name, pin, one.pull, _is_active_high(one), one.debounce_ms / 1000)
        for name in BUTTONS
        if (pin := chosen(panel, name, (one := button_of(panel, name)).pin)) is not None
    ]
    sensor = panel.presence
    if (pin := chosen(panel, "presence", sensor.pin)) is not None:
        is_pir = sensor.kind == "pir"
        pull: Pull = "down" if is_pir else "up"
        lines.append(InputLine("presence", pin, pull, is_pir, sensor.debounce_ms / 1000))
    return tuple(lines)


def lamps_of(panel: PanelConfig) -> tuple[LampLine, ...]:
    """The lines that are driven."""
    return tuple(
        LampLine(name, pin, active == "high")
        for name, _, choice, active in _lamps(panel)
        if (pin := chosen(panel, name, choice)) is not None
    )


def button_of(panel: PanelConfig, name: ButtonName) -> ButtonConfig:
    """The table of a button."""
    one: ButtonConfig = getattr(panel, name)
    return one


def chosen(panel: PanelConfig, name: InputName | LampName, choice: Pin) -> Pin | None:
    """The line of a control; None where there is no such control."""
    if choice == "standard":
        return STANDARD[name] if panel.chip == HEADER else None
    return None if choice == "none" else choice


def pin_words(panel: PanelConfig, pin: Pin) -> str:
    """A line as people find it: GPIO17, PR.04, pcf8574:3."""
    if isinstance(pin, str):
        return pin
    if panel.chip == HEADER:
        return f"GPIO{pin}"
    return f"gpiochip{panel.chip}:{pin}" if isinstance(panel.chip, int) else f"{panel.chip}:{pin}"


def wires(panel: PanelConfig) -> Iterator[tuple[str, InputName | LampName, Pin]]:
    """The key in the table, the control and its line, of all that are wired."""
    for place, name, choice in _places(panel):
        if (pin := chosen(panel, name, choice)) is not None:
            yield place, name, pin


def panel_faults(panel: PanelConfig | None) -> Iterator[str]:
    """What is wrong with the wiring, beyond its form."""
    if panel is None:
        return
    met: dict[Pin, str] = {}
    for place, _, pin in wires(panel):
        value = f"panel.{place} = {pin!r}"
        if fault := _pin_fault(panel, pin):
            yield f"{value}: {fault}"
        if pin in met:
            yield f"{value}: already wired as panel.{met[pin]}"
        met.setdefault(pin, place)
    if panel.chip != HEADER and not met:
        yield f"panel.chip = {panel.chip!r}: no control names its line: live = {{ pin = 0 }}"
    for name in BUTTONS:
        yield from _button_faults(panel, name, button_of(panel, name))
    sensor = panel.presence
    if sensor.kind == "pir" and panel.chip == HEADER and sensor.pin in PULLED_UP:
        yield f"panel.presence.pin = {sensor.pin}: a resistor on the board pulls this pin up"


def _pin_fault(panel: PanelConfig, pin: Pin) -> str:
    if isinstance(pin, str):
        return "a number is written without quotes" if pin.isdecimal() else ""
    if panel.chip != HEADER:
        return ""
    if pin in BOARDS_OWN:
        return "pins 0 and 1 are the board's own, for add-on boards"
    if pin >= HEADER_PINS:
        return "the header has 2 to 27; for another chip's line name the chip in panel.chip"
    return ""


def _button_faults(panel: PanelConfig, name: ButtonName, one: ButtonConfig) -> Iterator[str]:
    if one.pull == "none" and one.active == "auto":
        yield f"panel.{name}.active = 'auto': without a pull expected 'low' or 'high'"
    is_pulled_up = panel.chip == HEADER and chosen(panel, name, one.pin) in PULLED_UP
    if one.pull != "up" and is_pulled_up:
        yield f"panel.{name}.pull = {one.pull!r}: resistors on the board pull pins 2 and 3 up"


def _places(panel: PanelConfig) -> Iterator[tuple[str, InputName | LampName, PinChoice]]:
    for name in BUTTONS:
        yield f"{name}.pin", name, button_of(panel, name).pin
    yield "presence.pin", "presence", panel.presence.pin
    for lamp, place, choice, _ in _lamps(panel):
        yield place, lamp, choice


def _lamps(panel: PanelConfig) -> Iterator[tuple[LampName, str, PinChoice, str]]:
    light = panel.listening
    yield "tally", "tally.pin", panel.tally.pin, panel.tally.active
    yield "red", "listening.red", light.red, light.active
    yield "green", "listening.green", light.green, light.active
    yield "blue", "listening.blue", light.blue, light.active
    yield "buzzer", "buzzer.pin", panel.buzzer.pin, panel.buzzer.active


def _is_active_high(one: ButtonConfig) -> bool:
    return one.pull == "down" if one.active == "auto" else one.active == "high"
