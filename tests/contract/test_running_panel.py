"""Buttons of a running node: the demo's simulated panel, a table for a board that is not here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import MakeDay
from tests.fakes.running import RunningNode, events, running

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningNode]:
    folder = tmp_path_factory.mktemp("panel")
    words = ["demo", "--headless", "--port", "0", "--size", "640x360"]
    node = RunningNode(words, folder, environ={"XDG_STATE_HOME": str(folder / "home")})
    try:
        node.wait_on_air()
        node.until(lambda status: status.health["panel"].condition == "ready")
        yield node
    finally:
        node.end()


def press(node: RunningNode, name: str) -> tuple[int, str]:
    code, body = node.ask("/api/fault", {"press": name})
    told = json.loads(body)
    return code, told.get("code", "")


def lit(node: RunningNode) -> set[str]:
    return set(json.loads(node.ask("/api/show")[1])["demo"]["lit"])


def test_the_demos_panel_says_that_it_is_simulated(demo: RunningNode):
    assert "panel" in demo.status().simulated
    assert "panel: simulated" in demo.err


def test_live_is_pressed_the_camera_is_on_air_the_tally_lit_and_the_press_noted(demo: RunningNode):
    assert demo.command("take", segment="agent")[0] == 200  # nothing live comes after it
    demo.until(lambda _: "tally" not in lit(demo))
    assert press(demo, "live")[0] == 200
    demo.until(lambda status: status.kind == "live" and "tally" in lit(demo))
    demo.until(lambda _: "button" in {one["ev"] for one in latest(demo)})


def test_mute_closes_the_ear_and_its_light_is_red(demo: RunningNode):
    assert press(demo, "mute")[0] == 200
    demo.until(
        lambda status: status.voice.ear == "muted" and lit(demo) & {"red", "blue"} == {"red"}
    )


def test_a_button_that_is_not_there_is_refused(demo: RunningNode):
    assert press(demo, "doorbell") == (409, "unknown_button")


def latest(node: RunningNode) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = json.loads(node.ask("/api/show")[1])["events"]
    return shown


def test_a_table_for_another_board_leaves_the_show_running_and_says_so(make_day: MakeDay):
    day = make_day()
    wired = "[panel]\nchip = 63\nlive = { pin = 17 }\n"
    day.config.write_text(day.config.read_text() + wired)
    with running(day.config) as node:
        status = node.until(lambda now: now.health["panel"].failures > 1 and now.on_air)
        part = status.health["panel"]
        assert part.condition == "waiting"
        assert "gpio" in part.last_error
        assert status.simulated == ("camera",)
        code, _ = node.ask("/api/fault", {"press": "live"})
        assert code == 404
    assert [one for one in events(Path(day.state_dir)) if one.ev == "button"] == []
