"""Explains what is wrong with a parsed TOML file: every fault at once, each with its place."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from types import NoneType, UnionType
from typing import Annotated, Literal, TypeGuard, Union, get_args, get_origin

import msgspec

_SHOWN_CHARS = 60


def faults_of(table: Mapping[str, object], kind: type[msgspec.Struct]) -> list[str]:
    """Every fault of `table`, which should convert to `kind`; one line each, empty if none.

    A line reads `encoder.bitrate_kbps = -1: expected `int` >= 150`. Never raises.
    """
    return list(_in_table(table, (kind,), place=""))


def _in_table(table: object, kinds: tuple[type[msgspec.Struct], ...], place: str) -> Iterator[str]:
    if not isinstance(table, Mapping):
        yield f"{_shown(place, table)}: expected a table"
        return
    tag_field = kinds[0].__struct_config__.tag_field
    by_tag = {str(kind.__struct_config__.tag): kind for kind in kinds}
    tag = table.get(tag_field) if tag_field else next(iter(by_tag))
    if not isinstance(tag, str) or tag not in by_tag:
        among = f"one of {', '.join(by_tag)}{_hint(str(tag), by_tag)}"
        tag_place = _join(place, str(tag_field))
        yield (
            f"{tag_place}: missing, {among}"
            if tag is None
            else (f"{_shown(tag_place, tag)}: expected {among}")
        )
        return
    yield from _in_fields(table, by_tag[tag], place)


def _in_fields(
    table: Mapping[str, object], kind: type[msgspec.Struct], place: str
) -> Iterator[str]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    for key in table:
        if key not in fields and key != kind.__struct_config__.tag_field:
            what = "table" if isinstance(table[key], Mapping) else "key"
            yield f"{_join(place, str(key))}: unknown {what}{_hint(str(key), fields)}"
    for key, field in fields.items():
        if key in table:
            yield from _in_value(table[key], field.type, _join(place, key))
        elif field.required:
            yield f"{_join(place, key)}: missing"


def _in_value(value: object, kind: object, place: str) -> Iterator[str]:
    if kinds := _tables(kind):
        if value is not None or NoneType not in get_args(kind):
            yield from _in_table(value, kinds, place)
        return
    if get_origin(kind) is Literal:
        words = {str(word): word for word in get_args(kind)}
        if not any(type(value) is type(word) and value == word for word in words.values()):
            hint = _hint(str(value), words)
            yield f"{_shown(place, value)}: expected one of {', '.join(words)}{hint}"
        return
    known, other = _words_beside(kind)
    if isinstance(value, str) and known and value not in known:
        among = f"one of {', '.join(known)}{_hint(value, dict.fromkeys(known))}"
        yield f"{_shown(place, value)}: expected {other}, or {among}"
        return
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        expected, _, inner = str(error).partition(" - at `$")
        yield f"{_shown(place + inner.rstrip('`'), value)}: {expected[0].lower()}{expected[1:]}"


def _tables(kind: object) -> tuple[type[msgspec.Struct], ...]:
    """The structs among which a value of this type chooses; empty for a plain value."""
    of_union = get_origin(kind) in {Union, UnionType}
    return tuple(one for one in (get_args(kind) if of_union else (kind,)) if _is_struct(one))


def _words_beside(kind: object) -> tuple[tuple[str, ...], str]:
    """The words that a type takes beside numbers or a list, and which of these; else no words."""
    if get_origin(kind) not in {Union, UnionType}:
        return (), ""
    words = [str(one) for part in get_args(kind) for one in get_args(part) if _is_words(part)]
    others = [part for part in get_args(kind) if not _is_words(part)]
    plain = {get_args(part)[0] if get_origin(part) is Annotated else part for part in others}
    if plain and plain <= {int, float}:
        return tuple(words), "a number"
    is_list = bool(others) and all(get_origin(part) is tuple for part in others)
    return (tuple(words), "a list") if is_list else ((), "")


def _is_words(kind: object) -> bool:
    return get_origin(kind) is Literal


def _is_struct(kind: object) -> TypeGuard[type[msgspec.Struct]]:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _hint(word: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(word, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _join(place: str, key: str) -> str:
    return f"{place}.{key}" if place else key


def _shown(place: str, value: object) -> str:
    text = repr(value)
    return f"{place} = {text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + '…'}"
