"""The demo's configuration and its browser."""

import tomllib
from pathlib import Path

import pytest

from node.board.identity import demo_state_dir
from node.cli.demo import DemoOptions, demo_config, has_display
from node.config import PatternConfig
from node.day import simulated
from node.voice.prompts import INDEX


def test_the_demo_is_simulated_and_keeps_its_state_apart():
    config = demo_config(DemoOptions(port=8090, size="1920x1080", has_barcode=True))
    assert isinstance(config.camera, PatternConfig)
    assert config.camera.barcode
    assert (config.web.port, config.program.size) == (8090, "1920x1080")
    assert config.state_dir == str(demo_state_dir())


def test_camera_microphone_and_panel_of_the_demo_are_told_as_simulated():
    assert simulated(demo_config(DemoOptions())) == ("camera", "microphone", "panel")


def test_the_recorded_answers_of_the_demo_are_in_the_package_and_small():
    config = demo_config(DemoOptions())
    assert config.voice is not None
    folder = Path(config.voice.prompts)
    listed = tomllib.loads((folder / INDEX).read_text(encoding="utf-8"))["prompt"]
    assert {one["locale"] for one in listed} == {"zh", "en"}
    assert {one["file"] for one in listed} == {path.name for path in folder.glob("*.ogg")}
    assert sum(path.stat().st_size for path in folder.iterdir()) < 400_000


def test_what_the_demo_shows_is_in_the_package():
    config = demo_config(DemoOptions())
    assert Path(config.rundown).is_file()
    assert isinstance(config.camera, PatternConfig)
    assert Path(config.camera.backdrop).is_file()


@pytest.mark.parametrize(
    ("environ", "is_there"),
    [({}, False), ({"DISPLAY": ":0"}, True), ({"WAYLAND_DISPLAY": "wayland-0"}, True)],
)
def test_a_browser_is_opened_only_where_there_is_a_screen(environ, is_there):
    assert has_display(environ) is is_there


def test_the_demo_may_ask_its_own_cloud_which_is_on_this_machine():
    config = demo_config(DemoOptions())
    assert config.voice is not None
    assert config.voice.cloud
