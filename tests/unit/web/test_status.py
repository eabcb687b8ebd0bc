"""The wire form of what the node tells."""

import msgspec

from node.web.health import health_report
from node.web.status import BlockView, EventView, ShowView
from tests.fakes.fake_show import FakeShow


def test_the_view_survives_the_wire():
    show = FakeShow()
    for _ in range(450):  # past the first card
        show.tick()
    view = show.snapshot()
    assert view.status.card is not None
    assert msgspec.json.decode(msgspec.json.encode(view), type=ShowView) == view


def test_a_block_is_from_to_on_the_wire():
    assert msgspec.to_builtins(BlockView("09:30", "12:00", ("ep1",), now=True)) == {
        "from": "09:30",
        "to": "12:00",
        "play": ("ep1",),
        "now": True,
    }


def test_an_event_tells_only_what_it_has():
    assert msgspec.to_builtins(EventView("2026-11-21T11:08:06+08:00", "seg.start", seg="ep1")) == {
        "ts": "2026-11-21T11:08:06+08:00",
        "ev": "seg.start",
        "seg": "ep1",
    }


def test_a_node_that_is_not_on_air_is_not_well():
    status = msgspec.structs.replace(FakeShow().snapshot().status, on_air=False)
    report = health_report(status)
    assert not report.ok
    assert report.parts == {"program": "not on air"}
