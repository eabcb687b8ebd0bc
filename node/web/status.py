"""What the node tells about itself: STATUS and the whole view of the operator's page.

Plain values with the names of the wire; times are seconds, texts are by locale.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from node.web.assetsview import AssetsView
from node.web.boothview import BoothView
from node.web.dayview import DayView
from node.web.outputview import OutputView
from node.web.voiceview import EarView, TurnView

LocalText = Mapping[str, str]
"""A text by locale, as in {"zh": "展台直播", "en": "Live at the desk"}."""


class SellerView(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who sells; texts by locale."""

    name: LocalText
    licence: str = ""
    address: LocalText = {}
    contact: str = ""


class RunningOffer(msgspec.Struct, frozen=True):
    """An offer that runs: its price, its end (Unix time, ms), how many are left.

    `left_text` says it as the picture does, in what the product is counted in. `was` is a struck
    price, `basis` what it was the lowest of; None where none may be shown.
    """

    id: str
    product: str
    title: LocalText
    price: LocalText
    ends_at: int
    left: int
    left_text: LocalText
    was: LocalText | None = None
    basis: LocalText | None = None


class CardView(msgspec.Struct, frozen=True):
    """The product card on air, as viewers get it.

    `price` is formatted for each locale. `image`, `link` and `qr` are paths on this node, `scan`
    is the text inside the code, `until_s` the seconds until the card goes down. Sold out, it has
    neither link nor code. `offer` makes its price; `was` and `basis` are as there, without one too.
    `unit` is the price of a unit, `repriced` tells a card that came again as its price changed.
    """

    product: str
    title: LocalText
    price: LocalText
    badge: LocalText
    image: str
    link: str
    qr: str
    scan: str
    until_s: float
    state: Literal["in_stock", "low", "sold_out"] = "in_stock"
    was: LocalText | None = None
    basis: LocalText | None = None
    offer: RunningOffer | None = None
    unit: LocalText | None = None
    repriced: bool = False


class PartView(msgspec.Struct, frozen=True):
    """Health of one part; `last_error` is empty when there was none."""

    condition: Literal["starting", "ready", "waiting", "failed"]
    essential: bool
    failures: int = 0
    last_error: str = ""


class Frames(msgspec.Struct, frozen=True):
    """Program frames since start; `late_source` counts ticks that a source missed."""

    out: int = 0
    repeated: int = 0
    missing: int = 0
    black: int = 0
    late_source: int = 0


class Cues(msgspec.Struct, frozen=True):
    """Cues since start and the worst lateness, in program frames."""

    fired: int = 0
    late_frames_max: int = 0


class Sound(msgspec.Struct, frozen=True):
    """Program sound since start."""

    gaps: int = 0


class Idrs(msgspec.Struct, frozen=True):
    """IDRs asked for by viewers and those the encoder was made to send."""

    forced: int = 0
    requested: int = 0


class Status(msgspec.Struct, frozen=True):
    """The node in one value: `GET /status`.

    `next_in_s` is None where nobody can know it; `held` is the segment that waits for `resume`.
    `loop` counts passes through the block's play list from 1. `simulated` names the devices that
    are drawn or played instead of real. `strip` is the offer that counts down on the picture,
    `booth` what its loudspeaker and microphone window do,
    `assets` who approved its files, `voice` what its ear does.
    """

    version: str
    node: str
    uptime_s: float
    on_air: bool
    segment: str
    kind: Literal["clip", "live", "agent", "slate"]
    position_s: float
    length_s: float
    next: str
    next_in_s: float | None
    block: str
    loop: int
    layout: Literal["full", "pip", "side"]
    held: str | None
    fps: int
    size: str
    encoder: str
    encoder_why: str
    bitrate_kbps: float
    viewers: int
    health: Mapping[str, PartView]
    frames: Frames = Frames()
    cues: Cues = Cues()
    audio: Sound = Sound()
    card: CardView | None = None
    strip: RunningOffer | None = None
    simulated: tuple[str, ...] = ()
    idr: Idrs = Idrs()
    clock: Literal["synced", "unsynced"] = "synced"
    outputs: tuple[OutputView, ...] = ()
    broker: str = ""
    booth: BoothView = BoothView()
    assets: AssetsView = AssetsView()
    voice: EarView = EarView()
    encoder_stands_in: bool = False
    """For one that failed twice: `encoder_why` tells."""


class BlockView(msgspec.Struct, frozen=True):
    """A span of the day; `start` and `end` are `HH:MM`, called `from` and `to` on the wire."""

    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    play: tuple[str, ...]
    now: bool = False


class CueView(msgspec.Struct, frozen=True):
    """A cue as a flag on the time line."""

    id: str
    at_s: float
    do: str
    beat: str = ""
    product: str = ""


class SegmentView(msgspec.Struct, frozen=True):
    """A segment that may be taken; `length_s` is 0 for a slate."""

    id: str
    kind: Literal["clip", "live", "agent", "slate"]
    title: LocalText
    length_s: float
    cues: tuple[CueView, ...] = ()


class RundownView(msgspec.Struct, frozen=True):
    """The day. `camera` is the segment that `live` takes, empty without one.

    `timezone` (IANA name) is the booth's: all times of day on the pages are in it.
    """

    id: str
    title: LocalText
    timezone: str
    locales: tuple[str, ...]
    fallback: str
    camera: str
    blocks: tuple[BlockView, ...]
    segments: tuple[SegmentView, ...]


class ProductView(msgspec.Struct, frozen=True):
    """A product that has a card; `price` is formatted by locale, `image` a path on this node."""

    id: str
    title: LocalText
    price: LocalText
    image: str
    stock: int


class EventView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A fact for the ticker.

    `ts` is RFC 3339 wall time, `ev` a name of the event list (`seg.start`, `cue.fire`, …); the
    page words it from `ev` and the fields, `text` is what it says for a name it does not know.
    """

    ts: str
    ev: str
    text: str = ""
    seg: str = ""
    cue: str = ""
    product: str = ""
    part: str = ""
    why: str = ""
    intent: str = ""


class VisitorView(msgspec.Struct, frozen=True):
    """A simulated visitor who may be made to ask: what it `says`, from how far (metres).

    `needs`: "talk", TALK must be pressed before; "answer", it interrupts one.
    """

    id: str
    locale: str
    says: str
    who: Literal["woman", "man"]
    distance_m: float
    needs: Literal["", "talk", "answer"] = ""


class DemoView(msgspec.Struct, frozen=True):
    """Whether this is the demo, which parts may be broken there, and which are broken now.

    `visitors` may be made to ask, where there is an ear that hears them; `buttons` of a simulated
    panel may be pressed, `lit` are its lamps that are on.
    """

    is_demo: bool = False
    faults: tuple[str, ...] = ()
    active: tuple[str, ...] = ()
    visitors: tuple[VisitorView, ...] = ()
    buttons: tuple[str, ...] = ()
    lit: tuple[str, ...] = ()


class ShowView(msgspec.Struct, frozen=True):
    """All that the operator's page shows: `GET /api/show`, pushed by `/api/watch`."""

    status: Status
    rundown: RundownView
    products: tuple[ProductView, ...] = ()
    events: tuple[EventView, ...] = ()
    demo: DemoView = DemoView()
    day: DayView = DayView()
    questions: tuple[TurnView, ...] = ()
