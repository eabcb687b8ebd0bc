"""A release made of this checkout: a virtual environment at its final place, sealed when whole."""

import compileall
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from node.board.identity import VERSION
from node.update.layout import BUILD_LOCK, COMPLETE, LOCK, Layout, release_id
from tools.provisioning.boards import CHECKOUT
from tools.provisioning.payload import carried
from tools.provisioning.refusals import Refusal

NODE: Final = ("node", "models")
"""What of the checkout a release holds, beside each other, as they find each other by place."""
REQUIREMENTS: Final = "tools/requirements/run.txt"
COMMAND: Final = """\
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -s -P -m node "$@"
"""
SAID_LINES: Final = 3


@contextmanager
def alone(layout: Layout) -> Iterator[None]:
    """No update builds, clears away or swaps meanwhile; raises `Refusal` where one is at it.

    What is built and not linked yet is nothing to an update but left over.
    """
    layout.root.mkdir(parents=True, exist_ok=True)
    with _locked(layout.root / BUILD_LOCK):
        yield


@contextmanager
def swapping(layout: Layout) -> Iterator[None]:
    """No start of the node counts a try or repairs a link meanwhile; within `alone`."""
    with _locked(layout.root / LOCK, is_waiting=True):
        yield


def digest(checkout: Path = CHECKOUT) -> str:
    """SHA-256 over all that goes into a release, by name and content."""
    total = hashlib.sha256()
    for path in carried(checkout):
        name = path.relative_to(checkout)
        if name.parts[0] in NODE or str(name) == REQUIREMENTS:
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            total.update(f"{content}  {name}\n".encode())
    return total.hexdigest()


def own_id(checkout: Path = CHECKOUT) -> str:
    """The id that a release of this checkout has."""
    return release_id(VERSION, digest(checkout))


def build(layout: Layout, wheels: Path | None, checkout: Path = CHECKOUT) -> str:
    """Have the release of this checkout; its id. One that was cut off is begun afresh.

    Without `wheels` packages come from the index. Raises `Refusal` where they cannot be had.
    """
    release = own_id(checkout)
    folder = layout.release(release)
    if layout.is_complete(release):
        return release
    if folder.exists():
        shutil.rmtree(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _run([_python(), "-I", "-m", "venv", "--system-site-packages", str(folder)])
    python = str(folder / "bin/python")
    source = ["--no-index", "--find-links", str(wheels)] if wheels is not None else []
    _run([python, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--no-cache-dir",
          "--require-hashes", "--no-deps", "--only-binary", ":all:", "--ignore-installed", *source,
          "-r", str(checkout / REQUIREMENTS)])  # fmt: skip
    _copy_node(checkout, Path(_run([
        python, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"
    ]).strip()))  # fmt: skip
    command = folder / "bin/livesell"
    command.write_text(COMMAND, encoding="ascii")
    command.chmod(0o755)
    os.sync()
    seal = {"version": VERSION, "manifest": digest(checkout), "floor": ""}
    (folder / COMPLETE).write_text(json.dumps(seal), encoding="ascii")
    os.sync()
    return release


@contextmanager
def _locked(path: Path, *, is_waiting: bool = False) -> Iterator[None]:
    """Hold a lock of `node.update.site`, which is not for bare Python; it ends with the process."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if is_waiting else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise Refusal("update_running", phase="building") from error
        yield
    finally:
        os.close(handle)


def _copy_node(checkout: Path, site: Path) -> None:
    for path in carried(checkout):
        name = path.relative_to(checkout)
        if name.parts[0] in NODE:
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, site / name)
    compileall.compile_dir(site / "node", quiet=2)


def _python() -> str:
    """The interpreter that belongs to no environment: one made by another would end with it."""
    own = Path(sys.base_prefix) / f"bin/python{sys.version_info.major}.{sys.version_info.minor}"
    return str(own) if own.is_file() else sys.executable


def _run(words: Sequence[str]) -> str:
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(  # noqa: S603  # words of our own, no shell
        words, capture_output=True, text=True, check=False, env=environ
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()[-SAID_LINES:]
        raise Refusal("build", what=" ".join(words[1:5]), why="\n".join(said))
    return done.stdout
