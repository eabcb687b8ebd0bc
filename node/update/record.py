"""How far an update is, as `state.json` keeps it; the seal of a whole release."""

from typing import Annotated, Final, Literal

import msgspec

from node.update.layout import COMPLETE, Layout

TRIES: Final = 3
"""So often a release on trial may be started before the one before it comes back."""
_LIMIT_BYTES: Final = 64 * 1024

Floor = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(\d{1,6}(\.\d{1,6}){0,3}((a|b|rc)\d{1,6})?(\+[a-z0-9]+(\.[a-z0-9]+)*)?)?$(?!\n)"
    ),
]
Phase = Literal["steady", "building", "staged", "trial", "undoing"]
Fate = Literal["staged", "committed", "refused", "rolled_back"]
Code = Literal[
    "", "bad_signature", "unknown_key", "bad_payload", "asset_missing", "disk_full",
    "precondition", "hw_error", "timeout", "interrupted", "internal",
]  # fmt: skip
"""Words of the control plane's contract."""


class Outcome(msgspec.Struct, frozen=True, omit_defaults=True):
    """What became of a release. `wish` is the version of the desired section that asked for it.

    `manifest` is the manifest's SHA-256; `wish` is 0 for one that was installed by hand.
    """

    manifest: str
    wish: int
    fate: Fate
    code: Code = ""
    why: str = ""


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """The update that is under way, and what became of the last one.

    `next` is the id of the release that comes, `back` the one to go back to, `before` the one that
    `previous` named until then. `boot` and `since_s` say when the trial began, on that boot's
    clock. `is_due`: its time is over, and it goes back once nobody is on the air. `needs_line`:
    it is not good without the line to the controller. No release of a version below `floor` is
    installed.
    """

    v: Literal[1] = 1
    phase: Phase = "steady"
    next: str = ""
    back: str = ""
    before: str = ""
    tries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    boot: str = ""
    since_s: float = 0.0
    is_due: bool = False
    needs_line: bool = True
    floor: Floor = ""
    last: Outcome | None = None


class Seal(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `.complete` holds; `floor` is the lowest version that may follow this one."""

    version: str
    manifest: str
    floor: Floor
    wish: int = 0


def read_record(layout: Layout) -> Record | None:
    """The record; None where there is none, or none that can be read."""
    try:
        with layout.record.open("rb") as file:
            return msgspec.json.decode(file.read(_LIMIT_BYTES), type=Record)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def read_seal(layout: Layout, release: str) -> Seal | None:
    """The seal of a whole release; None where it has none that can be read."""
    try:
        with (layout.release(release) / COMPLETE).open("rb") as file:
            return msgspec.json.decode(file.read(_LIMIT_BYTES), type=Seal)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None


def held_record(layout: Layout) -> Record:
    """The record, or what can be known without one.

    What runs then is on trial wherever there is another release to go back to: nobody can say that
    it was found good. The floor is that of the release to go back to, for the same reason.
    """
    record = read_record(layout)
    if record is not None:
        return record
    current, back = layout.led_to(layout.current), layout.led_to(layout.previous)
    if current and back and back != current and layout.is_complete(back):
        return Record(phase="trial", next=current, back=back, tries=TRIES,
                      floor=_floor(layout, back))  # fmt: skip
    return Record(floor=_floor(layout, current))


def _floor(layout: Layout, release: str) -> str:
    seal = read_seal(layout, release)
    return "" if seal is None else seal.floor
