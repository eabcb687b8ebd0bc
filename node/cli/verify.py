"""livesell verify: proves that nothing was changed in, taken from or put into a log."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from node.cli.texts import Texts
from node.metrics.proof import FileProof, Progress, all_of, logs_of, prove_file

WHOLE: Final = 0
BROKEN: Final = 1
USAGE: Final = 2

BAR_CELLS: Final = 30
LONG_BYTES: Final = 16 << 20
"""Below this the answer is there before a bar could be read (40 MB/s on a laptop)."""


def verify(paths: Sequence[Path], texts: Texts, *, anchor: str = "", as_json: bool = False) -> int:
    """Print one line for each log file: whole, or where and why its chain breaks.

    Returns:
        0 all are whole, 1 one is not, 2 (and nothing proved) for a path without a log, or an
        `anchor` (a hash noted elsewhere) given for more than one file.
    """
    without = [path for path in paths if not path.exists() or not logs_of(path)]
    for path in without:
        print(texts("verify.absent", path=path), file=sys.stderr)
    files = [] if without else list(all_of(list(paths)))
    if anchor and len(files) > 1:
        print(texts("verify.one_file"), file=sys.stderr)
    if without or (anchor and len(files) > 1):
        return USAGE
    bar = _Bar(files)
    proofs = [prove_file(path, anchor=anchor, progress=bar.within(path)) for path in files]
    bar.clear()
    if as_json:
        print(json.dumps([_plain(proof) for proof in proofs], indent=2))
    else:
        for proof in proofs:
            print(_line(proof, texts))
    return WHOLE if all(proof.is_whole for proof in proofs) else BROKEN


def _line(proof: FileProof, texts: Texts) -> str:
    broken = proof.broken
    if broken is not None:
        reason = texts(
            f"verify.reason.{broken.reason.replace(' ', '_')}",
            expected=broken.expected[:16],
            found=broken.found[:16] or "-",
        )
        return f"{proof.path}:{broken.line}: {reason}"
    state = texts(
        f"verify.{proof.state}", lines=proof.lines, head=proof.head[:16] or "-", why=proof.why
    )
    line = f"{proof.path}: {state}"
    return f"{line} ({texts(f'verify.note.{proof.note}')})" if proof.note else line


def _plain(proof: FileProof) -> dict[str, object]:
    broken = proof.broken
    return {
        "file": str(proof.path),
        "state": proof.state,
        "whole": proof.is_whole,
        "lines": proof.lines,
        "head": proof.head,
        "unseen": proof.note,
        "line": broken.line if broken else None,
        "reason": broken.reason if broken else proof.why,
        "expected": broken.expected if broken else "",
        "found": broken.found if broken else "",
    }


class _Bar:
    """A progress bar over all files, on a terminal's stderr only and not for short ones."""

    def __init__(self, files: Sequence[Path]) -> None:
        self._sizes = {path: path.stat().st_size for path in files if path.is_file()}
        self._total = sum(self._sizes.values())
        self._is_on = sys.stderr.isatty() and self._total >= LONG_BYTES
        self._done, self._percent = 0, -1

    def within(self, path: Path) -> Progress:
        """The progress of one more file, to be told its offset."""
        before = self._done
        self._done += self._sizes.get(path, 0)
        return lambda offset: self._draw(before + offset)

    def clear(self) -> None:
        """Leave the line empty."""
        if self._percent >= 0:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def _draw(self, done: int) -> None:
        """Redraw when a whole percent has gone by."""
        percent = 100 * done // max(self._total, 1)
        if self._is_on and percent != self._percent:
            self._percent = percent
            full = BAR_CELLS * percent // 100
            bar = "█" * full + "░" * (BAR_CELLS - full)
            print(f"\r{bar} {percent:3d} %", end="", file=sys.stderr, flush=True)
