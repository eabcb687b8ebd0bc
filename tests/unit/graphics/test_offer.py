"""An offer's card, its clock and the countdown strip: in their place, true, and cheap."""

import threading
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from PIL import Image

from node.catalog.looks import CardLook, StripLook
from node.graphics import countdown, offer
from node.graphics.artwork import Artwork
from node.graphics.card import CardFace, card_clock, draw_card
from node.graphics.countdown import clock_text, draw_clock
from node.graphics.lower_third import draw_lower_third
from node.graphics.offer import left_texts, strike_rows
from node.graphics.slate import draw_slate
from node.graphics.strip import StripFace, draw_strip, strip_clock
from node.media import Overlay, Size
from tests.fakes.busy import Busy

SIZES = (Size(1280, 720), Size(1920, 1080), Size(640, 360))
TEXTS = ("zh", "en")
SETS = {"zh": "套", "en": "sets"}
TEA = CardFace(
    title={"zh": "潮汐折叠旅行茶具", "en": "Tidal folding travel tea set"},
    price={"zh": "¥99.00", "en": "CN¥99.00"},
    was={"zh": "¥129.00", "en": "CN¥129.00"},
    basis={"zh": "近7日最低价", "en": "lowest in 7 days"},
    left=left_texts(18, SETS),
    is_offer=True,
)
STRIP = StripFace(TEA.title, TEA.price, TEA.left)


def box(overlay: Overlay) -> tuple[int, int, int, int]:
    height, width = overlay.luma.shape
    return overlay.x, overlay.y, overlay.x + width, overlay.y + height


def is_within(inner: Overlay, outer: Overlay) -> bool:
    a, b = box(inner), box(outer)
    return a[0] >= b[0] and a[1] >= b[1] and a[2] <= b[2] and a[3] <= b[3]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("seconds", [0, 59, 754, 5999, 6000, 35_999])
def test_each_clock_lies_within_what_it_belongs_to(size, seconds):
    card, strip = (
        draw_card(TEA, size=size, locales=TEXTS),
        draw_strip(STRIP, size=size, locales=TEXTS),
    )
    clocks = draw_clock(seconds, card_clock(size)), draw_clock(seconds, strip_clock(size))
    assert is_within(clocks[0], card)
    assert is_within(clocks[1], strip)
    assert all(clock.x % 2 == clock.y % 2 == 0 for clock in clocks)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_strip_lies_beneath_card_and_lower_third(size):
    strip = draw_strip(STRIP, size=size, locales=TEXTS)
    words = draw_lower_third({"zh": "展台直播", "en": "Live"}, size=size, locales=TEXTS)
    for other in (draw_card(TEA, size=size, locales=TEXTS), words):
        assert box(other)[3] <= box(strip)[1] + 1
    assert box(strip)[3] <= size.height


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "00:00"), (-5, "00:00"), (9, "00:09"), (754, "12:34"), (5999, "99:59"),
     (6000, "1:40:00"), (86_399, "23:59:59")],
)  # fmt: skip
def test_a_clock_is_written_in_minutes_and_seconds(seconds, text):
    assert clock_text(seconds) == text


def test_two_seconds_look_different_and_the_same_one_alike():
    place = card_clock(SIZES[0])
    assert not np.array_equal(draw_clock(754, place).luma, draw_clock(753, place).luma)
    assert draw_clock(754, place) is draw_clock(754, place)


def test_a_struck_price_never_stands_without_its_basis():
    assert strike_rows(TEA.was, {}, TEXTS) == []
    assert strike_rows({}, TEA.basis, TEXTS) == []
    assert strike_rows(TEA.was, TEA.basis, TEXTS)[0] == ("划线价", "¥129.00", "近7日最低价")
    without = draw_card(replace(TEA, was={}), size=SIZES[0], locales=TEXTS)
    no_basis = draw_card(replace(TEA, basis={}), size=SIZES[0], locales=TEXTS)
    assert np.array_equal(without.luma, no_basis.luma)


@pytest.mark.parametrize(
    ("left", "texts"),
    [
        (18, ("还剩 18 套", "18 sets left")),
        (1, ("还剩 1 套", "1 left")),
        (0, ("还剩 0 套", "0 sets left")),
    ],
)
def test_a_quantity_is_told_in_its_measure(left, texts):
    told = left_texts(left, SETS)
    assert (told["zh"], told["en"]) == texts


def test_an_offers_card_has_a_band_for_its_clock():
    plain = draw_card(replace(TEA, is_offer=False, left={}), size=SIZES[0], locales=TEXTS)
    card = draw_card(TEA, size=SIZES[0], locales=TEXTS)
    assert abs(card.luma.shape[0] - plain.luma.shape[0] - offer.BAND) <= 2


@dataclass
class Faces:
    """Faces that count how often each was asked for."""

    asked: Counter[object] = field(default_factory=Counter)

    def card_face(self, look: CardLook) -> CardFace | None:
        self.asked[look] += 1
        if look.product != "P17":
            return None
        left = left_texts(look.left, SETS)
        return replace(TEA, left=left, stock_state=look.state, is_offer=look.is_offer)

    def strip_face(self, look: StripLook) -> StripFace | None:
        self.asked[look] += 1
        return replace(STRIP, left=left_texts(look.left, SETS)) if look.offer == "noon" else None


@pytest.fixture
def faces():
    return Faces()


@pytest.fixture
def art(faces):
    made = Artwork(faces=faces, locales=TEXTS, size=Size(640, 360))
    yield made
    made.close()


@pytest.fixture
def hold(art):
    """Make the drawing thread wait: `hold()` gives the event that lets it go on."""
    go_on = threading.Event()

    def begin():
        art._pool.submit(go_on.wait)
        return go_on

    yield begin
    go_on.set()


LOOK = CardLook("P17", "noon", is_offer=True, left=30, since_tick=5)


async def test_a_card_is_drawn_once_and_asked_for_once_a_showing(art, faces, hold):
    held = hold()
    assert art.card(LOOK) is None
    held.set()
    await art.settle()
    first = art.card(LOOK)
    assert first is not None
    assert art.card(LOOK) is first
    assert faces.asked == {LOOK: 1}
    again = replace(LOOK, since_tick=900)  # a strike is judged at each show
    assert art.card(again) is first
    assert faces.asked[again] == 1


async def test_cards_prepared_on_air_are_drawn_at_leisure_until_one_is_wanted(faces):
    leisure = Busy()
    leisure.note(0.0, 0.033)
    art = Artwork(faces=faces, locales=TEXTS, size=Size(640, 360), leisure=leisure)
    art.prepare(LOOK)
    await art.settle()
    rests = len(leisure.slept)
    go_on = threading.Event()
    art._pool.submit(go_on.wait)
    art.prepare(replace(LOOK, left=10))
    assert art.card(replace(LOOK, left=20)) is None
    go_on.set()
    await art.settle()
    art.close()
    assert rests
    assert len(leisure.slept) == rests


async def test_while_the_quantity_changes_the_card_before_is_seen(art):
    art.prepare(LOOK)
    await art.settle()
    seen = [art.card(replace(LOOK, left=left)) for left in range(30, 10, -1)]
    assert all(one is not None for one in seen)
    await art.settle()
    assert art.card(replace(LOOK, left=10)) is not None


async def test_a_thousand_sales_are_not_a_thousand_drawings(art, faces, hold):
    art.prepare(LOOK)
    await art.settle()
    hold()
    for left in range(1030, 30, -1):
        art.card(replace(LOOK, left=left))
    assert faces.asked.total() == 2, "one at a time"


async def test_another_price_never_shows_the_card_before(art, hold):
    art.prepare(LOOK)
    await art.settle()
    assert art.card(LOOK) is not None
    hold()
    unseen = replace(LOOK, offer="", is_offer=False, left=7)
    assert art.card(unseen) is None


async def test_what_nobody_knows_is_not_drawn(art):
    assert art.card(replace(LOOK, product="P99")) is None
    assert art.strip(StripLook("never")) is None
    art.prepare(StripLook("never"))


async def test_a_second_of_a_countdown_draws_nothing(art, monkeypatch):
    art.prepare(LOOK)
    await art.settle()
    monkeypatch.setattr(countdown, "_cell", None)
    monkeypatch.setattr(countdown, "ImageDraw", None)
    for second in range(600):
        art.clock("card", second)


async def test_a_slate_whose_picture_may_not_be_shown_has_the_drawn_evening(faces, tmp_path):
    path, shown = tmp_path / "slate.png", []
    Image.new("RGB", (640, 360), (255, 255, 255)).save(path)
    art = Artwork(faces=faces, locales=TEXTS, size=Size(640, 360), may_show=shown.__contains__)

    async def drawn() -> np.ndarray:
        art.slate("pause", {}, path)
        await art.settle()
        return art.slate("pause", {}, path)

    assert np.array_equal(await drawn(), draw_slate({}, None, Size(640, 360)))
    shown.append(path)
    assert np.array_equal(await drawn(), draw_slate({}, path, Size(640, 360)))
    art.close()
