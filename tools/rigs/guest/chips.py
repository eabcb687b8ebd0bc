"""GPIO chips of the kernel's gpio-sim, made and pulled out in the emulated machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONFIG: Final = Path("/sys/kernel/config/gpio-sim")


@dataclass(frozen=True, slots=True)
class Bank:
    """A chip: its label, how many lines, and what some of them are called."""

    label: str
    lines: int
    names: Mapping[int, str]


class SimulatedDevice:
    """A device with chips; they are there between `plug` and `unplug`."""

    def __init__(self, name: str, *banks: Bank) -> None:
        self._folder = CONFIG / name
        for number, bank in enumerate(banks):
            self._describe(self._folder / f"bank{number}", bank)
        self._labels = [bank.label for bank in banks]

    def plug(self) -> dict[str, Path]:
        """The folder of each chip's lines by its label: `pull` drives one, `value` reads it."""
        (self._folder / "live").write_text("1")
        device = (self._folder / "dev_name").read_text().strip()
        place = Path(f"/sys/devices/platform/{device}")
        return {
            label: place / (self._folder / f"bank{number}/chip_name").read_text().strip()
            for number, label in enumerate(self._labels)
        }

    def unplug(self) -> None:
        """They are gone, whoever holds their lines."""
        (self._folder / "live").write_text("0")

    def _describe(self, folder: Path, bank: Bank) -> None:
        folder.mkdir(parents=True)
        (folder / "num_lines").write_text(str(bank.lines))
        (folder / "label").write_text(bank.label)
        for offset, name in bank.names.items():
            (folder / f"line{offset}").mkdir()
            (folder / f"line{offset}/name").write_text(name)
