"""A day edited while it is played: its offer comes on screen and is there after a restart."""

import json
from datetime import datetime, timedelta

import pytest

from tests.fakes.running import events, running

pytestmark = pytest.mark.timeout(300)


def with_an_offer(day) -> dict[str, str]:
    """The day's files with an offer that runs from this minute on, for twenty."""
    begin = datetime.now(day.zone).replace(second=0, microsecond=0)
    end = begin + timedelta(minutes=20)
    cue = f'  [[segment.cue]]\n  clock = "{begin:%H:%M}"\n  do = "offer.start"\n  offer = "now"\n'
    text = day.rundown.read_text("utf-8").replace("[[block]]", f"{cue}[[block]]")
    catalog = (day.folder / "catalog.toml").read_text("utf-8") + (
        '[offer.now]\nproduct = "P1"\nprice = { CNY = "99.00" }\nqty = 30\n'
        f'window = {{ from = "{begin:%H:%M}", to = "{end:%H:%M}" }}\non = {begin:%Y-%m-%d}\n'
    )
    return {"day.toml": text, "catalog.toml": catalog}


def test_an_edited_day_is_on_air_with_its_offer_and_after_a_restart_too(make_day):
    day = make_day(play=("one", "desk"))
    with running(day.config) as node:
        node.until(lambda status: status.health["camera"].condition == "ready")
        code, body = node.ask("/api/day", {"day.toml": "nonsense"})
        assert not json.loads(body)["ok"]
        files = with_an_offer(day)
        code, body = node.ask("/api/day", files)
        assert (code, json.loads(body)["ok"]) == (200, True)
        node.command("take", segment="desk")
        node.command("take", segment="two")  # what was next when the day came is as it was
        node.command("take", segment="desk")
        status = node.until(lambda status: status.card is not None)
        assert status.card.price["zh"] == "¥99.00"
        assert (status.card.offer.id, status.card.offer.left) == ("now", 30)
        assert status.card.was is None  # the ledger is a minute old
        node.stop()
    shown = [one for one in events(day.state_dir) if one.ev == "card.show"]
    assert (shown[-1].price, shown[-1].cur, shown[-1].offer) == ("99.00", "CNY", "now")
    with running(day.config) as node:
        products = json.loads(node.ask("/api/show")[1])["products"]
        assert products[0]["price"]["zh"] == "¥99.00"
