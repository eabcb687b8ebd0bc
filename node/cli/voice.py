"""ask, talk, mute, hush: asks the running node's voice in writing, and steers its ear."""

import argparse
import json
import sys

import msgspec

from node.cli.client import OddAnswerError, send_order
from node.cli.command import address, link_trouble
from node.cli.texts import Texts
from node.errors import CommandError, LinkError
from node.program.commands import Ask, HushVoice, MuteEar, Talk, VoiceCommand

VERBS = frozenset(("ask", "talk", "mute", "hush"))


class TurnAnswer(msgspec.Struct, frozen=True):
    """A question's turn, as the node tells it; what another version does not say stays empty."""

    number: int = 0
    locale: str = ""
    label: dict[str, str] = {}
    answer: dict[str, str] = {}
    by: str = ""
    waits: bool = False


class _Told(msgspec.Struct, frozen=True):
    turn: TurnAnswer | None = None


def voice(args: argparse.Namespace, texts: Texts) -> int:
    """Send what the arguments describe; 0 done, 1 refused or no node."""
    node = address(args, texts)
    if node is None:
        return 1
    try:
        told = send_order(node, msgspec.json.encode(_wanted(args)))
        if args.verb == "ask":
            _show(told, args, texts)
        else:
            print(texts(f"{args.verb}.done_{getattr(args, 'state', 'on')}"))
    except CommandError as error:
        print(texts("node.refused", message=error, code=error.code), file=sys.stderr)
        return 1
    except LinkError as error:
        print(link_trouble(node.url, error, texts), file=sys.stderr)
        return 1
    return 0


def _wanted(args: argparse.Namespace) -> VoiceCommand:
    match args.verb:
        case "ask":
            locale = "" if args.locale == "auto" else args.locale
            return Ask(text=args.text, locale=locale, may_send=args.may_send)
        case "mute":
            return MuteEar(is_muted=args.state == "on")
        case "talk":
            return Talk()
        case _:
            return HushVoice()


def _show(told: dict[str, object], args: argparse.Namespace, texts: Texts) -> None:
    """The label, then the answer, in the language in which it was asked."""
    try:
        turn = msgspec.convert(told, _Told).turn
    except msgspec.ValidationError as error:
        raise OddAnswerError(200, str(error)) from error
    if turn is None:
        raise OddAnswerError(200, "no turn")
    if args.as_json:
        print(json.dumps(told["turn"], ensure_ascii=False))
        return
    label = _in(turn.label, turn.locale) or texts("ask.unknown")
    print(texts("ask.head", number=turn.number, label=label, by=_by(turn, texts)))
    print(_in(turn.answer, turn.locale) or texts("ask.waits" if turn.waits else "ask.no_answer"))


def _by(turn: TurnAnswer, texts: Texts) -> str:
    key = f"ask.by.{turn.by}"
    return texts(key) if key in texts else turn.by


def _in(text: dict[str, str], locale: str) -> str:
    return text.get(locale) or next(iter(text.values()), "")
