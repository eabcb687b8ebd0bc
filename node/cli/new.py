"""livesell new: a first rundown, written from a folder of clips and a list of products."""

import os
import sys
from datetime import date
from pathlib import Path
from typing import Final

from node.catalog.price_list import catalog_text, read_price_list
from node.catalog.reading import load_catalog
from node.cli.texts import Texts
from node.clips.importing import examine
from node.errors import AssetError, NodeError
from node.findings import has_errors
from node.media import Size
from node.program.reading import read_rundown
from node.program.starter import FPS, StarterClip, starter_text

SUFFIXES: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm"})
SIZE: Final = Size(1280, 720)
CATALOG: Final = "catalog.toml"


def new(path: Path, clips: Path, products: Path, currency: str, texts: Texts) -> int:
    """Write a rundown to `path`, and a catalog beside it unless `products` is one.

    Returns:
        0 done, 1 when what was written has errors, which are then told on stderr.

    Raises:
        NodeError: nothing was written, for the reason it tells.
    """
    folder = path.absolute().parent
    found = _clips(folder, path, clips, texts)
    catalog, text, names, currency = _catalog(folder, products, currency)
    if path.exists() or (text and catalog.exists()):
        raise NodeError(texts("new.exists", path=path if path.exists() else catalog))
    measured = [_measured(folder, clip, texts) for clip in found]
    day = starter_text(
        measured,
        names,
        catalog=os.path.relpath(catalog, folder),
        currency=currency,
        today=date.today(),  # noqa: DTZ011  # the author's own day
    )
    written = {path: day} | ({catalog: text} if text else {})
    for target, content in written.items():
        with target.open("x", encoding="utf-8") as file:
            file.write(content)
    print(texts("new.done", paths=", ".join(map(str, written)), path=path))
    findings = read_rundown(path).findings
    for finding in findings:
        print(finding, file=sys.stderr)
    return int(has_errors(findings))


def _clips(folder: Path, path: Path, clips: Path, texts: Texts) -> list[Path]:
    if not clips.absolute().resolve().is_relative_to(folder.resolve()):
        raise NodeError(texts("new.outside", clips=clips, path=path))
    found = sorted(one for one in clips.iterdir() if one.suffix.lower() in SUFFIXES)
    if not found:
        raise NodeError(texts("new.no_clips", clips=clips))
    return found


def _catalog(folder: Path, products: Path, currency: str) -> tuple[Path, str, tuple[str, ...], str]:
    """Where the catalog is, its text if it must be written, its products, its currency."""
    if products.suffix.lower() != ".toml":
        rows = read_price_list(products)
        text = catalog_text(rows, currency, folder)
        return folder / CATALOG, text, tuple(row.id for row in rows), currency
    known = load_catalog(products)
    inside = products.absolute().resolve().is_relative_to(folder.resolve())
    text = "" if inside else products.read_text(encoding="utf-8-sig")
    place = products.absolute() if inside else folder / CATALOG
    return place, text, tuple(known.products), known.currency


def _measured(folder: Path, clip: Path, texts: Texts) -> StarterClip:
    shown = texts("new.measuring", name=clip.name)

    def report(part: float) -> None:
        if sys.stderr.isatty():
            end = "\r" if part < 1 else "\r\033[K"
            print(f"\033[K[{'#' * int(part * 30):30}] {shown}", end=end, file=sys.stderr)

    try:
        facts = examine(clip, size=SIZE, fps=FPS, progress=report)
    except AssetError as error:
        raise NodeError(str(error)) from error
    name = clip.absolute().resolve().relative_to(folder.resolve()).as_posix()
    return StarterClip(name, facts.frames)
