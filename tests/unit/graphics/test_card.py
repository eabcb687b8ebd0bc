"""The card: in its place, legible, and never broken by what a merchant hands over."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from node.graphics import card as module
from node.graphics import typeset
from node.graphics.card import CardFace, StockState, draw_card
from node.graphics.words import state_texts
from node.media import Overlay, Size

HD = Size(1280, 720)
TEXTS = ("zh", "en")
CUP = CardFace(
    title={"zh": "山泉手作陶瓷保温杯", "en": "Hand-glazed travel cup"},
    price={"zh": "¥129.00", "en": "CN¥129.00"},
    badge={"zh": "镇店之选", "en": "House pick"},
)


def placed(overlay: Overlay) -> tuple[int, int, int, int]:
    height, width = overlay.luma.shape
    return overlay.x, overlay.y, overlay.x + width, overlay.y + height


def is_inside(overlay: Overlay, size: Size = HD) -> bool:
    unit = size.height / 720
    left, top, right, bottom = placed(overlay)
    return (
        left >= 60 * unit - 2
        and top >= 380 * unit - 2
        and right <= 500 * unit + 2
        and bottom <= 660 * unit + 2
        and left % 2 == top % 2 == 0
    )


@pytest.mark.parametrize("size", [HD, Size(1920, 1080), Size(640, 360)], ids=str)
@pytest.mark.parametrize("state", ["in_stock", "low", "sold_out", "price_changed"])
def test_a_card_lies_in_the_lower_left_third(size: Size, state: StockState) -> None:
    assert is_inside(draw_card(replace(CUP, stock_state=state), size=size, locales=TEXTS), size)


def test_every_stock_state_looks_different() -> None:
    states: tuple[StockState, ...] = ("in_stock", "low", "sold_out", "price_changed")
    drawn = {
        draw_card(replace(CUP, stock_state=state), size=HD, locales=TEXTS).luma.tobytes()
        for state in states
    }
    assert len(drawn) == len(states)


@pytest.mark.parametrize("price", ["¥129.00", "¥1,299.00", "Rp310.000,00", "19,90\xa0€", "¥9"])
@pytest.mark.parametrize("size", [HD, Size(1920, 1080), Size(640, 360)], ids=str)
def test_the_digits_of_a_price_are_a_eighteenth_of_the_picture_high(price: str, size: Size) -> None:
    drawing = module._Drawing(replace(CUP, price={"zh": price}), TEXTS, size.height / 720)
    assert typeset.ink_height(drawing._price.font, "8") >= size.height / 18
    assert drawing._price.width <= drawing._inner


merchant_text = st.text(
    st.characters(codec="utf-8") | st.sampled_from("茶杯مظلة\u200f\u202e 0"), max_size=80
)


@settings(max_examples=40, deadline=None)
@given(title=merchant_text, price=merchant_text, badge=merchant_text)
def test_no_text_breaks_the_layout(title: str, price: str, badge: str) -> None:
    card = CardFace(
        title={"zh": title, "en": title[::-1]},
        price={"zh": price, "en": price},
        badge={"zh": badge},
        stock_state="low",
    )
    overlay = draw_card(card, size=HD, locales=TEXTS)
    assert is_inside(overlay)
    assert overlay.coverage.max() == 256


@pytest.mark.parametrize(
    "price", ["\u200f129.00 \u200fد.إ.\u200f", "CN¥ 123,456,789,012.00", "9" * 300, ""]
)
def test_an_odd_price_stays_inside(price: str) -> None:
    drawing = module._Drawing(replace(CUP, price={"zh": price}), TEXTS, 1.0)
    assert drawing._price.width <= drawing._inner
    assert is_inside(draw_card(replace(CUP, price={"zh": price}), size=HD, locales=TEXTS))


def test_a_damaged_picture_is_drawn_without_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "P17.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
    with caplog.at_level(logging.WARNING):
        damaged = draw_card(replace(CUP, image=broken), size=HD, locales=TEXTS)
        missing = draw_card(replace(CUP, image=tmp_path / "none.png"), size=HD, locales=TEXTS)
    plain = draw_card(CUP, size=HD, locales=TEXTS)
    assert np.array_equal(damaged.luma, plain.luma)
    assert np.array_equal(missing.luma, plain.luma)
    assert [record.args[1] for record in caplog.records if isinstance(record.args, tuple)] == [
        broken,
        tmp_path / "none.png",
    ]


@pytest.mark.parametrize("shape", [(600, 600), (1200, 300), (200, 900), (1, 1)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK"])
def test_a_picture_of_any_shape_and_kind_is_shown(
    tmp_path: Path, shape: tuple[int, int], mode: str
) -> None:
    path = tmp_path / "product.tiff"
    Image.new("RGB", shape, (20, 120, 200)).convert(mode).save(path)
    overlay = draw_card(replace(CUP, image=path), size=HD, locales=TEXTS)
    assert is_inside(overlay)
    assert not np.array_equal(overlay.luma, draw_card(CUP, size=HD, locales=TEXTS).luma)


def test_every_stock_state_has_words_in_both_languages() -> None:
    assert all({"zh", "en"} <= texts.keys() for texts in state_texts().values())
