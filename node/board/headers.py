"""Which kernel line lies at which place of a board's 40-pin header.

A place is named as on a Raspberry Pi, by its Broadcom number: GPIO17 is place 11 on every board.
The Raspberry Pi's lines have that number as offset (its kernel's pinctrl drivers). The Jetsons'
tables are those of NVIDIA's Jetson.GPIO 2.1.13 (gpio_pin_data.py, MIT).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

Way = Literal["read", "driven"]


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """A line behind a place: its chip's label, its offset there, its name where it has one."""

    chip: str
    offset: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """A board's header by Broadcom number.

    `only`: what its carrier board lets be read alone, or driven alone. `has_pulls`: the kernel can
    switch a pull on, as a button without a resistor needs it. A Jetson's GPIO drivers know none
    (linux/drivers/gpio: gpio-tegra.c, gpio-tegra186.c, set_config: debounce alone).
    """

    board: str
    lines: Mapping[int, HeaderLine]
    has_pulls: bool = True
    only: Mapping[int, Way] = field(default_factory=dict)


def header_of(root: Path, labels: Iterable[str]) -> Header | None:
    """The header of this machine, by its device tree and its chips' labels; None: not known."""
    compatible = _compatible(root)
    for pattern, header in JETSONS:
        if any(re.fullmatch(pattern, one) for one in compatible):
            return header
    known = set(labels)
    label = next((one for one in PI_LABELS if one in known), None)
    return None if label is None else raspberry_pi(label)


def raspberry_pi(label: str) -> Header:
    """The header of the Raspberry Pi whose chip has this label."""
    return Header("Raspberry Pi", {number: HeaderLine(label, number) for number in range(28)})


def has_pulls(label: str) -> bool:
    """Whether a chip's lines can be pulled up and down by the kernel, as far as is known."""
    return not label.startswith("tegra")


def _compatible(root: Path) -> list[str]:
    """What the device tree says the machine is, the closest first; empty where there is none."""
    try:
        raw = (root / "proc/device-tree/compatible").read_bytes()
    except OSError:
        return []
    return raw.decode("ascii", "replace").split("\0")


def _lines(chip: str, table: str) -> dict[int, HeaderLine]:
    found = {}
    for entry in table.split():
        number, offset, *name = entry.split(":")
        found[int(number)] = HeaderLine(chip, int(offset), name[0] if name else "")
    return found


PI_LABELS: Final = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""Raspberry Pi 5; 4; 3 and before (the kernel's pinctrl drivers of these names)."""

ORIN_NANO: Final = Header(
    "Jetson Orin Nano or NX",
    _lines("tegra234-gpio", """
        4:144:PAC.06  5:105:PQ.05  6:106:PQ.06  7:137:PZ.07  8:136:PZ.06  9:134:PZ.04
        10:135:PZ.05  11:133:PZ.03  12:41:PG.06  13:43:PH.00  16:113:PR.05  17:112:PR.04
        18:50:PH.07  19:53:PI.02  20:52:PI.01  21:51:PI.00  22:85:PN.01  23:126:PY.04
        24:125:PY.03  25:123:PY.01  26:124:PY.02  27:122:PY.00"""),
    has_pulls=False,
)  # fmt: skip
AGX_ORIN: Final = Header(
    "Jetson AGX Orin",
    _lines("tegra234-gpio", """
        4:106:PQ.06  7:137:PZ.07  8:136:PZ.06  9:134:PZ.04  10:135:PZ.05  11:133:PZ.03
        16:113:PR.05  17:112:PR.04  18:50:PH.07  19:53:PI.02  20:52:PI.01  21:51:PI.00
        22:85:PN.01  24:43:PH.00  25:96:PP.04  27:108:PR.00""")
    | _lines("tegra234-gpio-aon", """
        5:1:PAA.01  6:0:PAA.00  12:8:PBB.00  13:2:PAA.02  23:9:PBB.01  26:3:PAA.03"""),
    has_pulls=False,
    only={17: "driven"},
)  # fmt: skip
XAVIER_NX: Final = Header(
    "Jetson Xavier NX",
    _lines("tegra194-gpio", """
        4:118:PS.04  5:105:PQ.05  6:106:PQ.06  7:164:PZ.07  8:163:PZ.06  9:161:PZ.04
        10:162:PZ.05  11:160:PZ.03  12:108:PR.00  13:84:PN.01  16:113:PR.05  17:112:PR.04
        18:127:PT.05  19:130:PU.00  20:129:PT.07  21:128:PT.06  23:153:PY.04  24:152:PY.03
        25:150:PY.01  26:151:PY.02  27:149:PY.00""")
    | _lines("tegra194-gpio-aon", "22:16:PCC.04"),
    has_pulls=False,
)  # fmt: skip
AGX_XAVIER: Final = Header(
    "Jetson AGX Xavier",
    _lines("tegra194-gpio", """
        4:106:PQ.06  7:164:PZ.07  8:163:PZ.06  9:161:PZ.04  10:162:PZ.05  11:160:PZ.03
        16:113:PR.05  17:112:PR.04  18:51:PH.07  19:54:PI.02  20:53:PI.01  21:52:PI.00
        22:84:PN.01  24:44:PH.00  25:101:PQ.01  27:108:PR.00""")
    | _lines("tegra194-gpio-aon", """
        5:3:PAA.03  6:2:PAA.02  12:9:PBB.01  13:0:PAA.00  23:8:PBB.00  26:1:PAA.01"""),
    has_pulls=False,
    only={16: "read"},
)  # fmt: skip
NANO: Final = Header(
    "Jetson Nano",
    _lines("tegra-gpio", """
        4:216  5:149  6:200  7:20  8:19  9:17  10:16  11:18  12:168  13:38  16:51  17:50  18:79
        19:76  20:77  21:78  22:194  23:232  24:15  25:13  26:12  27:14"""),
    has_pulls=False,
)  # fmt: skip
"""Its own Linux (4.9, L4T 32) is older than the lines that lgpio asks for (5.10)."""

JETSONS: Final = (
    (r"nvidia,p(3509|3768)-0000\+p3767-000[0-5](-super)?", ORIN_NANO),
    (r"nvidia,p3737-0000\+p3701-000[0-8]", AGX_ORIN),
    (r"nvidia,p(3509|3449)-0000\+p3668-000[0-3]", XAVIER_NX),
    (r"nvidia,(p2972-000[06]|jetson-xavier|galen-industrial|jetson-xavier-industrial)", AGX_XAVIER),
    (r"nvidia,(p3450-000[02]|jetson-nano)", NANO),
)
"""By the device tree's "compatible": carrier board and module, as NVIDIA's table names them."""
