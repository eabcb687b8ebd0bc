"""One picture of the program by one recipe: what it is made of, then its pixels."""

from dataclasses import dataclass
from typing import Final, Literal

from node.media import Overlay, Pixels, Size, black
from node.program import pixels
from node.program.commands import Layout
from node.program.outputs import PROGRAM, Recipe
from node.program.rundown import Kind, OverlayKind
from node.program.scene import compose, plain

CANVASES: Final = 16
"""More than can be alive at once: 12 queued for the encoder, one encoded, one shown, one drawn."""

LAWFUL: Final = ("ai_label", "seller")
"""Drawn on every output that carries what is on air: L7, L5 (domain.md)."""


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A drawn graphic over the picture, with its opacity of 256."""

    kind: OverlayKind | Literal["seller"]
    overlay: Overlay
    opacity: int


@dataclass(frozen=True, slots=True, eq=False)
class Taken:
    """What the sources and the show gave for one tick, before any output's policy.

    `kinds` are those on air; `slate` is the picture for who may not carry them, None if it is not
    drawn. `weight` is the incoming picture's in a dissolve, 0..256. `layers` lie from below to
    above.
    """

    kinds: frozenset[Kind]
    main: Pixels
    inset: Pixels | None
    layout: Layout
    layers: tuple[Layer, ...]
    weight: int
    slate: Pixels | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All that one picture is made of."""

    main: Pixels
    inset: Pixels | None
    layout: Layout
    layers: tuple[Layer, ...]
    outgoing: Pixels | None
    weight: int

    def is_like(self, other: "Plan") -> bool:
        """Whether both make the same pixels, being made of the same things."""
        return (
            self.main is other.main
            and self.inset is other.inset
            and self.layout == other.layout
            and self.outgoing is other.outgoing
            and self.weight == other.weight
            and len(self.layers) == len(other.layers)
            and all(
                one.overlay is two.overlay and one.opacity == two.opacity
                for one, two in zip(self.layers, other.layers, strict=True)
            )
        )


class Composition:
    """Makes the pictures of one recipe, one a tick, in canvases of its own.

    `last` is the picture made last, or taken over from another composition that made the same;
    `outgoing` the one that a dissolve leaves.
    """

    def __init__(self, size: Size, recipe: Recipe = PROGRAM) -> None:
        self.recipe = recipe
        self.last: Pixels | None = None
        self._size = size
        self._canvases: list[Pixels] = []
        self.outgoing: Pixels | None = None
        self._slate: Pixels | None = None

    def depart(self, *, is_dissolve: bool, like: "Composition | None" = None) -> None:
        """Another segment begins: keep the picture that a dissolve leaves.

        Where `like` has just kept the same picture, its copy is shared. Call it for all
        compositions before the first of them makes the new tick's picture.
        """
        if not is_dissolve or self.last is None:
            self.outgoing = None
        elif like is not None and like.last is self.last:
            self.outgoing = like.outgoing
        else:
            self.outgoing = self.last.copy()

    def plan(self, taken: Taken) -> Plan:
        """What this tick's picture is made of."""
        if taken.weight >= pixels.OPAQUE:
            self.outgoing = None
        if not taken.kinds <= self.recipe.kinds:
            self.outgoing = None
            return Plan(self._stand_in(taken), None, "full", (), None, pixels.OPAQUE)
        weight = pixels.OPAQUE if self.outgoing is None else taken.weight
        return Plan(
            taken.main, taken.inset, taken.layout, self._carried(taken), self.outgoing, weight
        )

    def compose(self, plan: Plan, tick: int) -> Pixels:
        """Make the picture. Thread: the mixer's own."""
        made = plan.main
        if plan.layout != "full" or plan.layers or plan.outgoing is not None:
            made = self._canvas(tick)
            compose(plan.layout, plan.main, plan.inset, made)
            if plan.outgoing is not None:
                pixels.dissolve(plan.outgoing, made, plan.weight, made)
            for layer in plan.layers:
                pixels.blend(made, layer.overlay, layer.opacity)
        return made

    def _carried(self, taken: Taken) -> tuple[Layer, ...]:
        """What lies over this picture. No policy can take off what the law wants there."""
        drawn = self.recipe.drawn
        return tuple(one for one in taken.layers if one.kind in LAWFUL or one.kind in drawn)

    def _stand_in(self, taken: Taken) -> Pixels:
        """The slate alone; the one before it or a plain picture until it is drawn."""
        if taken.slate is not None:
            self._slate = taken.slate
        elif self._slate is None:
            self._slate = plain(self._size)
        return self._slate

    def _canvas(self, tick: int) -> Pixels:
        if not self._canvases:
            self._canvases = [black(self._size) for _ in range(CANVASES)]
        return self._canvases[tick % CANVASES]
