"""Commands and clocks for tests of the control plane."""

import msgspec

from node.control.envelope import Moment
from node.control.messages import Seq, WireCommand, uuid7
from node.control.timing import Reading
from node.control.topics import address

NODE, ORG = "n0001", "acme"
NOW = 1_795_236_000_000
RANDOM = bytes(range(10))
MOMENT = Moment(NOW, NOW - 1000)


def command(kind="cue.go", n=1, *, stream="cue", life_ms=10_000, ident=0, **changes):
    """A command of this node, good unless changed."""
    data = changes.pop("data", {"segment": "desk"})
    wire = WireCommand(
        1, uuid7(NOW + ident, RANDOM), kind, NODE, NOW, NOW + life_ms,
        Seq(stream, 100, n) if stream else None, data=data,
    )  # fmt: skip
    return msgspec.structs.replace(wire, **changes)


def body(wire):
    return msgspec.json.encode(wire)


def topic(kind="cue.go"):
    return address(ORG, NODE, "cmd", kind)


def reading(state="synced", *, now=NOW, floor=NOW - 60_000, loop_s=1000.0):
    return Reading(state, now, floor, loop_s)
