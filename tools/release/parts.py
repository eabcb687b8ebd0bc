"""The wheels of a release: the node's own, built of this checkout, and all that it needs."""

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from node.errors import NodeError
from node.voice.manifest import FETCHED
from tools.release.programs import pip, uv
from tools.release.target import Pinned, Target, pinned

CHECKOUT: Final = Path(__file__).parents[2]
SOURCE: Final = ("pyproject.toml", "README.md", "LICENSE", "node", "models", "tools")
LOCK: Final = CHECKOUT / "tools/requirements/run.txt"
BUILD_LOCK: Final = CHECKOUT / "tools/requirements/build.txt"
AT_ONCE: Final = 8
"""Packages for each call of pip, which takes seconds to begin."""
IDENTITY: Final = "node/board/identity.py"
SYSTEM: Final = {"lgpio": "python3-lgpio", "pyaudio": "python3-pyaudio"}
"""Packages of the distribution that stand in where there is no wheel for a machine."""
_VERSION: Final = re.compile(r'^VERSION = "[^"]*"$', re.MULTILINE)
_PYCACHE: Final = shutil.ignore_patterns("__pycache__", "*.egg-info")


def build_own(into: Path, version: str) -> Path:
    """The node's wheel, as `version`; raises `NodeError`.

    Built of a copy, so that the checkout stays as it is. The voice's models go with it, those that
    tools/fetch_models has brought as well.
    """
    with tempfile.TemporaryDirectory(prefix="livesell-release-") as name:
        source = Path(name)
        for one in SOURCE:
            if (CHECKOUT / one).is_dir():
                shutil.copytree(CHECKOUT / one, source / one, ignore=_PYCACHE)
            else:
                shutil.copy2(CHECKOUT / one, source / one)
        if FETCHED.is_dir():
            shutil.copytree(FETCHED, source / "models", dirs_exist_ok=True)
        identity = source / IDENTITY
        text, count = _VERSION.subn(f'VERSION = "{version}"', identity.read_text("utf-8"))
        if count != 1:
            raise NodeError(f"{IDENTITY}: no VERSION to set")
        identity.write_text(text, "utf-8")
        uv("build", "--wheel", "--quiet", "--build-constraints", BUILD_LOCK, "--require-hashes",
           "--out-dir", into, source)  # fmt: skip
    built = list(into.glob("livesell_node-*.whl"))
    if len(built) != 1:
        raise NodeError(f"{into}: {len(built)} wheels of the node")
    return built[0]


def collect(
    into: Path, target: Target, started: Callable[[str, int, int], None], lock: Path = LOCK
) -> list[str]:
    """Bring the locked wheels for a machine; names what the distribution must bring instead.

    `started` is told a package, its number and how many there are. Raises `NodeError` for a
    package that has no wheel for the machine and no stand-in.
    """
    try:
        packages = pinned(lock.read_text("utf-8"), target)
    except ValueError as error:
        raise NodeError(f"{lock}: {error}") from error
    system: list[str] = []
    for begin in range(0, len(packages), AT_ONCE):
        batch = packages[begin : begin + AT_ONCE]
        started(batch[0].name, begin, len(packages))
        try:
            _download(into, target, batch)
        except NodeError:
            system += _one_by_one(into, target, batch)
    return system


def _one_by_one(into: Path, target: Target, packages: Iterable[Pinned]) -> Iterator[str]:
    """Bring what there is; yields what stands in for the rest."""
    for one in packages:
        try:
            _download(into, target, [one])
        except NodeError:
            if one.name not in SYSTEM:
                raise
            yield SYSTEM[one.name]


def _download(into: Path, target: Target, packages: Iterable[Pinned]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.writelines(f"{one.line}\n" for one in packages)
        file.flush()
        platforms = [word for tag in target.tags for word in ("--platform", tag)]
        pip("download", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes",
            "--implementation", "cp", "--python-version", target.python, *platforms,
            "--dest", into, "-r", file.name)  # fmt: skip
