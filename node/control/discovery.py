"""The node as Home Assistant sees it: discovery, state and what may be set; pure.

After MQTT device discovery (home-assistant.io/integrations/mqtt, "Device discovery payload"; names
abbreviated as Home Assistant allows). What is set there is unsigned: it may stop, and set what does
no harm, and take what the node's own configuration names; it never opens a camera or a microphone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from node.control.messages import JsonObject
from node.control.orders import AudioSet, CueGo, LiveStop, Order, SysIdentify

ONLINE: Final = b"online"
OFFLINE: Final = b"offline"
PRESS: Final = "1"
SET_BYTES_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class Device:
    """A node that is shown; `takes` are titles by segment, of segments that a button may take."""

    node: str
    name: str
    software: str
    model: str
    takes: Mapping[str, str]
    has_volume: bool = False
    has_identify: bool = False
    page: str = ""

    @property
    def id(self) -> str:
        """Its name among all devices of a home."""
        return f"ls_{self.node}"

    def topic(self, leaf: str) -> str:
        """A topic of its own."""
        return f"lsha/{self.node}/{leaf}"

    def config_topic(self, prefix: str) -> str:
        """Where it is announced."""
        return f"{prefix}/device/{self.id}/config"


@dataclass(frozen=True, slots=True)
class Present:
    """How the node is: percent, °C; None where it cannot be told."""

    is_live: bool
    segment: str
    card: str
    viewers: int
    ill: str = ""
    volume: int | None = None
    temperature_c: float | None = None


def config(device: Device) -> JsonObject:
    """The announcement: the device, who announces it, and every thing to show or set."""
    about: JsonObject = {"ids": [device.id], "name": device.name, "mdl": device.model,
                         "mf": "livesell", "sw": device.software}  # fmt: skip
    if device.page:
        about["cu"] = device.page
    return {
        "dev": about,
        "o": {"name": "livesell", "sw": device.software},
        "avty_t": device.topic("online"),
        "stat_t": device.topic("state"),
        "qos": 1,
        "cmps": _things(device),
    }


def without(before: Device, after: Device) -> JsonObject:
    """The announcement in which what `after` no longer has is taken away: only its platform stays.

    Home Assistant keeps what is merely left out.
    """
    old, new = _things(before), _things(after)
    gone = {key: {"p": one["p"]} for key, one in old.items() if key not in new}
    return {**config(after), "cmps": {**new, **gone}}


def state(present: Present) -> JsonObject:
    """What the state topic carries; nothing is said of what cannot be told."""
    told: JsonObject = {
        "live": "ON" if present.is_live else "OFF",
        "trouble": "ON" if present.ill else "OFF",
        "ill": present.ill[:250],
        "seg": present.segment,
        "card": present.card,
        "viewers": present.viewers,
        "temp": present.temperature_c,
    }
    return told if present.volume is None else {**told, "vol": present.volume}


def order_of(device: Device, topic: str, body: bytes) -> Order | None:
    """What a message asks for; None if it may not, or is no message of ours."""
    text = body.decode("ascii", "replace") if len(body) <= SET_BYTES_MAX else ""
    if topic == device.topic("set/stop"):
        return LiveStop() if text == PRESS else None
    if topic == device.topic("set/take"):
        return CueGo(text) if text in device.takes else None
    if topic == device.topic("set/identify"):
        return SysIdentify() if device.has_identify and text == PRESS else None
    is_volume = topic == device.topic("set/vol") and device.has_volume
    if is_volume and text.isdecimal() and int(text) <= 100:  # noqa: PLR2004  # percent
        return AudioSet(int(text))
    return None


def _things(device: Device) -> dict[str, JsonObject]:
    """Every thing by key."""
    things = {**_shown(device), **_set(device)}
    return {key: {**one, "uniq_id": f"{device.id}_{key}"} for key, one in things.items()}


def _shown(device: Device) -> dict[str, JsonObject]:
    """Sensors, from the fields of the state."""
    things: dict[str, JsonObject] = {
        "live": {"p": "binary_sensor", "name": "Live"},
        "trouble": {"p": "binary_sensor", "name": "Trouble", "dev_cla": "problem",
                    "ent_cat": "diagnostic"},
        "ill": {"p": "sensor", "name": "What is ill", "ent_cat": "diagnostic"},
        "seg": {"p": "sensor", "name": "On air"},
        "card": {"p": "sensor", "name": "Card"},
        "viewers": {"p": "sensor", "name": "Viewers", "stat_cla": "measurement"},
        "temp": {"p": "sensor", "name": "CPU", "dev_cla": "temperature", "unit_of_meas": "°C",
                 "stat_cla": "measurement", "ent_cat": "diagnostic"},
    }  # fmt: skip
    if device.has_volume:
        things["vol"] = {"p": "number", "name": "Volume", "min": 0, "max": 100, "step": 1,
                         "unit_of_meas": "%", "cmd_t": device.topic("set/vol")}  # fmt: skip
    for key, thing in things.items():
        thing["val_tpl"] = f"{{{{ value_json.{key} }}}}"
    return things


def _set(device: Device) -> dict[str, JsonObject]:
    """Buttons."""
    stop, take = device.topic("set/stop"), device.topic("set/take")
    things: dict[str, JsonObject] = {
        "stop": {"p": "button", "name": "Stop", "cmd_t": stop, "pl_prs": PRESS}
    }
    if device.has_identify:
        things["identify"] = {"p": "button", "name": "Identify", "dev_cla": "identify",
                              "ent_cat": "config", "cmd_t": device.topic("set/identify"),
                              "pl_prs": PRESS}  # fmt: skip
    for segment, title in device.takes.items():
        things[f"take_{segment}"] = {"p": "button", "name": title, "cmd_t": take,
                                     "pl_prs": segment}  # fmt: skip
    return things
