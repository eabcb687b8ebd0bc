"""Notices to viewers and events for the log: card, strip and price, as the clock has them."""

from types import SimpleNamespace

import pytest

from node.catalog.products import Catalog, Product
from node.media import Size
from node.metrics.events import Event
from node.program.commands import Identify, SetStock, ShowCard, Sold
from node.program.listening import Listening
from node.program.mixer import Counters
from node.program.rundown import Block, Cue
from node.web.cards import CardBook
from node.web.presenter import Presenter, Sources, _event_view
from tests.fakes.rundowns import agent, card, clip, live, offer, offered, rundown
from tests.fakes.stage import Stage, clock, stage

TEA = Product("P17", {"zh": "茶具"}, {"CNY": "129.00"}, stock=86)
CUP = Product("P18", {"zh": "杯"}, {"CNY": "89.00"})
CATALOG = Catalog("CNY", {"P17": TEA, "P18": CUP}, {}, "c" * 64)
DAY = rundown(
    live("desk", 900, 60, offered("desk", 0, 730)),
    clip("a", 60, card("a", 0, 30, frames=1200)),
    play=("desk", "a"),
    offers=(offer(end=732),),
)


class Office:
    """A presenter over a stage; what it tells and notes is kept."""

    def __init__(self, on: Stage, **more) -> None:
        self.on = on
        self.told, self.noted = [], []
        self.cards = CardBook(CATALOG, show=lambda: self.on.show, origin=lambda: "http://booth")
        self.presenter = Presenter(
            node="booth",
            rundown=DAY,
            size=Size(1280, 720),
            cards=self.cards,
            sources=Sources(
                state=lambda: self.on.show,
                counters=Counters(),
                encoder=lambda: None,
                viewers=lambda: 0,
                health=None,
                events=SimpleNamespace(note=self.noted.append, latest=[]),
                clock=lambda: "synced",
                announce=self.told.append,
                demo=lambda: None,
                **more,
            ),
            simulated=(),
            began_s=0.0,
        )

    def go(self, ticks: int) -> None:
        """So many ticks, each noted as the runner does."""
        for _ in range(ticks):
            before = len(self.on.facts)
            self.on.step()
            facts = tuple(self.on.facts[before:])
            if facts:
                self.presenter.note(self.on.show, facts)

    def do(self, command) -> None:
        before = len(self.on.facts)
        self.on.do(command)
        self.presenter.note(self.on.show, tuple(self.on.facts[before:]))

    def said(self, kind: str) -> list[dict]:
        """The messages of one kind."""
        return [one.message for one in self.told if one.message["t"] == kind]


@pytest.fixture
def noon():
    return Office(stage(DAY, 729, 59))


def test_an_offers_card_is_told_with_its_end_and_quantity_at_its_very_frame(noon):
    noon.go(40)
    (notice,) = [one for one in noon.told if one.message["t"] == "card"]
    assert notice.pts == 30 * 3000
    shown = notice.message["card"]
    assert (shown["price"]["zh"], shown["state"]) == ("¥99.00", "in_stock")
    assert (shown["offer"]["id"], shown["offer"]["left"]) == ("noon", 30)
    assert shown["offer"]["ends_at"] == round(clock(DAY, 732).timestamp() * 1000)
    assert (shown["offer"]["was"], shown["offer"]["basis"]) == (None, None)


def test_the_strip_is_told_when_it_follows_the_card_and_when_it_goes(noon):
    noon.go(30 * 122)
    strips = noon.said("strip")
    assert [one["show"] for one in strips] == [True, False]
    assert strips[0]["offer"]["id"] == "noon"
    pts = [one.pts for one in noon.told if one.message["t"] == "strip"]
    assert pts == [30 * 61 * 3000, 30 * 121 * 3000]


def test_who_comes_later_is_told_of_the_strip_too(noon):
    noon.go(30 * 70)
    told = {one.message["t"]: one.message for one in noon.presenter.greet()}
    assert (told["card"]["show"], told["strip"]["show"]) == (False, True)
    noon.go(30 * 70)
    assert {one.message["t"] for one in noon.presenter.greet()} == {"at", "card"}


def test_a_card_in_the_log_has_its_price_and_currency(noon):
    noon.go(40)
    (event,) = [one for one in noon.noted if one.ev == "card.show"]
    assert (event.price, event.cur, event.offer) == ("99.00", "CNY", "noon")
    assert {(one.price, one.cur) for one in noon.noted if one.ev != "card.show"} == {("", "")}


def test_a_sold_out_card_is_told_at_once_and_without_its_code():
    office = Office(stage(DAY, 600))
    office.do(ShowCard("P17", 60))
    office.go(30)
    office.do(SetStock("P17", 0))
    office.go(1)
    first, out = office.said("card")
    assert first["card"]["qr"]
    assert (out["card"]["state"], out["card"]["qr"], out["card"]["link"]) == ("sold_out", "", "")


def test_a_burst_of_sales_is_no_burst_of_messages(noon):
    noon.go(40)
    before = len(noon.told)
    for count in range(1, 30):
        noon.do(Sold("noon", count))
    assert len(noon.told) == before
    noon.presenter._tell(noon.on.show)
    assert noon.said("card")[-1]["card"]["offer"]["left"] == 1


def test_the_same_product_shown_again_has_another_code():
    office = Office(stage(DAY, 600))
    for _ in range(2):
        office.do(ShowCard("P17", 60))
        office.go(2)
    codes = [one["card"]["scan"] for one in office.said("card")]
    assert len(set(codes)) == len(codes) == 2


WINDOW = (Cue("a.0", 10, "listen.open"), Cue("a.1", 40, "listen.open"))


def test_a_window_without_a_microphone_says_so_in_the_log_and_once_aloud(caplog):
    office = Office(stage(rundown(clip("a", 9, *WINDOW), play=("a",))))
    office.go(60)
    opened = [one.why for one in office.noted if one.ev == "listen.open"]
    assert opened == ["no microphone"] * 2
    assert [one.message for one in caplog.records] == [
        "a microphone window opens, but there is no microphone: nothing is heard"
    ]


def test_a_window_with_a_microphone_is_only_opened(caplog):
    office = Office(
        stage(rundown(clip("a", 9, *WINDOW), play=("a",))),
        listening=lambda: Listening(microphone="desk"),
    )
    office.go(60)
    assert [one.why for one in office.noted if one.ev == "listen.open"] == ["", ""]
    assert caplog.records == []


@pytest.mark.parametrize("ear", ["muted", "resting"])
def test_a_window_while_the_ear_is_shut_does_not_say_that_there_is_no_microphone(caplog, ear):
    office = Office(
        stage(rundown(clip("a", 9, *WINDOW), play=("a",))),
        listening=lambda: Listening(ear=ear),
    )
    office.go(60)
    assert [one.why for one in office.noted if one.ev == "listen.open"] == [ear] * 2
    assert caplog.records == []


def test_a_window_that_opens_a_closed_ear_does_not_say_that_there_is_no_microphone(caplog):
    office = Office(
        stage(rundown(clip("a", 9, *WINDOW), play=("a",))),
        listening=lambda: Listening(ear="closed"),
    )
    office.go(60)
    assert [one.why for one in office.noted if one.ev == "listen.open"] == ["", ""]
    assert caplog.records == []


def test_every_page_is_told_of_a_speaker_that_is_off_and_whom_it_meets():
    quiet = (Block(0, 660, ("a",), is_speaker_on=False), Block(660, 0, ("ai",)))
    office = Office(stage(rundown(clip("a", 70), agent("ai", 9), blocks=quiet), 659))
    first = office.presenter.greet()[0].message
    assert (first["speaker"], first["who"]) == ("off", {})
    assert (first["volume"], first["name"]) == (100, "")
    office.go(30 * 71)
    place = office.said("at")[-1]
    assert (place["speaker"], place["who"]) == ("on", {"zh": "小潮", "en": "Tidal"})
    office.on.do(Identify())
    assert office.presenter.greet()[0].message["name"] == "booth"


def test_an_event_names_the_outputs_that_carry_the_program():
    office = Office(stage(DAY, 600), carrying=lambda _: ("kiosk", "partner"))
    office.do(ShowCard("P17", 60))
    assert office.noted[-1].out == ("kiosk", "partner")
    other = Office(stage(DAY, 600))
    other.do(ShowCard("P17", 60))
    assert other.noted[-1].out == ("kiosk", "web")


def test_a_code_remembers_the_show_whose_card_it_was():
    office = Office(stage(DAY, 600))
    office.do(ShowCard("P17", 60))
    office.go(2)
    code = office.said("card")[-1]["card"]["scan"].rsplit("/", 1)[1]
    assert office.cards.showing(code).day == DAY.date


def test_the_list_of_events_tells_what_was_asked():
    told = _event_view(Event(ev="ask", intent="price", product="P17"))
    assert (told.ev, told.intent, told.product) == ("ask", "price", "P17")
