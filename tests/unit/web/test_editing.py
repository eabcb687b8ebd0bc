"""An edited day on air: all follows it, a card never morphs, a refused one changes nothing."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace

import pytest

from node.catalog.products import Catalog, Product
from node.errors import CommandError, DeviceError
from node.findings import Finding
from node.program.commands import ShowCard
from node.program.days import EditedDay
from node.program.reading import Reading
from node.web.cards import CardBook
from node.web.editing import Editing
from tests.fakes.inline_pool import InlinePool
from tests.fakes.rundowns import card, clip, rundown
from tests.fakes.studio import Studio

TEA = Product("P17", {"zh": "茶具"}, {"CNY": "129.00"}, stock=9)
CUP = Product("P18", {"zh": "杯"}, {"CNY": "89.00"}, stock=4)
DAY = rundown(clip("a", 20), play=("a",))
OTHER = replace(
    rundown(clip("a", 20), clip("b", 9, card("b", 0, 30, "P18")), play=("a", "b")), sha256="1" * 64
)


def sold(*products: Product) -> Catalog:
    return Catalog("CNY", {one.id: one for one in products}, {}, "c" * 64)


class Paper:
    """Days that are judged as the test says."""

    def __init__(self, reading: Reading, *, is_full: bool = False) -> None:
        self.reading, self.is_full, self.kept = reading, is_full, []

    def judge(self, files, ledger) -> EditedDay:
        return EditedDay("s", self.reading)

    def keep(self, day) -> None:
        if self.is_full:
            raise DeviceError("no space left")
        self.kept.append(day)


class Desk:
    """An editing desk over a studio; the artwork notes what it is asked for."""

    def __init__(self, reading: Reading, *, is_full: bool = False) -> None:
        self.studio = Studio(DAY)
        self.cards = CardBook(sold(TEA), show=lambda: self.studio.state.value, origin=str)
        self.locales, self.asked, self.days = [], [], Paper(reading, is_full=is_full)
        artwork = SimpleNamespace(
            follow=self.locales.append,
            prepare=self.asked.append,
            slate=lambda *_: None,
            label=lambda _: None,
            lower_third=lambda _: None,
            seller=lambda _: None,
        )
        self.taken = []
        self.editing = Editing(
            self.days, None, self.studio.runner, self.cards, artwork, pool=InlinePool(),
            taken=self.taken.append,
        )  # fmt: skip

    def run(self, story):
        self.studio.run(lambda _: story())


def test_everything_follows_an_edited_day():
    desk = Desk(Reading((), OTHER, sold(TEA, CUP)))

    async def story():
        await asyncio.sleep(1)
        assert await desk.editing.edit({"day.toml": b""}) == ()
        await asyncio.sleep(0.2)
        show = desk.studio.state.value
        assert show.rundown is OTHER
        assert set(desk.cards.catalog.products) == {"P17", "P18"}
        assert show.trade.stock["P18"].now == 4
        await desk.studio.runner.submit(ShowCard("P18"))

    desk.run(story)
    assert desk.locales == [("zh", "en")]
    assert {look.product for look in desk.asked} == {"P18"}
    assert len(desk.days.kept) == 1
    assert desk.taken == [OTHER]


def test_a_refused_day_changes_nothing():
    finding = Finding("day.toml", "file", "E01", "no")
    desk = Desk(Reading((finding,), None, None))

    async def story():
        await asyncio.sleep(1)
        assert await desk.editing.edit({"day.toml": b""}) == (finding,)
        assert desk.studio.state.value.rundown is DAY

    desk.run(story)
    assert (desk.days.kept, desk.locales, desk.taken) == ([], [], [])
    assert desk.cards.catalog.sha256 == "c" * 64


@pytest.mark.parametrize(
    ("after", "seen"),
    [
        (TEA, ["operator"]),
        (replace(TEA, price={"CNY": "139.00"}), ["operator", "price_changed", "price_changed"]),
        (CUP, ["operator", "edited"]),
    ],
    ids=["same price", "other price", "gone"],
)
def test_a_card_whose_price_is_edited_goes_and_comes_again(after, seen):
    desk = Desk(Reading((), OTHER, sold(after)))

    async def story():
        await asyncio.sleep(1)
        await desk.studio.runner.submit(ShowCard("P17", 30))
        await desk.editing.edit({})
        card = desk.studio.state.value.card
        assert (card is None) == (after is CUP)
        assert card is None or card.product == "P17"

    desk.run(story)
    facts = [one for one in desk.studio.facts if one.ev in ("card.show", "card.hide")]
    assert [one.why for one in facts] == seen


def test_a_full_disk_is_told_though_the_day_is_on_air():
    desk = Desk(Reading((), OTHER, sold(TEA)), is_full=True)

    async def story():
        await asyncio.sleep(1)
        with pytest.raises(CommandError, match="on air, but will not be after a restart"):
            await desk.editing.edit({})
        assert desk.studio.state.value.rundown is OTHER

    desk.run(story)
