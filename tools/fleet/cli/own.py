"""The verbs that need no running controller: init, serve, decode, version."""

import argparse
import asyncio
import base64
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec

from node.board.identity import VERSION
from node.cli.texts import Texts
from node.errors import CommandError, ConfigError
from tools.fleet.cli import exits
from tools.fleet.cli.client import state_folder
from tools.fleet.cli.output import say

MESSAGE_MAX: Final = 1 << 20
JWS_PARTS: Final = 3


def own(args: argparse.Namespace, texts: Texts) -> int:
    """Do what was asked; the exit code."""
    match args.verb:
        case "init":
            return _init(args, texts)
        case "serve":
            return _serve(args, texts)
        case "decode":
            return _decode(args.file)
        case _:
            print(f"fleet {VERSION}")
            return exits.DONE


def _init(args: argparse.Namespace, texts: Texts) -> int:
    from tools.fleet.founding import found  # noqa: PLC0415  # only it needs the authority
    from tools.fleet.settings import Settings  # noqa: PLC0415

    folder = _folder(args)
    settings = Settings(org=args.org)
    if args.listen:
        settings = msgspec.structs.replace(settings, listen=args.listen)
    if args.broker:
        settings = msgspec.structs.replace(settings, broker=args.broker)
    try:
        found(folder, settings, args.tls_host)
    except FileExistsError as error:
        raise ConfigError([texts("told.founded", path=error.filename)]) from error
    say(texts("told.made", folder=folder))
    return exits.DONE


def _serve(args: argparse.Namespace, texts: Texts) -> int:
    level = logging.DEBUG if args.verbose else logging.INFO
    logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("asyncio").setLevel(logging.WARNING)
    from tools.fleet.serve import serve  # noqa: PLC0415  # the controller is heavy

    async def run() -> None:
        task = asyncio.ensure_future(
            serve(
                _folder(args),
                listen=args.listen or "",
                broker=args.broker or "",
                ready=lambda url: print(texts("told.serving", url=url), flush=True),
            )
        )
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())
    return exits.DONE


def _decode(path: Path | None) -> int:
    """Print a message as a person reads it; its signature is not looked at."""
    body = path.read_bytes() if path else sys.stdin.buffer.read(MESSAGE_MAX)
    words = body.strip().split(b".")
    if body.lstrip().startswith(b"{"):
        found: object = {"payload": _json(body)}
    elif len(words) == JWS_PARTS:
        found = {"header": _json(_unpacked(words[0])), "payload": _json(_unpacked(words[1]))}
    else:
        raise CommandError("bad_payload", "neither JSON nor a compact JWS")
    print(json.dumps(found, ensure_ascii=False, indent=2))
    return exits.DONE


def _unpacked(word: bytes) -> bytes:
    try:
        return base64.urlsafe_b64decode(word + b"=" * (-len(word) % 4))
    except ValueError as error:
        raise CommandError("bad_payload", f"no base64url: {error}") from error


def _json(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError as error:
        raise CommandError("bad_payload", f"no JSON: {error}") from error


def _folder(args: argparse.Namespace) -> Path:
    return args.state or state_folder(os.environ)
