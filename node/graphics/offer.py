"""What an offer adds to a card: the struck price with its basis, the band under the countdown."""

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from node.graphics import shapes, typeset
from node.graphics.palette import ACCENT, SOFT_INK, WHITE
from node.graphics.shapes import Box
from node.graphics.typeset import Style
from node.graphics.words import state_texts

# px at a height of 720.
BAND, BAND_CLOCK = 60, 38
_STRIKES = (19, 17)  # of the first and the second locale
_ROW_GAP, _AIR = 8, 8
_BAND_WORDS, _BAND_SMALL, _WORDS_MIN = 20, 17, 14
_CLOCK_GAP = 10

StrikeRow = tuple[str, str, str]
"""The word before, the struck price, what it was the lowest of."""


def strike_rows(
    was: Mapping[str, str], basis: Mapping[str, str], locales: Sequence[str]
) -> list[StrikeRow]:
    """The struck price in at most two locales; none where its basis cannot be said in one."""
    told = [(locale, typeset.pick(basis, locale)) for locale in locales]
    rows = [
        (typeset.pick(state_texts()["was"], locale), typeset.pick(was, locale), words)
        for locale, words in told
        if words and typeset.pick(was, locale)
    ]
    return rows[: len(_STRIKES)]


def strikes_height(rows: Sequence[StrikeRow], unit: float) -> int:
    """The height that the rows take on a card, px."""
    heights = [size + _ROW_GAP for size, _ in zip(_STRIKES, rows, strict=False)]
    return round((sum(heights) + _AIR) * unit) if heights else 0


def draw_strikes(
    pen: ImageDraw.ImageDraw,
    at: tuple[int, int],
    room: int,
    rows: Sequence[StrikeRow],
    unit: float,
    *,
    is_from_right: bool = False,
) -> None:
    """Draw the rows from their upper left corner down, the price with a line through it.

    With `is_from_right` they end at the right edge of their `room`.
    """
    x, y = at[0], at[1] + round(_AIR / 2 * unit)
    for size, (word, price, basis) in zip(_STRIKES, rows, strict=False):
        y += round((size + _ROW_GAP) * unit)
        whole = f"{word} {price} · {basis}"
        style = Style("regular", round(size * unit), SOFT_INK)
        text, font = typeset.fit(whole, style, room, round(_WORDS_MIN * unit))
        baseline = y - round(4 * unit)
        width = typeset.width(text, font)
        start = x + room - width if is_from_right else x
        typeset.draw_line(pen, (start, baseline), text, font, SOFT_INK)
        if price not in text:
            continue
        before, long = typeset.width(text[: text.index(price)], font), typeset.width(price, font)
        left = start + (width - before - long if typeset.is_right_to_left(text) else before)
        middle = baseline - round(font.size * 0.33)
        ends = (left - 1, middle, left + long + 1, middle)
        pen.line(ends, fill=ACCENT, width=max(2, round(2 * unit)))


def left_texts(left: int, measure: Mapping[str, str]) -> dict[str, str]:
    """How many are left, by locale: `还剩 18 套`, `18 sets left`; one alone has no plural."""
    texts: dict[str, str] = {}
    for locale, text in state_texts()["left"].items():
        unit = typeset.pick(measure, locale) if left != 1 or locale == "zh" else ""
        texts[locale] = text.format(n=f"{left} {unit}".strip())
    return texts


def draw_band(
    canvas: Image.Image,
    box: Box,
    radius_px: float,
    left: Mapping[str, str],
    locales: Sequence[str],
    *,
    clock_px: int,
    padding: int,
    unit: float,
) -> None:
    """Colour the lower end of a panel (`box`): what is left, and room of `clock_px` for a clock."""
    band = round(BAND * unit)
    sheet = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), (0, 0, 0, 0))
    sheet.paste(ACCENT, (0, sheet.height - band, sheet.width, sheet.height))
    shapes.lay(canvas, sheet, box[:2], shapes.rounded_mask(sheet.size, radius_px))
    middle = box[3] - band / 2
    ends = typeset.spoken(state_texts()["ends"], locales)[:2]
    right = box[2] - padding - clock_px - round(_CLOCK_GAP * unit)
    pen = ImageDraw.Draw(canvas)
    width = _draw_lines(pen, (right, middle), ends, right - box[0] - 2 * padding, "r", unit)
    room = right - width - box[0] - 2 * padding
    words = typeset.spoken(left, locales)[:2]
    _draw_lines(pen, (box[0] + padding, middle), words, room, "l", unit)


def _draw_lines(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    words: Sequence[str],
    room: float,
    side: str,
    unit: float,
) -> int:
    """Up to two lines about a middle line, from the left or to the right; returns their width."""
    sizes = (_BAND_WORDS, _BAND_SMALL)
    baselines = (7,) if len(words) == 1 else (-2, 19)
    widest = 0.0
    for text, size, down in zip(words, sizes, baselines, strict=False):
        style = Style("bold" if size == _BAND_WORDS else "regular", round(size * unit), WHITE)
        shown, font = typeset.fit(text, style, room, round(_WORDS_MIN * unit))
        width = typeset.width(shown, font)
        x = at[0] if side == "l" else at[0] - width
        typeset.draw_line(pen, (x, at[1] + down * unit), shown, font, WHITE)
        widest = max(widest, width)
    return round(widest)
