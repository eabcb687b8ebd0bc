"""Every text of a day that is drawn into the picture."""

from collections.abc import Iterator, Mapping

from node.catalog.products import Catalog
from node.program.rundown import Rundown


def shown_texts(rundown: Rundown, catalog: Catalog) -> Iterator[str]:
    """The texts of a rundown and its catalog that the compositor draws, in every locale."""
    for text in _local_texts(rundown, catalog):
        yield from text.values()


def _local_texts(rundown: Rundown, catalog: Catalog) -> Iterator[Mapping[str, str]]:
    for segment in rundown.segments.values():
        yield segment.text
        yield segment.ai_label
        yield from (cue.text for cue in segment.cues)
    for product in catalog.products.values():
        yield from (product.title, product.badge, product.measure)
    if catalog.seller is not None:
        yield from (catalog.seller.name, catalog.seller.address)
