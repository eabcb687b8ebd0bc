"""Hard words: texts that must not fire, drawn from near words, a dictionary and plain speech."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import msgspec
import numpy as np

from tools.train_keywords.inventory import Locale

_LEAST_FREQUENT = 300
"""Of the dictionary's own count: rarer entries are names and old words."""
_RARE = range(3, 10)
"""Letters of a rare word; the longer ones are hardly said."""
_COMMA, _SPACE = {"zh": "，", "en": ", "}, {"zh": "", "en": " "}
_NO_COMMAS = str.maketrans("", "", "，,")
_PAUSED = 0.5
"""Of the chains: with a comma between the words."""
_NEAR = {"zh": 0.3, "en": 0.35}
_PLAIN = {"zh": 0.1, "en": 0.15}
"""Shares of near words and of plain sentences; the rest are chains of dictionary words."""


class _Zh(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    near: list[str]
    plain: list[str]


class _En(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    near: list[str]
    plain: list[str]
    words: list[str]


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    zh: _Zh
    en: _En


@dataclass(frozen=True, slots=True)
class HardWords:
    """What hard texts of one language are drawn from; none sounds like one of `keywords`."""

    locale: Locale
    near: tuple[str, ...]
    plain: tuple[str, ...]
    words: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    sound: Callable[[str], str] = str.casefold
    """What a text sounds like to an embedding that hears no tones."""
    rare: tuple[str, ...] = ()
    """Words that few say, of a language whose `words` are few."""

    def draw(self, take: int, seed: int, *, is_rare: bool = False) -> str:
        """Text number `take`: near words, a sentence, or a chain of words with short pauses.

        `is_rare`: the chain is one of `rare` words, where there are any. Another inventory changes
        only the texts that held one of its keywords.
        """
        digest = hashlib.sha256(f"{seed}/hard/{self.locale}/{take}".encode()).digest()
        rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
        spotted = [self.sound(keyword) for keyword in self.keywords]
        while True:
            text = self._drawn(rng, self.rare if is_rare and self.rare else self.words)
            heard = self.sound(text)
            if not any(keyword in heard for keyword in spotted):
                return text

    def _drawn(self, rng: np.random.Generator, words: Sequence[str]) -> str:
        way = rng.random()
        if way < _NEAR[self.locale]:
            return _COMMA[self.locale].join(_some(self.near, int(rng.integers(1, 4)), rng))
        if way < _NEAR[self.locale] + _PLAIN[self.locale]:
            return _some(self.plain, 1, rng)[0]
        between = _COMMA[self.locale] if rng.random() < _PAUSED else _SPACE[self.locale]
        return between.join(_some(words, int(rng.integers(2, 8)), rng))


def hard_words(
    locale: Locale,
    keywords: Iterable[str],
    dictionary: Path | None,
    spell: Callable[[str], Sequence[str]] = str.split,
    pronouncing: Path | None = None,
) -> HardWords:
    """The hard words of `locale`.

    Args:
        locale: Which language.
        keywords: The texts that shall be spotted, and so must not stand in a hard one.
        spell: Text to syllables without tones.
        dictionary: Lines `word count tag` (jieba's dict.txt); Mandarin needs it.
        pronouncing: A JSON object by word (misaki's us_gold.json), for rare English words.
    """
    with resources.files(__package__).joinpath("near.toml").open("rb") as stream:
        file = msgspec.toml.decode(stream.read(), type=_File)
    kept = file.zh if locale == "zh" else file.en
    words = file.en.words if locale == "en" else _entries(dictionary)

    def sound(text: str) -> str:
        return f" {' '.join(spell(text.casefold().translate(_NO_COMMAS)))} "

    return HardWords(
        locale=locale,
        near=tuple(kept.near),
        plain=tuple(kept.plain),
        words=tuple(words),
        rare=() if pronouncing is None else _pronounced(pronouncing),
        keywords=tuple(keywords),
        sound=sound,
    )


def _pronounced(dictionary: Path) -> tuple[str, ...]:
    words = msgspec.json.decode(dictionary.read_bytes(), type=dict[str, object])
    return tuple(
        word
        for word in words
        if word.isascii() and word.isalpha() and word.islower() and len(word) in _RARE
    )


def _some(texts: Sequence[str], count: int, rng: np.random.Generator) -> list[str]:
    size = min(count, len(texts))
    return [texts[int(number)] for number in rng.choice(len(texts), size=size, replace=False)]


def _entries(dictionary: Path | None) -> list[str]:
    if dictionary is None:
        return []
    found = []
    for line in dictionary.read_text("utf-8").splitlines():
        word, count, *_ = line.split(" ")
        is_chinese = all("一" <= sign <= "鿿" for sign in word)
        if is_chinese and 2 <= len(word) <= 4 and int(count) >= _LEAST_FREQUENT:  # noqa: PLR2004 - voice: 2-4 characters
            found.append(word)
    return found
