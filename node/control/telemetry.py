"""What a node tells of itself unasked: telemetry of the moment, and events that are kept."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal

import msgspec

from node.control.messages import JsonObject
from node.control.orders import Turn, UnixMs
from node.program.listening import Ear

CLOUD_EVENTS: Final = "1.0"
OWN_EVENTS: Final = ("asset.failed", "sys.alert", "tele.agg")
"""Event types beside those of the as-played log (domain.md §5)."""
AGG_S: Final = 300
"""Telemetry is kept as one `tele.agg` event for so long a time."""


class CloudEvent(msgspec.Struct, frozen=True):
    """One fact as CloudEvents 1.0 JSON; `data` is the line of the as-played log.

    `id` is node, boot and sequence: a repeat does no harm. `time` is RFC 3339, UTC.
    """

    specversion: str
    id: str
    source: str
    type: str
    time: str
    data: JsonObject = {}


class Sys(msgspec.Struct, frozen=True, omit_defaults=True):
    """The machine: °C, MB, ms; None where it cannot be known."""

    v: int
    node: str
    at: UnixMs
    mono_s: float
    cpu_c: float | None = None
    mem_mb: int | None = None
    disk_free_mb: int | None = None
    rtt_ms: int | None = None
    load: float | None = None
    outbox_rows: int = 0
    uptime_s: int = 0


class Player(msgspec.Struct, frozen=True):
    """The playhead: each second and at each cue; `pos` in seconds of the segment.

    `volume` in percent of the booth's loudspeaker; None where a node does not tell.
    """

    v: int
    node: str
    at: UnixMs
    seg: str
    pos: float
    loop: int
    beat: str = ""
    card: str = ""
    armed: str = ""
    live: bool = False
    volume: int | None = None


class Hearing(msgspec.Struct, frozen=True, omit_defaults=True):
    """The booth's ear: what its light shows; `resting` where it hears nothing for now.

    The machine is too slow then, or a model failed: `ill` says why. It tries again in `again_s`
    seconds. `clipped_percent` of what is said comes in clipped: the microphone is too loud. 0 where
    there is nothing of it.
    """

    ear: Ear
    again_s: int = 0
    clipped_percent: int = 0


class Streams(msgspec.Struct, frozen=True, omit_defaults=True):
    """What goes out: viewers, coded bits, and the parts that do not work, with their error.

    `hearing` is what the ear does; None where a node does not tell.
    """

    v: int
    node: str
    at: UnixMs
    viewers: int
    fps: float
    kbps: float
    ill: dict[str, str] = {}
    hearing: Hearing | None = None


class Alive(msgspec.Struct, frozen=True):
    """A round trip: its PUBACK is what counts."""

    v: int
    node: str
    at: UnixMs
    n: int


class Still(msgspec.Struct, frozen=True):
    """A JPEG of the program in base64; `id` is that of the `snapshot` it answers, or empty."""

    v: int
    node: str
    at: UnixMs
    id: str
    seg: str
    width_px: int
    height_px: int
    jpeg: str


class Guess(msgspec.Struct, frozen=True):
    """An intent that may have been meant."""

    intent: Annotated[str, msgspec.Meta(max_length=64)]
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]


class Ask(msgspec.Struct, frozen=True, omit_defaults=True):
    """A question that the node does not answer itself: `ask.reply` does, within `left_ms`.

    Kept by nobody. `text` and `audio` (Opus in Ogg, base64) are there only with the consent of who
    asked, to this turn. `deadline` is the node's clock, `left_ms` needs none.
    """

    v: int
    node: str
    at: UnixMs
    turn: Turn
    locale: Annotated[str, msgspec.Meta(max_length=7)]
    deadline: UnixMs
    left_ms: Annotated[int, msgspec.Meta(ge=0, le=600_000)]
    product: Annotated[str, msgspec.Meta(max_length=64)] = ""
    guesses: Annotated[tuple[Guess, ...], msgspec.Meta(max_length=8)] = ()
    text: Annotated[str, msgspec.Meta(max_length=200)] = ""
    audio: Annotated[str, msgspec.Meta(max_length=40_000, pattern="^[A-Za-z0-9+/=]*$(?!\n)")] = ""


Telemetry = Sys | Player | Streams | Alive | Still | Ask
TeleKind = Literal["sys", "player", "stream", "alive", "still", "ask"]
TELEMETRY: Final[Mapping[TeleKind, type[Telemetry]]] = {
    "sys": Sys,
    "player": Player,
    "stream": Streams,
    "alive": Alive,
    "still": Still,
    "ask": Ask,
}


class Aggregate(msgspec.Struct, frozen=True):
    """`data` of a `tele.agg` event: least, mean and most of each number over `span_s`."""

    span_s: int
    samples: int
    numbers: dict[str, tuple[float, float, float]]
