"""Which voice reads a text, and how fast: drawn so that the same text and take always agree."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.train_keywords.inventory import Locale

_NATIVE = {"zh": ("zf_", "zm_"), "en": ("af_", "am_", "bf_", "bm_")}
_ONE, _TWO_NATIVES, _NATIVE_AND_ANY = 0.45, 0.75, 0.92
"""Upper ends of the shares: one native voice, two blended, a native and any; the rest is any."""
_SPEED = (0.75, 1.35)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A voice, perhaps blended with another: `weight` of the first; `speed` 1 is the usual pace.

    `melody`: the voice that lends its pace and melody, where only the timbre is `voice`'s.
    """

    voice: str
    speed: float
    other: str = ""
    weight: float = 1.0
    melody: str = ""

    @property
    def key(self) -> str:
        """The recipe in one line."""
        blend = f"+{self.other}*{1 - self.weight:.2f}" if self.other else ""
        melody = f"~{self.melody}" if self.melody else ""
        return f"{self.voice}{blend}{melody}@{self.speed:.2f}"


def draw(text: str, take: int, locale: Locale, voices: Sequence[str], seed: int) -> Recipe:
    """The recipe of take number `take` of `text`, from `voices`; the same each time."""
    digest = hashlib.sha256(f"{seed}/{locale}/{text}/{take}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    natives = [voice for voice in voices if voice.startswith(_NATIVE[locale])]
    speed = round(float(rng.uniform(*_SPEED)), 2)
    way = rng.random()
    first = natives[(take + int(rng.integers(2))) % len(natives)]
    if way < _ONE:
        return Recipe(first, speed)
    if way < _TWO_NATIVES:
        return Recipe(
            first, speed, str(rng.choice(natives)), round(float(rng.uniform(0.3, 0.7)), 2)
        )
    if way < _NATIVE_AND_ANY:
        weight = round(float(rng.uniform(0.5, 0.8)), 2)
        return Recipe(first, speed, str(rng.choice(list(voices))), weight)
    return Recipe(str(rng.choice(list(voices))), speed)


def lent(text: str, take: int, locale: Locale, voices: Sequence[str], seed: int) -> Recipe:
    """The timbre of any voice of one sex with the melody of a native one; the same each time.

    Where a language has few voices: six native ones of Mandarin make 138 of these.
    """
    digest = hashlib.sha256(f"{seed}/{locale}/{text}/lent {take}".encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    melody = str(rng.choice([voice for voice in voices if voice.startswith(_NATIVE[locale])]))
    alike = [voice for voice in voices if voice[1] == melody[1] and voice != melody]
    speed = round(float(rng.uniform(*_SPEED)), 2)
    return Recipe(str(rng.choice(alike)), speed, melody=melody)
