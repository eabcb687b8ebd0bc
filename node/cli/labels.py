"""livesell labels: a sheet of printed labels, each with a code that names the product for ever."""

import html
import io
from pathlib import Path

import segno

from node.catalog.prices import format_price
from node.catalog.products import Product
from node.catalog.reading import load_catalog
from node.cli.texts import Texts

GS1_RESOLVER = "https://id.gs1.org"
"""Answers for every GTIN (GS1 Digital Link Standard: URI Syntax §4.9)."""
GTIN_DIGITS = 14
MODULE_MM = 0.5
"""GS1 General Specifications, Digital Link codes at the point of sale: 0.396 to 0.990 mm."""
QUIET_ZONE_MODULES = 4
STYLE = """
@page { size: A4; margin: 12mm }
body { margin: 0; font: 9pt/1.35 system-ui, "Noto Sans", "Noto Sans CJK SC", sans-serif;
  color: #000 }
main { display: grid; grid-template-columns: repeat(auto-fill, 58mm); gap: 4mm }
article { box-sizing: border-box; width: 58mm; padding: 3mm; border: .2mm dashed #999;
  break-inside: avoid }
h2 { margin: 1mm 0; font-size: 10pt; overflow-wrap: anywhere } p { margin: 0 }
b { font-size: 15pt } small { color: #444; overflow-wrap: anywhere }
svg { display: block; shape-rendering: crispEdges }
"""


def labels(path: Path, page: Path, texts: Texts, *, resolver: str = "") -> int:
    """Write the labels of a catalog's products as an HTML page that prints true to size.

    `resolver` (https://…) is where the codes lead, GS1's own where it is empty.

    Returns:
        0 done, 1 when a product has no GTIN and so no label, which is then told.

    Raises:
        RundownError: the catalog has errors.
    """
    catalog = load_catalog(path)
    labelled = [one for one in catalog.products.values() if one.gtin]
    bare = [id_ for id_, one in catalog.products.items() if not one.gtin]
    to = resolver or GS1_RESOLVER
    drawn = "\n".join(_label(one, catalog.currency, to, texts.locale) for one in labelled)
    head = f'<!doctype html>\n<html lang="{texts.locale}">\n<meta charset="utf-8">\n'
    title = f"<title>{html.escape(texts('labels.title'))}</title>\n<style>{STYLE}</style>\n"
    page.write_text(f"{head}{title}<main>\n{drawn}\n</main>\n</html>\n", encoding="utf-8")
    print(texts("labels.done", count=len(labelled), path=page))
    if bare:
        print(texts("labels.bare", products=", ".join(bare)))
    return int(bool(bare))


def digital_link(gtin: str, resolver: str) -> str:
    """`https://id.gs1.org/01/09521234543213`: a GTIN as an address, filled up to 14 digits."""
    return f"{resolver.rstrip('/')}/01/{gtin.zfill(GTIN_DIGITS)}"


def _label(product: Product, currency: str, resolver: str, locale: str) -> str:
    link = digital_link(product.gtin, resolver)
    title = product.title.get(locale) or next(iter(product.title.values()), product.id)
    amount = product.price.get(currency)
    price = format_price(amount, currency, locale) if amount else ""
    return (
        f'<article dir="auto"><h2>{html.escape(title)}</h2><p><b>{html.escape(price)}</b></p>'
        f"{_code(link)}<small>{html.escape(link)}</small></article>"
    )


def _code(link: str) -> str:
    """A code whose modules are `MODULE_MM` wide on paper."""
    code = segno.make(link, error="m", micro=False)
    drawn = io.BytesIO()
    code.save(
        drawn, kind="svg", border=QUIET_ZONE_MODULES, scale=MODULE_MM, unit="mm", xmldecl=False,
        svgclass=None, lineclass=None, light="#fff",
    )  # fmt: skip
    return drawn.getvalue().decode()
