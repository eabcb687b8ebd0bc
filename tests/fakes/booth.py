"""A booth's folder: the sample day and catalog of tests/vectors/rundown, with files to play."""

import re
from pathlib import Path

from node.program.reading import Reading, read_rundown

VECTORS = Path(__file__).parents[1] / "vectors" / "rundown"
_ASSET = re.compile(r'^(?:asset|image) += "(.*)"$', re.MULTILINE)


class Booth:
    """The sample day in `folder`; every asset it names is there, with one byte of content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("day.toml", "catalog.toml"):
            text = (VECTORS / name).read_text(encoding="utf-8")
            (folder / name).write_text(text, encoding="utf-8")
            for asset in _ASSET.findall(text):
                path = folder / asset
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(b"\0")

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

    def read(self, fps: int | None = None) -> Reading:
        """What the node makes of it."""
        return read_rundown(self.day, fps=fps)

    def faults(self, fps: int | None = None) -> list[str]:
        """Each finding as `place: code`, with the folder's path left out."""
        return [f"{one.place}: {one.code}" for one in self.read(fps).findings]
