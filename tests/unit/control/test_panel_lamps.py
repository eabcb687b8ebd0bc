"""Facts about the panel's lamps: what they tell of the show and of the ear."""

import asyncio

import pytest

from node.config_panel import PanelConfig
from node.control.lamps import colour_of
from node.program.commands import Arm
from node.program.listening import Listening
from node.supervise import PartHealth
from tests.fakes.panel_booth import DAY, PanelBooth, played
from tests.fakes.studio import Studio


def test_the_tally_is_lit_while_the_camera_is_in_the_picture():
    async def scene(booth):
        assert "tally" not in booth.lit
        await booth.press("live")
        await asyncio.sleep(0.2)
        assert "tally" in booth.lit
        await asyncio.sleep(1)
        await booth.press("live")
        await asyncio.sleep(0.2)
        assert "tally" not in booth.lit

    played(scene)


def test_the_tally_blinks_while_the_camera_comes_next():
    async def scene(booth):
        await booth.studio.runner.submit(Arm("desk"))
        await asyncio.sleep(4)
        assert 7 <= booth.bench.pins.written.count(("tally", True)) * 2 <= 10

    played(scene)


def test_a_camera_that_is_lost_is_not_on_air():
    async def scene(booth):
        await booth.press("live")
        await asyncio.sleep(0.5)
        assert "tally" in booth.lit
        booth.studio.is_camera_there = False
        await asyncio.sleep(3)
        assert "tally" not in booth.lit

    played(scene)


@pytest.mark.parametrize(
    ("ear", "lit"),
    [
        ("off", set()), ("closed", set()), ("armed", {"red", "green", "blue"}),
        ("listening", {"blue"}), ("sending", {"red", "green"}), ("muted", {"red"}),
        ("resting", set()),
    ],
)  # fmt: skip
def test_the_listening_light_has_the_colours_of_the_ear(ear, lit):
    async def scene(booth):
        booth.listening.set(Listening(ear="listening"))
        await asyncio.sleep(0.1)
        booth.listening.set(Listening(ear=ear))
        await asyncio.sleep(0.1)
        assert booth.lit - {"tally", "buzzer"} == lit

    played(scene)


@pytest.mark.parametrize(("ear", "lit"), [("sending", {"red", "green"}), ("muted", {"red"})])
def test_what_leaves_the_booth_and_a_muted_ear_are_shown_while_the_ear_rests(ear, lit):
    rests = {"ear": PartHealth("waiting", is_essential=False)}
    assert colour_of(Listening(ear=ear), rests) == lit


def test_the_light_is_dark_where_the_ears_parts_do_not_work():
    studio = Studio(DAY)
    booth = PanelBooth(studio, PanelConfig())

    async def story(_: Studio) -> None:
        task = asyncio.ensure_future(booth.panel.run(lambda: None))
        booth.listening.set(Listening(ear="listening"))
        await asyncio.sleep(0.1)
        assert booth.lit == {"blue"}
        booth.health.set({"microphone": PartHealth("waiting", is_essential=False)})
        await asyncio.sleep(0.1)
        assert booth.lit == set()
        task.cancel()

    studio.run(story)
