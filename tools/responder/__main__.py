"""`python -m tools.responder` answers the questions that booths hand over to a controller.

With `--canned` every answer is one sentence that says that it is no model's. Else a model behind
any endpoint of OpenAI's form answers, from the facts of a catalog and nothing else.
"""

import argparse
import asyncio
import contextlib
import logging
import os
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import aiohttp

from node.catalog.reading import load_catalog
from node.control.demo_cloud import canned
from node.errors import ConfigError, NodeError, RundownError
from tools.fleet.cli.client import find
from tools.responder.answerers import Answerer, Canned, Grounded
from tools.responder.model import ChatModel, endpoint_of
from tools.responder.serving import Responder

LIMIT_S: Final = 6.0
LIMITS_S: Final = (0.5, 60.0)
EXIT_FAILED: Final = 1
EXIT_CONFIG: Final = 78


def parser() -> argparse.ArgumentParser:
    """The words of the command."""
    found = argparse.ArgumentParser(
        prog="python -m tools.responder",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("--server", default="", help="the controller (default: as `fleet` finds it)")
    found.add_argument("--token-file", type=Path, help="an operator's token")
    found.add_argument("--canned", action="store_true", help="one sentence for all; no model")
    found.add_argument("--base-url", default="", help="as https://host/v1")
    found.add_argument("--model", default="", help="its name there")
    found.add_argument("--key-file", type=Path, help="the endpoint's key, mode 0600")
    found.add_argument("--catalog", type=Path, help="catalog.toml: all that the model may tell")
    found.add_argument("--transcribe-model", default="", help="turns recorded questions into words")
    found.add_argument("--images", action="store_true", help="show the model the product's picture")
    found.add_argument("--limit", type=float, default=LIMIT_S, metavar="S",
                       help="seconds for one answer (default: %(default)s)")  # fmt: skip
    return found


def main(words: Sequence[str] | None = None) -> int:
    """Answer until Ctrl-C; 1 failed, 2 wrong usage, 78 a wrong file or address."""
    args = parser().parse_args(words)
    if not args.canned and not (args.base_url and args.model and args.catalog):
        parser().error("either --canned, or --base-url, --model and --catalog")
    if not LIMITS_S[0] <= args.limit <= LIMITS_S[1]:
        parser().error(f"--limit {args.limit}: expected {LIMITS_S[0]} to {LIMITS_S[1]} s")
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        asyncio.run(_respond(args))
    except KeyboardInterrupt:
        return 0
    except (ConfigError, RundownError) as error:
        _say("\n".join(error.faults))
        return EXIT_CONFIG
    except NodeError as error:
        _say(f"responder: {error}")
        return EXIT_FAILED
    return 0


async def _respond(args: argparse.Namespace) -> None:
    controller = find(args.server, args.token_file, os.environ)
    async with _answerer(args) as answerer:
        _say("canned answer, no model" if args.canned else f"{args.model} at {args.base_url}")
        await Responder(controller, answerer, limit_s=args.limit, tell=_say).run()


@contextlib.asynccontextmanager
async def _answerer(args: argparse.Namespace) -> AsyncIterator[Answerer]:
    if args.canned:
        yield Canned(canned())
        return
    endpoint = endpoint_of(args.base_url, args.model, args.key_file, args.transcribe_model)
    catalog = load_catalog(args.catalog)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield Grounded(ChatModel(endpoint, session), catalog, with_pictures=args.images)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
