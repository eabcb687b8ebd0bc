"""Sets text of any script into a given width: cleaned, broken into lines, shortened, drawn."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import ImageDraw

from node.graphics.fonts import Font, Weight, face, has_glyph, other_faces

ELLIPSIS = "…"
CHARACTERS_MAX = 300
"""More than any line on a screen can show; the rest of a text is not looked at."""

_CJK = "\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff01-\uff60"
_HALF_INK = 128
_CLOSING = "，。！？、；：）》」』】”’％…"  # never at the head of a line
_PIECES = re.compile(rf"\s+|[{_CJK}][{_CLOSING}]*|[^\s{_CJK}]+[{_CLOSING}]*")
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
    """The font that can draw most of a text, the Chinese one where it is as good as any."""
    fonts = (face(weight, size_px), *other_faces(weight, size_px))
    letters = set(text) - _DIRECTION_MARKS
    return max(fonts, key=lambda font: sum(has_glyph(font, letter) for letter in letters))


def drawable(text: str, font: Font) -> str:
    """A text without what the font would show as an empty box."""
    kept = "".join(c for c in text if c in _DIRECTION_MARKS or has_glyph(font, c))
    return " ".join(kept.split())


def wrap(text: str, font: Font, width_px: float, lines_max: int) -> list[str]:
    """Break a text into at most `lines_max` lines; what is left over ends in an ellipsis.

    Breaks between Chinese characters and at spaces, never before closing punctuation; a word
    wider than a line is broken anywhere.
    """
    lines: list[str] = [""]
    for piece in _pieces(text, font, width_px):
        if font.getlength((lines[-1] + piece).rstrip()) <= width_px or not lines[-1]:
            lines[-1] += piece
        elif not piece.isspace():
            lines.append(piece)
    lines = [line.strip() for line in lines]
    if len(lines) > lines_max:
        lines[lines_max - 1 :] = [_shortened("".join(lines[lines_max - 1 :]), font, width_px)]
    return [line for line in lines if line]


def fit(text: str, style: Style, width_px: float, size_min_px: int) -> tuple[str, Font]:
    """A text on one line: set smaller down to `size_min_px` (em), then shortened."""
    for size_px in range(style.size_px, size_min_px - 1, -1):
        font = fitting_font(text, style.weight, size_px)
        shown = drawable(text, font)
        if font.getlength(shown) <= width_px:
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
    pen.text((at[0], round(at[1])), text, fill=colour, font=font, anchor="ls")
    return font.getlength(text)


def ink_height(font: Font, sample: str) -> int:
    """Rows of a sample, px, that are at least half inked: what an eye calls its height."""
    mask = font.getmask(sample, mode="L")
    ink = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
    rows = np.flatnonzero((ink >= _HALF_INK).any(axis=1))
    return int(rows[-1] - rows[0] + 1) if rows.size else 0


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def _pieces(text: str, font: Font, width_px: float) -> list[str]:
    pieces: list[str] = []
    for piece in _PIECES.findall(text):
        is_too_wide = font.getlength(piece) > width_px
        pieces += list(piece) if is_too_wide else [piece]
    return pieces


def _shortened(text: str, font: Font, width_px: float) -> str:
    if font.getlength(text) <= width_px:
        return text
    while text and font.getlength(text.rstrip() + ELLIPSIS) > width_px:
        text = text[:-1]
    return text.rstrip(" ，、,;；:：") + ELLIPSIS if text else ""
