"""A booth's folder: a day and catalog of tests/vectors, with files to play and their manifest."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

from node.catalog.strikes import Lowest
from node.findings import has_errors
from node.program.reading import Reading, read_rundown

VECTORS = Path(__file__).parents[1] / "vectors"
UNDERCUT = "product.L1.ref_price.CNY = '268.00': W37"
"""The one warning that the whole day has anyway."""
_ASSET = re.compile(r'^(?:asset|image) += "(.*)"$', re.MULTILINE)
_CONTENT = b"\0"


class Booth:
    """A sample day in `folder`; every asset it names is there, with one byte of content."""

    def __init__(self, folder: Path, day: str = "rundown") -> None:
        self.folder = folder
        for name in ("day.toml", "catalog.toml"):
            text = (VECTORS / day / name).read_text(encoding="utf-8")
            (folder / name).write_text(text, encoding="utf-8")
            for asset in _ASSET.findall(text):
                path = folder / asset
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(_CONTENT)

    @property
    def day(self) -> Path:
        """The rundown's path."""
        return self.folder / "day.toml"

    def change(self, old: str, new: str, *, file: str = "day.toml") -> None:
        """Replace the one place in a file where `old` stands."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in {file}")
        path.write_text(text.replace(old, new), encoding="utf-8")

    def read(self, fps: int | None = None, ledger: "PaperLedger | None" = None) -> Reading:
        """What the node makes of it."""
        return read_rundown(self.day, fps=fps, ledger=ledger)

    def faults(self, fps: int | None = None, ledger: "PaperLedger | None" = None) -> list[str]:
        """Each finding as `place: code`, with the folder's path left out."""
        return [f"{one.place}: {one.code}" for one in self.read(fps, ledger).findings]


def full_booth(folder: Path) -> Booth:
    """The day that uses everything."""
    booth = Booth(folder, "rundown_full")
    write_manifest(booth)
    return booth


def write_manifest(booth: Booth, **changes: Mapping[str, object]) -> None:
    """Write assets.json for the day as it stands; `changes` are by the file's stem."""
    entries: dict[str, dict[str, object]] = {}
    text = booth.day.read_text(encoding="utf-8")
    fps = re.findall(r"^fps += (\d+)$", text, re.MULTILINE)[0]
    for part in text.split("[[segment]]"):
        length = re.search(r'^length = "(\d+):(\d+)', part, re.MULTILINE)
        for asset in _ASSET.findall(part):
            entry: dict[str, object] = {
                "sha256": hashlib.sha256(_CONTENT).hexdigest(),
                "bytes": len(_CONTENT),
                "ai_made": 'kind = "agent"' in part or "ai_label" in part,
            }
            if length is not None:
                seconds = int(length[1]) * 60 + int(length[2])
                entry |= {"frames": seconds * int(fps), "fps": fps, "loudness_lufs": -16.0}
            entries[asset] = entry | dict(changes.get(Path(asset).stem, {}))
    manifest = {"format": "livesell-assets/1", "files": entries}
    (booth.folder / "assets.json").write_text(json.dumps(manifest), encoding="utf-8")


def found_after(
    booth: Booth, *changes: Sequence[str], ledger: "PaperLedger | None" = None
) -> list[str]:
    """What changes make of the day, each as old, new and maybe a file, beside `UNDERCUT`."""
    for change in changes:
        booth.change(*change[:2], file=change[2] if len(change) > 2 else "day.toml")
    reading = booth.read(ledger=ledger)
    assert (reading.rundown is None) == has_errors(reading.findings)
    found = [f"{one.place}: {one.code}" for one in reading.findings]
    if UNDERCUT in found:
        found.remove(UNDERCUT)
    return found


@dataclass(frozen=True)
class PaperLedger:
    """A price ledger of one product in one currency, by day; it knows of no gaps but silence."""

    product: str
    currency: str
    prices: Mapping[date, str]

    def in_zone(self, timezone: tzinfo) -> "PaperLedger":
        """It knows days alone."""
        return self

    def lowest(self, product: str, currency: str, start: date, end: date) -> Lowest | None:
        """The lowest price from `start` to `end`."""
        if (product, currency) != (self.product, self.currency):
            return Lowest("999999", start)
        found = [(float(price), day) for day, price in self.prices.items() if start <= day <= end]
        if not found:
            return None
        _, day = min(found)
        return Lowest(self.prices[day], day)
