"""The grammar of the command line: verbs, options, and their help in the reader's language."""

import argparse
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from node.cli.doctor_grammar import add_doctor
from node.cli.grammar import add_address, add_common, subverb, verb
from node.cli.texts import LOCALES, Texts
from node.cli.update_grammar import add_update
from node.cli.voice_grammar import add_voice
from node.cli.words import day, digest, percent, port, span_s

if TYPE_CHECKING:
    from node.cli.grammar import Verbs

CONFIG_PATH = Path("/etc/livesell/node.toml")
DEMO_PORT = 8080
MARKETS = ("CN", "EU", "UK", "US", "SEA")
FAULTS = ("black", "fps", "loudness", "silence")


def build(texts: Texts) -> argparse.ArgumentParser:
    """The parser of all verbs; `verb` in its result names the one asked for."""
    parser = argparse.ArgumentParser(
        "livesell",
        description=texts("main.about"),
        epilog=texts("main.examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add_common(parser, texts)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title=texts("verbs"))
    for add in (_run, _demo, _check, _rehearse, _compile, _sheet, _labels, _schema, _new, _sign):
        add(verbs, texts)
    for add in (
        _keygen,
        add_doctor,
        _hear,
        _enrol,
        _take,
        _card,
        _layout,
        _skip,
        _volume,
        _camera,
        _identify,
        add_voice,
    ):
        add(verbs, texts)
    for add in (_status, _claim, _verify, _prices, add_update):
        add(verbs, texts)
    verb(verbs, "version", texts)
    return parser


def _run(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "run", texts)
    parser.add_argument(
        "--config", type=Path, default=CONFIG_PATH, metavar="FILE", help=texts("run.config")
    )
    parser.add_argument("--verbose", action="store_true", help=texts("run.verbose"))


def _demo(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "demo", texts)
    parser.add_argument(
        "--port", type=partial(port, texts), default=DEMO_PORT, metavar="N", help=texts("demo.port")
    )
    parser.add_argument("--headless", action="store_true", help=texts("demo.headless"))
    parser.add_argument(
        "--seconds", type=partial(span_s, texts), metavar="N", help=texts("demo.seconds")
    )
    sizes = ("1280x720", "1920x1080", "640x360")
    parser.add_argument("--size", choices=sizes, default=sizes[0], help=texts("demo.size"))
    parser.add_argument("--barcode", action="store_true", help=texts("demo.barcode"))
    parser.add_argument("--verbose", action="store_true", help=texts("run.verbose"))


def _check(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "check", texts)
    parser.add_argument("paths", nargs="+", type=Path, metavar="FILE", help=texts("check.paths"))
    parser.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    parser.add_argument("--without-files", action="store_true", help=texts("check.without_files"))
    parser.add_argument("--without-clips", action="store_true", help=texts("check.without_clips"))
    parser.add_argument("--prices", type=Path, metavar="FILE", help=texts("check.prices"))
    parser.add_argument("--keys", type=Path, metavar="PATH", help=texts("check.keys"))


def _compile(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "compile", texts)
    parser.add_argument("path", type=Path, metavar="FILE", help=texts("compile.path"))
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=texts("compile.output"))
    parser.add_argument("--without-files", action="store_true", help=texts("check.without_files"))


def _sheet(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "sheet", texts)
    parser.add_argument("path", type=Path, metavar="FILE", help=texts("sheet.path"))
    parser.add_argument(
        "--locale", choices=LOCALES, default=texts.locale, help=texts("sheet.locale")
    )
    parser.add_argument("--html", type=Path, metavar="FILE", help=texts("sheet.html"))


def _labels(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "labels", texts)
    parser.add_argument("path", type=Path, metavar="CATALOG", help=texts("labels.path"))
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=texts("labels.output")
    )
    parser.add_argument("--resolver", default="", metavar="URL", help=texts("labels.resolver"))


def _schema(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "schema", texts)
    parser.add_argument("which", choices=("rundown", "catalog"), help=texts("schema.which"))


def _new(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "new", texts)
    parser.add_argument("path", type=Path, metavar="FILE", help=texts("new.path"))
    parser.add_argument("--clips", type=Path, required=True, metavar="DIR", help=texts("new.clips"))
    parser.add_argument(
        "--products", type=Path, required=True, metavar="FILE", help=texts("new.products")
    )
    parser.add_argument(
        "--currency", type=str.upper, default="CNY", metavar="CUR", help=texts("new.currency")
    )


def _sign(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "sign", texts)
    parser.add_argument("path", type=Path, metavar="FILE", help=texts("sign.path"))
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help=texts("sign.key"))
    parser.add_argument("--approver", required=True, metavar="NAME", help=texts("sign.approver"))
    parser.add_argument(
        "--market", action="append", default=[], choices=MARKETS, help=texts("sign.market")
    )
    parser.add_argument(
        "--expires", type=partial(day, texts), metavar="DATE", help=texts("sign.expires")
    )
    parser.add_argument(
        "--accept", action="append", default=[], choices=FAULTS, help=texts("sign.accept")
    )


def _keygen(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "keygen", texts)
    parser.add_argument("name", metavar="NAME", help=texts("keygen.name"))
    parser.add_argument(
        "--folder", type=Path, default=Path(), metavar="DIR", help=texts("keygen.folder")
    )


def _rehearse(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "rehearse", texts)
    parser.add_argument("path", type=Path, metavar="FILE", help=texts("rehearse.path"))
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--speed", type=partial(span_s, texts), metavar="N", help=texts("rehearse.speed")
    )
    how.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    parser.add_argument("--seed", type=int, default=1, metavar="N", help=texts("rehearse.seed"))


def _hear(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "hear", texts)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "files", nargs="*", type=Path, default=[], metavar="FILE", help=texts("hear.files")
    )
    what.add_argument("--listen", action="store_true", help=texts("hear.listen"))
    parser.add_argument(
        "--locale", choices=("zh", "en", "auto"), default="auto", help=texts("hear.locale")
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help=texts("hear.json"))
    parser.add_argument("--reference", type=Path, metavar="PLAYED", help=texts("hear.reference"))
    parser.add_argument("--speaking", action="store_true", help=texts("hear.speaking"))
    parser.add_argument("--head", type=Path, metavar="DIR", help=texts("hear.head"))
    parser.add_argument("--config", type=Path, metavar="FILE", help=texts("hear.config"))


def _enrol(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "enrol", texts)
    parser.add_argument("keyword", metavar="KEYWORD", help=texts("enrol.keyword"))
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=texts("enrol.files"))
    parser.add_argument("--into", type=Path, required=True, metavar="DIR", help=texts("enrol.into"))
    parser.add_argument("--consent", action="store_true", help=texts("enrol.consent"))
    parser.add_argument("--takes", type=int, default=3, metavar="N", help=texts("enrol.takes"))
    parser.add_argument("--train", type=Path, metavar="DATA", help=texts("enrol.train"))
    parser.add_argument("--config", type=Path, metavar="FILE", help=texts("enrol.config"))


def _take(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "take", texts)
    parser.add_argument("target", metavar="SEGMENT|live|resume", help=texts("take.target"))
    add_address(parser, texts)


def _card(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "card", texts)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="show|hide")
    show = subverb(deeds, "show", "card.show", texts)
    show.add_argument("product", metavar="PRODUCT", help=texts("card.product"))
    show.add_argument(
        "--for",
        type=partial(span_s, texts),
        default=30.0,
        dest="for_s",
        metavar="SPAN",
        help=texts("card.for"),
    )
    hide = subverb(deeds, "hide", "card.hide", texts)
    add_address(show, texts)
    add_address(hide, texts)


def _layout(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "layout", texts)
    parser.add_argument("layout", choices=("full", "pip", "side"), help=texts("layout.layout"))
    add_address(parser, texts)


def _skip(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "skip", texts)
    parser.add_argument("segment", nargs="?", metavar="SEGMENT", help=texts("skip.segment"))
    add_address(parser, texts)


def _volume(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "volume", texts)
    parser.add_argument(
        "percent", type=partial(percent, texts), metavar="PERCENT", help=texts("volume.percent")
    )
    add_address(parser, texts)


def _camera(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "camera", texts)
    parser.add_argument("deed", choices=("lock", "unlock"), help=texts("camera.deed"))
    add_address(parser, texts)


def _identify(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "identify", texts)
    parser.add_argument(
        "--for",
        dest="for_s",
        type=partial(span_s, texts),
        default=10.0,
        metavar="SPAN",
        help=texts("identify.for"),
    )
    add_address(parser, texts)


def _status(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "status", texts)
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    how.add_argument("--watch", action="store_true", help=texts("status.watch"))
    add_address(parser, texts)


def _claim(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "claim", texts)
    parser.add_argument("--once", action="store_true", help=texts("claim.once"))
    add_address(parser, texts)


def _verify(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "verify", texts)
    parser.add_argument("paths", nargs="+", type=Path, metavar="LOG", help=texts("verify.paths"))
    parser.add_argument(
        "--head", type=partial(digest, texts), metavar="HASH", help=texts("verify.head")
    )
    parser.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))


def _prices(verbs: "Verbs", texts: Texts) -> None:
    parser = verb(verbs, "prices", texts)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="import|list")
    taken = subverb(deeds, "import", "prices.import", texts)
    taken.add_argument("path", type=Path, metavar="FILE.csv", help=texts("prices.path"))
    listed = subverb(deeds, "list", "prices.list", texts)
    listed.add_argument("product", nargs="?", metavar="PRODUCT", help=texts("prices.product"))
    listed.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    for deed in (taken, listed):
        deed.add_argument(
            "--config", type=Path, default=CONFIG_PATH, metavar="FILE", help=texts("run.config")
        )
