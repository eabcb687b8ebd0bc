"""What the booth's lamps show of show and ear, and the buzzer's tones; pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from node.config_panel import LampName
from node.program.listening import Ear, Listening
from node.program.order import following
from node.program.show import Show
from node.supervise import Health

Tally = Literal["off", "soon", "on"]
"""off: the camera is not in the picture; soon: it comes next within seconds; on: it is."""
SOON_S: Final = 10
BLINK_S: Final = 0.5
"""On for so long, off for so long: 1 Hz."""

COLOURS: Final[Mapping[Ear, frozenset[LampName]]] = {
    "off": frozenset(),
    "closed": frozenset(),
    "armed": frozenset({"red", "green", "blue"}),
    "listening": frozenset({"blue"}),
    "sending": frozenset({"red", "green"}),
    "muted": frozenset({"red"}),
    "resting": frozenset(),
}
"""The listening light (domain rules, privacy): armed white, sending amber."""
LIGHT: Final[frozenset[LampName]] = frozenset({"red", "green", "blue"})
EARS_PARTS: Final = ("microphone", "ear", "voice")
"""Where one of them does not work nobody is heard, whatever was told last."""


@dataclass(frozen=True, slots=True)
class Tone:
    """The buzzer on and off in turn, s each, beginning with on."""

    spans_s: tuple[float, ...]


ACCEPTED: Final = Tone((0.06,))
REFUSED: Final = Tone((0.06, 0.08, 0.06))


def tally_of(show: Show) -> Tally:
    """Of the camera: on while it is in the picture of the program."""
    is_live = show.segment.kind == "live" and not show.stand_in
    if is_live or (show.layout != "full" and show.segment.kind != "live"):
        return "on"
    is_near = show.end > 0 and show.end - show.airing.position <= SOON_S * show.rundown.fps
    if not show.armed and not is_near:
        return "off"
    is_coming = show.named(following(show)).kind == "live"
    return "soon" if is_coming else "off"


def is_tally_lit(tally: Tally, at_s: float) -> bool:
    """Whether the lamp is on at a loop time: it blinks while the camera comes next."""
    return tally == "on" or (tally == "soon" and int(at_s / BLINK_S) % 2 == 0)


def colour_of(listening: Listening, health: Health) -> frozenset[LampName]:
    """The lamps of the listening light that are on; none where it would hear, and cannot."""
    parts = (health.get(name) for name in EARS_PARTS)
    is_ill = any(part is not None and part.condition in ("waiting", "failed") for part in parts)
    if is_ill and listening.ear in {"armed", "listening"}:
        return frozenset()
    return COLOURS[listening.ear]
