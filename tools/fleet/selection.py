"""Which nodes are meant: names, labels or all; pure.

Labels are tags that the controller holds. `-l site=sz,role!=kiosk` takes the nodes where every
term holds; a node without a key does not have any value of it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from node.control.topics import NAME
from node.errors import NodeError

TERMS_MAX: Final = 16
Tags = Mapping[str, str]


class SelectionError(NodeError):
    """A selector that says nothing, or names what is not there."""


class Term(msgspec.Struct, frozen=True):
    """One condition: `key=value`, or `key!=value`."""

    key: str
    value: str
    is_equal: bool = True

    def holds(self, tags: Tags) -> bool:
        """Whether a node with these tags is meant."""
        return (tags.get(self.key) == self.value) == self.is_equal


class Selection(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nodes by name, by labels (`k=v,k!=v`), or all."""

    ids: tuple[str, ...] = ()
    labels: str = ""
    all: bool = False

    def terms(self) -> tuple[Term, ...]:
        """The conditions of `labels`; raises `SelectionError` naming the wrong one."""
        return terms(self.labels)


def terms(text: str) -> tuple[Term, ...]:
    """`k=v,k!=v` as conditions; raises `SelectionError`."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if len(words) > TERMS_MAX:
        raise SelectionError(f"{len(words)} labels, at most {TERMS_MAX}")
    return tuple(_term(word) for word in words)


def choose(selection: Selection, nodes: Mapping[str, Tags]) -> tuple[str, ...]:
    """The names of the nodes that are meant, sorted; empty where no label fits.

    Raises `SelectionError` for names that no node has, and for a selection that says nothing.
    """
    if selection.all and (selection.ids or selection.labels):
        raise SelectionError("--all stands alone")
    if not (selection.all or selection.ids or selection.labels):
        raise SelectionError("no nodes named: give ids, -l key=value or --all")
    unknown = [name for name in selection.ids if name not in nodes]
    if unknown:
        raise SelectionError(f"no such node: {', '.join(unknown)}")
    wanted = selection.terms()
    named: Iterable[str] = selection.ids or nodes
    return tuple(sorted({n for n in named if all(term.holds(nodes[n]) for term in wanted)}))


def tag(text: str) -> tuple[str, str]:
    """`key=value` as a tag; raises `SelectionError`."""
    found = _term(text)
    if not found.is_equal:
        raise SelectionError(f"{text!r}: a tag is key=value")
    return found.key, found.value


def _term(word: str) -> Term:
    for sign in ("!=", "="):
        key, found, value = word.partition(sign)
        if found:
            if NAME.fullmatch(key) is None or NAME.fullmatch(value) is None:
                break
            return Term(key, value, sign == "=")
    raise SelectionError(f"{word!r}: expected key=value or key!=value, of a-z, 0-9 and '-'")
