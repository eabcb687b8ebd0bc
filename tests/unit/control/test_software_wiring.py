"""The updater among the node's parts: only where releases are installed, never on the air."""

from dataclasses import dataclass

import pytest

from node.board.clock import Clock
from node.channels import State
from node.config import Config
from node.config_control import MqttConfig
from node.control.restarting import is_on_air
from node.control.software_wiring import updater_of
from node.program.commands import Arm, TakeLive
from node.program.show import Show
from node.update.layout import Layout
from tests.fakes.rundowns import clip, live, rundown
from tests.fakes.stage import stage

MQTT = MqttConfig(("mqtt://127.0.0.1:1",), trust="none", assets_url="https://x.example/")


@dataclass
class Near:
    """What the updater is told of the node."""

    state: State[Show]
    clock: Clock


@pytest.fixture
def played():
    return stage(rundown(clip("one", 60), live("desk", 60), play=("one", "desk")))


def test_a_checkout_is_not_updated(played, tmp_path):
    near = Near(State(played.show), Clock())
    assert updater_of(Config("day.toml", state_dir=str(tmp_path)), MQTT, near, lambda: None) is None


async def test_an_installed_node_is(played, tmp_path, monkeypatch):
    layout = Layout(tmp_path)
    monkeypatch.setattr("node.control.software_wiring.installation_of", lambda: layout)
    near = Near(State(played.show), Clock())
    updater = updater_of(Config("day.toml", state_dir=str(tmp_path)), MQTT, near, lambda: None)
    assert updater is not None
    updater.close()
    assert not (tmp_path / "update").exists()


def test_on_the_air_is_whoever_is_live_or_armed(played):
    assert not is_on_air(played.show)
    played.do(Arm("desk"))
    assert is_on_air(played.show)
    assert played.show.armed == "desk"


def test_a_live_segment_is_on_the_air(played):
    played.do(TakeLive())
    played.step()
    assert played.show.segment.kind == "live"
    assert is_on_air(played.show)
