"""Every topic of the control plane: how it is built, read, and delivered.

Node and controller share this table; the broker's access list and the AsyncAPI document say the
same. `ls/v1/{org}/nodes/{node}` is a node's own tree: it writes under `up/` alone.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from typing_extensions import override

ROOT: Final = "ls/v1"
SLASHES_MAX: Final = 7
"""What AWS IoT Core allows; the deepest topic of the contract has as many."""
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
"""A node or a tenant: safe in a topic, a file name, a certificate and a URL."""
_LEAF: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*")

Channel = Literal[
    "cmd", "desired", "time", "all", "ctl", "online", "birth", "reported", "ack", "event",
    "tele", "timeq",
]  # fmt: skip
"""`all` is the broadcast of a command, `ctl` the controller's own `online`."""
FROM_NODE: Final[frozenset[Channel]] = frozenset(
    {"online", "birth", "reported", "ack", "event", "tele", "timeq"}
)
WITH_LEAF: Final[frozenset[Channel]] = frozenset(
    {"cmd", "all", "desired", "reported", "event", "tele"}
)
BROADCAST: Final = "live.stop"
"""The one command that may go to all nodes at once."""
WILL_DELAY_S: Final = 10
KEEPALIVE_S: Final = 20
SESSION_EXPIRY_S: Final = 86_400
RECEIVE_MAXIMUM: Final = 16


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a message travels; `expiry_s` None is never, 0 that of the command itself."""

    qos: Literal[0, 1]
    retain: bool
    expiry_s: int | None


DELIVERY: Final[Mapping[Channel, Delivery]] = {
    "cmd": Delivery(1, retain=False, expiry_s=0),
    "all": Delivery(1, retain=False, expiry_s=0),
    "desired": Delivery(1, retain=True, expiry_s=None),
    "time": Delivery(0, retain=False, expiry_s=5),
    "ctl": Delivery(1, retain=True, expiry_s=None),
    "online": Delivery(1, retain=True, expiry_s=None),
    "birth": Delivery(1, retain=True, expiry_s=None),
    "reported": Delivery(1, retain=True, expiry_s=None),
    "ack": Delivery(1, retain=False, expiry_s=86_400),
    "event": Delivery(1, retain=False, expiry_s=7 * 86_400),
    "tele": Delivery(0, retain=False, expiry_s=60),
    "timeq": Delivery(0, retain=False, expiry_s=5),
}
ALIVE: Final = Delivery(1, retain=False, expiry_s=30)
"""`up/tele/alive`: its PUBACK proves the round trip."""


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic says; `node` is empty for `all` and `ctl`, `leaf` where there is none."""

    org: str
    node: str
    channel: Channel
    leaf: str = ""

    @override
    def __str__(self) -> str:
        """The topic."""
        if self.channel == "all":
            return f"{ROOT}/{self.org}/all/cmd/{self.leaf}"
        if self.channel == "ctl":
            return f"{ROOT}/{self.org}/ctl/online"
        up = "up/" if self.channel in FROM_NODE else ""
        leaf = f"/{self.leaf}" if self.leaf else ""
        return f"{ROOT}/{self.org}/nodes/{self.node}/{up}{self.channel}{leaf}"

    @property
    def delivery(self) -> Delivery:
        """How a message of this topic travels."""
        is_alive = self.channel == "tele" and self.leaf == "alive"
        return ALIVE if is_alive else DELIVERY[self.channel]


def address(org: str, node: str, channel: Channel, leaf: str = "") -> Address:
    """An address whose parts have been looked at; raises `ValueError` naming the wrong one."""
    named(org, "org")
    if channel not in {"all", "ctl"}:
        named(node, "node")
    if (channel in WITH_LEAF) != bool(leaf) or (leaf and _LEAF.fullmatch(leaf) is None):
        raise ValueError(f"{channel}: {leaf!r} cannot stand below it")
    if channel == "all" and leaf != BROADCAST:
        raise ValueError(f"only {BROADCAST} may go to all, not {leaf!r}")
    return Address(org, "" if channel in {"all", "ctl"} else node, channel, leaf)


def parse(topic: str) -> Address | None:
    """The address of a topic, or None where it is none of the contract."""
    if len(topic) > 200 or topic.count("/") > SLASHES_MAX:  # noqa: PLR2004
        return None
    match topic.split("/"):
        case ["ls", "v1", org, "all", "cmd", leaf]:
            found = org, "", "all", leaf
        case ["ls", "v1", org, "ctl", "online"]:
            found = org, "", "ctl", ""
        case ["ls", "v1", org, "nodes", node, "up", channel, *rest] if channel in FROM_NODE:
            found = org, node, channel, "/".join(rest)
        case ["ls", "v1", org, "nodes", node, ("cmd" | "desired" | "time") as channel, *rest]:
            found = org, node, channel, "/".join(rest)
        case _:
            return None
    try:
        return address(found[0], found[1], found[2], found[3])  # type: ignore[arg-type]  # a channel by the cases above
    except ValueError:
        return None


def named(name: str, what: str) -> str:
    """The name itself; raises `ValueError` where it cannot stand in a topic."""
    if NAME.fullmatch(name) is None:
        raise ValueError(f"{what} = {name!r}: expected a-z, 0-9 and '-', at most 32 characters")
    return name


def subscriptions(org: str, node: str) -> tuple[tuple[str, Literal[0, 1]], ...]:
    """What a node subscribes to, with QoS; no two overlap, or each message would come twice."""
    own = f"{ROOT}/{named(org, 'org')}/nodes/{named(node, 'node')}"
    return (
        (f"{own}/cmd/#", 1),
        (f"{own}/desired/#", 1),
        (f"{own}/time", 0),
        (f"{ROOT}/{org}/all/cmd/#", 1),
        (f"{ROOT}/{org}/ctl/online", 1),
    )


def controller_subscriptions(org: str) -> tuple[tuple[str, Literal[0, 1]], ...]:
    """What the controller subscribes to: all that nodes say, and what it said last itself."""
    nodes = f"{ROOT}/{named(org, 'org')}/nodes/+"
    return (f"{nodes}/up/#", 1), (f"{nodes}/desired/#", 1)
