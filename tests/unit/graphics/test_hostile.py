"""Whatever a merchant hands over, a card is drawn, in its place, and nothing is lost unseen."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from node.catalog.products import Seller
from node.graphics import typeset
from node.graphics.card import CardFace, draw_card
from node.graphics.fonts import face
from node.graphics.lower_third import draw_lower_third
from node.graphics.seller import draw_seller
from node.graphics.strip import StripFace, draw_strip
from node.graphics.words import state_texts
from node.media import Overlay, Size

HD = Size(1280, 720)
TEXTS = ("zh", "en")
CUP = CardFace({"zh": "保温杯", "en": "Cup"}, {"zh": "¥129.00", "en": "CN¥129.00"})
HOSTILE = [
    "茶" * 5000,
    "word " * 1000,
    "W" * 5000,
    "🎁🧧👨‍👩‍👧‍👦" * 40,
    "e" + "\u0301" * 200,
    "<b>茶</b></script><img src=x onerror=alert(1)>",
    "'; DROP TABLE products; --",
    "\u202eمظلة\u202c abc \u2066x\u2069",
    "\x00\x07\ufffe\ud800".encode("utf-8", "replace").decode(),
    "ཀ" * 30,
    "   \n\t  ",
]


def is_inside(overlay: Overlay) -> bool:
    height, width = overlay.luma.shape
    is_right = overlay.x >= 58 and overlay.x + width <= 502
    return is_right and overlay.y >= 180 and overlay.y + height <= 662


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_card_of_hostile_texts_stays_in_its_place(text: str) -> None:
    both = {"zh": text, "en": text}
    card = CardFace(both, both, both, was=both, basis=both, left=both, unit=both, is_offer=True,
                    is_repriced=True, stock_state="low")  # fmt: skip
    assert is_inside(draw_card(card, size=HD, locales=TEXTS))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_strip_lower_third_and_seller_bear_hostile_texts(text: str) -> None:
    both = {"zh": text, "en": text}
    strip = draw_strip(StripFace(both, both, both), size=HD, locales=TEXTS)
    assert strip.x + strip.luma.shape[1] <= HD.width
    words = draw_lower_third(both, size=HD, locales=TEXTS)
    assert words.luma.shape[1] == 0 or words.x >= 518
    seller = draw_seller(Seller(both, text, both, text), size=HD, locales=TEXTS)
    assert seller.x + seller.luma.shape[1] <= 502
    assert seller.y >= 180


def save(path: Path, kind: str) -> Path:
    """A picture file of the kind that breaks careless software."""
    plain = Image.new("RGB", (400, 300), (20, 120, 200))
    match kind:
        case "1x1":
            Image.new("RGB", (1, 1), (9, 9, 9)).save(path / "a.png")
            return path / "a.png"
        case "30000x1":
            Image.new("RGB", (30_000, 1), (20, 120, 200)).save(path / "a.png")
            return path / "a.png"
        case "1x30000":
            Image.new("L", (1, 30_000), 90).save(path / "a.png")
            return path / "a.png"
        case "cmyk":
            plain.convert("CMYK").save(path / "a.jpg")
            return path / "a.jpg"
        case "animated":
            plain.save(path / "a.gif", save_all=True, append_images=[Image.new("RGB", (400, 300))])
            return path / "a.gif"
        case _:
            plain.effect_spread(20).save(path / "whole.jpg")
            content = (path / "whole.jpg").read_bytes()
            (path / "a.jpg").write_bytes(content[: len(content) // 2])
            return path / "a.jpg"


@pytest.mark.parametrize("kind", ["1x1", "30000x1", "1x30000", "cmyk", "animated", "truncated"])
def test_a_strange_picture_does_not_stop_a_card(tmp_path: Path, kind: str) -> None:
    card = replace(CUP, image=save(tmp_path, kind))
    assert is_inside(draw_card(card, size=HD, locales=TEXTS))


def test_a_picture_beyond_all_measure_is_not_decoded(tmp_path: Path, caplog) -> None:
    path = tmp_path / "huge.png"
    Image.new("1", (30_000, 2_000)).save(path)
    with caplog.at_level(logging.WARNING):
        drawn = draw_card(replace(CUP, image=path), size=HD, locales=TEXTS)
    assert np.array_equal(drawn.luma, draw_card(CUP, size=HD, locales=TEXTS).luma)
    assert "too large" in caplog.text


def test_a_letter_without_a_font_is_seen_as_a_box_and_told_once(caplog) -> None:
    typeset._tell_missing.cache_clear()
    font = face("regular", 20)
    with caplog.at_level(logging.WARNING):
        assert typeset.drawable("茶\u0f40\u0f40杯", font) == "茶□□杯"
        assert typeset.drawable("新品\U0001f381", font) == "新品"
    assert [record.getMessage().split("U+")[1][:5].strip() for record in caplog.records] == [
        "0F40", "1F381",
    ]  # fmt: skip
    assert typeset.undrawable("茶\u0f40杯 \U0001f381") == "\u0f40\U0001f381"


def test_a_changed_price_says_so_in_place_of_the_badge() -> None:
    plain = replace(CUP, badge={"zh": "展会价"})
    new = replace(plain, is_repriced=True)
    card = [draw_card(one, size=HD, locales=TEXTS).luma.tobytes() for one in (plain, new)]
    assert card[0] != card[1]
    said = replace(CUP, badge=state_texts()["price_changed"])
    assert draw_card(said, size=HD, locales=TEXTS).luma.tobytes() == card[1]


def test_the_price_of_a_unit_stands_on_the_card() -> None:
    told = draw_card(replace(CUP, unit={"zh": "¥48.33/100 g"}), size=HD, locales=TEXTS)
    assert told.luma.shape[0] > draw_card(CUP, size=HD, locales=TEXTS).luma.shape[0]
    assert is_inside(told)
