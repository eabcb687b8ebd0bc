"""The product card: picture, title, price, badge and stock state on a paper-white panel."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from PIL import Image, ImageDraw, ImageOps

from node.graphics import offer, shapes, typeset
from node.graphics.countdown import ClockPlace, height_of, room_of
from node.graphics.fonts import Font
from node.graphics.overlay import to_overlay
from node.graphics.palette import ACCENT, AMBER, FADED, INK, PAPER, SHADOW, SOFT_INK, WHITE
from node.graphics.price import SetPrice, set_price, shortened_price
from node.graphics.shapes import Box, Colour
from node.graphics.tile import draw_tile
from node.graphics.typeset import Style
from node.graphics.words import state_texts
from node.media import Overlay, Size

StockState = Literal["in_stock", "low", "sold_out"]

# Where the card may lie and how its parts are spaced, px at a height of 720.
LEFT, RIGHT, BOTTOM = 60, 500, 660
_SHADOW_ROOM, _SHADOW_BLUR, _SHADOW_FALL = 14, 6, 3
_RADIUS, _PADDING, _GAP = 20, 18, 16
_TILE_WIDTHS, _TILE, _TILE_SMALL = (118, 106, 94), 118, 56  # narrower for a long price
_TITLE, _SUBTITLE, _PRICE, _PRICE_MIN, _SECOND_PRICE, _PILL = 26, 19, 62, 56, 21, 18
_CHARACTERS_A_LINE, _TITLE_LINES = 14, 2
_TILE_MARGIN = 6
_UNIT_PRICE, _UNIT_ROW = 19, 30


@dataclass(frozen=True, slots=True)
class CardFace:
    """What a card says; texts by locale, prices already formatted for their locale.

    `was` is the struck price and `basis` what it was the lowest of; `left` the quantity in words.
    `is_offer` makes the card of an offer: with a band where its clock is laid, see `card_clock`.
    `is_repriced` tells one that came again because its price changed, `unit` the price of a unit.
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
    is_repriced: bool = False
    unit: Mapping[str, str] = field(default_factory=dict)


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

    The first locale speaks large; of the title the next two small, else the second alone. At
    1280x720 everything lies in x 60..500, y 230..660 (from 200 in three languages) and scales with
    the picture's height; the price's digits are at least 1/18 of it (domain.md §3). A title has at
    most two lines of 14 Chinese characters, then an ellipsis. A picture that cannot be read
    becomes a drawn placeholder. Where the title of the first locale runs from right to left, so
    does the whole card.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    return _Drawing(card, tuple(locales), size.height / 720).overlay()


class _Drawing:
    """One card in the making: measures first, then draws from the top down."""

    def __init__(self, card: CardFace, locales: tuple[str, ...], unit: float) -> None:
        self._card, self._locales, self._unit = card, locales, unit
        room = self._px(_SHADOW_ROOM)
        self._panel_width = self._px(RIGHT - LEFT) - 2 * room
        self._inner = self._panel_width - 2 * self._px(_PADDING)
        self._is_from_right = any(
            map(typeset.is_right_to_left, typeset.spoken(card.title, locales)[:1])
        )
        prices = typeset.spoken(card.price, locales) or [""]
        self._second_price = prices[1] if len(prices) > 1 else ""
        self._price, self._tile = self._set_price(prices[0])
        self._is_wide = self._tile[1] == self._px(_TILE_SMALL)
        self._lines = self._set_titles()
        is_out = card.stock_state == "sold_out"
        self._units = typeset.spoken(card.unit, locales)[:2]
        self._strikes = offer.strike_rows(card.was, card.basis, locales) if not is_out else []

    def overlay(self) -> Overlay:
        room, width = self._px(_SHADOW_ROOM), self._panel_width
        height = self._px(_PADDING) + self._tile[1] + self._price_row() + self._titles_height()
        height += self._rows_height()
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
        tile_x = self._placed(x, x, self._tile[0])
        self._draw_tile(canvas, (tile_x, y, tile_x + self._tile[0], y + self._tile[1]))
        self._draw_pills(canvas, x, y)
        pen = ImageDraw.Draw(canvas)
        bottom = y + self._tile[1]
        if self._second_price:
            self._draw_second_price(pen, x, bottom - self._px(3))
        if self._is_wide:
            price_x = self._placed(x, x, self._price.width)
            self._price.draw(pen, price_x, bottom + self._px(_PRICE - 8), self._price_colour())
            bottom += self._px(_PRICE)
        else:
            price_x = self._placed(x, x + self._column, self._price.width)
            lift = _SECOND_PRICE + 14 if self._second_price else 14
            self._price.draw(pen, price_x, bottom - self._px(lift), self._price_colour())
        offer.draw_strikes(
            pen,
            (x, bottom),
            self._inner,
            self._strikes,
            self._unit,
            is_from_right=self._is_from_right,
        )
        bottom += offer.strikes_height(self._strikes, self._unit)
        self._draw_units(pen, x, bottom)
        self._draw_titles(pen, x, y + self._tile[1] + self._price_row() + self._rows_height())

    @property
    def _column(self) -> int:
        """How far from the tile's outer edge the words beside it begin."""
        return self._tile[0] + self._px(_GAP)

    def _placed(self, start: int, x: float, width: float) -> int:
        """Where something of `width` goes that a card from the left would have at `x`."""
        mirrored = start + self._inner - (x - start) - width
        return round(mirrored if self._is_from_right else x)

    def _price_row(self) -> int:
        return self._px(_PRICE) if self._is_wide else 0

    def _rows_height(self) -> int:
        units = self._px(_UNIT_ROW) if self._units else 0
        return units + offer.strikes_height(self._strikes, self._unit)

    def _draw_second_price(self, pen: ImageDraw.ImageDraw, x: int, baseline: int) -> None:
        style = Style("regular", self._px(_SECOND_PRICE), SOFT_INK)
        room = self._inner - self._column
        text, font = typeset.fit(self._second_price, style, room, self._px(14))
        at = self._placed(x, x + self._column, typeset.width(text, font))
        typeset.draw_line(pen, (at, baseline), text, font, self._quiet())

    def _draw_units(self, pen: ImageDraw.ImageDraw, x: int, y: float) -> None:
        """What a unit costs, in the first locale and as far as it fits in the second."""
        end, first = x + self._inner, x
        for text in self._units:
            style = Style("regular", self._px(_UNIT_PRICE), SOFT_INK)
            shown, font = typeset.fit(text, style, self._inner, self._px(14))
            width = typeset.width(shown, font)
            if x + width > end:
                return
            at = self._placed(first, x, width)
            typeset.draw_line(pen, (at, y + self._px(_UNIT_ROW - 6)), shown, font, SOFT_INK)
            x += round(width) + self._px(_GAP)

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

    def _draw_pills(self, canvas: Image.Image, start: int, y: int) -> None:
        x, end = start + self._column, start + self._inner
        for words, colours in self._pills():
            style = Style("bold", self._px(_PILL), colours[1])
            side = self._px(11)
            text, font = typeset.fit(words, style, end - x - 2 * side, self._px(13))
            width = round(typeset.width(text, font)) + 2 * side
            if not text or (text == typeset.ELLIPSIS and x > start + self._column):
                return
            at = self._placed(start, x, width)
            _draw_pill(canvas, (at, y), width, self._px(_PILL + 12), (text, font, colours))
            x += width + self._px(8)

    def _pills(self) -> list[tuple[str, tuple[Colour, Colour]]]:
        """A changed price takes the badge's place: what it said was of another price."""
        card, words = self._card, state_texts()
        is_new = card.is_repriced and card.stock_state != "sold_out"
        pills: list[tuple[str, tuple[Colour, Colour]]] = []
        badges = typeset.spoken(words["price_changed"] if is_new else card.badge, self._locales)
        if badges and card.stock_state != "sold_out":
            pills.append((badges[0], (ACCENT, WHITE)))
        state = typeset.spoken(words.get(card.stock_state, {}), self._locales)
        if state:
            colours = (INK, WHITE) if card.stock_state == "sold_out" else (AMBER, INK)
            pills.append((state[0] if pills else " ".join(state[:2]), colours))
        return pills

    def _set_price(self, text: str) -> tuple[SetPrice, tuple[int, int]]:
        """The price as large as it may be and the tile beside it, width and height.

        A long price makes the tile narrower, then smaller, with a row for the price beneath;
        beyond that row, only a price no shop has is set smaller.
        """
        sizes = range(self._px(_PRICE), self._px(_PRICE_MIN) - 1, -1)
        for width in map(self._px, _TILE_WIDTHS):
            price = set_price(text, sizes, self._inner - width - self._px(_GAP))
            if price is not None:
                return price, (width, self._px(_TILE))
        small, least = self._px(_TILE_SMALL), self._px(_SECOND_PRICE)
        sizes = range(self._px(_PRICE), least, -1)
        price = set_price(text, sizes, self._inner)
        return price or shortened_price(text, least, self._px(14), self._inner), (small, small)

    def _quiet(self) -> Colour:
        return FADED if self._card.stock_state == "sold_out" else SOFT_INK

    def _price_colour(self) -> Colour:
        return FADED if self._card.stock_state == "sold_out" else ACCENT

    def _set_titles(self) -> list[tuple[str, Font, Colour]]:
        titles = typeset.spoken(self._card.title, self._locales)
        lines: list[tuple[str, Font, Colour]] = []
        if titles:
            font = typeset.fitting_font(titles[0], "bold", self._px(_TITLE))
            width = min(self._inner, _CHARACTERS_A_LINE * self._px(_TITLE) + 1)
            wrapped = typeset.wrap(typeset.drawable(titles[0], font), font, width, _TITLE_LINES)
            lines += [(line, font, INK) for line in wrapped]
        for title in titles[1:3]:
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
            at = self._placed(x, x, typeset.width(text, font))
            typeset.draw_line(pen, (at, y - self._px(4)), text, font, colour)


def _draw_pill(
    canvas: Image.Image,
    at: tuple[int, int],
    width: int,
    height: int,
    words: tuple[str, Font, tuple[Colour, Colour]],
) -> None:
    """A small rounded label."""
    (x, y), (text, font, (plate, ink)) = at, words
    shapes.panel(canvas, (x, y, x + width, y + height), height / 2, plate)
    left = x + (width - typeset.width(text, font)) / 2
    baseline = y + height / 2 + font.size * 0.36
    typeset.draw_line(ImageDraw.Draw(canvas), (left, baseline), text, font, ink)
