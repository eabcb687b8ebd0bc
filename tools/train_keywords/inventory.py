"""The keywords a head shall spot, read from an inventory file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import msgspec

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")


class InventoryError(Exception):
    """An inventory cannot be trained; says where and why."""


class _Phrase(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    text: str
    slots: dict[str, str] = {}
    is_mute: bool = False


class _Intent(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    zh: list[str | _Phrase] = []
    en: list[str | _Phrase] = []
    rank: int = 1
    is_short: bool = False
    often: int = 1


class _Voices(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    held_out: list[str] = []


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    intents: dict[str, _Intent]
    voices: _Voices = _Voices()


@dataclass(frozen=True, slots=True)
class Keyword:
    """A string the head learns to hear.

    `is_short`: fewer than three syllables are meant. `often`: so many times as many clips.
    `is_mute`: learnt, but never told.
    """

    text: str
    intent: str
    locale: Locale
    rank: int = 1
    is_short: bool = False
    often: int = 1
    is_mute: bool = False
    slots: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inventory:
    """The keywords in the file's order, and the voices kept for measuring."""

    keywords: tuple[Keyword, ...]
    held_out: tuple[str, ...]


def load_inventory(path: Path, *, up_to_rank: int = 2) -> Inventory:
    """The inventory in `path`, intents above `up_to_rank` left out.

    Raises:
        InventoryError: the file cannot be read or says something it should not.
    """
    try:
        file = msgspec.toml.decode(path.read_bytes(), type=_File)
    except (OSError, msgspec.DecodeError) as fault:
        raise InventoryError(f"{path}: {fault}") from fault
    keywords = [
        keyword
        for name, intent in file.intents.items()
        if intent.rank <= up_to_rank
        for keyword in _keywords(name, intent)
    ]
    return Inventory(tuple(keywords), tuple(file.voices.held_out))


def _keywords(name: str, intent: _Intent) -> list[Keyword]:
    found = []
    phrases: tuple[tuple[Locale, list[str | _Phrase]], ...]
    phrases = (("zh", intent.zh), ("en", intent.en))
    for locale, entries in phrases:
        for entry in entries:
            phrase = _Phrase(entry) if isinstance(entry, str) else entry
            found.append(
                Keyword(
                    text=phrase.text,
                    intent=name,
                    locale=locale,
                    rank=intent.rank,
                    is_short=intent.is_short,
                    often=intent.often,
                    is_mute=phrase.is_mute,
                    slots=dict(phrase.slots),
                )
            )
    return found
