"""take, card, layout, skip, volume, camera, identify: asks the running node, tells its answer."""

import argparse
import json
import sys

import msgspec

from node.cli.client import (
    BadUrlError,
    NodeAddress,
    OddAnswerError,
    fetch_status,
    find_node,
    read_token,
    send_command,
)
from node.cli.texts import Texts
from node.errors import CommandError, LinkError
from node.program.commands import (
    Command,
    HideCard,
    Identify,
    LockCamera,
    Resume,
    SetLayout,
    SetVolume,
    ShowCard,
    Skip,
    Take,
    TakeLive,
)


def command(args: argparse.Namespace, texts: Texts) -> int:
    """Send the command that the arguments describe; 0 done, 1 refused or no node."""
    node = address(args, texts)
    if node is None:
        return 1
    try:
        asked = _wanted(args, node)
        if asked is None:
            print(texts("skip.nothing"), file=sys.stderr)
            return 1
        result = send_command(node, msgspec.json.encode(asked))
    except CommandError as error:
        print(texts("node.refused", message=error, code=error.code), file=sys.stderr)
        return 1
    except LinkError as error:
        print(link_trouble(node.url, error, texts), file=sys.stderr)
        return 1
    print(result)
    return 0


def address(args: argparse.Namespace, texts: Texts) -> NodeAddress | None:
    """The node that the arguments mean; None, said on stderr, if the token cannot be read."""
    try:
        token = read_token(args.token_file)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        print(texts("node.bad_token_file", path=args.token_file, reason=reason), file=sys.stderr)
        return None
    return NodeAddress(args.url or find_node(), token)


def link_trouble(url: str, error: LinkError, texts: Texts) -> str:
    """One line for people about a node that does not answer."""
    match error:
        case BadUrlError():
            return texts("node.bad_url", url=url)
        case OddAnswerError():
            return texts("node.odd_answer", url=url, status=error.status, text=error.text)
        case _:
            return texts("node.unreachable", url=url, reason=error)


def _wanted(args: argparse.Namespace, node: NodeAddress) -> Command | None:
    match args.verb, args:
        case "take", _:
            return _TAKES.get(args.target) or Take(segment=args.target)
        case "card", _:
            is_shown = args.deed == "show"
            return ShowCard(product=args.product, for_s=args.for_s) if is_shown else HideCard()
        case "layout", _:
            return SetLayout(layout=args.layout)
        case "volume" | "camera" | "identify", _:
            return _at_booth(args)
        case _:
            segment = args.segment or _on_air(node)
            return Skip(segment=segment) if segment else None


def _at_booth(args: argparse.Namespace) -> Command:
    match args.verb:
        case "volume":
            return SetVolume(percent=args.percent)
        case "camera":
            return LockCamera(is_locked=args.deed == "lock")
        case _:
            return Identify(for_s=round(args.for_s))


_TAKES: dict[str, Command] = {"live": TakeLive(), "resume": Resume()}


def _on_air(node: NodeAddress) -> str:
    """The segment on air, so that skipping names its target and cannot hit the next one."""
    body = fetch_status(node)
    try:
        return str(json.loads(body)["segment"] or "")
    except (ValueError, TypeError, KeyError) as error:
        raise OddAnswerError(200, body[:200].decode("utf-8", "replace")) from error
