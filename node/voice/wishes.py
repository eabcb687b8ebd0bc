"""What the voice is told at its beginning: how to be spoken to, and what it hears with."""

from dataclasses import dataclass
from typing import Protocol

from node.program.listening import Listening
from node.voice.attention import LISTENS_S


class Ears(Protocol):
    """The microphone and all that hears behind it, as far as the voice steers it."""

    @property
    def listening(self) -> Listening:
        """What is known of the device: name, level, duplex, trouble; the rest is as created."""
        ...

    def shut(self, *, is_shut: bool) -> None:
        """Release the device, or use it again."""
        ...


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the booth wants to be spoken to, as `VoiceConfig` has it."""

    needs_press: bool = False
    opens_with_show: bool = True
    may_send: bool = False
    follow_up_s: float = LISTENS_S
