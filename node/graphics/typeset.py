"""Sets text of any script into a given width: cleaned, broken into lines, shortened, drawn.

Letters are joined and put in order by Pillow's Raqm, a run of one font at a time.
"""

import logging
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from PIL import ImageDraw, features

from node.graphics.fonts import Font, Weight, face, family, has_glyph, other_faces

log = logging.getLogger(__name__)

CAN_SHAPE: Final[bool] = bool(features.check("raqm") and features.check("fribidi"))
"""Whether letters are joined and put in order (Debian: libfribidi0)."""
ELLIPSIS = "…"
CHARACTERS_MAX = 300
"""More than any line on a screen can show; the rest of a text is not looked at."""

_CJK = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff01-\uff60"
_HALF_INK = 128
_PROBE_PX = 24
_CLOSING = "，。！？、；：）》」』】”’％…"  # never at the head of a line
_PIECES = re.compile(rf"\s+|[{_CJK}][{_CLOSING}]*|[^\s{_CJK}]+[{_CLOSING}]*")
_UNDRAWABLE = "□"
"""Stands for a letter or a digit that no font can draw: a word must not lose one unseen."""
_NEEDED = frozenset("LNS")  # letters, numbers and, of the symbols, currency signs
_RIGHT_TO_LEFT = frozenset({"R", "AL", "RLE", "RLI", "RLO"})
_STRONG = _RIGHT_TO_LEFT | {"L"}
_DIRECTION_MARKS = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2069\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks: weight, size (em, px) and colour (RGBA)."""

    weight: Weight
    size_px: int
    colour: tuple[int, int, int, int]


def pick(text: Mapping[str, str], locale: str) -> str:
    """The text of a locale ("zh" also serves "zh-CN", "zh_CN"), or empty."""
    return text.get(locale) or text.get(re.split("[-_]", locale)[0], "")


def spoken(text: Mapping[str, str], locales: Sequence[str]) -> list[str]:
    """The texts to be drawn, in the order of the locales, without repeats and empty ones.

    With no text in any of the locales: the first that there is.
    """
    found = [clean(pick(text, locale)) for locale in locales]
    found = found if any(found) else [clean(words) for words in text.values()][:1]
    return list(dict.fromkeys(words for words in found if words))


def clean(text: str) -> str:
    """One line without control characters; the marks of writing direction stay."""
    composed = unicodedata.normalize("NFC", text[:CHARACTERS_MAX])
    kept = (
        character if character in _DIRECTION_MARKS or not _is_control(character) else " "
        for character in composed
    )
    return " ".join("".join(kept).split())


def fitting_font(text: str, weight: Weight, size_px: int) -> Font:
    """The font that can draw most of a text, the Chinese one where it is as good as any.

    Of a line from right to left its own script counts: what is Latin in it has a font of its own.
    """
    fonts = (face(weight, size_px), *other_faces(weight, size_px))
    letters = set(text) - _DIRECTION_MARKS
    if is_right_to_left(text):
        letters = {one for one in letters if unicodedata.bidirectional(one) in _RIGHT_TO_LEFT}
    return max(fonts, key=lambda font: sum(has_glyph(font, letter) for letter in letters))


def drawable(text: str, font: Font) -> str:
    """A text that `font` and those beside it can draw.

    A letter, digit or currency sign that none of them has becomes a box, anything else (emoji
    above all) is left out; either is logged once.
    """
    fonts = family(font)
    return " ".join("".join(_drawn_as(character, fonts) for character in text).split())


def undrawable(text: str) -> str:
    """The characters of a text, each once, that no font of this machine can draw."""
    fonts = family(face("regular", _PROBE_PX))
    kept = (one for one in dict.fromkeys(text) if not _is_control(one))
    return "".join(one for one in kept if not _has_one(one, fonts))


def is_right_to_left(text: str) -> bool:
    """Whether a line begins in a script that is written from right to left (UAX #9, P2)."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind in _RIGHT_TO_LEFT for kind in kinds if kind in _STRONG), False)


def width(text: str, font: Font) -> float:
    """How wide a line is, px."""
    return sum(run_font.getlength(run) for run, run_font in _runs(text, font))


def wrap(text: str, font: Font, width_px: float, lines_max: int) -> list[str]:
    """Break a text into at most `lines_max` lines; what is left over ends in an ellipsis.

    Breaks between Chinese characters and at spaces, never before closing punctuation; a word
    wider than a line is broken anywhere.
    """
    lines: list[str] = [""]
    for piece in _pieces(text, font, width_px):
        if width((lines[-1] + piece).rstrip(), font) <= width_px or not lines[-1]:
            lines[-1] += piece
        elif not piece.isspace():
            lines.append(piece)
    lines = [line.strip() for line in lines]
    if len(lines) > lines_max:
        lines[lines_max - 1 :] = [_shortened("".join(lines[lines_max - 1 :]), font, width_px)]
    return [line for line in lines if line]


def fit(text: str, style: Style, width_px: float, size_min_px: int) -> tuple[str, Font]:
    """A text on one line: set smaller down to `size_min_px` (em), then shortened."""
    text = text[:CHARACTERS_MAX]
    for size_px in range(style.size_px, size_min_px - 1, -1):
        font = fitting_font(text, style.weight, size_px)
        shown = drawable(text, font)
        if width(shown, font) <= width_px:
            return shown, font
    font = fitting_font(text, style.weight, min(style.size_px, size_min_px))
    return _shortened(drawable(text, font), font, width_px), font


def draw_line(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    font: Font,
    colour: tuple[int, int, int, int],
) -> float:
    """Draw one line at its baseline (Pillow's anchor "ls"); returns its width, px.

    The baseline is rounded to a whole row: between two, every horizontal stroke would blur.
    """
    x, y = at[0], round(at[1])
    # Each run in the direction of its line: what stands at its end belongs to the line.
    direction = "rtl" if CAN_SHAPE and is_right_to_left(text) else None
    for run, run_font in _runs(text, font):
        pen.text((x, y), run, fill=colour, font=run_font, anchor="ls", direction=direction)
        x += run_font.getlength(run)
    return x - at[0]


def rise(text: str, font: Font) -> float:
    """How far a line's ink reaches above its baseline, px: vowel marks stand high."""
    return max((-one.getbbox(run, anchor="ls")[1] for run, one in _runs(text, font)), default=0)


def ink_height(font: Font, sample: str) -> int:
    """Rows of a sample, px, that are at least half inked: what an eye calls its height."""
    mask = font.getmask(sample, mode="L")
    ink = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
    rows = np.flatnonzero((ink >= _HALF_INK).any(axis=1))
    return int(rows[-1] - rows[0] + 1) if rows.size else 0


def _runs(text: str, font: Font) -> list[tuple[str, Font]]:
    """A line as runs of one font each, in the order in which they stand from left to right.

    A mark or a space goes with what is before it. Between fonts the line's own direction decides:
    enough for a foreign word in a title, which is no mixed paragraph.
    """
    if all(has_glyph(font, character) for character in text):
        return [(text, font)] if text else []
    fonts = family(font)
    runs: list[tuple[str, Font]] = []
    for character in text:
        last = runs[-1][1] if runs else font
        fitting = last if _is_attached(character) else _font_of(character, last, font, fonts)
        if runs and fitting is last:
            runs[-1] = (runs[-1][0] + character, last)
        else:
            runs.append((character, fitting))
    return runs[::-1] if is_right_to_left(text) else runs


def _font_of(character: str, last: Font, first: Font, fonts: Sequence[Font]) -> Font:
    candidates = (first, last, *fonts)
    return next((one for one in candidates if has_glyph(one, character)), first)


def _is_attached(character: str) -> bool:
    if character in _DIRECTION_MARKS or character.isspace():
        return True
    return unicodedata.category(character).startswith("M")


def _drawn_as(character: str, fonts: Sequence[Font]) -> str:
    if _has_one(character, fonts):
        return character
    _tell_missing(character)
    category = unicodedata.category(character)
    is_needed = category[0] in _NEEDED and category not in {"So", "Sk", "Sm"}
    return _UNDRAWABLE if is_needed else ""


def _has_one(character: str, fonts: Sequence[Font]) -> bool:
    return character in _DIRECTION_MARKS or any(has_glyph(font, character) for font in fonts)


@lru_cache(maxsize=1024)
def _tell_missing(character: str) -> None:
    name = unicodedata.name(character, "no name")
    log.warning("no font of this machine can draw U+%04X (%s)", ord(character), name)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _pieces(text: str, font: Font, width_px: float) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        is_too_wide = width(piece, font) > width_px
        pieces += list(piece) if is_too_wide else [piece]
    return pieces


def _shortened(text: str, font: Font, width_px: float) -> str:
    if width(text, font) <= width_px:
        return text
    kept, too_many = 0, len(text)
    while too_many - kept > 1:  # by halves: to measure a long line is not free
        half = (kept + too_many) // 2
        if width(text[:half].rstrip() + ELLIPSIS, font) <= width_px:
            kept = half
        else:
            too_many = half
    text = text[:kept]
    return text.rstrip(" ，、,;；:：") + ELLIPSIS if text else ""
