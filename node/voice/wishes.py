"""What the voice is told at its beginning: how to be spoken to, and what it hears with."""

from dataclasses import dataclass
from typing import Final, Protocol

from node.program.listening import Ear, Listening
from node.voice.attention import LISTENS_S

RELEASED: Final[frozenset[Ear]] = frozenset({"off", "closed", "muted", "resting"})
"""Where nothing may be heard, or nothing would be: the device is let go."""


class Ears(Protocol):
    """The microphone and all that hears behind it, as far as the voice steers it."""

    @property
    def listening(self) -> Listening:
        """What is known of the device: name, level, duplex, trouble, rest; else as created."""
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


def light_of(ear: Ear, known: Listening, *, needs_press: bool = False) -> Ear:
    """What the listening light tells of an ear that attends so, where this is known of it.

    One in trouble that tries again rests. That an utterance leaves the booth is told while the ear
    rests, or its microphone is lost, too; one that is muted, or closed by the block, would not hear
    after that either.
    """
    is_deaf = bool(known.trouble) and not known.again_s
    if is_deaf and not (known.is_lost and ear in {*RELEASED, "sending"}):
        return "off"
    if known.again_s and ear in {"armed", "listening"}:
        return "resting"
    return "closed" if needs_press and ear == "armed" else ear


def releases(light: Ear, known: Listening) -> bool:
    """Whether the device is let go while the light is so; a lost one is looked for."""
    is_sought = light == "off" and known.is_lost
    return (light in RELEASED and not is_sought) or known.again_s > 0
