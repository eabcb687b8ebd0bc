"""A release made of this checkout: a virtual environment at its final place, sealed when whole."""

import compileall
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from node.board.identity import VERSION
from node.update.layout import COMPLETE, Layout, release_id
from tools.provisioning.boards import CHECKOUT
from tools.provisioning.payload import carried
from tools.provisioning.refusals import Refusal

NODE: Final = ("node", "models")
"""What of the checkout a release holds, beside each other, as they find each other by place."""
REQUIREMENTS: Final = "tools/requirements/run.txt"
COMMAND: Final = """\
#!/bin/sh
exec "$(dirname "$(readlink -f "$0")")/python" -P -m node "$@"
"""
SAID_LINES: Final = 3


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
