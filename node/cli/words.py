"""Words of the command line as values; one that is none is said so in the reader's language."""

import argparse
from datetime import date

from node.cli.texts import Texts

LARGEST_PORT = 65535
SECONDS_IN = {"s": 1.0, "m": 60.0, "h": 3600.0}
WHOLE = 100


def percent(texts: Texts, word: str) -> int:
    """A whole percentage, 0 to 100."""
    is_whole = word.isascii() and word.isdigit() and len(word) <= len(str(WHOLE))
    if not is_whole or int(word) > WHOLE:
        raise argparse.ArgumentTypeError(texts("bad.percent", word=word))
    return int(word)


def port(texts: Texts, word: str) -> int:
    """A TCP port, 0 to 65535; 0 takes any free one."""
    is_whole = word.isascii() and word.isdigit() and len(word) <= len(str(LARGEST_PORT))
    if not is_whole or int(word) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(texts("bad.port", word=word))
    return int(word)


def span_s(texts: Texts, word: str) -> float:
    """A span such as 30s, 1.5m, 2h or plain seconds, in seconds, above 0."""
    number, unit = (word[:-1], word[-1]) if word[-1:] in SECONDS_IN else (word, "s")
    try:
        span = float(number) * SECONDS_IN[unit]
    except ValueError:
        span = 0.0
    if not 0 < span < float("inf"):
        raise argparse.ArgumentTypeError(texts("bad.span", word=word))
    return span


def day(texts: Texts, word: str) -> date:
    """A date such as 2027-03-31."""
    try:
        return date.fromisoformat(word)
    except ValueError as error:
        raise argparse.ArgumentTypeError(texts("bad.day", word=word)) from error


def digest(texts: Texts, word: str) -> str:
    """A hash in hexadecimal digits."""
    from node.chain import is_hash  # noqa: PLC0415  # loads msgspec, which --help can do without

    if not is_hash(word):
        raise argparse.ArgumentTypeError(texts("bad.hash", word=word))
    return word
