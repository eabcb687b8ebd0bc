"""The fleet command: arguments to verbs, exceptions to exit codes."""

import argparse
import os
import sys
from collections.abc import Sequence

from node.cli.output import drop_stdout
from node.cli.texts import Texts, choose_locale
from node.errors import CommandError, ConfigError, LinkError, NodeError
from tools.fleet.cli import exits
from tools.fleet.cli.client import RefusedError, find
from tools.fleet.cli.output import say
from tools.fleet.cli.parser import build
from tools.fleet.cli.texts import load, reason
from tools.fleet.cli.verbs import Desk, perform
from tools.fleet.selection import SelectionError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; the exit code of `tools.fleet.cli.exits`."""
    words = sys.argv[1:] if argv is None else argv
    texts = load(choose_locale(words))
    args = build(texts).parse_args(words)
    try:
        code = _run(args, texts)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return exits.DONE
    except BrokenPipeError:  # as in `fleet watch | head`
        drop_stdout()
        return exits.BROKEN
    except NodeError as error:
        return _told(error, texts)
    except OSError as error:
        say(f"fleet: {error}")
        return exits.BROKEN
    return code


def _run(args: argparse.Namespace, texts: Texts) -> int:
    if args.verb in {"init", "serve", "decode", "version"}:
        from tools.fleet.cli.own import own  # noqa: PLC0415  # only these need the controller

        return own(args, texts)
    controller = find(args.server, args.token_file, os.environ)
    return perform(Desk(args, texts, controller))


def _told(error: NodeError, texts: Texts) -> int:
    match error:
        case ConfigError():
            say("\n".join(error.faults))
            return exits.BROKEN
        case SelectionError():
            say(f"fleet: {error}")
            return exits.USAGE
        case RefusedError():
            say(f"fleet: {reason(texts, error.code)}: {error}")
            return exits.of_refusal(error.code)
        case LinkError():
            say(texts("told.unreachable", why=error))
            return exits.BROKEN
        case CommandError():
            say(f"fleet: {reason(texts, error.code)}: {error}")
            return exits.USAGE
        case _:
            say(f"fleet: {error}")
            return exits.BROKEN


if __name__ == "__main__":
    sys.exit(main())
