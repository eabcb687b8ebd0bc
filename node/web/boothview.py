"""The booth's loudspeaker, microphone, camera and name as status and pages tell of them."""

from typing import Literal

import msgspec

from node.program.show import Show
from node.stream.viewer import Value

MINUTE_S = 60
DAY_S = 24 * 60 * MINUTE_S


class BoothView(msgspec.Struct, frozen=True):
    """What the booth says and hears.

    With `speaker` off the kiosk is silent, its viewers elsewhere are not; `volume` is the kiosk's
    in percent. `shows_name`: its screens show the node's name now, so that it can be found.
    `window` tells whether the rundown lets the node listen, until it closes in `closes_in_s` (None:
    closed, or nobody can know). `microphone` names the device, empty for none: then nothing is
    heard in any window. `camera_lock`: whether the camera's automatics stand still, `none` where it
    has nothing to lock.
    """

    speaker: Literal["on", "off"] = "on"
    window: Literal["open", "closed"] = "closed"
    closes_in_s: float | None = None
    microphone: str = ""
    volume: int = 100
    shows_name: bool = False
    camera_lock: Literal["none", "off", "on"] = "none"


def booth_view(show: Show, microphone: str, *, can_lock: bool = False) -> BoothView:
    """The booth in a show, beside the name of its microphone and what its camera can."""
    return BoothView(
        speaker="on" if show.is_speaker_on else "off",
        window="open" if show.listening else "closed",
        closes_in_s=_closes_in_s(show) if show.listening else None,
        microphone=microphone,
        volume=show.volume,
        shows_name=_shows_name(show),
        camera_lock=_camera_lock(show) if can_lock else "none",
    )


def booth_told(show: Show, node: str) -> dict[str, Value]:
    """What the message of each second says of the booth: `name` is empty where none is shown."""
    return {
        "speaker": "on" if show.is_speaker_on else "off",
        "volume": show.volume,
        "name": node if _shows_name(show) else "",
    }


def _camera_lock(show: Show) -> Literal["off", "on"]:
    return "on" if show.is_camera_locked else "off"


def _shows_name(show: Show) -> bool:
    return show.tick < show.name_until


def _closes_in_s(show: Show) -> float | None:
    """Seconds to the window's end if nobody intervenes: a cue, the segment's or the block's end."""
    position, block = show.airing.position, show.rundown.blocks[show.block]
    ends = [cue.at for cue in show.segment.cues if cue.do in ("listen.close", "take")]
    ends = [at for at in [*ends, show.end] if at > position]
    left = [(at - position) / show.rundown.fps for at in ends]
    if block.is_hard or not show.end:
        left.append((block.end * MINUTE_S - show.second) % DAY_S)
    return round(min(left), 1)
