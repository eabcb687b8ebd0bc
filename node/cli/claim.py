"""livesell claim: the code by which a node is let into a fleet, drawn in the terminal."""

import argparse
import io
import sys
import time

import msgspec
import segno

from node.cli.client import NodeAddress, OddAnswerError, fetch_claim
from node.cli.command import address, link_trouble
from node.cli.texts import Texts
from node.errors import LinkError

LOOK_S = 2.0


class Claim(msgspec.Struct, frozen=True):
    """What is shown of `GET /api/claim`."""

    standing: str
    node: str = ""
    console: str = ""
    serial: str = ""
    url: str = ""
    code: str = ""
    digits: str = ""
    left_s: int = 0
    reason: str = ""
    why: str = ""


class _Told(msgspec.Struct, frozen=True):
    claim: Claim | None


def claim(args: argparse.Namespace, texts: Texts) -> int:
    """Show the code and wait until the node is let in; 0 then, 1 where it does not ask."""
    node = address(args, texts)
    if node is None:
        return 1
    try:
        found = _ask(node)
        if found is None:
            print(texts("claim.none", url=node.url), file=sys.stderr)
            return 1
        return _follow(node, found, texts, is_once=args.once)
    except LinkError as error:
        print(link_trouble(node.url, error, texts), file=sys.stderr)
        return 1


def _follow(node: NodeAddress, found: Claim, texts: Texts, *, is_once: bool) -> int:
    """Print what changes; the first code ends it with `is_once`."""
    printed = ("", "")
    while True:
        place = (found.url, found.standing + found.why)
        if place != printed:
            printed = place
            print("\n".join(_lines(found, texts)), flush=True)
        if is_once:
            return 0
        time.sleep(LOOK_S)
        after = _ask(node)
        if after is None:
            print(texts("claim.done"))
            return 0
        found = after


def _lines(found: Claim, texts: Texts) -> list[str]:
    facts = {"console": found.console, "why": found.why}
    if found.standing == "waiting" and not found.why:
        left = f"{found.left_s // 60}:{found.left_s % 60:02}"
        digits = f"{found.digits[:3]} {found.digits[3:]}"
        said = texts("claim.waiting", digits=digits, code=found.code, left=left)
        who = texts("claim.who", node=found.node, serial=found.serial or "-", **facts)
        return [drawn(found.url), found.url, who, said]
    is_silent = bool(found.why) and found.standing != "refused"
    return [texts("claim.no_console" if is_silent else f"claim.{found.standing}", **facts)]


def drawn(text: str) -> str:
    """A QR code of half blocks, two modules high each."""
    out = io.StringIO()
    segno.make(text, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue().rstrip("\n")


def _ask(node: NodeAddress) -> Claim | None:
    body = fetch_claim(node)
    try:
        return msgspec.json.decode(body, type=_Told).claim
    except msgspec.MsgspecError as error:
        raise OddAnswerError(200, body[:200].decode("utf-8", "replace")) from error
