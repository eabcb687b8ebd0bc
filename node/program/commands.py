"""The only vocabulary in which anyone may ask the program for something.

Commands name their target, never "toggle" or "next": repeating one does no harm. On the wire
each is a JSON object tagged by `do`, as in `{"do": "take", "segment": "desk"}`.
"""

from datetime import date
from typing import Annotated, Literal

import msgspec

CardReason = Literal["operator", "price_changed", "edited"]
"""Why a card comes or goes by command: as the log tells it, and its own pill for a price."""

CutReason = Literal["speech", "stop", "button", "rejected"]
"""Why a sentence is cut: someone speaks, says stop, presses, or was misunderstood."""

Layout = Literal["full", "pip", "side"]
"""full; picture-in-picture (camera small over the clip); side by side."""


class Take(msgspec.Struct, frozen=True, tag_field="do", tag="take", forbid_unknown_fields=True):
    """Put a segment on air."""

    segment: str


class TakeLive(msgspec.Struct, frozen=True, tag_field="do", tag="live", forbid_unknown_fields=True):
    """Put the live camera on air now; what was on air keeps its place for `resume`."""


class Resume(msgspec.Struct, frozen=True, tag_field="do", tag="resume", forbid_unknown_fields=True):
    """Return to what was on air before `live`, at the same position."""


class Skip(msgspec.Struct, frozen=True, tag_field="do", tag="skip", forbid_unknown_fields=True):
    """End `segment` now and go to what follows it; nothing happens if it is not on air."""

    segment: str


class Arm(msgspec.Struct, frozen=True, tag_field="do", tag="arm", forbid_unknown_fields=True):
    """Open a segment's source and make it the next on air."""

    segment: str


class ShowCard(msgspec.Struct, frozen=True, tag_field="do", tag="card.show",
               forbid_unknown_fields=True):  # fmt: skip
    """Show a product's card for `for_s` seconds (1 to 600)."""

    product: str
    for_s: float = 30.0
    why: CardReason = "operator"


class HideCard(msgspec.Struct, frozen=True, tag_field="do", tag="card.hide",
               forbid_unknown_fields=True):  # fmt: skip
    """Take the card down; nothing happens if none is shown."""

    why: CardReason = "operator"


class Say(msgspec.Struct, frozen=True, tag_field="do", tag="say", forbid_unknown_fields=True):
    """Have a sentence said, in each of its languages; it stands on the picture meanwhile."""

    text: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=500)]]


class SetLayout(msgspec.Struct, frozen=True, tag_field="do", tag="layout",
                forbid_unknown_fields=True):  # fmt: skip
    """Arrange the clip and the camera until the segment ends."""

    layout: Layout


class Busy(msgspec.Struct, frozen=True, tag_field="do", tag="busy", forbid_unknown_fields=True):
    """Say whether the host is busy: a live segment then hands over to its `on_busy`, and back."""

    is_busy: bool


class Scanned(msgspec.Struct, frozen=True, tag_field="do", tag="scan", forbid_unknown_fields=True):
    """A visitor scanned the code of a product, at a Unix time in seconds; 0 is now.

    `cue`, `loop` and `day` (the date of the show) are those of the showing whose code it was (-1
    and None: of none known), `k` is the way to it: off a screen, by a tap on a viewer's page, by a
    link sent on.
    """

    product: str
    at: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    cue: str = ""
    loop: Annotated[int, msgspec.Meta(ge=-1)] = -1
    k: Literal["qr", "tap", "link"] = "qr"
    day: date | None = None


class Pressed(msgspec.Struct, frozen=True, tag_field="do", tag="press",
              forbid_unknown_fields=True):  # fmt: skip
    """A button was pressed, `count` times since it was last said."""

    button: str
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1


class StaffOpen(msgspec.Struct, frozen=True, tag_field="do", tag="gate.open",
                forbid_unknown_fields=True):  # fmt: skip
    """Staff opens the gate of a segment for its next playing, where the gate asks for staff."""

    segment: str


class SetStock(msgspec.Struct, frozen=True, tag_field="do", tag="stock",
               forbid_unknown_fields=True):  # fmt: skip
    """Say how many of a product there are now."""

    product: str
    stock: Annotated[int, msgspec.Meta(ge=0)]


class Sold(msgspec.Struct, frozen=True, tag_field="do", tag="sold", forbid_unknown_fields=True):
    """Say how many of an offer are sold in all; a smaller number than before changes nothing."""

    offer: str
    count: Annotated[int, msgspec.Meta(ge=0)]


class Approve(msgspec.Struct, frozen=True, tag_field="do", tag="message.approve",
              forbid_unknown_fields=True):  # fmt: skip
    """Show a viewer's message that waits to all."""

    id: str


class Refuse(msgspec.Struct, frozen=True, tag_field="do", tag="message.refuse",
             forbid_unknown_fields=True):  # fmt: skip
    """Drop a viewer's message that waits."""

    id: str


class SetVolume(msgspec.Struct, frozen=True, tag_field="do", tag="volume",
                forbid_unknown_fields=True):  # fmt: skip
    """Set how loud the booth's loudspeaker is, in percent; viewers elsewhere hear no difference."""

    percent: Annotated[int, msgspec.Meta(ge=0, le=100)]


class Identify(msgspec.Struct, frozen=True, tag_field="do", tag="identify",
               forbid_unknown_fields=True):  # fmt: skip
    """Have the booth's screen and the operator's page show the node's name for `for_s` seconds."""

    for_s: Annotated[int, msgspec.Meta(ge=1, le=60)] = 10


class LockCamera(msgspec.Struct, frozen=True, tag_field="do", tag="camera.lock",
                 forbid_unknown_fields=True):  # fmt: skip
    """Keep the camera's exposure, white balance and focus as they are now, or let them go."""

    is_locked: bool = True


class Ask(msgspec.Struct, frozen=True, tag_field="do", tag="ask", forbid_unknown_fields=True):
    """A question in writing, answered as a spoken one; an empty `locale` is told by the words.

    `may_send`: who asks agreed that the words of this one may leave the booth.
    """

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    locale: str = ""
    may_send: bool = False


class Talk(msgspec.Struct, frozen=True, tag_field="do", tag="talk", forbid_unknown_fields=True):
    """The TALK button: from the press on a question is awaited, without the wake word.

    `may_send`: the visitor agreed, for this turn alone, that the utterance may leave the booth.
    """

    is_pressed: bool = True
    may_send: bool = False


class MuteEar(msgspec.Struct, frozen=True, tag_field="do", tag="ear.mute",
              forbid_unknown_fields=True):  # fmt: skip
    """Close the microphone until it is opened by the same command or a press of TALK."""

    is_muted: bool = True


class Misheard(msgspec.Struct, frozen=True, tag_field="do", tag="misheard",
               forbid_unknown_fields=True):  # fmt: skip
    """The visitor rejects what was understood: turn `number` is taken back."""

    number: Annotated[int, msgspec.Meta(ge=0)]


class Attend(msgspec.Struct, frozen=True, tag_field="do", tag="attend",
             forbid_unknown_fields=True):  # fmt: skip
    """Staff attends to turn `number`: its `text` by locale is said, or it was done in person."""

    number: Annotated[int, msgspec.Meta(ge=0)]
    text: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=500)]] = {}


class CallStaff(msgspec.Struct, frozen=True, tag_field="do", tag="staff.call",
                forbid_unknown_fields=True):  # fmt: skip
    """Somebody wants a person: as if asked aloud; nothing happens while such a call waits."""


class HushVoice(msgspec.Struct, frozen=True, tag_field="do", tag="hush",
                forbid_unknown_fields=True):  # fmt: skip
    """Stop the answer that is being said, at once."""


class Answer(msgspec.Struct, frozen=True, tag_field="do", tag="answer",
             forbid_unknown_fields=True):  # fmt: skip
    """Have a visitor answered, spoken in `locale` and shown in each language of `text`.

    `key` names the answer as a cue's id names a cue: one that is being said is not begun again.
    An empty `locale` is the first of the show. A firm one (safety, AI notice) cannot be cut.
    `aloud` is what is spoken where that differs from what is written (129 yuan for ¥129.00).
    """

    key: str
    text: dict[str, Annotated[str, msgspec.Meta(min_length=1, max_length=500)]]
    locale: str = ""
    is_firm: bool = False
    aloud: Annotated[str, msgspec.Meta(max_length=500)] = ""


class SayLasts(msgspec.Struct, frozen=True, tag_field="do", tag="say.lasts",
               forbid_unknown_fields=True):  # fmt: skip
    """What is being said as `cue` ends `for_s` seconds after it began; else nothing happens."""

    cue: str
    for_s: Annotated[float, msgspec.Meta(ge=0, le=600)]


class CutSaying(msgspec.Struct, frozen=True, tag_field="do", tag="say.cut",
                forbid_unknown_fields=True):  # fmt: skip
    """Cut what is being said as `cue`; nothing happens if it is over. A firm one is refused."""

    cue: str
    why: CutReason


CrowdCommand = Approve | Refuse
"""What the crowd's part obeys; the show knows nothing of messages."""

VoiceCommand = Ask | Talk | MuteEar | Misheard | Attend | CallStaff | HushVoice
"""What the booth's voice obeys."""

SpeechCommand = Answer | SayLasts | CutSaying
"""What the booth's voice asks of the show beside `Command`; no one outside the node does."""

Command = (
    Take
    | TakeLive
    | Resume
    | Skip
    | Arm
    | ShowCard
    | HideCard
    | Say
    | SetLayout
    | Busy
    | Scanned
    | Pressed
    | StaffOpen
    | SetStock
    | Sold
    | SetVolume
    | Identify
    | LockCamera
)
