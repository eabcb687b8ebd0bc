"""Versions of releases and their order (a part of PEP 440); pure."""

import re
from typing import Final

_FORM: Final = re.compile(
    r"(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?"
    r"(?:(a|b|rc)(\d{1,6}))?(?:\+[a-z0-9]+(?:\.[a-z0-9]+)*)?"
)
_FINAL: Final = ("z", 0)
"""Behind every a, b and rc."""

Order = tuple[tuple[int, ...], tuple[str, int]]


def order_of(version: str) -> Order:
    """What versions are compared by; the part behind `+` does not count.

    Raises:
        ValueError: no version such as 1.4.2, 1.5rc1 or 1.4.2+ab12.
    """
    found = _FORM.fullmatch(version)
    if found is None:
        raise ValueError(f"{version[:64]!r} is no version: expected one such as 1.4.2 or 1.5rc1")
    numbers = tuple(int(one or 0) for one in found.group(1, 2, 3, 4))
    early = (found[5], int(found[6])) if found[5] else _FINAL
    return numbers, early


def is_below(version: str, floor: str) -> bool:
    """Whether a version is older than a floor; an empty floor is below all."""
    return bool(floor) and order_of(version) < order_of(floor)


def newest(one: str, other: str) -> str:
    """The newer of two; empty is the oldest, and so is what is no version."""
    return max(one, other, key=_rank)


def _rank(version: str) -> tuple[bool, Order]:
    try:
        return True, order_of(version)
    except ValueError:
        return False, ((), _FINAL)
