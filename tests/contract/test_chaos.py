"""Commands to a node that is killed without end, by a broker that is killed too: none is lost."""

from collections import Counter

import pytest

from tests.fakes.chaos import BrokerKiller, Commander, KilledNode
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto

pytestmark = pytest.mark.timeout(900)

COUNT = 60


@pytest.fixture
def stage(tmp_path):
    """A broker, a controller and the files of a node; `begin` starts the node with a fault."""
    keys, broker = Keys(), Mosquitto(tmp_path / "broker")
    root = keys.write_root(tmp_path)
    (tmp_path / "state").mkdir()
    broker.start()
    controller = Commander(broker.port, keys)
    nodes = []

    def begin(*fault):
        node = KilledNode(tmp_path / "state", broker.port, root, *fault)
        nodes.append(node)
        controller.wait_born()
        return node

    yield controller, broker, begin
    for node in nodes:
        node.stop()
    controller.close()
    broker.stop()


def test_kills_of_node_and_broker_lose_double_and_reorder_nothing(stage):
    controller, broker, begin = stage
    node = begin()
    node.keep_alive(0.5, 2.0)
    killer = BrokerKiller(broker, 5.0)
    try:
        controller.run(COUNT, limit_s=600)
    finally:
        killer.stop()
    controller.wait_effects()
    assert [one.end for one in controller.sent.values()] == ["done"] * COUNT
    assert controller.effects == list(range(1, COUNT + 1))
    assert node.kills
    assert broker.kills


@pytest.mark.parametrize("point", ["before_commit", "committed_not_acked"])
def test_a_node_that_dies_as_it_keeps_a_command_loses_none(stage, point):
    controller, _, begin = stage
    node = begin(point, "0.3")
    node.keep_alive()
    controller.run(12, limit_s=600)
    controller.wait_effects()
    assert [one.end for one in controller.sent.values()] == ["done"] * 12
    assert controller.effects == list(range(1, 13))
    assert node.kills


def test_an_effect_without_its_end_is_recognised_and_not_repeated(stage, tmp_path):
    controller, _, begin = stage
    node = begin("effect_not_done", "0.5")
    node.keep_alive()
    controller.run(12, limit_s=600)
    lines = (tmp_path / "state" / "effects").read_text().splitlines()
    done = [int(line.split()[0]) for line in lines]
    assert done == list(range(1, 13))
    assert [one.end for one in controller.sent.values()] == ["done"] * 12
    assert node.kills


def test_of_latest_streams_the_newest_is_done_and_no_older_one_after_it(stage):
    controller, _, begin = stage
    begin()
    commands = [
        controller.command(n, "audio.set", "audio", {"volume": n}, ttl_s=15)
        for n in (1, 3, 2, 5, 4)
    ]
    for one in commands:
        controller._until(one, one.has_ended, one.sent_s + 120)
    controller.wait_effects()
    ends = Counter(one.end for one in commands)
    assert ends == {"done": 3, "superseded": 2}
    assert controller.effects == [1, 3, 5]
