"""What the machine can bear: its model, processor cores, memory and disk."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Capacity:
    """`cores` this process may use; memory in MiB, 0 where the kernel does not tell."""

    model: str
    cores: int
    memory_mib: int
    free_memory_mib: int


def read_capacity(root: Path = Path("/")) -> Capacity:
    """Ask the kernel; `root` is the file system looked at."""
    memory = _memory_kib(root)
    return Capacity(
        model=_model(root),
        cores=len(os.sched_getaffinity(0)),
        memory_mib=memory.get("MemTotal", 0) // 1024,
        free_memory_mib=memory.get("MemAvailable", 0) // 1024,
    )


def free_disk_mib(folder: Path) -> int:
    """Free space where `folder` is or would be, MiB; raises OSError."""
    return shutil.disk_usage(_existing(folder)).free // (1024 * 1024)


def is_writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, or it can be made itself."""
    there = _existing(folder)
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _existing(folder: Path) -> Path:
    return next((one for one in (folder, *folder.parents) if one.exists()), Path("/"))


def _model(root: Path) -> str:
    board = _text(root / "proc/device-tree/model").rstrip("\0")
    if board:
        return board
    for line in _text(root / "proc/cpuinfo").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return os.uname().machine


def _memory_kib(root: Path) -> dict[str, int]:
    fields = (line.split() for line in _text(root / "proc/meminfo").splitlines())
    return {
        words[0].rstrip(":"): int(words[1])
        for words in fields
        if len(words) > 1 and words[1].isdigit()
    }


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
