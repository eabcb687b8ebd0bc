"""The grammar of the command line: verbs, selectors, options, help in the reader's language.

argparse, not Typer and rich: those take 0.36 s to import here against 0.04 s (2-core x86-64, Python
3.11), fix their help when they are imported, before the language is known, and bring 26 MB.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from node.cli.texts import LOCALES, Texts
from tools.fleet.cli.output import FORMS

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # no public name

SPANS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
WAIT_S = 45.0


def build(texts: Texts) -> argparse.ArgumentParser:
    """The parser of all verbs; `verb` in its result names the one asked for."""
    parser = argparse.ArgumentParser(
        "fleet",
        description=texts("main.about"),
        epilog=texts("main.examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    _common(parser, texts)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB", title=texts("verbs"))
    for add in (_serving, _looking, _showing, _giving, _staffing):
        add(verbs, texts)
    return parser


def span_s(word: str) -> float:
    """A span such as 500ms, 5s, 30m, +1s or plain seconds, in seconds."""
    text = word.removeprefix("+")
    unit = next((unit for unit in SPANS if text.endswith(unit)), "")
    number = text[: len(text) - len(unit)] if unit else text
    try:
        span = float(number) * SPANS.get(unit, 1.0)
    except ValueError:
        span = -1.0
    if not 0 <= span < float("inf"):
        raise argparse.ArgumentTypeError(f"{word!r}: 500ms, 5s, 30m, +1s")
    return span


def _serving(verbs: "Verbs", texts: Texts) -> None:
    init = _verb(verbs, "init", texts)
    serve = _verb(verbs, "serve", texts)
    for one in (init, serve):
        one.add_argument("--state", type=Path, help=texts("opt.state"))
        one.add_argument("--listen", help=texts("opt.listen"))
        one.add_argument("--broker", help=texts("opt.broker"))
    init.add_argument("--org", default="booth", help=texts("opt.org"))
    init.add_argument("--tls-host", default="", help=texts("opt.tls_host"))
    serve.add_argument("--verbose", action="store_true", help=texts("opt.verbose"))


def _looking(verbs: "Verbs", texts: Texts) -> None:
    ls = _asking(verbs, "ls", texts)
    _nodes(ls, texts)
    ls.add_argument("--offline", action="store_true", help=texts("opt.offline"))
    _asking(verbs, "describe", texts).add_argument("node", help=texts("opt.node"))
    watch = _asking(verbs, "watch", texts)
    watch.add_argument("--count", type=int, default=0, help=texts("opt.count"))
    logs = _asking(verbs, "logs", texts)
    logs.add_argument("node", help=texts("opt.node"))
    logs.add_argument("-f", "--follow", action="store_true", help=texts("opt.follow"))
    logs.add_argument("--journal", action="store_true", help=texts("opt.journal"))
    logs.add_argument("-n", "--lines", type=int, default=50, help=texts("opt.lines"))
    ack = _asking(verbs, "ack", texts)
    ack.add_argument("what", choices=("ls",), nargs="?", default="ls")
    ack.add_argument("node", nargs="?", default="", help=texts("opt.node"))
    ack.add_argument("--failed", action="store_true", help=texts("opt.failed"))
    audit = _asking(verbs, "audit", texts)
    audit.add_argument("-n", "--lines", type=int, default=50, help=texts("opt.lines"))
    _verb(verbs, "decode", texts).add_argument("file", nargs="?", type=Path)
    _verb(verbs, "version", texts)


def _showing(verbs: "Verbs", texts: Texts) -> None:
    cue = _asking(verbs, "cue", texts)
    cue.add_argument("what", choices=("arm", "go"))
    take = _asking(verbs, "take", texts)
    for one in (cue, take):
        one.add_argument("segment", help=texts("opt.segment"))
        _selected(one, texts)
        one.add_argument("--at", type=span_s, default=None, help=texts("opt.at"))
    card = _asking(verbs, "card", texts)
    whats = card.add_subparsers(dest="what", required=True, metavar="show|hide")
    shown = whats.add_parser("show", help=texts("card.show"))
    shown.add_argument("product", help=texts("opt.product"))
    shown.add_argument("--for", dest="for_s", type=span_s, default=30.0, help=texts("opt.for"))
    shown.add_argument("--at", type=span_s, default=None, help=texts("opt.at"))
    hidden = whats.add_parser("hide", help=texts("card.hide"))
    for one in (shown, hidden):
        _server(one, texts)
        _selected(one, texts)
    _mixing(verbs, texts)


def _mixing(verbs: "Verbs", texts: Texts) -> None:
    live = _asking(verbs, "live", texts)
    live.add_argument("what", choices=("start", "stop"))
    _selected(live, texts)
    live.add_argument("--segment", default="", help=texts("opt.segment"))
    live.add_argument("--resume", action="store_true", help=texts("opt.resume"))
    one = _asking(verbs, "set", texts)
    one.add_argument("setting", metavar="volume=40", help=texts("opt.setting"))
    _selected(one, texts)
    say = _asking(verbs, "say", texts)
    say.add_argument("words", metavar="zh=TEXT", help=texts("opt.words"))
    _selected(say, texts)
    for name in ("snapshot", "identify", "rebirth"):
        _selected(_asking(verbs, name, texts), texts)
    reboot = _asking(verbs, "reboot", texts)
    reboot.add_argument("--machine", action="store_true", help=texts("opt.machine"))
    reboot.add_argument("--force", action="store_true", help=texts("opt.force"))
    _selected(reboot, texts)


def _giving(verbs: "Verbs", texts: Texts) -> None:
    apply = _asking(verbs, "apply", texts)
    apply.add_argument("-f", "--file", type=Path, required=True, help=texts("opt.file"))
    apply.add_argument("--diff", action="store_true", help=texts("opt.diff"))
    _selected(apply, texts)
    assets = _asking(verbs, "assets", texts)
    assets.add_argument("what", choices=("sync",))
    assets.add_argument("file", type=Path, help=texts("opt.content"))
    _selected(assets, texts)
    push = _asking(verbs, "push", texts)
    push.add_argument("what", choices=("rundown", "catalog", "assets", "config", "software"))
    push.add_argument("file", type=Path, help=texts("opt.content"))
    _selected(push, texts)
    rollout = _asking(verbs, "rollout", texts)
    whats = rollout.add_subparsers(dest="what", required=True, metavar="start|status|…")
    start = whats.add_parser("start", help=texts("rollout.start"))
    start.add_argument("content", choices=("rundown", "catalog", "assets", "config", "software"))
    start.add_argument("file", type=Path, help=texts("opt.content"))
    start.add_argument("--soak", type=span_s, default=1800.0, help=texts("opt.soak"))
    _server(start, texts)
    _selected(start, texts)
    for name in ("status", "pause", "resume", "abort", "approve"):
        one = whats.add_parser(name, help=texts(f"rollout.{name}"))
        one.add_argument("id", nargs="?" if name == "status" else None, default="")
        _server(one, texts)


def _staffing(verbs: "Verbs", texts: Texts) -> None:
    claim = _asking(verbs, "claim", texts)
    claim.add_argument("code", nargs="?", default="", help=texts("opt.code"))
    claim.add_argument("--refuse", action="store_true", help=texts("opt.refuse"))
    tag = _asking(verbs, "tag", texts)
    tag.add_argument("node", help=texts("opt.node"))
    tag.add_argument("tags", nargs="+", metavar="key=value", help=texts("opt.tags"))
    wipe = _asking(verbs, "wipe", texts)
    wipe.add_argument("node", help=texts("opt.node"))
    wipe.add_argument("--yes", action="store_true", help=texts("opt.yes"))
    keys = _asking(verbs, "keys", texts)
    keys.add_argument("what", choices=("ls", "rotate", "switch"))
    keys.add_argument("--root", type=Path, metavar="FILE", help=texts("opt.root"))
    keys.add_argument("--wait", type=span_s, default=WAIT_S, help=texts("opt.wait"))
    keys.add_argument("--yes", action="store_true", help=texts("opt.yes"))
    token = _asking(verbs, "token", texts)
    token.add_argument("what", choices=("new", "ls", "revoke"))
    token.add_argument("name", nargs="?", default="", help=texts("opt.name"))
    token.add_argument("--role", choices=("viewer", "operator", "admin"), default="viewer")


def _verb(verbs: "Verbs", name: str, texts: Texts) -> argparse.ArgumentParser:
    parser = verbs.add_parser(
        name,
        help=texts(f"{name}.help"),
        description=texts(f"{name}.about") if f"{name}.about" in texts else texts(f"{name}.help"),
        epilog=texts(f"{name}.examples") if f"{name}.examples" in texts else None,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    _common(parser, texts)
    return parser


def _asking(verbs: "Verbs", name: str, texts: Texts) -> argparse.ArgumentParser:
    parser = _verb(verbs, name, texts)
    _server(parser, texts)
    return parser


def _server(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("--server", default="", help=texts("opt.server"))
    parser.add_argument("--token-file", type=Path, help=texts("opt.token_file"))
    parser.add_argument("-o", "--output", choices=FORMS, default="table", help=texts("opt.output"))


def _nodes(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("nodes", nargs="*", metavar="NODE", help=texts("opt.nodes"))
    parser.add_argument("-l", "--labels", default="", metavar="k=v,k!=v", help=texts("opt.labels"))


def _selected(parser: argparse.ArgumentParser, texts: Texts) -> None:
    _nodes(parser, texts)
    parser.add_argument("--all", action="store_true", help=texts("opt.all"))
    parser.add_argument("--dry-run", action="store_true", help=texts("opt.dry_run"))
    parser.add_argument("--yes", action="store_true", help=texts("opt.yes"))
    parser.add_argument(
        "--wait", type=span_s, nargs="?", const=WAIT_S, default=None, help=texts("opt.wait")
    )


def _common(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("-h", "--help", action="help", help=texts("help"))
    parser.add_argument("--lang", choices=LOCALES, help=texts("lang"))
