"""What a rig is: what it proves, what it cannot prove, and how it is run."""

from collections.abc import Callable
from dataclasses import dataclass

from tools.rigs.report import Report


class RigError(Exception):
    """A step of a rig cannot be made; says what, and what would help."""


@dataclass(frozen=True, slots=True)
class Rig:
    """One stand-in for a board.

    `covers` and `lacks` are lines for people: what runs for real here, and what only a board
    proves. `minutes` is what it usually takes on two cores once it is prepared, `first_minutes`
    what the preparing takes. `packages` are Debian's, by the command that each brings.
    """

    name: str
    about: str
    covers: tuple[str, ...]
    lacks: tuple[str, ...]
    minutes: float
    run: Callable[[Report], None]
    first_minutes: float = 0.0
    packages: tuple[tuple[str, str], ...] = ()
    needs_root: bool = True
