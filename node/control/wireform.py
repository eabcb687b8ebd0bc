"""Bytes from strangers into typed values: what no honest sender writes is refused.

JSON allows what one reader takes for this and another for that: a key twice, NaN, half a
character, integers beyond 2^53. None of it passes, nor does nesting that would cost a reader its
stack.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Final, NoReturn, TypeVar

import msgspec

from node.control.messages import PAYLOAD_MAX, ContractError

T = TypeVar("T")

DEPTH_MAX: Final = 16
"""The deepest message of the contract has 5 levels."""
EXACT_MAX: Final = 1 << 53
"""Integers beyond are not the same for every reader (RFC 8259 §6), nor for SQLite beyond 2^63."""
_TEXTS: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


def check_size(body: bytes) -> bytes:
    """The body itself, before anything is parsed; raises `ContractError` (too_large)."""
    if len(body) > PAYLOAD_MAX:
        raise ContractError(
            "too_large", f"{len(body)} bytes, more than {PAYLOAD_MAX}", is_proven=False
        )
    return body


def check_json(body: bytes) -> str:
    """The text of a JSON object that every reader reads alike; raises `ContractError`."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ContractError("bad_payload", f"not UTF-8 at byte {error.start}") from error
    if _depth(text) > DEPTH_MAX:
        raise ContractError("bad_payload", f"nested deeper than {DEPTH_MAX}")
    try:
        value = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_exact,
        )
    except (ValueError, RecursionError) as error:
        raise ContractError("bad_payload", f"no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ContractError("bad_payload", "no JSON object")
    return text


def decode(body: bytes, kind: type[T]) -> T:
    """The value of a JSON body; raises `ContractError` (bad_payload) naming the place."""
    return read_checked(check_json(body), kind)


def read_checked(text: str, kind: type[T]) -> T:
    """The value of a text that `check_json` let pass."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeError, ValueError, RecursionError) as error:
        raise ContractError("bad_payload", str(error)) from error


def _depth(text: str) -> int:
    deepest = depth = 0
    for character in re.findall(r"[\[\]{}]", _TEXTS.sub("", text)):
        depth += 1 if character in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    for key in found:
        key.encode()  # half a character is a ValueError
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is too large")
    return value


def _exact(digits: str) -> int:
    value = int(digits)
    if abs(value) > EXACT_MAX:
        raise ValueError(f"{digits[:20]} is too large")
    return value
