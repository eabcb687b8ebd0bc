"""livesell run: puts the node on air with a configuration file."""

from pathlib import Path

from node.cli.output import drop_stdout
from node.cli.running import heed_sigterm, run_to_the_end
from node.cli.texts import Texts
from node.config import load


def run(path: Path, texts: Texts, *, is_verbose: bool) -> int:
    """Run until told to stop; raises `ConfigError` and `RundownError`."""
    heed_sigterm()
    config = load(path)

    async def start() -> None:
        from node.app import run_node  # noqa: PLC0415  # heavy: after the file was judged

        await run_node(config, is_demo=False, seconds=None, announce=announce)

    return run_to_the_end(start, texts, is_verbose=is_verbose)


def announce(url: str) -> None:
    """Say on stdout, once, that the node is on air at `http://HOST:PORT/`."""
    try:
        print(f"on air: {url}", flush=True)
    except OSError:  # a full disk or a reader gone takes nobody off air
        drop_stdout()
