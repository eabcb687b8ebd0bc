"""What a press means at this moment: a command that names its target; pure.

A second press within `AGAIN_S` is the same press of a nervous finger: `Panel` says the first
command again, which does no harm.
"""

from collections.abc import Iterable
from typing import Final

from node.config_panel import ButtonName, InputName
from node.errors import CommandError
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
from node.program.show import Show

AGAIN_S: Final = 0.6
LONG: Final[frozenset[InputName]] = frozenset({"staff"})
"""The buttons of which a long press means something else."""

Order = Command | VoiceCommand


def pressed(name: ButtonName, show: Show, listening: Listening) -> Order:
    """LIVE takes the camera, or gives the picture back to what it interrupted."""
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


def pressed_long(name: InputName, show: Show) -> Order:
    """STAFF opens the gate before what comes next; raises `CommandError` where none is shut."""
    if name not in LONG or show.gate is None or show.gate.is_open:
        raise CommandError("no_gate", "no gate is shut before what comes next")
    return StaffOpen(show.gate.segment)


def chorded(_names: Iterable[InputName], show: Show) -> Order:
    """LIVE and NEXT together: the slate, at once."""
    return Take(show.rundown.fallback)
