"""What a card carries for the node's installation: the software, its wheels, the first start."""

import gzip
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.provisioning.boards import CHECKOUT
from tools.provisioning.changes import Change
from tools.provisioning.refusals import Refusal

FOLDER: Final = "livesell"
"""On the boot partition."""
BUNDLE: Final = "bundle.tar.gz"
CARRIED: Final = (
    *("LICENSE", "README.md", "pyproject.toml", "node", "models", "systemd", "firmware_config"),
    *("tools/__init__.py", "tools/provision", "tools/provisioning"),
    *("tools/requirements/run.txt", "tools/requirements/sound.txt"),
)
HERE: Final = Path(__file__).parent
FIRST_BOOT: Final = ("first-boot.sh", "livesell-first-boot.service")


def bundle(checkout: Path = CHECKOUT) -> bytes:
    """The software as a tar archive; the same tree gives the same bytes."""
    out = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=out, mode="wb", mtime=0, compresslevel=6) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in carried(checkout):
            archive.add(path, str(path.relative_to(checkout)), filter=_plain)
    return out.getvalue()


def carried(checkout: Path = CHECKOUT) -> Iterator[Path]:
    """The files of the software, in order."""
    for name in CARRIED:
        place = checkout / name
        found = [place] if place.is_file() else sorted(place.rglob("*"))
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts)


def payload(card: Path, wheels: Path | None) -> Iterator[Change]:
    """The files of the card's folder, wheels that are no longer wanted taken away."""
    folder = card / FOLDER
    yield Change(folder / BUNDLE, bundle())
    for name in FIRST_BOOT:
        mode = 0o755 if name.endswith(".sh") else 0o644
        yield Change(folder / name, (HERE / name).read_bytes(), mode)
    wanted = _wheels(wheels) if wheels is not None else {}
    for name, path in wanted.items():
        yield Change(folder / "wheels" / name, path.read_bytes())
    for old in sorted((folder / "wheels").glob("*.whl")):
        if old.name not in wanted:
            yield Change(old)


def _wheels(folder: Path) -> dict[str, Path]:
    """Raises `Refusal` for a folder without wheels, or with some of another processor."""
    found = {path.name: path for path in sorted(folder.glob("*.whl"))}
    if not found:
        raise Refusal("no_wheels", folder=folder)
    foreign = [name for name in found if not name.endswith(("aarch64.whl", "none-any.whl"))]
    if foreign:
        raise Refusal("foreign_wheel", name=foreign[0])
    return found


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime, member.uid, member.gid = 0, 0, 0
    member.uname = member.gname = "root"
    member.mode = 0o755 if member.mode & 0o100 else 0o644
    return member
