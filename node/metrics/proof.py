"""Proves logs on disk: which of their files are whole, and where the first broken line stands."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from node.chain import GENESIS, Break, Proof, prove
from node.chainfile import head_path, read_head
from node.metrics.asplayed import NAME, Head, closed_files, number_of, read_heads

State = Literal["whole", "broken", "missing", "dropped", "unreadable"]
"""`missing`: it should be there. `dropped`: it made room, as the log itself says."""
Note = Literal["", "start", "end"]
"""What cannot be seen for want of a hash to compare with: lines cut off the start, or the end."""
Progress = Callable[[int], None]

LEDGER: Final = "prices.jsonl"


@dataclass(frozen=True, slots=True)
class FileProof:
    """How one file of a log is. `broken` is set where the state is, `why` where it is unreadable.

    `lines` and `head` are those up to the first break; of a missing or dropped file, as noted.
    """

    path: Path
    state: State
    lines: int = 0
    head: str = ""
    note: Note = ""
    broken: Break | None = None
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether nothing speaks against this file."""
        return self.state in {"whole", "dropped"}


def logs_of(path: Path) -> list[Path]:
    """The log files to prove for a file or a folder, those included that are gone; maybe none."""
    if not path.is_dir():
        return [path]
    numbered = {path / name for name in read_heads(path)} | set(closed_files(path))
    names = [f"{NAME}.jsonl", f"{NAME}.heads.jsonl", LEDGER]
    others = [path / name for name in names]
    there = [one for one in others if one.exists() or head_path(one).exists()]
    return sorted(numbered, key=lambda one: number_of(one.name)) + there


def prove_file(path: Path, *, anchor: str = "", progress: Progress | None = None) -> FileProof:
    """Prove one file by its own chain and by what lies beside it.

    Args:
        path: the file; one that its folder's heads name may be gone.
        anchor: a hash that must be in it, known from elsewhere; empty: the one kept beside it.
        progress: told the offset in bytes now and then.
    """
    heads = read_heads(path.parent)
    kept = heads.get(path.name)
    last = anchor or (kept.head if kept is not None else read_head(path))
    if not path.exists():
        return _absent(path, kept)
    prev = _before(path, heads)
    try:
        proof = _settled(path, prev, last, progress)
    except OSError as error:
        return FileProof(path, "unreadable", why=error.strerror or str(error))
    state: State = "whole" if proof.broken is None else "broken"
    is_start_unseen = prev is None and proof.lines > 0 and proof.start != GENESIS
    note: Note = "start" if is_start_unseen else "" if last or not proof.lines else "end"
    return FileProof(path, state, proof.lines, proof.head, note, proof.broken)


def _settled(path: Path, prev: str | None, anchor: str, progress: Progress | None) -> Proof:
    """The proof of a file to which a node may be writing: half of its last line is no fault."""
    while True:
        size = path.stat().st_size
        with path.open("rb") as stream:
            proof = prove(stream, prev=prev, anchor=anchor, progress=progress)
        is_torn = proof.broken is not None and proof.broken.reason == "torn"
        if not is_torn or path.stat().st_size == size:
            return proof


def _absent(path: Path, kept: Head | None) -> FileProof:
    if kept is None:
        return FileProof(path, "missing")
    return FileProof(
        path, "dropped" if kept.deed == "dropped" else "missing", kept.lines, kept.head
    )


def _before(path: Path, heads: dict[str, Head]) -> str | None:
    """The hash that the first line of a file must follow; None where nobody knows it."""
    number = number_of(path.name)
    if number:
        earlier = [head.head for name, head in heads.items() if number_of(name) == number - 1]
        return earlier[0] if earlier else GENESIS if number == 1 else None
    is_at_home = head_path(path).exists()
    if path.name == f"{NAME}.jsonl" and heads:
        return list(heads.values())[-1].head
    return GENESIS if is_at_home else None


def all_of(paths: list[Path]) -> Iterator[Path]:
    """Every log file of files and folders, each once."""
    yield from dict.fromkeys(one for path in paths for one in logs_of(path))
