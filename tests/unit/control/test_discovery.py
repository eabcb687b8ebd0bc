"""The announcement against the rules of Home Assistant's documentation, written down anew here."""

import re

import jsonschema
import pytest

from node.control.discovery import Device, Present, config, order_of, state, without
from node.control.orders import AudioSet, CueGo, LiveStop, SysIdentify

ABBREVIATIONS = {
    "dev": "device", "o": "origin", "cmps": "components", "p": "platform", "ids": "identifiers",
    "mdl": "model", "mf": "manufacturer", "sw": "sw_version", "cu": "configuration_url",
    "avty_t": "availability_topic", "stat_t": "state_topic", "cmd_t": "command_topic",
    "uniq_id": "unique_id", "dev_cla": "device_class", "ent_cat": "entity_category",
    "stat_cla": "state_class", "unit_of_meas": "unit_of_measurement", "val_tpl": "value_template",
    "pl_prs": "payload_press",
}  # fmt: skip
"""Of those that the documentation lists, the ones in use; a name that is none of them stays."""
TEXT = {"type": "string", "minLength": 1}
TOPIC = {"type": "string", "pattern": "^[^+#\0]+$"}
SHARED = {
    "platform": TEXT,
    "unique_id": TEXT,
    "name": TEXT,
    "entity_category": {"enum": ["config", "diagnostic"]},
}
TEMPLATE = {"type": "string", "pattern": r"^\{\{ value_json\.\w+ \}\}$"}
BY_PLATFORM = {
    "binary_sensor": ({"value_template": TEMPLATE, "device_class": {"enum": ["problem"]}},
                      ["value_template"]),
    "sensor": ({"value_template": TEMPLATE, "device_class": {"enum": ["temperature"]},
                "state_class": {"enum": ["measurement"]}, "unit_of_measurement": TEXT},
               ["value_template"]),
    "button": ({"command_topic": TOPIC, "payload_press": TEXT,
                "device_class": {"enum": ["identify", "restart", "update"]}},
               ["command_topic"]),
    "number": ({"command_topic": TOPIC, "value_template": TEMPLATE, "min": {"type": "number"},
                "max": {"type": "number"}, "step": {"type": "number", "minimum": 0.001},
                "unit_of_measurement": TEXT}, ["command_topic"]),
}  # fmt: skip


def component(platform):
    fields, required = BY_PLATFORM[platform]
    return {
        "properties": {**SHARED, **fields, "platform": {"const": platform}},
        "required": ["platform", "unique_id", *required],
        "additionalProperties": False,
    }


REMOVAL = {
    "properties": {"platform": {"enum": list(BY_PLATFORM)}},
    "required": ["platform"],
    "additionalProperties": False,
}
SCHEMA = {
    "type": "object",
    "required": ["device", "origin", "components"],
    "additionalProperties": False,
    "properties": {
        "device": {
            "type": "object",
            "required": ["identifiers"],
            "additionalProperties": False,
            "properties": {
                "identifiers": {"type": "array", "items": TEXT, "minItems": 1},
                **dict.fromkeys(("name", "model", "manufacturer", "sw_version"), TEXT),
                "configuration_url": {"type": "string", "pattern": "^https?://"},
            },
        },
        "origin": {
            "type": "object",
            "required": ["name"],
            "additionalProperties": False,
            "properties": {"name": TEXT, "sw_version": TEXT},
        },
        "components": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"oneOf": [*map(component, BY_PLATFORM), REMOVAL]},
        },
        "availability_topic": TOPIC,
        "state_topic": TOPIC,
        "qos": {"enum": [0, 1, 2]},
    },
}
TAKES = {"ep1": "Episode 1", "faq_2": "Questions"}
DEVICE = Device("n0001", "Booth 1", "1.4.2", "Raspberry Pi 5", TAKES, has_volume=True,
                has_identify=True, page="http://booth.lan:8080/")  # fmt: skip
PLAIN = Device("n0001", "Booth 1", "1.4.2", "PC", {})
PRESENT = Present(is_live=True, segment="desk", card="P17", viewers=3, temperature_c=51.2)


def expanded(content):
    """The announcement as Home Assistant reads it, abbreviations written out."""
    if isinstance(content, dict):
        return {ABBREVIATIONS.get(key, key): expanded(value) for key, value in content.items()}
    return content


@pytest.mark.parametrize("device", [DEVICE, PLAIN])
def test_the_announcement_is_what_home_assistant_takes(device):
    jsonschema.validate(expanded(config(device)), SCHEMA)


def test_the_rules_find_what_is_wrong():
    for spoil in (
        lambda told: told.pop("o"),
        lambda told: told["dev"].pop("ids"),
        lambda told: told["cmps"]["live"].pop("uniq_id"),
        lambda told: told["cmps"]["live"].update(p="lamp"),
        lambda told: told["cmps"]["stop"].pop("cmd_t"),
        lambda told: told.update(stat_t="lsha/#"),
    ):
        told = config(DEVICE)
        spoil(told)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(expanded(told), SCHEMA)


def test_its_topic_is_one_that_home_assistant_listens_to():
    assert re.fullmatch(r"homeassistant/device/[a-zA-Z0-9_-]+/config",
                        DEVICE.config_topic("homeassistant"))  # fmt: skip


def test_every_unique_id_is_one():
    ids = [one["uniq_id"] for one in config(DEVICE)["cmps"].values()]
    assert len(set(ids)) == len(ids)
    assert all(one.startswith("ls_n0001_") for one in ids)


def test_every_template_reads_a_field_of_the_state():
    told = state(Present(is_live=True, segment="a", card="", viewers=0, volume=40))
    for one in config(DEVICE)["cmps"].values():
        if "val_tpl" in one:
            assert re.search(r"value_json\.(\w+)", one["val_tpl"])[1] in told


def test_what_is_gone_is_taken_away_by_its_platform():
    told = without(DEVICE, PLAIN)
    jsonschema.validate(expanded(told), SCHEMA)
    gone = {key for key, one in told["cmps"].items() if set(one) == {"p"}}
    assert gone == {"take_ep1", "take_faq_2", "vol", "identify"}


def test_the_state_is_plain():
    assert state(PRESENT) == {
        "live": "ON", "trouble": "OFF", "ill": "", "seg": "desk", "card": "P17", "viewers": 3,
        "temp": 51.2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("leaf", "body", "order"),
    [
        ("stop", b"1", LiveStop()),
        ("take", b"ep1", CueGo("ep1")),
        ("vol", b"40", AudioSet(40)),
        ("identify", b"1", SysIdentify()),
    ],
)
def test_what_may_be_set_becomes_an_order(leaf, body, order):
    assert order_of(DEVICE, f"lsha/n0001/set/{leaf}", body) == order


@pytest.mark.parametrize(
    ("topic", "body"),
    [
        ("lsha/n0001/set/stop", b"0"),
        ("lsha/n0001/set/stop", b""),
        ("lsha/n0002/set/stop", b"1"),
        ("lsha/n0001/set/start", b"1"),
        ("lsha/n0001/set/live", b"1"),
        ("lsha/n0001/set/take", b"desk"),
        ("lsha/n0001/set/take", b"ep1\0"),
        ("lsha/n0001/set/take", b"ep1" * 1000),
        ("lsha/n0001/set/vol", b"101"),
        ("lsha/n0001/set/vol", b"-1"),
        ("lsha/n0001/set/vol", b"4e1"),
        ("lsha/n0001/set/vol", "٤٠".encode()),
        ("lsha/n0001/set/vol", b"\xff"),
        ("lsha/n0001/set/", b"1"),
        ("", b"1"),
    ],
)
def test_all_else_is_no_order(topic, body):
    assert order_of(DEVICE, topic, body) is None


def test_a_node_without_loudspeaker_has_no_volume():
    assert order_of(PLAIN, "lsha/n0001/set/vol", b"40") is None
    assert "vol" not in config(PLAIN)["cmps"]
