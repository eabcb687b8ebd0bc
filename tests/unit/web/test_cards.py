"""Cards as viewers get them: true by the clock, struck only by the ledger, gone when sold out."""

from dataclasses import replace
from datetime import timedelta

import pytest

from node.catalog.contents import read_content
from node.catalog.ledger import Ledger
from node.catalog.looks import CardLook, StripLook
from node.catalog.products import Catalog, Product, Seller
from node.program.cards import Price
from node.program.commands import SetStock, ShowCard, Sold
from node.web.cards import CardBook
from node.web.status import RunningOffer
from tests.fakes.rundowns import live, offer, offered, rundown
from tests.fakes.stage import Stage, clock, stage

TEA = Product(
    "P17",
    {"zh": "茶具", "en": "Tea set"},
    {"CNY": "129.00"},
    stock=86,
    measure={"zh": "套", "en": "sets"},
)
CATALOG = Catalog("CNY", {"P17": TEA}, {}, "c" * 64)
NOON = rundown(live("desk", 900, 60, offered("desk", 0, 730)), play=("desk",), offers=(offer(),))


class Stand:
    """A stage, a ledger of the last 20 days at 129.00, and the card book over both."""

    def __init__(self, folder, minute: int) -> None:
        self.on: Stage = stage(NOON, minute)
        self.ledger = Ledger(folder / "prices.jsonl", NOON.timezone)
        self.ledger.note_prices(CATALOG, "test", clock(NOON, 600) - timedelta(days=20))
        self.book = CardBook(
            CATALOG, show=lambda: self.on.show, origin=lambda: "http://booth", history=self.ledger
        )
        self.on.step()


@pytest.fixture
def noon(tmp_path):
    stand = Stand(tmp_path, 730)
    yield stand
    stand.ledger.close()


@pytest.fixture
def morning(tmp_path):
    stand = Stand(tmp_path, 600)
    yield stand
    stand.ledger.close()


def test_an_offers_card_tells_its_price_end_quantity_and_lawful_strike(noon):
    card = noon.book.card("ab12cd", 60)
    assert card.price == {"zh": "¥99.00", "en": "CN¥99.00"}
    assert card.offer == RunningOffer(
        id="noon",
        product="P17",
        title={"zh": "茶具", "en": "Tea set"},
        price=card.price,
        ends_at=round(clock(NOON, 745).timestamp() * 1000),
        left=30,
        was={"zh": "¥129.00", "en": "CN¥129.00"},
        basis={"zh": "近7日最低价", "en": "lowest in 7 days"},
    )
    assert (card.was, card.basis) == (card.offer.was, card.offer.basis)


def test_without_a_ledger_that_reaches_back_nothing_is_struck(noon, tmp_path):
    empty = Ledger(tmp_path / "other.jsonl", NOON.timezone)
    book = CardBook(CATALOG, show=lambda: noon.on.show, origin=str, history=empty)
    assert (book.card("x", 1).was, book.card("x", 1).offer.was) == (None, None)
    face = book.card_face(CardLook("P17", "noon", is_offer=True, left=30))
    assert (face.was, face.basis) == ({}, {})


def test_a_ledger_altered_in_the_middle_takes_the_strike_and_nothing_else(noon):
    path = noon.ledger.path
    path.write_bytes(path.read_bytes().replace(b'"129.00"', b'"999.00"'))
    noon.ledger.load()
    card = noon.book.card("x", 60)
    assert "content" in noon.ledger.fault
    assert (card.was, card.basis, card.offer.was) == (None, None, None)
    assert (card.price["zh"], card.offer.left) == ("¥99.00", 30)


def test_the_page_behind_a_code_shows_the_price_that_holds_now(noon):
    code = noon.book.new("P17", cue="desk.0", loop=3)
    page = noon.book.find(code)
    assert (page.amount, page.price["zh"], page.was["zh"]) == ("99.00", "¥99.00", "¥129.00")
    noon.on.minute = 745
    noon.on.step()
    page = noon.book.find(code)
    assert (page.amount, page.price["zh"]) == ("129.00", "¥129.00")


def test_after_the_offer_the_old_price_is_not_struck_beside_itself(noon):
    noon.ledger.note_prices(CATALOG, "test", noon.on.now, (offer(),))
    noon.on.minute = 745
    noon.on.step()
    noon.on.do(ShowCard("P17"))
    card = noon.book.card("x", 1)
    assert (card.price["zh"], card.was, card.offer) == ("¥129.00", None, None)


def test_a_sold_out_card_has_no_way_to_buy(morning):
    morning.on.do(ShowCard("P17"))
    card = morning.book.card("ab12cd", 30)
    assert (card.state, card.scan) == ("in_stock", "http://booth/q/ab12cd")
    assert card.link.startswith("/q/ab12cd")
    morning.on.do(SetStock("P17", 0))
    morning.on.step()
    card = morning.book.card("ab12cd", 30)
    assert (card.state, card.link, card.qr, card.scan) == ("sold_out", "", "", "")
    code = morning.book.new("P17")
    assert morning.book.find(code).stock == "sold_out"


def test_what_is_sold_is_no_longer_left(noon):
    noon.on.do(Sold("noon", 12))
    assert noon.book.offer("noon").left == 18
    face = noon.book.strip_face(StripLook("noon", 18))
    assert (face.left["zh"], face.price["zh"]) == ("还剩 18 套", "¥99.00")


def test_another_catalog_sells_at_its_prices_and_old_codes_still_lead_somewhere(morning):
    code = morning.book.new("P17")
    cup = Product("P18", {"zh": "杯"}, {"CNY": "89.00"})
    morning.book.follow(Catalog("CNY", {"P18": cup}, {}, "d" * 64))
    assert [one.id for one in morning.book.views()] == ["P18"]
    assert morning.book.find(code).amount == "129.00"
    dearer = replace(TEA, price={"CNY": "139.00"})
    morning.book.follow(Catalog("CNY", {"P17": dearer}, {}, "e" * 64))
    assert morning.book.price_of("P17") == Price("139.00", "")


def test_what_nobody_knows_has_no_card_and_no_offer(morning):
    assert morning.book.card("x", 1) is None
    assert morning.book.card_face(CardLook("P99")) is None
    assert morning.book.strip_face(StripLook("never")) is None
    assert morning.book.offer("never") is None
    assert morning.book.price_of("P99") == Price("", "")


def test_what_a_unit_costs_follows_the_offer(noon):
    content = read_content("4 pc")
    sold = replace(TEA, net=content, per=read_content("1 pc"))
    noon.book.follow(Catalog("CNY", {"P17": sold}, {}, "d" * 64))
    card = noon.book.card("ab12cd", 60)
    assert card.unit == {"zh": "¥24.75/件", "en": "CN¥24.75/each"}
    assert noon.book.card_face(CardLook("P17")).unit["zh"] == "¥32.25/件"
    page = noon.book.find(noon.book.new("P17"))
    assert (page.unit, page.net, page.was_amount) == (card.unit, content, "129.00")
    assert page.until == clock(NOON, 745)


def test_who_sells_is_told_where_the_catalog_tells_it(morning):
    assert morning.book.seller() is None
    tide = Seller({"zh": "潮汐", "en": "Tidal"}, "9144", contact="400")
    morning.book.follow(Catalog("CNY", {"P17": TEA}, {}, "d" * 64, tide))
    seller = morning.book.seller()
    assert (seller.name["en"], seller.licence, seller.address) == ("Tidal", "9144", {})
    assert morning.book.find(morning.book.new("P17")).seller == seller


def test_a_picture_that_may_not_be_shown_is_on_no_card_list_or_page(tmp_path):
    picture, shown = tmp_path / "tea.png", []
    catalog = replace(CATALOG, products={"P17": replace(TEA, image=picture)})
    on = stage(NOON, 600)
    on.do(ShowCard("P17", 60))
    book = CardBook(catalog, show=lambda: on.show, origin=str, may_show=shown.__contains__)

    def images() -> list[str]:
        code = book.new("P17")
        return [book.card(code, 60).image, book.find(code).image, book.views()[0].image]

    assert images() == ["", "", ""]
    assert (book.picture("P17"), book.card_face(CardLook("P17")).image) == (None, None)
    shown.append(picture)
    assert images() == ["/media/P17.png"] * 3
    assert book.card_face(CardLook("P17")).image == picture
