"""The price watch: a line at the start and at each change, an alarm for a fault, once."""

import asyncio
import json
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from node.catalog import pricewatch
from node.catalog.ledger import Ledger
from node.catalog.pricewatch import PriceWatch
from node.catalog.products import Catalog, Offer, Product
from node.errors import DeviceError

SHANGHAI = ZoneInfo("Asia/Shanghai")
TEA = Product("P17", {"zh": "茶具"}, {"CNY": "129.00"})
NOON = Offer("noon17", "P17", {"CNY": "99.00"}, 730, 745, 30, date(2026, 11, 21))


class Shop:
    """A booth whose offers and clock are set by hand; `round` waits for one look at them."""

    def __init__(self, path):
        self.path, self.running, self.alarms = path, [], []
        self.time = datetime(2026, 11, 21, 12, tzinfo=SHANGHAI)
        self.ledger = Ledger(path, SHANGHAI)
        self.ledger.load()
        self.watch = PriceWatch(
            self.ledger,
            catalog=lambda: Catalog("CNY", {"P17": TEA}, {}, "ab" * 32),
            running=lambda: self.running,
            now=lambda: self.time,
            alarm=self.alarms.append,
        )
        self.looked = asyncio.Semaphore(0)

    async def round(self):
        await self.looked.acquire()
        await self.looked.acquire()  # the first look may have begun before the change

    def lines(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()]


@pytest.fixture
async def shop(tmp_path, monkeypatch):
    monkeypatch.setattr(pricewatch, "EVERY_S", 0)
    one = Shop(tmp_path / "prices.jsonl")
    task = asyncio.create_task(one.watch.run(one.looked.release))
    yield one
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_prices_are_noted_at_the_start_and_when_an_offer_comes_and_goes(shop):
    for running in ([], [NOON], []):
        shop.running = running
        await shop.round()
        await shop.round()
    lines = shop.lines()
    assert [(line["price"], line["offer"]) for line in lines] == [
        ("129.00", ""),
        ("99.00", "noon17"),
        ("129.00", ""),
    ]
    assert lines[0]["source"] == "catalog sha256:" + "ab" * 32
    assert shop.alarms == []


async def test_a_clock_set_back_is_one_alarm_and_heals(shop):
    await shop.round()
    right, shop.time = shop.time, datetime(1970, 1, 1, tzinfo=SHANGHAI)
    shop.running = [NOON]
    await shop.round()
    await shop.round()
    assert shop.alarms == ["the clock stands before the last line of the ledger"]
    assert len(shop.lines()) == 1
    shop.time = right
    await shop.round()
    await shop.round()
    assert [line["price"] for line in shop.lines()] == ["129.00", "99.00"]


async def test_a_broken_ledger_is_one_alarm_and_is_written_on(tmp_path):
    path = tmp_path / "prices.jsonl"
    path.write_bytes(b"{}\n")
    shop = Shop(path)
    task = asyncio.create_task(shop.watch.run(shop.looked.release))
    await shop.looked.acquire()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert shop.alarms == ["prices.jsonl: line 1: form"]
    assert [line["price"] for line in shop.lines()] == ["129.00"]


async def test_a_disk_that_refuses_is_a_device_error(tmp_path):
    path = tmp_path / "prices.jsonl"
    path.mkdir()
    shop = Shop(path)
    with pytest.raises(DeviceError):
        await shop.watch.run(lambda: None)
