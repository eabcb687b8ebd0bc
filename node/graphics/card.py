"""The product card: picture, title, price, badge and stock state on a paper-white panel."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

from node.graphics import offer, shapes, typeset
from node.graphics.countdown import ClockPlace, height_of, room_of
from node.graphics.fonts import Font, face
from node.graphics.overlay import to_overlay
from node.graphics.palette import ACCENT, AMBER, FADED, INK, PAPER, SHADOW, SOFT_INK, WHITE
from node.graphics.shapes import Box, Colour
from node.graphics.tile import draw_tile
from node.graphics.typeset import Style
from node.graphics.words import state_texts
from node.media import Overlay, Size

StockState = Literal["in_stock", "low", "sold_out", "price_changed"]

# Where the card may lie and how its parts are spaced, px at a height of 720.
LEFT, RIGHT, BOTTOM = 60, 500, 660
_SHADOW_ROOM, _SHADOW_BLUR, _SHADOW_FALL = 14, 6, 3
_RADIUS, _PADDING, _GAP = 20, 18, 16
_TILE_WIDTHS, _TILE, _TILE_SMALL = (118, 106, 94), 118, 56  # narrower for a long price
_TITLE, _SUBTITLE, _PRICE, _PRICE_MIN, _SECOND_PRICE, _PILL = 26, 19, 62, 56, 21, 18
_CHARACTERS_A_LINE, _TITLE_LINES = 14, 2
_TILE_MARGIN = 6
_SIGN_SHARE = 0.6  # of the price's size, for the currency beside the digits

_AMOUNT = re.compile(r"^([^\d]*)(\d.*?\d|\d)([^\d]*)$")


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card says; texts by locale, prices already formatted for their locale.

    `was` is the struck price and `basis` what it was the lowest of; `left` the quantity in words.
    `is_offer` makes the card of an offer: with a band where its clock is laid, see `card_clock`.
    """

    title: Mapping[str, str]
    price: Mapping[str, str]
    badge: Mapping[str, str] = field(default_factory=dict)
    image: Path | None = None
    stock_state: StockState = "in_stock"
    was: Mapping[str, str] = field(default_factory=dict)
    basis: Mapping[str, str] = field(default_factory=dict)
    left: Mapping[str, str] = field(default_factory=dict)
    is_offer: bool = False


def card_clock(size: Size) -> ClockPlace:
    """Where the clock of an offer's card stands in a program picture of `size`."""
    unit = size.height / 720
    size_px, room = round(offer.BAND_CLOCK * unit), round(_SHADOW_ROOM * unit)
    right = round(LEFT * unit) + round((RIGHT - LEFT) * unit) - room - round(_PADDING * unit)
    middle = round(BOTTOM * unit) - room - round(offer.BAND * unit) / 2
    top = round(middle - height_of(size_px) / 2)
    return ClockPlace(right // 2 * 2, top // 2 * 2, size_px, WHITE, ACCENT)


def draw_card(card: CardFace, *, size: Size, locales: Sequence[str]) -> Overlay:
    """Draw a card for the lower left third of a program picture of `size`.

    The first locale speaks large, the second small. At 1280x720 everything lies in x 60..500,
    y 300..660 and scales with the picture's height; the price's digits are at least 1/18 of it
    (domain.md §3). A title has at most two lines of 14 Chinese characters, then an ellipsis. A
    picture that cannot be read becomes a drawn placeholder.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    return _Drawing(card, tuple(locales), size.height / 720).overlay()


@dataclass(frozen=True, slots=True)
class _Price:
    """A price set as sign, digits and sign; `sign` is the smaller font."""

    before: str
    digits: str
    after: str
    font: Font
    sign: Font

    @property
    def width(self) -> float:
        signs = self.sign.getlength(self.before) + self.sign.getlength(self.after)
        return signs + self.font.getlength(self.digits)


class _Drawing:
    """One card in the making: measures first, then draws from the top down."""

    def __init__(self, card: CardFace, locales: tuple[str, ...], unit: float) -> None:
        self._card, self._locales, self._unit = card, locales, unit
        room = self._px(_SHADOW_ROOM)
        self._panel_width = self._px(RIGHT - LEFT) - 2 * room
        self._inner = self._panel_width - 2 * self._px(_PADDING)
        prices = typeset.spoken(card.price, locales) or [""]
        self._second_price = prices[1] if len(prices) > 1 else ""
        self._price, self._tile = self._set_price(prices[0])
        self._is_wide = self._tile[1] == self._px(_TILE_SMALL)
        self._lines = self._set_titles()
        is_out = card.stock_state == "sold_out"
        self._strikes = offer.strike_rows(card.was, card.basis, locales) if not is_out else []

    def overlay(self) -> Overlay:
        room, width = self._px(_SHADOW_ROOM), self._panel_width
        price_row = self._px(_PRICE) if self._is_wide else 0
        height = self._px(_PADDING) + self._tile[1] + price_row + self._titles_height()
        height += offer.strikes_height(self._strikes, self._unit)
        height += self._px(offer.BAND) if self._card.is_offer else 0
        canvas = Image.new("RGBA", (width + 2 * room, height + 2 * room), (0, 0, 0, 0))
        box = (room, room, room + width, room + height)
        fall = self._px(_SHADOW_FALL)
        under = (box[0], box[1] + fall, box[2], box[3] + fall)
        shapes.shadow(canvas, under, self._px(_RADIUS), self._px(_SHADOW_BLUR), SHADOW)
        shapes.panel(canvas, box, self._px(_RADIUS), PAPER)
        if self._card.is_offer:
            self._draw_band(canvas, box)
        self._draw(canvas, (room + self._px(_PADDING), room + self._px(_PADDING)))
        x, y = self._px(LEFT), self._px(BOTTOM) - canvas.height
        return to_overlay(canvas, x=x, y=y)

    def _px(self, length: float) -> int:
        return round(length * self._unit)

    def _draw(self, canvas: Image.Image, at: tuple[int, int]) -> None:
        x, y = at
        self._draw_tile(canvas, (x, y, x + self._tile[0], y + self._tile[1]))
        column = x + self._tile[0] + self._px(_GAP)
        self._draw_pills(canvas, column, y)
        pen = ImageDraw.Draw(canvas)
        bottom = y + self._tile[1]
        if self._second_price:
            width = x + self._inner - column
            style = Style("regular", self._px(_SECOND_PRICE), SOFT_INK)
            text, font = typeset.fit(self._second_price, style, width, self._px(14))
            typeset.draw_line(pen, (column, bottom - self._px(3)), text, font, self._quiet())
        if self._is_wide:
            baseline = bottom + self._px(_PRICE - 8)
            self._draw_price(pen, x, baseline)
            bottom += self._px(_PRICE)
        else:
            lift = _SECOND_PRICE + 14 if self._second_price else 14
            self._draw_price(pen, column, bottom - self._px(lift))
        offer.draw_strikes(pen, (x, bottom), self._inner, self._strikes, self._unit)
        self._draw_titles(pen, x, bottom + offer.strikes_height(self._strikes, self._unit))

    def _draw_band(self, canvas: Image.Image, box: Box) -> None:
        size_px = self._px(offer.BAND_CLOCK)
        offer.draw_band(
            canvas,
            box,
            self._px(_RADIUS),
            self._card.left,
            self._locales,
            clock_px=room_of(size_px),
            padding=self._px(_PADDING),
            unit=self._unit,
        )

    def _draw_tile(self, canvas: Image.Image, box: Box) -> None:
        size = Size(box[2] - box[0], box[3] - box[1])
        tile = draw_tile(self._card.image, size, margin_px=self._px(_TILE_MARGIN))
        if self._card.stock_state == "sold_out":
            tile = ImageOps.grayscale(tile).convert("RGBA")
            tile.alpha_composite(Image.new("RGBA", tile.size, (*PAPER[:3], 120)))
        shapes.lay(canvas, tile, box[:2], shapes.rounded_mask(tile.size, self._px(_RADIUS * 0.6)))

    def _draw_pills(self, canvas: Image.Image, x: int, y: int) -> None:
        state = self._card.stock_state
        right = x + self._inner - self._tile[0] - self._px(_GAP)
        badges = [] if state == "sold_out" else typeset.spoken(self._card.badge, self._locales[:1])
        words = typeset.spoken(state_texts().get(state, {}), self._locales)
        if badges:
            x += self._draw_pill(canvas, (x, y), badges[0], right - x, (ACCENT, WHITE))
        if not words:
            return
        colours = {"low": (AMBER, INK), "sold_out": (INK, WHITE)}.get(state, (INK, PAPER))
        spelled = words[0] if badges else " ".join(words[:2])
        self._draw_pill(canvas, (x, y), spelled, right - x, colours)

    def _draw_pill(
        self,
        canvas: Image.Image,
        at: tuple[int, int],
        words: str,
        room: int,
        colours: tuple[Colour, Colour],
    ) -> int:
        """Draw a small rounded label; returns how far the next one lies to the right."""
        side = self._px(11)
        style = Style("bold", self._px(_PILL), colours[1])
        text, font = typeset.fit(words, style, room - 2 * side, self._px(13))
        if not text:
            return 0
        height = self._px(_PILL + 12)
        width = round(font.getlength(text)) + 2 * side
        x, y = at
        shapes.panel(canvas, (x, y, x + width, y + height), height / 2, colours[0])
        middle = (x + width / 2, y + height / 2)
        ImageDraw.Draw(canvas).text(middle, text, fill=colours[1], font=font, anchor="mm")
        return width + self._px(8)

    def _set_price(self, text: str) -> tuple[_Price, tuple[int, int]]:
        """The price as large as it may be and the tile beside it, width and height.

        A long price makes the tile narrower, then smaller, with a row for the price beneath.
        """
        for width in map(self._px, _TILE_WIDTHS):
            for size in range(self._px(_PRICE), self._px(_PRICE_MIN) - 1, -1):
                price = _parted(text, size)
                if price.width <= self._inner - width - self._px(_GAP):
                    return price, (width, self._px(_TILE))
        small = self._px(_TILE_SMALL)
        return self._set_long_price(text), (small, small)

    def _set_long_price(self, text: str) -> _Price:
        """A price in a row of its own; beyond that row, only a price no shop has is set smaller."""
        for size in range(self._px(_PRICE), self._px(_SECOND_PRICE), -1):
            price = _parted(text, size)
            if price.width <= self._inner:
                return price
        shortened, font = typeset.fit(
            text, Style("bold", self._px(_SECOND_PRICE), ACCENT), self._inner, self._px(14)
        )
        return _Price("", shortened, "", font, font)

    def _quiet(self) -> Colour:
        return FADED if self._card.stock_state == "sold_out" else SOFT_INK

    def _draw_price(self, pen: ImageDraw.ImageDraw, x: float, baseline: float) -> None:
        colour = FADED if self._card.stock_state == "sold_out" else ACCENT
        price = self._price
        parts = ((price.before, price.sign), (price.digits, price.font), (price.after, price.sign))
        for text, font in parts:
            x += typeset.draw_line(pen, (x, baseline), text, font, colour) if text else 0

    def _set_titles(self) -> list[tuple[str, Font, Colour]]:
        titles = typeset.spoken(self._card.title, self._locales)
        lines: list[tuple[str, Font, Colour]] = []
        if titles:
            font = typeset.fitting_font(titles[0], "bold", self._px(_TITLE))
            width = min(self._inner, _CHARACTERS_A_LINE * self._px(_TITLE) + 1)
            wrapped = typeset.wrap(typeset.drawable(titles[0], font), font, width, _TITLE_LINES)
            lines += [(line, font, INK) for line in wrapped]
        for title in titles[1:2]:
            style = Style("regular", self._px(_SUBTITLE), SOFT_INK)
            text, smaller = typeset.fit(title, style, self._inner, self._px(_SUBTITLE - 2))
            lines.append((text, smaller, SOFT_INK))
        return lines

    def _line_height(self, colour: Colour) -> int:
        return self._px(_TITLE + 8 if colour == INK else _SUBTITLE + 8)

    def _titles_height(self) -> int:
        return sum(self._line_height(colour) for _, _, colour in self._lines) + self._px(20)

    def _draw_titles(self, pen: ImageDraw.ImageDraw, x: int, y: float) -> None:
        y += self._px(6)
        for text, font, colour in self._lines:
            y += self._line_height(colour)
            typeset.draw_line(pen, (x, y - self._px(4)), text, font, colour)


def _parted(text: str, size_px: int) -> _Price:
    """Split a price into currency and digits; one that has no such form is set in one piece."""
    match = _AMOUNT.match(text)
    font = face("bold", size_px)
    if match is None or typeset.fitting_font(text, "bold", size_px) is not font:
        whole = typeset.fitting_font(text, "bold", size_px)
        return _Price("", typeset.drawable(text, whole), "", whole, whole)
    before, digits, after = match.groups()
    return _Price(before, digits, after, font, face("bold", round(size_px * _SIGN_SHARE)))
