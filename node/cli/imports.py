"""The import checks of a day on the command line: hashes and clips, with progress, remembered."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from node.board.identity import cache_dir
from node.catalog.assets import missing, place_of
from node.catalog.checks import AssetChecks
from node.catalog.hashes import HashBook
from node.cli.progress import Bar
from node.media import Size
from node.program.reading import Reading

if TYPE_CHECKING:
    from node.clips.inspecting import Inspections

USUAL_SIZE = Size(1280, 720)


def look_into(
    folder: Path,
    reading: Reading,
    checks: AssetChecks,
    *,
    fps: int,
    size: Size = USUAL_SIZE,
    has_clips: bool = True,
) -> AssetChecks:
    """Read every file that the manifest lists and, with `has_clips`, look every clip through.

    The result is `checks` that know what was found. What has not changed since is not read again.
    """
    files = {} if reading.manifest is None else reading.manifest.files
    listed = [place_of(folder, name) for name in files if not missing(folder, name)]
    clips = reading.clips if has_clips else ()
    if not listed and not clips:
        return checks
    book, bar = HashBook(cache_dir() / "hashes.json"), Bar(len(listed) + len(clips))
    try:
        for path in listed:
            book.sha256(path, bar.piece(path.name))
        known = replace(checks, sha256_of=book.known)
        if not clips:
            return known
        inspections = _inspections(book, fps, size)
        for path in clips:
            report = bar.piece(path.name)
            if inspections.known(path) is None:
                bar.started(path.name)
            inspections.inspect(path, report)
        return replace(known, inspected=inspections.inspect)
    finally:
        bar.close()


def _inspections(book: HashBook, fps: int, size: Size) -> "Inspections":
    from node.clips.inspecting import Inspections  # noqa: PLC0415  # heavy: loads FFmpeg

    return Inspections(book, cache_dir() / "inspections.json", size=size, fps=fps)
