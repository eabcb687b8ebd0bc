"""The livesell command: arguments to verbs, exceptions to exit codes."""

import argparse
import sys
from collections.abc import Sequence

from node.cli.output import drop_stdout
from node.cli.parser import build
from node.cli.texts import Texts, choose_locale, load
from node.errors import ConfigError, NodeError, RundownError

EXIT_FAILED = 1
AUTHORING = frozenset(
    ("check", "compile", "sheet", "labels", "schema", "new", "sign", "keygen", "prices")
)
EXIT_CONFIG = 78  # EX_CONFIG of sysexits.h; systemd does not restart it


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb: 0 done, 1 failed or refused, 2 wrong usage, 78 wrong configuration."""
    words = sys.argv[1:] if argv is None else argv
    texts = load(choose_locale(words))
    args = build(texts).parse_args(words)
    try:
        code = _serve(args, texts)
        sys.stdout.flush()
    except (ConfigError, RundownError) as error:
        print("\n".join(error.faults), file=sys.stderr)
        return EXIT_CONFIG
    except NodeError as error:
        print(f"livesell: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 0
    except OSError as error:
        drop_stdout()
        if not isinstance(error, BrokenPipeError):  # as in `livesell status --watch | head`
            print(f"livesell: {error}", file=sys.stderr)
        return EXIT_FAILED
    return code


# Each verb is imported where it is asked for, so that a command starts in a moment.


def _serve(args: argparse.Namespace, texts: Texts) -> int:
    match args.verb:
        case "run":
            from node.cli.run import run

            return run(args.config, texts, is_verbose=args.verbose)
        case "demo":
            from node.cli.demo import asked, demo

            return demo(asked(args), texts)
        case "version":
            from node.board.identity import VERSION

            print(f"livesell {VERSION}")
            return 0
        case _:
            return _look(args, texts)


def _look(args: argparse.Namespace, texts: Texts) -> int:
    match args.verb:
        case verb if verb in AUTHORING:
            from node.cli.author import author

            return author(args, texts)
        case "rehearse":
            from node.cli.rehearse import rehearse

            return rehearse(
                args.path, texts, speed=args.speed, seed=args.seed, as_json=args.as_json
            )
        case "doctor":
            from node.cli.doctor import doctor
            from node.cli.panel import try_panel

            if not args.panel:
                code = doctor(args.config, texts, as_json=args.as_json)
            else:
                code = try_panel(args.config, texts)
            return code
        case "hear":
            from node.cli.hear import hear

            return hear(args, texts)
        case "enrol":
            from node.cli.enrol import enrol

            return enrol(args, texts)
        case _:
            return _ask(args, texts)


def _ask(args: argparse.Namespace, texts: Texts) -> int:
    match args.verb:
        case "status":
            from node.cli.status import status

            return status(args, texts)
        case "claim":
            from node.cli.claim import claim

            return claim(args, texts)
        case "ask" | "talk" | "mute" | "hush":
            from node.cli.voice import voice

            return voice(args, texts)
        case "update":
            from node.cli.update import update

            return update(args, texts)
        case "verify":
            from node.cli.verify import verify

            return verify(args.paths, texts, anchor=args.head or "", as_json=args.as_json)
        case _:
            from node.cli.command import command

            return command(args, texts)


if __name__ == "__main__":
    sys.exit(main())
