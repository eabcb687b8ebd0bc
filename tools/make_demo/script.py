"""The drama as data: films, their shots and their lines, read from script.toml."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

FPS = 30
"""Frames a second of everything that is drawn."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages of the show."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Line:
    """What a character says, from `at` seconds of the film; `spoken` where eye and ear differ."""

    at: float
    who: str
    zh: str
    en: str
    speed: float
    spoken: str = ""

    @property
    def words(self) -> str:
        """What the voice reads."""
        return self.spoken or self.zh


@dataclass(frozen=True, slots=True)
class Noise:
    """A sound of the band or of a thing, from `at` seconds; `seconds` 0: as long as it is."""

    at: float
    play: str
    gain: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class View:
    """A camera: the stage point in the middle of the picture, and the zoom."""

    x: float
    y: float
    zoom: float


@dataclass(frozen=True, slots=True)
class Shot:
    """One uninterrupted look from one camera, `start` to `end` in frames of the film."""

    scene: str
    start: int
    end: int
    begin: View
    finish: View
    shake: float


@dataclass(frozen=True, slots=True)
class Film:
    """One clip to make: `frames` long, `climax` being the frame of its reveal (0: none).

    `cards`: from when to when, in seconds, the rundown shows a card on it.
    """

    name: str
    frames: int
    climax: int
    cards: tuple[tuple[float, float], ...]
    title: Text
    shots: tuple[Shot, ...]
    lines: tuple[Line, ...]
    sounds: tuple[Noise, ...]

    def has_card(self, at_s: float) -> bool:
        """Whether a card lies on the picture then."""
        return any(start <= at_s < end for start, end in self.cards)

    def shot_at(self, frame: int) -> Shot:
        """The shot that frame 0 <= `frame` < `frames` belongs to."""
        return next(shot for shot in reversed(self.shots) if shot.start <= frame)


class _ShotTable(msgspec.Struct, forbid_unknown_fields=True, rename={"begin": "from"}):
    at: float
    scene: str
    begin: tuple[float, float, float]
    to: tuple[float, float, float]
    shake: float


class _FilmTable(msgspec.Struct, forbid_unknown_fields=True):
    length: float
    climax: float
    cards: tuple[tuple[float, float], ...]
    title: Text
    shot: tuple[_ShotTable, ...]
    line: tuple[Line, ...]
    sound: tuple[Noise, ...]


@cache
def films() -> dict[str, Film]:
    """Every film of script.toml by its name, in the order of the file."""
    text = resources.files(__package__).joinpath("script.toml").read_text(encoding="utf-8")
    tables = msgspec.toml.decode(text, type=dict[str, _FilmTable])
    return {name: _film(name, table) for name, table in tables.items()}


def to_frame(seconds: float) -> int:
    """The frame at `seconds`; the script is written in whole frames, so rounding loses nothing."""
    return round(seconds * FPS)


def _film(name: str, table: _FilmTable) -> Film:
    ends = [shot.at for shot in table.shot[1:]] + [table.length]
    shots = tuple(
        Shot(
            scene=shot.scene,
            start=to_frame(shot.at),
            end=to_frame(end),
            begin=View(*shot.begin),
            finish=View(*shot.to),
            shake=shot.shake,
        )
        for shot, end in zip(table.shot, ends, strict=True)
    )
    return Film(
        name=name,
        frames=to_frame(table.length),
        climax=to_frame(table.climax),
        cards=table.cards,
        title=table.title,
        shots=shots,
        lines=table.line,
        sounds=table.sound,
    )
