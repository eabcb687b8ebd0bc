"""Facts about a panel in trouble: buttons that stick, lines that are gone or not wired."""

import asyncio
import contextlib

import pytest

from node.channels import State
from node.config_panel import ButtonConfig, PanelConfig
from node.control.panel import LOOK_S, ButtonWatch, PanelNeighbours
from node.control.panel_wiring import panel_of
from node.errors import DeviceError
from node.program.listening import Listening
from tests.fakes.panel_booth import played


def test_a_stuck_button_is_ignored_noted_and_told_by_health_until_it_is_let_go():
    async def scene(booth):
        await booth.hold("next")
        await asyncio.sleep(5)
        part = booth.health.value["buttons"]
        assert (part.condition, part.last_error) == ("waiting", "buttons: next stuck: ignored")
        assert booth.health.value["panel"].condition == "ready"
        on_air = booth.on_air
        await booth.press("live")
        assert booth.on_air == "desk" != on_air
        await booth.let_go("next")
        await asyncio.sleep(1)
        assert booth.health.value["buttons"].condition == "ready"

    assert played(scene, PanelConfig(stuck_s=5)).faults == ["fault buttons: next stuck"]


def test_a_line_that_floats_does_not_run_away_with_the_show():
    async def scene(booth):
        for number in range(60):
            at_s = asyncio.get_running_loop().time()
            booth.bench.pins.edge("busy", at_s, is_down=number % 2 == 0)
            await asyncio.sleep(0.02)
        assert booth.health.value["buttons"].last_error == "buttons: busy rattles: ignored"

    booth = played(scene)
    assert len(booth.pressed()) < 12


def test_a_button_that_is_held_as_the_node_starts_does_nothing():
    async def scene(booth):
        await asyncio.sleep(1)
        await booth.let_go("next")
        assert booth.on_air == "a"

    assert played(scene, held=["next"]).pressed() == []


def test_a_panel_that_is_not_there_is_told_by_health_and_tried_again():
    async def scene(booth):
        assert booth.bench.opened == 1
        booth.bench.fault = "panel: no /dev/gpiochip0"
        booth.bench.pins.fault = "panel: the line is gone"
        await booth.hold("next")
        assert booth.on_air == "b"
        await asyncio.sleep(1)
        part = booth.health.value["panel"]
        assert (part.condition, part.last_error) == ("waiting", "panel: no /dev/gpiochip0")
        booth.bench.fault = ""
        await asyncio.sleep(4)
        assert booth.health.value["panel"].condition == "ready"
        await booth.press("next")
        assert booth.on_air == "desk"

    played(scene)


def test_lines_that_go_while_nothing_is_lit_or_pressed_are_noticed():
    async def scene(booth):
        booth.bench.fault = "panel: no such chip"
        booth.bench.pins.fault = "panel: the lines are gone"
        await asyncio.sleep(LOOK_S + 1)
        part = booth.health.value["panel"]
        assert (part.condition, part.last_error) == ("waiting", "panel: no such chip")
        booth.bench.fault = ""
        await asyncio.sleep(4)
        assert booth.health.value["panel"].condition == "ready"

    played(scene)


def test_a_control_that_is_not_wired_is_not_there():
    cfg = PanelConfig(live=ButtonConfig(pin="none"))

    async def scene(booth):
        assert "live" not in booth.bench.pins.inputs
        await booth.press("next")

    assert played(scene, cfg).on_air == "b"


def test_a_node_without_a_table_has_no_panel():
    near = PanelNeighbours(State(None), State(Listening()), State({}), None, None, lambda _: None)
    assert panel_of(None, near).parts == ()


async def test_health_of_the_buttons_fails_for_what_is_ill_and_only_once():
    ill = State({"live": "stuck"})
    readied = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await ButtonWatch(ill).run(lambda: readied.append(True))
    assert readied == []
    ill.set({})
    task = asyncio.ensure_future(ButtonWatch(ill).run(lambda: readied.append(True)))
    await asyncio.sleep(0)
    ill.set({"live": "stuck"})
    with pytest.raises(DeviceError, match="live stuck"):
        await task
    assert readied == [True]
