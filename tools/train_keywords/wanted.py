"""The list of clips to be read aloud: round after round, so that any part of it is balanced."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tools.train_keywords.inventory import LOCALES, Inventory, Keyword, Locale
from tools.train_keywords.recipes import Recipe, draw, lent
from tools.train_keywords.speech import Engine, Wanted
from tools.train_keywords.words import HardWords

_NATIVE = {"zh": ("zf_", "zm_"), "en": ("af_", "am_", "bf_", "bm_")}
_ALONE: dict[Locale, int] = {"zh": 5, "en": 2}
"""Takes of a keyword said by itself; the others share a breath."""
_BREATH = 6
_FLITE = ("kal", "awb", "rms", "slt", "kal16")
"""English voices of flite: recorded people (kal: diphones), a different sound from Kokoro's."""
_PACES = (0.8, 0.95, 1.1, 1.25)
_ESPEAK = {
    "en": ("en-us+m3", "en-us+f2", "en-gb+m1", "en-gb-x-rp+f3", "en-gb-scotland+m7"),
    "zh": ("cmn+f2", "cmn+m3"),
}


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many takes of each keyword, and how many hard texts, in each language.

    `lent`: so many more takes, in another voice's timbre.
    """

    takes: dict[Locale, int]
    hard: dict[Locale, int]
    lent: dict[Locale, int]
    other_engines: int = 12
    """Takes of an English keyword by flite."""
    hard_by_programs: dict[Locale, int] | None = None


def training_voices(names: Sequence[str], inventory: Inventory) -> tuple[str, ...]:
    """The voices that may teach: all but those held out."""
    return tuple(name for name in names if name not in inventory.held_out)


def by_kokoro(
    inventory: Inventory,
    hard: dict[Locale, HardWords],
    voices: Sequence[str],
    amounts: Amounts,
    seed: int,
) -> Iterator[Wanted]:
    """Clips by Kokoro, slow to make: takes of each keyword and hard texts, by turns."""
    for take in range(max(amounts.takes.values())):
        for keyword in inventory.keywords:
            yield from _more(keyword, take, voices, seed)
            if take < _ALONE[keyword.locale]:
                recipe = draw(keyword.text, take, keyword.locale, voices, seed)
                yield Wanted(keyword.text, keyword.locale, recipe)
        for locale in LOCALES:
            if _ALONE[locale] <= take < amounts.takes[locale]:
                yield from _in_one_breath(inventory, locale, take, voices, seed, draw)
            if take < amounts.lent[locale]:
                yield from _in_one_breath(inventory, locale, take, voices, seed, lent)
        yield from _hard(hard, amounts, take, voices, seed)


def _hard(
    hard: dict[Locale, HardWords],
    amounts: Amounts,
    take: int,
    voices: Sequence[str],
    seed: int,
) -> Iterator[Wanted]:
    """The share of the hard texts that round `take` reads."""
    rounds = max(amounts.takes.values())
    for locale in LOCALES:
        count = amounts.hard[locale]
        for number in range(take * count // rounds, (take + 1) * count // rounds):
            text = hard[locale].draw(number, seed, is_rare=number % 2 == 1)
            yield Wanted(text, locale, draw(text, number, locale, voices, seed), "hard")


def _more(keyword: Keyword, take: int, voices: Sequence[str], seed: int) -> Iterator[Wanted]:
    """The extra takes of a keyword that is needed more often."""
    extra = keyword.often - 1
    for number in range(take * extra, (take + 1) * extra):
        recipe = draw(keyword.text, 1000 + number, keyword.locale, voices, seed)
        yield Wanted(keyword.text, keyword.locale, recipe)


def _in_one_breath(
    inventory: Inventory,
    locale: Locale,
    take: int,
    voices: Sequence[str],
    seed: int,
    recipe_of: Callable[[str, int, Locale, Sequence[str], int], Recipe],
) -> Iterator[Wanted]:
    """Every keyword of `locale` once more, six to a breath, in another order for each take."""
    for rank in sorted({keyword.rank for keyword in inventory.keywords}):
        texts = [k.text for k in inventory.keywords if (k.locale, k.rank) == (locale, rank)]
        texts.sort(key=lambda text: recipe_of(text, take, locale, voices, seed + 1).key)
        for first in range(0, len(texts), _BREATH):
            breath = tuple(texts[first : first + _BREATH])
            recipe = recipe_of("|".join(breath), take, locale, voices, seed)
            for text in breath:
                yield Wanted(text, locale, recipe, breath=breath)


def by_programs(
    inventory: Inventory, hard: dict[Locale, HardWords], amounts: Amounts, seed: int
) -> Iterator[Wanted]:
    """Clips by flite and espeak-ng, quickly made."""
    for keyword in inventory.keywords:
        if keyword.locale == "en":
            yield from _by_flite(keyword, amounts.other_engines)
    for locale, count in (amounts.hard_by_programs or {}).items():
        for number in range(count):
            text = hard[locale].draw(number + 100_000, seed, is_rare=number % 2 == 1)
            pace = _PACES[number % len(_PACES)]
            is_flite = locale == "en" and number % 4 != 0
            engine: Engine = "flite" if is_flite else "espeak"
            names = _FLITE if is_flite else _ESPEAK[locale]
            voice = names[number // 4 % len(names)]
            yield Wanted(text, locale, Recipe(voice, pace), "hard", engine)


def for_tests(inventory: Inventory, seed: int) -> Iterator[Wanted]:
    """Each keyword by a voice that no training heard, by turns; by all where it is needed often."""
    for turn, keyword in enumerate(inventory.keywords):
        voices = [name for name in inventory.held_out if name.startswith(_NATIVE[keyword.locale])]
        takes = len(voices) if keyword.often > 1 else min(1, len(voices))
        for take in range(takes):
            voice = voices[(turn + take) % len(voices)]
            recipe = draw(f"test {voice} {keyword.text}", take, keyword.locale, [voice], seed)
            yield Wanted(keyword.text, keyword.locale, Recipe(voice, recipe.speed), "test")


def hard_for_tests(
    inventory: Inventory, hard: dict[Locale, HardWords], counts: dict[Locale, int], seed: int
) -> Iterator[Wanted]:
    """Hard texts by the voices that no training heard."""
    for locale, count in counts.items():
        voices = [name for name in inventory.held_out if name.startswith(_NATIVE[locale])]
        for number in range(count if voices else 0):
            text = hard[locale].draw(number + 200_000, seed)
            speed = draw(text, number, locale, voices, seed).speed
            yield Wanted(text, locale, Recipe(voices[number % len(voices)], speed), "test_hard")


def _by_flite(keyword: Keyword, takes: int) -> Iterator[Wanted]:
    for take in range(takes):
        voice = _FLITE[take % (len(_FLITE) - 1)]
        pace = _PACES[take // (len(_FLITE) - 1) % len(_PACES)]
        yield Wanted(keyword.text, "en", Recipe(voice, pace), "keyword", "flite")
