"""Topics: built and read the same way, for names that cannot break out of their place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.control.topics import (
    ALIVE,
    DELIVERY,
    FROM_NODE,
    SLASHES_MAX,
    WITH_LEAF,
    address,
    controller_subscriptions,
    parse,
    subscriptions,
)

NODE_CHANNELS = sorted(set(DELIVERY) - {"all", "ctl"})


@pytest.mark.parametrize("channel", NODE_CHANNELS)
def test_every_topic_of_a_node_is_read_as_it_was_built(channel):
    built = address("acme", "n0001", channel, "card.show" if channel in WITH_LEAF else "")
    assert parse(str(built)) == built
    assert str(built).count("/") <= SLASHES_MAX
    assert ("/up/" in str(built)) == (channel in FROM_NODE)


@pytest.mark.parametrize(
    "name", ["", "a/b", "+", "#", "$SYS", "A", "a b", "x" * 33, "-a", "ü", "a\n"]
)
def test_a_name_that_means_something_to_mqtt_is_refused(name):
    with pytest.raises(ValueError, match="expected a-z"):
        address("acme", name, "ack")
    with pytest.raises(ValueError, match="expected a-z"):
        address(name, "n0001", "ack")


def test_only_a_stop_goes_to_all():
    assert str(address("acme", "", "all", "live.stop")) == "ls/v1/acme/all/cmd/live.stop"
    with pytest.raises(ValueError, match="may go to all"):
        address("acme", "", "all", "sys.reboot")
    assert parse("ls/v1/acme/all/cmd/sys.reboot") is None


@pytest.mark.parametrize(
    "topic",
    ["", "/", "$SYS/broker/uptime", "ls/v2/acme/nodes/n1/cmd/cue.go", "ls/v1/acme/nodes/+/cmd/a",
     "ls/v1/acme/nodes/n1/up/cmd/a", "ls/v1/acme/nodes/n1/cmd", "ls/v1/acme/nodes/n1/cmd/a/b",
     "ls/v1/acme/nodes/n1/up/ack/x", "ls/v1/acme/nodes/n1/time/x"],
)  # fmt: skip
def test_what_is_no_topic_of_the_contract_is_none(topic):
    assert parse(topic) is None


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_topic_is_read_without_an_error(topic):
    found = parse(topic)
    assert found is None or str(found) == topic


def test_what_a_node_subscribes_to_does_not_overlap():
    filters = [one for one, _ in subscriptions("acme", "n0001")]
    assert len(filters) == 5
    for one in filters:
        others = [other for other in filters if other != one]
        assert not any(one.startswith(other.rstrip("#")) for other in others)
    assert ("ls/v1/acme/nodes/+/up/#", 1) in controller_subscriptions("acme")


def test_a_sign_of_life_is_confirmed_other_telemetry_is_not():
    assert address("acme", "n1", "tele", "alive").delivery == ALIVE
    assert address("acme", "n1", "tele", "sys").delivery.qos == 0
