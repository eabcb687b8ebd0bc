"""What a press means at this moment: a command that names its target; pure."""

from typing import Final

from node.config_panel import ButtonName, InputName
from node.program.commands import (
    Busy,
    CallStaff,
    Command,
    MuteEar,
    Resume,
    Skip,
    StaffOpen,
    Take,
    TakeLive,
    Talk,
    VoiceCommand,
)
from node.program.listening import Listening
from node.program.order import following
from node.program.show import Show

LONG: Final[frozenset[InputName]] = frozenset({"staff"})
"""The buttons of which a long press means something else."""

Order = Command | VoiceCommand


def pressed(name: ButtonName, show: Show, listening: Listening) -> Order:
    """LIVE takes the camera, or gives the picture back to what it interrupted; NEXT goes on."""
    match name:
        case "live":
            is_on = show.airing.segment == show.live and show.held is not None
            return Resume() if is_on else TakeLive()
        case "busy":
            return Busy(is_busy=not show.is_busy)
        case "next":
            return Skip(show.airing.segment)
        case "mute":
            return MuteEar(is_muted=listening.ear != "muted")
        case "talk":
            return Talk()
        case "staff":
            return CallStaff()


def pressed_long(show: Show) -> Order:
    """STAFF opens the gate before what comes next; refused where there is none."""
    return StaffOpen(following(show) if show.gate is None else show.gate.segment)


def chorded(show: Show) -> Order:
    """LIVE and NEXT together: the slate, at once."""
    return Take(show.rundown.fallback)
