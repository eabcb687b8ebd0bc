"""What the mixer asks of the drawn graphics."""

from pathlib import Path
from typing import Literal, Protocol

from node.catalog.looks import CardLook, StripLook
from node.catalog.products import Seller
from node.media import Overlay, Pixels
from node.program.rundown import LocalText


class Artwork(Protocol):
    """Graphics drawn ahead of time; None when one is not drawn yet (it then is being drawn)."""

    def card(self, look: CardLook) -> Overlay | None:
        """The card of a product, without its clock."""
        ...

    def strip(self, look: StripLook) -> Overlay | None:
        """The countdown strip, without its clock."""
        ...

    def clock(self, where: Literal["card", "strip"], seconds: int) -> Overlay:
        """The clock of an offer's card or of the strip; always at once."""
        ...

    def lower_third(self, text: LocalText) -> Overlay | None:
        """A lower third."""
        ...

    def label(self, text: LocalText) -> Overlay | None:
        """An AI label."""
        ...

    def seller(self, seller: Seller) -> Overlay | None:
        """The panel that tells who sells."""
        ...

    def slate(self, name: str, text: LocalText, image: Path | None) -> Pixels | None:
        """The full picture of the slate of that name."""
        ...
