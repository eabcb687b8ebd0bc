"""The forms of the control plane on the wire: commands, answers, births, time.

UTF-8 JSON, times in integer Unix milliseconds. Unknown fields are ignored, for a newer sender may
say more; an unknown `v` or `type` is refused. What a command carries stands in `orders.py`, desired
state in `sections.py`, telemetry and events in `telemetry.py`.
"""

from typing import Annotated, Final, Literal, get_args

import msgspec

from node.control.orders import KINDS, CommandId, Order, UnixMs
from node.errors import NodeError

VERSION: Final = 1
PAYLOAD_MAX: Final = 64 * 1024
"""Bytes; looked at before anything is parsed."""

JsonObject = dict[
    str, Annotated[object, msgspec.Meta(extra_json_schema={"description": "any JSON"})]
]
"""A JSON object whose fields this version need not know."""
Clock = Literal["synced", "unsynced", "holdover"]
Trust = Literal["jws", "none"]
Status = Literal[
    "accepted", "running", "done", "failed", "rejected", "expired", "superseded", "cancelled",
]  # fmt: skip
TERMINAL: Final = frozenset(get_args(Status)) - {"accepted", "running"}
Code = Literal[
    "bad_signature", "unknown_key", "wrong_audience", "unknown_version", "unknown_type",
    "bad_payload", "too_large", "clock_unsynced", "internal", "too_old", "stale_seq", "stopped",
    "cancelled", "precondition", "asset_missing", "busy", "disk_full", "hw_error", "timeout",
    "interrupted",
]  # fmt: skip
RETRYABLE: Final[frozenset[Code]] = frozenset(
    {"asset_missing", "busy", "disk_full", "timeout", "interrupted"}
)
"""Another command with a new id may fare better."""
MESSAGE_MAX: Final = 300
EVERYONE: Final = "*"
"""The audience of a broadcast and of the keys."""

NodeId = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
Stream = Annotated[str, msgspec.Meta(pattern="^[a-z]{1,16}$")]
Nonce = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ContractError(NodeError):
    """A message that the contract refuses; `code` is the reason that its sender is told.

    `id` is that of the command, empty where it has none that can be read; `is_proven` tells
    whether its signature was right: before that, anyone may have written the id.
    """

    def __init__(self, code: Code, message: str, *, id_: str = "", is_proven: bool = True) -> None:
        super().__init__(message[:MESSAGE_MAX])
        self.code: Code = code
        self.id = id_
        self.is_proven = is_proven


class Seq(msgspec.Struct, frozen=True):
    """A command's place in its stream; a higher `epoch` (Unix seconds) begins it anew."""

    stream: Stream
    epoch: Annotated[int, msgspec.Meta(ge=0, le=1 << 40)]
    n: Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]


class Head(msgspec.Struct, frozen=True):
    """As much of a command as its refusal needs, whatever else it holds."""

    v: int
    id: CommandId


class WireCommand(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command as its JSON has it; `by` names the way in (op:17), never a person's name."""

    v: int
    id: CommandId
    type: str
    aud: str
    iat: UnixMs
    exp: UnixMs
    seq: Seq | None = None
    corr: Annotated[str, msgspec.Meta(max_length=64)] = ""
    by: Annotated[str, msgspec.Meta(max_length=64)] = ""
    data: JsonObject = {}


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command whose `data` has the type that its `type` says (`orders.KINDS`)."""

    v: int
    id: str
    type: str
    aud: str
    iat: int
    exp: int
    data: Order
    seq: Seq | None = None
    corr: str = ""
    by: str = ""


class Reason(msgspec.Struct, frozen=True):
    """Why a command ended as it did: people see `code` in their language, logs `message`."""

    code: Code
    message: str = ""
    retryable: bool = False


class Ack(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a command; one terminal status for each id.

    `dup` tells that the answer was given before; `progress` goes from 0 to 1.
    """

    v: int
    id: str
    node: str
    status: Status
    at: UnixMs
    clock: Clock
    dup: bool = False
    progress: float | None = None
    reason: Reason | None = None
    result: JsonObject = {}


class Online(msgspec.Struct, frozen=True):
    """Retained; the will says false with the `bseq` of its connection."""

    v: int
    online: bool
    bseq: int
    at: UnixMs


class ControllerOnline(msgspec.Struct, frozen=True):
    """Retained `ctl/online`, the controller's will."""

    v: int
    online: bool
    at: UnixMs


class ClockView(msgspec.Struct, frozen=True):
    """What the node knows of time: `offset_ms` is to be added to its own clock."""

    state: Clock
    offset_ms: int = 0
    floor: UnixMs = 0


class OutboxView(msgspec.Struct, frozen=True):
    """What waits to be sent."""

    rows: int = 0
    bytes: int = 0
    oldest_s: int = 0


class Dropped(msgspec.Struct, frozen=True):
    """What a full outbox has let go since the node's state began."""

    agg: int = 0
    event: int = 0


class Birth(msgspec.Struct, frozen=True):
    """Said on every connect: who this is, what it holds and how far it is.

    `refused` counts messages not accepted since start, by reason code.
    """

    v: int
    node: str
    bseq: int
    at: UnixMs
    sw: str
    model: str
    caps: tuple[str, ...]
    trust: Trust
    clock: ClockView
    desired: dict[str, int] = {}
    outbox: OutboxView = OutboxView()
    dropped: Dropped = Dropped()
    refused: dict[str, int] = {}


class TimeQuery(msgspec.Struct, frozen=True):
    """What time is it? `t0` is the node's clock as the query leaves."""

    v: int
    nonce: Nonce
    t0: UnixMs


class TimeReply(msgspec.Struct, frozen=True):
    """`t1` and `t2`: the controller's clock as the query came and the reply left."""

    v: int
    aud: str
    nonce: Nonce
    t0: UnixMs
    t1: UnixMs
    t2: UnixMs


def typed(wire: WireCommand) -> Command:
    """The command with its typed data; raises `ContractError`."""
    kind = KINDS.get(wire.type)
    if wire.v != VERSION:
        raise ContractError("unknown_version", f"v = {wire.v}: expected {VERSION}")
    if kind is None:
        raise ContractError("unknown_type", f"type = {wire.type[:64]!r}")
    play_at = wire.data.get("play_at")
    if isinstance(play_at, int) and play_at > wire.exp:
        raise ContractError("bad_payload", "play_at: lies after exp")
    if (wire.seq.stream if wire.seq else "") != kind.stream:
        raise ContractError("bad_payload", f"{wire.type} runs in stream {kind.stream!r}")
    if not 0 <= wire.exp - wire.iat <= kind.max_s * 1000:
        raise ContractError("bad_payload", f"exp: at most {kind.max_s} s after iat")
    try:
        data: Order = msgspec.convert(wire.data, kind.order)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ContractError("bad_payload", f"data: {error}") from error
    return Command(
        v=wire.v, id=wire.id, type=wire.type, aud=wire.aud, iat=wire.iat, exp=wire.exp,
        data=data, seq=wire.seq, corr=wire.corr, by=wire.by,
    )  # fmt: skip


def uuid7(at_ms: int, randomness: bytes) -> str:
    """A UUIDv7 of a Unix time and 10 random bytes (RFC 9562 §5.7)."""
    digits = (at_ms & ((1 << 48) - 1)).to_bytes(6, "big") + randomness[:10]
    number = int.from_bytes(digits, "big")
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    text = f"{number:032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
