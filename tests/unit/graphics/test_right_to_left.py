"""Right to left: lines in order, letters joined, the card mirrored."""

import os

import numpy as np
import pytest
from PIL import Image, ImageDraw

from node.graphics import typeset
from node.graphics.card import CardFace, draw_card
from node.graphics.fonts import OTHER_FILES, _first_file, face
from node.graphics.label import draw_ai_label
from node.graphics.price import set_price
from node.media import Size

HD = Size(1280, 720)
ARABIC = "طقم شاي السفر"
HAS_ARABIC = _first_file(tuple(one for one in OTHER_FILES["regular"])) is not None

pytestmark = pytest.mark.skipif(
    not (typeset.CAN_SHAPE and HAS_ARABIC) and "CI" not in os.environ,
    reason="needs Debian's libfribidi0 and fonts-noto-core",
)
"""Where everything is installed, nothing is skipped."""


def ink(text: str) -> np.ndarray:
    """Columns of a drawn line that hold ink."""
    font = typeset.fitting_font(text, "regular", 40)
    sheet = Image.new("RGBA", (600, 80), (0, 0, 0, 0))
    typeset.draw_line(ImageDraw.Draw(sheet), (10, 50), text, font, (255, 255, 255, 255))
    return np.flatnonzero(np.asarray(sheet)[:, :, 3].max(axis=0) > 64)


@pytest.mark.parametrize(
    ("text", "is_so"),
    [
        (ARABIC, True),
        ("tea " + ARABIC, False),
        ("12 " + ARABIC, True),
        ("\u200f12", True),
        ("茶", False),
        ("", False),
    ],
)
def test_a_line_runs_as_its_first_strong_letter(text: str, is_so: bool) -> None:  # noqa: FBT001
    assert typeset.is_right_to_left(text) is is_so


def test_arabic_letters_are_joined() -> None:
    font = typeset.fitting_font("شاي", "regular", 40)
    apart = sum(typeset.width(letter, font) for letter in "شاي")
    assert typeset.width("شاي", font) < apart


def test_a_foreign_word_in_an_arabic_line_stands_where_it_is_read() -> None:
    """Read from the right: Arabic, then the Chinese word, leftmost."""
    mixed = ink("مظلة 茶")
    alone = ink("مظلة ")
    assert mixed[-1] - mixed[0] > alone[-1] - alone[0]
    runs = [
        run for run, _ in typeset._runs("مظلة 茶", typeset.fitting_font("مظلة 茶", "regular", 40))
    ]
    assert runs[0] == "茶"


def test_the_card_is_mirrored_where_its_title_runs_from_the_right() -> None:
    price = {"ar": "\u200f129.00 \u200fد.إ.\u200f", "en": "AED 129.00"}
    texts = {"ar": ARABIC, "en": "Tea set"}
    arabic = draw_card(CardFace(texts, price), size=HD, locales=("ar", "en"))
    english = draw_card(CardFace(texts, price), size=HD, locales=("en", "ar"))
    assert arabic.luma.shape[1] == english.luma.shape[1]
    row = arabic.y * 0 + 60
    left, right = (one.luma[row, :].astype(int) for one in (english, arabic))
    tile = abs(left - right[::-1])[30:120]
    assert np.median(tile) <= 4


def test_a_price_from_the_right_has_its_currency_at_the_left() -> None:
    price = set_price("\u200f129.00\xa0د.إ.\u200f", [60], 400)
    assert price is not None
    assert [text.strip("\u200f\xa0 ") for text, _ in price.parts][:2] == ["د.إ.", "129.00"]


def test_vowel_marks_do_not_leave_the_label() -> None:
    plain = draw_ai_label({"ar": "شاي"}, size=HD, locales=("ar",))
    marked = draw_ai_label({"ar": "أُنشئ"}, size=HD, locales=("ar",))
    assert marked.luma.shape[0] > plain.luma.shape[0]
    assert face("regular", 36).size == 36
