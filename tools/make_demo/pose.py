"""What a character does at one moment: the values the drawing obeys."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from tools.make_demo.brush import Canvas
from tools.make_demo.mouth import SHUT, Mouth


class Grip(Enum):
    """How a hand is held."""

    OPEN = auto()
    HOLD = auto()
    POINT = auto()


@dataclass(frozen=True, slots=True)
class Hand:
    """A hand at (x, y) in the figure's own units, turned by degrees."""

    x: float
    y: float
    turn: float = 0.0
    grip: Grip = Grip.HOLD


@dataclass(frozen=True, slots=True)
class Face:
    """An expression. Ranges -1..1 but `lid`, `joy`, `blush`, `fog`: 0..1.

    `turn` looks to the side, `nod` down; `raised` and `worry` move the brows (worry < 0: stern);
    `joy` closes the eyes into arcs; `fog` clouds glasses.
    """

    turn: float = 0.0
    nod: float = 0.0
    tilt: float = 0.0
    gaze: tuple[float, float] = (0.0, 0.0)
    lid: float = 1.0
    wide: float = 0.0
    joy: float = 0.0
    raised: float = 0.0
    worry: float = 0.0
    smile: float = 0.2
    blush: float = 0.4
    fog: float = 0.0
    mouth: Mouth = SHUT


@dataclass(frozen=True, slots=True)
class Pose:
    """A body: its neck at (x, y) of the stage, size, lean in degrees, hands, walk phase."""

    x: float = 640.0
    y: float = 420.0
    scale: float = 1.0
    flip: float = 1.0
    lean: float = 0.0
    breath: float = 0.0
    sway: float = 0.0
    stride: float | None = None
    left: Hand = Hand(-128, 372, 200)
    right: Hand = Hand(128, 372, 160)
    face: Face = field(default_factory=Face)


Draw = Callable[[Canvas, Pose], None]
"""Draws on a canvas in the figure's own units."""
