"""The boot partition inside a card's image, mounted for as long as it is needed."""

import os
import struct
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkdtemp

from tools.provisioning.refusals import Refusal

SECTOR_BYTES = 512
TABLE_AT = 446
"""Of the first of four partitions in a master boot record; 16 bytes each."""
SIGNATURE = b"\x55\xaa"
FAT_KINDS = frozenset({0x0B, 0x0C, 0x0E, 0x06})


def boot_partition(image: Path) -> tuple[int, int]:
    """Where the first partition of an image begins and how long it is, in bytes.

    Raises `Refusal` where it is no image of a card with FAT in front.
    """
    with image.open("rb") as file:
        head = file.read(SECTOR_BYTES)
    if len(head) < SECTOR_BYTES or head[-2:] != SIGNATURE or head[TABLE_AT + 4] not in FAT_KINDS:
        raise Refusal("no_image", image=image)
    begin, length = struct.unpack_from("<II", head, TABLE_AT + 8)
    return begin * SECTOR_BYTES, length * SECTOR_BYTES


@contextmanager
def mounted(image: Path) -> Iterator[Path]:
    """The image's boot partition as a folder; only root may, so raises `Refusal` for others."""
    begin, length = boot_partition(image)
    if os.geteuid() != 0:
        raise Refusal("image_not_root", image=image)
    # No TemporaryDirectory: where the card stays mounted it would delete what is on it.
    folder = Path(mkdtemp(prefix="livesell-card-"))
    try:
        _run("mount", image, ["-o", f"loop,offset={begin},sizelimit={length}", image, folder])
        try:
            yield folder
        finally:
            os.sync()
            _run("umount", image, [folder])
    finally:
        with suppress(OSError):
            folder.rmdir()


def _run(program: str, image: Path, words: Sequence[str | Path]) -> None:
    done = subprocess.run(  # noqa: S603  # words of our own, no shell
        [program, *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refusal(program, image=image, why=done.stderr.strip())
