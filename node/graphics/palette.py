"""The colours of the product card and of what belongs to it."""

from typing import Final

from node.graphics.shapes import Colour

PAPER: Final[Colour] = (252, 249, 244, 255)
INK: Final[Colour] = (33, 29, 27, 255)
SOFT_INK: Final[Colour] = (98, 90, 84, 255)
FADED: Final[Colour] = (150, 143, 136, 255)
ACCENT: Final[Colour] = (200, 62, 32, 255)
AMBER: Final[Colour] = (246, 190, 84, 255)
WHITE: Final[Colour] = (255, 255, 255, 255)
SHADOW: Final[Colour] = (20, 14, 10, 120)
