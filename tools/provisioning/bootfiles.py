"""The node's lines in config.txt and words in cmdline.txt: put in, told apart, taken out. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.provisioning.refusals import Refusal

BEGIN = "# >>> livesell"
END = "# <<< livesell"
_BLOCK = re.compile(rf"^{BEGIN}: (?P<board>\S+).*?^{END}[^\n]*\n?", re.MULTILINE | re.DOTALL)
LONGEST_CMDLINE = 2048 - 1
"""COMMAND_LINE_SIZE of the arm64 kernel, with its final zero."""


@dataclass(frozen=True, slots=True)
class Words:
    """What was done to a command line: words that were put in, and those that had to go."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


NOTHING = Words()


def board_in(config: str) -> str:
    """The board whose lines a config.txt has; empty without any."""
    found = _BLOCK.search(config)
    return found["board"] if found else ""


def with_lines(config: str, board: str, lines: str) -> str:
    """A config.txt with the node's lines at its end, in the place of earlier ones."""
    rest = without_lines(config)
    newline = "" if not rest or rest.endswith("\n") else "\n"
    head = f"{BEGIN}: {board} (tools/provision; written anew by it, so leave these lines alone)\n"
    # [all]: the stock file may end inside a filter such as [cm4], and so may lines added later.
    return f"{rest}{newline}{head}[all]\n{lines.rstrip()}\n[all]\n{END}\n"


def without_lines(config: str) -> str:
    """A config.txt without the node's lines; raises `Refusal` where they have no end."""
    rest = _BLOCK.sub("", config)
    if BEGIN in rest:
        raise Refusal("block_torn", begin=BEGIN, end=END)
    return rest


def with_words(
    cmdline: str, words: Sequence[str], unwanted: Sequence[str], before: Words = NOTHING
) -> tuple[str, Words]:
    """A command line with words set and others gone, and what was done since the stock one.

    A word `key=value` takes the place of another value of that key; one that may come several
    times (`console=`, `video=`) stands beside them. `before` is what an earlier call has told.

    Raises:
        Refusal: more than one line, or one that the kernel would cut off.
    """
    have = _only_line(without_words(cmdline, before)).split()
    gone = [word for word in have if word in unwanted or _is_replaced(word, words)]
    kept = [word for word in have if word not in gone]
    new = [word for word in words if word not in kept]
    line = " ".join([*kept, *new]) + "\n"
    if len(line.encode()) > LONGEST_CMDLINE:
        raise Refusal("cmdline_long", length=len(line.encode()), most=LONGEST_CMDLINE)
    return line, Words(tuple(new), tuple(gone))


def without_words(cmdline: str, done: Words) -> str:
    """A command line with what was done to it undone; what others changed since then stays."""
    if done == NOTHING:
        return cmdline
    kept = [word for word in _only_line(cmdline).split() if word not in done.added]
    back = [word for word in done.removed if word not in kept]
    # Consoles first: the last one named is the kernel's own, and that is the screen's.
    consoles = [word for word in back if word.startswith("console=")]
    return " ".join([*consoles, *kept, *(word for word in back if word not in consoles)]) + "\n"


def _is_replaced(word: str, words: Sequence[str]) -> bool:
    key, equals, _ = word.partition("=")
    if not equals or key in ("console", "video"):
        return False
    return word not in words and any(one.startswith(f"{key}=") for one in words)


def _only_line(cmdline: str) -> str:
    lines = [line for line in cmdline.splitlines() if line.strip()]
    if len(lines) != 1:
        raise Refusal("cmdline_lines", count=len(lines))
    return lines[0]
