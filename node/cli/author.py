"""The verbs of who writes, prices and approves a day."""

import argparse
import json

from node.cli.check import Closely, check
from node.cli.compile import compile_day
from node.cli.sheet import sheet
from node.cli.texts import Texts
from node.program.schema import catalog_schema, rundown_schema


def author(args: argparse.Namespace, texts: Texts) -> int:
    """Run the verb that `args.verb` names; the exit code of the process."""
    match args.verb:
        case "check":
            return check(
                args.paths,
                as_json=args.as_json,
                closely=Closely(
                    has_files=not args.without_files,
                    has_clips=not args.without_clips,
                    prices=args.prices,
                ),
                keys=args.keys,
            )
        case "compile":
            return compile_day(args.path, args.output, has_files=not args.without_files)
        case "sheet" | "labels":
            return _printed(args, texts)
        case "new":
            from node.cli.new import new  # noqa: PLC0415  # only it needs FFmpeg

            return new(args.path, args.clips, args.products, args.currency, texts)
        case "sign" | "keygen" | "prices":
            return _now_and_then(args, texts)
        case _:
            schema = catalog_schema() if args.which == "catalog" else rundown_schema()
            print(json.dumps(schema, indent=2, ensure_ascii=False))
            return 0


def _now_and_then(args: argparse.Namespace, texts: Texts) -> int:
    """Verbs that load more than the others."""
    if args.verb == "prices":
        from node.cli.prices import prices  # noqa: PLC0415

        return prices(args, texts)
    from node.cli.sign import keygen, sign  # noqa: PLC0415  # FFmpeg, keys

    return sign(args, texts) if args.verb == "sign" else keygen(args, texts)


def _printed(args: argparse.Namespace, texts: Texts) -> int:
    """What goes on paper."""
    if args.verb == "sheet":
        return sheet(args.path, args.locale, args.html)
    from node.cli.labels import labels  # noqa: PLC0415  # only it draws codes

    return labels(args.path, args.output, texts, resolver=args.resolver)
