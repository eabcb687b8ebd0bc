"""A booth's folder that a real node plays: a few short parts, one product, small pictures.

Each part has a colour of its own, so that a viewer can say which one a program frame shows.
"""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from tests.fakes.clip_factory import ClipSpec, write_clip

COLOURS: Mapping[str, tuple[int, int]] = {
    "one": (70, 128),
    "two": (128, 60),
    "idle": (200, 110),
    "camera": (100, 200),
    "slate": (212, 230),
}
"""Chroma U and V by what is shown; `slate` is magenta in BT.709, limited range."""
BT709 = 1
MAGENTA = (255, 0, 255)
_HEAD = """\
format = "livesell-rundown/1"
id = "small"
title = { zh = "小", en = "Small" }
date = 2026-11-21
market = "CN"
timezone = "NOON"
locales = ["zh", "en"]
fps = 30
catalog = "catalog.toml"
fallback = "pause"

[[segment]]
id = "pause"
kind = "slate"
asset = "pause.png"
"""
_CATALOG = """\
format = "livesell-catalog/1"
currency = "CNY"

[product.P1]
gtin = "09520000000011"
title = { zh = "茶碗", en = "Tea bowl" }
price = { CNY = "168.00" }
stock = 40
image = "bowl.png"
"""
_NODE = """\
rundown = "day.toml"
node = "small"
state_dir = "state"
[program]
size = "640x360"
[encoder]
preset = "ultrafast"
bitrate_kbps = 2500
"""


@dataclass(frozen=True)
class Part:
    """A segment: a clip or agent of `asset`, or live without one; `cues` is TOML."""

    id: str
    seconds: float
    asset: Path | None = None
    kind: str = "clip"
    out: str = "cut"
    cues: str = ""

    def toml(self) -> str:
        """Its table."""
        lines = [
            "[[segment]]",
            f'id = "{self.id}"',
            f'kind = "{self.kind}"',
            f'length = "{int(self.seconds) // 60:02}:{self.seconds % 60:04.1f}"',
            f'title = {{ zh = "{self.id}", en = "{self.id}" }}',
        ]
        if self.asset is not None:
            lines.append(f'asset = "{self.id}{self.asset.suffix}"')
        if self.kind == "live":
            lines += ['source = "camera0"', 'on_lost = "pause"']
        else:
            lines.append(f'out = "{self.out}"')
        if self.kind == "agent":
            lines.append('ai_label = { zh = "AI 生成", en = "AI-generated" }')
        return "\n".join([*lines, self.cues, ""])


def noon_zone() -> ZoneInfo:
    """A time zone in which it is noon now: midnight is far, and no clock is ever put forward."""
    return ZoneInfo(f"Etc/GMT{datetime.now(UTC).hour - 12:+d}")  # these names count westwards


@dataclass
class SmallDay:
    """Files in `folder`; `write` may be called again after a change. `outputs` is TOML."""

    folder: Path
    parts: Sequence[Part]
    play: Sequence[str]
    camera: str = 'kind = "pattern"'
    web: Mapping[str, object] = field(default_factory=dict)
    outputs: str = ""
    zone: ZoneInfo = field(default_factory=noon_zone)

    @property
    def config(self) -> Path:
        """The configuration file."""
        return self.folder / "node.toml"

    @property
    def rundown(self) -> Path:
        """The rundown file."""
        return self.folder / "day.toml"

    @property
    def state_dir(self) -> Path:
        """Where the node keeps what outlives it."""
        return self.folder / "state"

    def clip(self, name: str) -> Path:
        """The file of a part."""
        part = next(part for part in self.parts if part.id == name)
        return self.folder / f"{name}{part.asset.suffix if part.asset else ''}"

    def write(self) -> "SmallDay":
        """Write every file."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in self.parts:
            if part.asset is not None:
                shutil.copyfile(part.asset, self.clip(part.id))
        Image.new("RGB", (640, 360), MAGENTA).save(self.folder / "pause.png")
        Image.new("RGB", (200, 200), (200, 160, 90)).save(self.folder / "bowl.png")
        (self.folder / "catalog.toml").write_text(_CATALOG, encoding="utf-8")
        play = ", ".join(f'"{name}"' for name in self.play)
        block = f'[[block]]\nfrom = "00:00"\nto = "00:00"\nplay = [{play}]\n'
        head = _HEAD.replace("NOON", self.zone.key)
        day = "\n".join([head, *(part.toml() for part in self.parts), self.outputs, block])
        self.rundown.write_text(day, encoding="utf-8")
        web = {"host": '"127.0.0.1"', "port": 0, **self.web}
        faces = "".join(f"{key} = {value}\n" for key, value in web.items())
        camera = f"[camera]\n{self.camera}\n" if self.camera else ""
        self.config.write_text(f"{_NODE}[web]\n{faces}{camera}", encoding="utf-8")
        return self


def write_clips(folder: Path) -> dict[str, Path]:
    """The clips of the colours `one` (40 s), `two` (20 s) and `idle` (3 s)."""
    folder.mkdir(parents=True, exist_ok=True)
    lengths = {"one": 40.0, "two": 20.0, "idle": 3.0}
    return {
        name: write_clip(
            folder / f"{name}.mkv",
            ClipSpec(seconds=seconds, colour=COLOURS[name], b_frames=0, colorspace=BT709),
        )
        for name, seconds in lengths.items()
    }
