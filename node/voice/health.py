"""The words of health and safety: of a question that has one no model is asked."""

import tomllib
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

import msgspec

HEALTH_FILE: Final = Path(__file__).with_name("health.toml")

ByLocale = dict[str, tuple[str, ...]]


class HealthWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """health.toml: what its tables mean stands there."""

    sure: dict[str, ByLocale]
    stem: ByLocale
    doubtful: ByLocale
    whom: ByLocale
    uses: ByLocale
    subject: ByLocale
    verdict: ByLocale
    harmless: ByLocale


@cache
def health_words() -> HealthWords:
    """The words of health and safety."""
    return msgspec.convert(tomllib.loads(HEALTH_FILE.read_text(encoding="utf-8")), HealthWords)


@cache
def _stems() -> tuple[frozenset[str], frozenset[str]]:
    """The beginnings and the endings of Latin words of health."""
    told = [stem for stems in health_words().stem.values() for stem in stems]
    beginnings = frozenset(stem[:-1] for stem in told if stem.endswith("-"))
    return beginnings, frozenset(stem[1:] for stem in told if stem.startswith("-"))


@lru_cache(maxsize=4096)
def has_health_stem(token: str) -> bool:
    """Whether a Latin word is of health or safety by its beginning or its end: dermatitis."""
    beginnings, endings = _stems()
    return token.startswith(tuple(beginnings)) or token.endswith(tuple(endings))
