"""The demo's bar: switches, and visitors who are made to ask."""

import pytest

from node.audio.visitors import Visitor
from node.errors import CommandError
from node.web.demo import FaultBar
from node.web.operator import Fault
from tests.unit.web.conftest import Client

ANN = Visitor("ann", "zh", "多少钱?", ("多少钱",), "woman", "zf_xiaoni", 0.7, needs="talk")


class Askers:
    def __init__(self) -> None:
        self.everyone = (ANN,)
        self.played: list[str] = []

    async def play(self, name: str) -> None:
        if name != "ann":
            raise CommandError("unknown_visitor", name)
        self.played.append(name)


async def test_a_visitor_is_shown_with_what_it_needs_and_made_to_ask():
    askers = Askers()
    bar = FaultBar({}, askers)
    shown = bar.view().visitors[0]
    assert (shown.id, shown.says, shown.distance_m, shown.needs) == ("ann", "多少钱?", 0.7, "talk")
    assert await bar.obey(Fault(ask="ann")) == "ann asks"
    assert askers.played == ["ann"]


async def test_without_an_ear_nobody_asks():
    bar = FaultBar({})
    assert bar.view().visitors == ()
    with pytest.raises(CommandError) as refused:
        await bar.obey(Fault(ask="ann"))
    assert refused.value.code == "no_voice"


class Finger:
    names, lit = ("live", "next"), ("tally",)

    def __init__(self) -> None:
        self.pushed: list[str] = []

    async def push(self, name: str) -> None:
        self.pushed.append(name)


async def test_a_button_of_the_panel_is_shown_and_pressed():
    finger = Finger()
    bar = FaultBar({}, finger=finger)
    assert (bar.view().buttons, bar.view().lit) == (("live", "next"), ("tally",))
    assert await bar.obey(Fault(press="live")) == "live pressed"
    assert finger.pushed == ["live"]


async def test_without_a_panel_nothing_is_pressed():
    bar = FaultBar({})
    assert bar.view().buttons == ()
    with pytest.raises(CommandError) as refused:
        await bar.obey(Fault(press="live"))
    assert refused.value.code == "unknown_button"


async def test_the_bar_takes_one_order_at_a_time(client: Client):
    answer = await client.post("/api/fault", json={"kill": "camera", "ask": "ann"})
    assert answer.status == 400
