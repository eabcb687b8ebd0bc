"""Every command type of the contract: what it carries, in which stream it runs, how long it holds.

A command says "set to X", never "toggle" or "next": repeating it does no harm.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec

Mode = Literal["latest", "strict", "none"]
"""`latest`: a newer one makes it stale; `strict`: one after the other; `none`: no order."""

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
"""The name of a segment, product or offer."""
UnixMs = Annotated[int, msgspec.Meta(ge=0, le=1 << 53)]
"""Integer Unix milliseconds."""
CommandId = Annotated[
    str,
    msgspec.Meta(pattern="^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
                 max_length=36),
]  # fmt: skip
"""A UUIDv7 (RFC 9562 §5.7), lower case."""
LocalWords = dict[
    Annotated[str, msgspec.Meta(pattern="^[a-z]{2}(-[A-Za-z]{2,4})?$", max_length=7)],
    Annotated[str, msgspec.Meta(min_length=1, max_length=500)],
]
"""A text by locale, as in {"zh": "欢迎", "en": "Welcome"}."""
Turn = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}-[0-9]{1,9}$(?!\n)", max_length=18)]
"""A question: the node's start, and its number since then."""


class CueGo(msgspec.Struct, frozen=True):
    """Take a segment on air; at a Unix time in ms (`play_at`), else at once."""

    segment: Name
    play_at: UnixMs | None = None


class CueArm(msgspec.Struct, frozen=True):
    """Open a segment's source and make it the next on air; done when it is ready."""

    segment: Name


class CardShow(msgspec.Struct, frozen=True):
    """Show a product's card for `for_s` seconds."""

    product: Name
    for_s: Annotated[float, msgspec.Meta(ge=1, le=600)] = 30.0
    play_at: UnixMs | None = None


class CardHide(msgspec.Struct, frozen=True):
    """Take the card down."""


class AudioSet(msgspec.Struct, frozen=True):
    """Set the loudspeaker's volume in percent."""

    volume: Annotated[int, msgspec.Meta(ge=0, le=100)]


class Say(msgspec.Struct, frozen=True):
    """Have a sentence said, or read where there is no voice."""

    text: Annotated[LocalWords, msgspec.Meta(min_length=1, max_length=8)]


class LiveStart(msgspec.Struct, frozen=True):
    """Put the camera on air; `ingest` names an uplink whose key the node fetches itself."""

    segment: str = ""
    ingest: Annotated[str, msgspec.Meta(max_length=64)] = ""


class LiveStop(msgspec.Struct, frozen=True):
    """Off the air at once: to the rundown's fallback, or back to what the camera interrupted."""

    to: Literal["slate", "resume"] = "slate"


class OfferSold(msgspec.Struct, frozen=True):
    """How many of an offer are sold in all; a smaller number than before changes nothing."""

    offer: Name
    count: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class StockSet(msgspec.Struct, frozen=True):
    """How many of a product there are now."""

    product: Name
    stock: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]


class Snapshot(msgspec.Struct, frozen=True):
    """Send a still of the program, `width_px` wide, as telemetry `still`."""

    width_px: Annotated[int, msgspec.Meta(ge=80, le=640)] = 320


class SysReboot(msgspec.Struct, frozen=True):
    """Start the node's process again, or the whole machine; while live or armed only by `force`.

    Done once it is there again. The machine: only where the node's configuration allows it.
    """

    what: Literal["node", "machine"] = "node"
    force: bool = False


class SysIdentify(msgspec.Struct, frozen=True):
    """Make the booth findable: its name on the picture for `for_s` seconds."""

    for_s: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10


class AskReply(msgspec.Struct, frozen=True):
    """Answer a question that `tele/ask` handed over: said if the node finds it fit, else refused.

    `card.show` puts up the card of `product`. `audio` is a recording of the answer by its hash,
    used if it comes in time.
    """

    turn: Turn
    text: Annotated[LocalWords, msgspec.Meta(min_length=1, max_length=8)]
    product: Annotated[str, msgspec.Meta(max_length=64)] = ""
    action: Literal["", "card.show"] = ""
    audio: Annotated[str, msgspec.Meta(pattern="^(sha256:[0-9a-f]{64})?$(?!\n)")] = ""


class LogGet(msgspec.Struct, frozen=True):
    """Answer with the newest `lines` of the node's log."""

    lines: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


class Rebirth(msgspec.Struct, frozen=True):
    """Say online, birth and everything reported again."""


class Cancel(msgspec.Struct, frozen=True):
    """Let a command that was accepted and has not begun never begin."""

    id: CommandId


class ScanNote(msgspec.Struct, frozen=True):
    """A visitor scanned a product's code, at a Unix time in ms; 0 is now."""

    product: Name
    at: UnixMs = 0
    cue: Annotated[str, msgspec.Meta(max_length=64)] = ""
    loop: Annotated[int, msgspec.Meta(ge=-1, le=1_000_000)] = -1


Order = (
    CueGo | CueArm | CardShow | CardHide | AudioSet | Say | LiveStart | LiveStop | OfferSold
    | StockSet | Snapshot | SysReboot | SysIdentify | LogGet | Rebirth | Cancel | ScanNote
    | AskReply
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """One command type; times in seconds.

    `ttl_s` is what a controller gives unless told, `max_s` the most a node takes. A command that
    `is_queued` waits for a node that is offline; any other fails there at once.
    """

    name: str
    order: type[Order]
    stream: str
    mode: Mode
    ttl_s: int
    max_s: int
    is_queued: bool


def _latest(name: str, order: type[Order], stream: str) -> Kind:
    return Kind(name, order, stream, "latest", 10, 15, is_queued=False)


def _soon(name: str, order: type[Order]) -> Kind:
    return Kind(name, order, "main", "strict", 60, 120, is_queued=False)


def _upkeep(name: str, order: type[Order]) -> Kind:
    return Kind(name, order, "main", "strict", 300, 600, is_queued=True)


URGENT: Final = frozenset({"live.stop", "cancel"})
"""Types that pass all others by."""
KINDS: Final[Mapping[str, Kind]] = {
    kind.name: kind
    for kind in (
        _latest("cue.go", CueGo, "cue"),
        _latest("card.show", CardShow, "card"),
        _latest("card.hide", CardHide, "card"),
        _latest("audio.set", AudioSet, "audio"),
        _latest("say", Say, "say"),
        _soon("cue.arm", CueArm),
        _soon("live.start", LiveStart),
        _upkeep("offer.sold", OfferSold),
        _upkeep("stock.set", StockSet),
        _upkeep("sys.reboot", SysReboot),
        _upkeep("sys.identify", SysIdentify),
        _upkeep("log.get", LogGet),
        _upkeep("rebirth", Rebirth),
        Kind("live.stop", LiveStop, "", "none", 600, 600, is_queued=True),
        Kind("cancel", Cancel, "", "none", 60, 300, is_queued=True),
        Kind("scan.note", ScanNote, "", "none", 60, 300, is_queued=True),
        Kind("ask.reply", AskReply, "", "none", 10, 30, is_queued=False),
        Kind("snapshot", Snapshot, "", "none", 10, 60, is_queued=False),
    )
}
"""By type, as control-plane.md §1.5 has them; `say`, `snapshot` and `ask.reply` fail at once
like a cue."""
