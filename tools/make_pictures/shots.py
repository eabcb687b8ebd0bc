"""Which page is taken when: the README's pictures, as data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture, `NAME.jpg`.

    `page` is a path of the node; `width` and `height` are CSS pixels, `scale` device pixels for
    each. `segment` is put on air first; the picture is taken `at_s` media seconds into it, once
    `sign` (a CSS selector: what tells that the card is up) is to be seen.
    """

    name: str
    page: str
    width: int
    height: int
    segment: str
    at_s: float
    sign: str
    scale: int = 1


SHOTS = (
    Shot("kiosk", "kiosk", 1920, 1080, "ep1", at_s=14.8, sign="[data-testid=code]"),
    Shot("viewer", "", 390, 844, "ep2", at_s=20.0, sign="[data-testid=card]", scale=2),
    Shot("operator", "operator", 1600, 1000, "ep1", at_s=18.8, sign="[data-testid=picture]"),
)
"""Neighbours take different segments, since taking the one on air would change nothing."""
