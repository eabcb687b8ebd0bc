"""A kernel with GPIO chips: answers its two questions, and an lgpio that has its lines."""

import errno
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from node.board.gpiochips import (
    CHIP_INFO,
    GPIO_GET_CHIPINFO,
    IS_USED,
    LINE_INFO,
    GpioChips,
    number_of,
)

UP, DOWN, NONE = 1 << 5, 1 << 6, 1 << 7
OUT = 1 << 1
SEAMS = ("lgpio", "gpiozero.pins.lgpio", "node.control.lgpio_lines")


class LgpioError(Exception):
    """As lgpio's own."""


@dataclass
class FakeLine:
    """`level` is what stands on it; `driven` from outside, `told` last as an edge."""

    name: str = ""
    user: str = ""
    level: bool = False
    driven: bool = False
    told: bool = False
    mode: int = 0
    debounce_s: float = 0.0
    edge: Callable[[int, int, int, int], None] | None = None
    waiting: threading.Timer | None = None


@dataclass
class FakeChip:
    """A chip of so many lines; without pulls as a Jetson's. `is_gone`: pulled out of its socket."""

    label: str
    count: int
    names: Mapping[int, str] = field(default_factory=dict)
    has_pulls: bool = True
    is_gone: bool = False
    lines: list[FakeLine] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = [FakeLine(self.names.get(offset, "")) for offset in range(self.count)]


class FakeGpio:
    """Chips by number, and an lgpio on them."""

    def __init__(self, root: Path, *chips: FakeChip, compatible: Sequence[str] = ()) -> None:
        self.chips, self.root = dict(enumerate(chips)), root
        self.forbidden: set[int] = set()
        self.is_old = False
        (root / "dev").mkdir(parents=True, exist_ok=True)
        for number in self.chips:
            (root / f"dev/gpiochip{number}").touch()
        if compatible:
            tree = root / "proc/device-tree"
            tree.mkdir(parents=True, exist_ok=True)
            (tree / "compatible").write_bytes(b"".join(f"{one}\0".encode() for one in compatible))

    @property
    def machine(self) -> GpioChips:
        """The machine as the node asks it."""
        return GpioChips(self.root, self.ask)

    def ask(self, device: Path, request: int, said: Sequence[bytearray]) -> None:
        """`node.board.gpiochips.Ask`."""
        number = number_of(device)
        if number in self.forbidden:
            raise PermissionError(errno.EACCES, "Permission denied", str(device))
        chip = self.chips[number]
        if chip.is_gone:
            raise OSError(errno.ENODEV, "No such device")
        for one in said:
            if request == GPIO_GET_CHIPINFO:
                name = f"gpiochip{number}".encode()
                one[:] = CHIP_INFO.pack(name, chip.label.encode(), chip.count)
            else:
                self._line(chip, one)

    def drive(self, number: int, offset: int, *, is_high: bool) -> None:
        """A voltage from outside."""
        self.bounce(number, offset, is_high)

    def bounce(self, number: int, offset: int, *levels: bool) -> None:
        """Voltages from outside, within no time: all but the last stand for less than any time."""
        line = self.chips[number].lines[offset]
        line.driven = True
        for is_high in levels if line.debounce_s == 0 else levels[-1:]:
            self._settle(line, number, offset, is_high=is_high)

    def unplug(self, number: int) -> None:
        """A chip goes, with its lines held."""
        self.chips[number].is_gone = True
        (self.root / f"dev/gpiochip{number}").unlink()

    def plug(self, number: int) -> None:
        """It is back, nobody holds its lines."""
        self.chips[number] = FakeChip(**{
            name: getattr(self.chips[number], name) for name in ("label", "count", "names")
        })  # fmt: skip
        (self.root / f"dev/gpiochip{number}").touch()

    @contextmanager
    def lgpio(self) -> Iterator[None]:
        """This kernel's lgpio is the one that is imported; afterwards there is none."""
        kept = {name: sys.modules.pop(name, None) for name in SEAMS}
        sys.modules["lgpio"] = self._module()
        try:
            yield
        finally:
            for name, module in kept.items():
                sys.modules.pop(name, None)
                if module is not None:
                    sys.modules[name] = module

    def _line(self, chip: FakeChip, said: bytearray) -> None:
        if self.is_old:
            raise OSError(errno.EINVAL, "Invalid argument")
        _, _, offset, _, _ = LINE_INFO.unpack(said)
        line = chip.lines[offset]
        flags = IS_USED if line.user else 0
        said[:] = LINE_INFO.pack(line.name.encode(), line.user.encode(), offset, 0, flags)

    def _settle(self, line: FakeLine, number: int, offset: int, *, is_high: bool) -> None:
        """The level changes; it is told once it has stood."""
        line.level = is_high
        if line.waiting is not None:
            line.waiting.cancel()
            line.waiting = None
        if line.edge is not None and line.level != line.told:
            line.waiting = threading.Timer(line.debounce_s, self._tell, (line, number, offset))
            line.waiting.daemon = True
            line.waiting.start()

    def _tell(self, line: FakeLine, number: int, offset: int) -> None:
        line.told = line.level
        if line.edge is not None:
            line.edge(number, offset, int(line.level), 0)

    # ---- lgpio ----

    def _module(self) -> ModuleType:
        module = ModuleType("lgpio")
        words = {
            "error": LgpioError, "BOTH_EDGES": 3, "RISING_EDGE": 1, "FALLING_EDGE": 2,
            "SET_PULL_NONE": NONE, "SET_PULL_UP": UP, "SET_PULL_DOWN": DOWN,
            "gpiochip_open": self._open, "gpiochip_close": self._close,
            "gpio_claim_input": self._claim_input, "gpio_claim_output": self._claim_output,
            "gpio_free": self._free, "gpio_get_mode": lambda *at: self._held(*at).mode,
            "gpio_read": lambda *at: int(self._held(*at).level), "gpio_write": self._write,
            "gpio_set_debounce_micros": self._debounce, "gpio_claim_alert": self._alert,
            "callback": self._callback,
        }  # fmt: skip
        for name, word in words.items():
            setattr(module, name, word)
        return module

    def _open(self, number: int) -> int:
        if number not in self.chips or self.chips[number].is_gone:
            raise LgpioError("can not open gpiochip")
        return number

    def _close(self, number: int) -> None:
        for offset, line in enumerate(self.chips[number].lines):
            if line.user == "lg":
                self._free(number, offset)

    def _held(self, number: int, offset: int) -> FakeLine:
        chip = self.chips[number]
        if chip.is_gone:
            raise LgpioError("can not access GPIO")
        if offset >= chip.count:
            raise LgpioError("bad GPIO number")
        return chip.lines[offset]

    def _claim(self, number: int, offset: int) -> FakeLine:
        line = self._held(number, offset)
        if line.user not in {"", "lg"}:
            raise LgpioError("GPIO busy")
        line.user = "lg"
        return line

    def _claim_input(self, number: int, offset: int, flags: int = 0) -> None:
        line = self._claim(number, offset)
        line.mode = flags & ~OUT
        if not line.driven:
            line.level = bool(flags & UP) and self.chips[number].has_pulls

    def _claim_output(self, number: int, offset: int, level: int = 0, flags: int = 0) -> None:
        line = self._claim(number, offset)
        line.mode, line.level = flags | OUT, bool(level)

    def _free(self, number: int, offset: int) -> None:
        line = self.chips[number].lines[offset]
        if line.waiting is not None:
            line.waiting.cancel()
        line.user, line.edge, line.waiting, line.mode, line.debounce_s = "", None, None, 0, 0.0

    def _write(self, number: int, offset: int, level: int) -> None:
        self._held(number, offset).level = bool(level)

    def _debounce(self, number: int, offset: int, micros: int) -> None:
        self._held(number, offset).debounce_s = micros / 1e6

    def _alert(self, number: int, offset: int, edges: int, flags: int = 0) -> None:
        assert edges
        line = self._claim(number, offset)
        line.mode, line.told = flags, line.level

    def _callback(
        self, number: int, offset: int, edge: int, func: Callable[[int, int, int, int], None]
    ) -> "FakeCallback":
        assert edge
        line = self._held(number, offset)
        line.edge = func
        return FakeCallback(line)


@dataclass
class FakeCallback:
    """What lgpio gives back for a callback."""

    line: FakeLine

    def cancel(self) -> None:
        """Tell no more."""
        self.line.edge = None
