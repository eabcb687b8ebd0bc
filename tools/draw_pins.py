"""Draws which pin of the header is which button and lamp: `python -m tools.draw_pins`.

The picture lies in firmware_config/panel/pins.svg; a test has it drawn anew.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from node.config_panel import STANDARD

PICTURE: Final = Path(__file__).parents[1] / "firmware_config/panel/pins.svg"

HEADER: Final[tuple[str | int, ...]] = (
    "3V3", "5V", 2, "5V", 3, "GND", 4, 14, "GND", 15,
    17, 18, 27, "GND", 22, 23, "3V3", 24, 10, "GND",
    9, 25, 11, 8, "GND", 7, 0, 1, 5, "GND",
    6, 12, 13, "GND", 19, 16, 26, 20, "GND", 21,
)  # fmt: skip
"""What lies at places 1 to 40: a supply, or a line's number (Raspberry Pi documentation, GPIO). On
every Jetson the same number is at the same place (Jetson.GPIO 2.1.13: its BOARD and BCM columns).
"""
OWN: Final = {
    2: "I2C", 3: "I2C", 14: "serial", 15: "serial", 18: "I2S", 19: "I2S", 20: "I2S", 21: "I2S",
    7: "SPI", 8: "SPI", 9: "SPI", 10: "SPI", 11: "SPI", 0: "add-on boards", 1: "add-on boards",
}  # fmt: skip
"""Left free, and for what."""


@dataclass(frozen=True, slots=True)
class Part:
    """How a control is named and drawn."""

    name: str
    zh: str
    colour: str
    wire: str


TO_GROUND: Final = "button to GND"
PARTS: Final = {
    "live": Part("LIVE", "直播", "#e5352b", TO_GROUND),
    "next": Part("NEXT", "下一段", "#4f8df5", TO_GROUND),
    "busy": Part("BUSY", "忙", "#f0a020", TO_GROUND),
    "mute": Part("MUTE", "静音", "#9b59d0", TO_GROUND),
    "talk": Part("TALK", "说话", "#23a26d", TO_GROUND),
    "staff": Part("STAFF", "店员", "#c7762e", TO_GROUND),
    "presence": Part("PIR", "人体感应", "#6d7b8a", "sensor's output"),
    "tally": Part("tally", "直播灯", "#e5352b", "330 Ω, red LED, GND"),
    "red": Part("light, red", "聆听灯 红", "#e5352b", "330 Ω, LED, GND"),
    "green": Part("light, green", "聆听灯 绿", "#23a26d", "220 Ω, LED, GND"),
    "blue": Part("light, blue", "聆听灯 蓝", "#2f6fed", "100 Ω, LED, GND"),
    "buzzer": Part("buzzer", "蜂鸣器", "#444444", "1 kΩ, NPN, 5 V buzzer"),
}
SUPPLY: Final = {"GND": "#222222", "5V": "#c0392b", "3V3": "#d98c00"}
HEAD: Final = "Raspberry Pi and Jetson, 40-pin header: the standard wiring · 标准接线"
VIEW: Final = (
    "seen from above; place 1 is marked on the board (Raspberry Pi: USB sockets at the bottom)"
    " · 俯视;1 脚以板上标记为准(树莓派:USB 口在下)"
)
NOTES: Final = (
    "Raspberry Pi: a line gives 16 mA at most, all of them 50 mA; a transistor for the buzzer.",
    "Jetson: each button a 1 kΩ to 3V3, each lamp a transistor; some boards differ: README.md.",
    "树莓派:每个引脚最多 16 mA,合计 50 mA;蜂鸣器经三极管驱动。",
    "Jetson:每个按钮接 1 kΩ 到 3V3,每个灯经场效应管;个别板子不同,见 README.md。",
)
WIDTH: Final = 980
ROW: Final = 30
TOP: Final = 64
MIDDLE: Final = WIDTH // 2
FOOT: Final = 96


def picture() -> str:
    """The whole picture, SVG."""
    height = TOP + ROW * (len(HEADER) // 2) + FOOT
    middle, foot = "middle", height - FOOT + 24
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'font-family="Noto Sans, Noto Sans CJK SC, sans-serif">',
        "<title>livesell: the standard wiring of buttons and lamps</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MIDDLE, 26, HEAD, middle, size=18),
        _text(MIDDLE, 47, VIEW, middle, colour="#666666"),
        f'<rect x="{MIDDLE - 36}" y="{TOP - 4}" width="72" '
        f'height="{ROW * (len(HEADER) // 2) + 8}" rx="6" fill="#0f5132"/>',
    ]
    for index, what in enumerate(HEADER):
        lines += _pin(index, what)
    lines += [_text(MIDDLE, foot + 20 * n, words, middle) for n, words in enumerate(NOTES)]
    return "\n".join([*lines, "</svg>", ""])


def _pin(index: int, what: str | int) -> Iterator[str]:
    """One place of the header, and what is wired to it."""
    row, is_right = divmod(index, 2)
    y = TOP + row * ROW + ROW // 2
    x = MIDDLE + (16 if is_right else -16)
    side, anchor = (1, "start") if is_right else (-1, "end")
    part = next((PARTS[name] for name, pin in STANDARD.items() if pin == what), None)
    fill = part.colour if part else SUPPLY.get(str(what), "#b8b8b8")
    shape = f'<circle cx="{x}" cy="{y}" r="10" fill="{fill}" stroke="#ffffff" stroke-width="2"/>'
    yield shape
    yield _text(x, y + 4, str(index + 1), "middle", colour="#ffffff", size=10)
    name = what if isinstance(what, str) else f"GPIO{what}"
    yield _text(x + side * 28, y + 5, name, anchor, colour="#222222" if part else "#888888")
    if part is None:
        if what in OWN:
            yield _text(x + side * 100, y + 5, f"free: {OWN[int(what)]}", anchor, colour="#aaaaaa")
        return
    begin, end = x + side * 98, x + side * 116
    yield f'<path d="M{begin} {y}H{end}" stroke="{part.colour}" stroke-width="3"/>'
    yield _text(x + side * 124, y + 5, f"{part.name} · {part.zh}", anchor, weight=700)
    yield _text(x + side * 296, y + 5, part.wire, anchor, colour="#555555", size=12)


def _text(
    x: int, y: int, words: str, anchor: str, *, colour: str = "#111111", size: int = 14,
    weight: int = 400,
) -> str:  # fmt: skip
    style = f'fill="{colour}" font-size="{size}" font-weight="{weight}"'
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" {style}>{escape(words)}</text>'


def main() -> None:
    """Write the picture."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--output", type=Path, default=PICTURE, metavar="FILE.svg")
    path = words.parse_args().output
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(picture(), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
