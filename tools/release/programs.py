"""pip and uv as the release tool calls them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from node.errors import NodeError

SAID_LINES: Final = 6


def pip(*words: str | Path) -> None:
    """Run this environment's pip; raises `NodeError` with the end of what it said."""
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *words])


def uv(*words: str | Path) -> None:
    """Run this environment's uv, with pip's index; raises `NodeError`."""
    run([Path(sys.executable).with_name("uv"), "--no-config", *words], _index())


def run(words: Sequence[str | Path], environ: dict[str, str] | None = None) -> str:
    """What a program prints; raises `NodeError` with the end of what it said."""
    texts = [str(one) for one in words]
    try:
        done = subprocess.run(  # noqa: S603  # words of our own, no shell
            texts,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **(environ or {})},
        )
    except OSError as error:
        raise NodeError(f"{texts[0]}: {error.strerror or error}") from error
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-SAID_LINES:])
        raise NodeError(f"{' '.join(texts[:4])}: exit code {done.returncode}\n{said}")
    return done.stdout


def _index() -> dict[str, str]:
    """What uv must be told of pip's configuration."""
    if "UV_DEFAULT_INDEX" in os.environ:
        return {}
    try:
        url = run([sys.executable, "-m", "pip", "config", "get", "global.index-url"]).strip()
    except NodeError:  # nothing is configured: the public index
        return {}
    return {"UV_DEFAULT_INDEX": url}
