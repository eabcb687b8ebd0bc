"""Reads a catalog file: every fault of it, or the catalog."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from node.catalog.assets import place_of
from node.catalog.contents import reference
from node.catalog.draft import (
    FACTS,
    CatalogDraft,
    OfferDraft,
    PricesDraft,
    ProductDraft,
    SellerDraft,
    draft_catalog,
)
from node.catalog.market import MarketRules
from node.catalog.products import Catalog, Offer, Product, RefPrice, Seller
from node.catalog.rules import judge_catalog
from node.errors import RundownError
from node.findings import Finding, capped, has_errors, in_order
from node.tables import Source, Table, read_table


@dataclass(frozen=True, slots=True)
class CatalogReading:
    """What came of a file: `catalog` is None when a finding is an error.

    `draft` is the file as it stands, right or wrong; None if it could not be read.
    """

    findings: tuple[Finding, ...]
    catalog: Catalog | None
    draft: CatalogDraft | None


def load_catalog(path: Path, *, locales: Collection[str] = ()) -> Catalog:
    """The catalog at `path`, a TOML file of at most 256 KiB.

    Raises:
        RundownError: it has errors; one line for each finding, warnings included.
    """
    reading = read_catalog(path, locales=locales)
    if reading.catalog is None:
        raise RundownError([str(finding) for finding in reading.findings])
    return reading.catalog


def read_catalog(
    path: Path,
    *,
    locales: Collection[str] = (),
    has_files: bool = True,
    folder: Path | None = None,
    rules: MarketRules | None = None,
) -> CatalogReading:
    """Read and judge the file at `path`; never raises for what is or is not there.

    `locales` are those that every text must have; without any, those that most texts have.
    Without `has_files` nobody looks for the pictures. They lie in `folder` (absolute), where that
    is not the file's own. Words are judged by `rules`; without them by the strictest market's.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return CatalogReading((read,), None, None)
    table, source = read
    source = source if folder is None else replace(source, folder=folder)
    return judge_entries(table, source, locales, has_files=has_files, rules=rules)


def judge_entries(
    table: Table,
    source: Source,
    locales: Collection[str],
    *,
    has_files: bool = True,
    rules: MarketRules | None = None,
) -> CatalogReading:
    """Judge a file already parsed."""
    draft = draft_catalog(table, source)
    judged = judge_catalog(draft, locales, has_files=has_files, rules=rules)
    findings = in_order([*judged, *table.faults])
    catalog = None if has_errors(findings) else _built(draft, locales)
    return CatalogReading(capped(findings), catalog, draft)


def _built(draft: CatalogDraft, locales: Collection[str]) -> Catalog:
    return Catalog(
        currency=draft.currency or "",
        products={
            id_: _product(product, draft, locales) for id_, product in draft.products.items()
        },
        offers={id_: _offer(offer) for id_, offer in draft.offers.items()},
        sha256=draft.source.sha256,
        seller=_seller(draft.seller, locales),
    )


def _seller(draft: SellerDraft | None, locales: Collection[str]) -> Seller | None:
    if draft is None:
        return None
    texts = {key: text.told(locales) for key, text in draft.texts.items()}
    return Seller(
        name=texts["name"],
        licence=draft.licence or "",
        address=texts.get("address", {}),
        contact=draft.contact or "",
    )


def _product(draft: ProductDraft, catalog: CatalogDraft, locales: Collection[str]) -> Product:
    texts = {key: text.told(locales) for key, text in draft.texts.items()}
    colour = draft.texts.get("colour")
    return Product(
        id=draft.id,
        title=texts["title"],
        price=draft.prices.amounts if draft.prices else {},
        gtin=draft.gtin or "",
        image=place_of(catalog.source.folder, draft.image) if draft.image else None,
        badge=texts.get("badge", {}),
        stock=draft.stock,
        measure=texts.get("measure", {}),
        colours=colour.lines if colour else {},
        facts={key: texts[key] for key in FACTS if key in texts},
        ask=draft.ask,
        ref_price=_ref_price(draft),
        net=draft.net,
        per=None if draft.net is None else draft.per or reference(draft.net),
    )


def _ref_price(draft: ProductDraft) -> RefPrice | None:
    ref = draft.ref_price
    if ref is None or ref.start is None or ref.end is None:
        return None
    return RefPrice(ref.prices.amounts, ref.basis or "", ref.start, ref.end)


def _offer(draft: OfferDraft) -> Offer:
    match draft:
        case OfferDraft(
            product=str(product),
            prices=PricesDraft(amounts=price),
            start=int(start),
            end=int(end),
            qty=int(qty),
            on=date() as on,
        ):
            return Offer(draft.id, product, price, start, end, qty, on)
        case _:
            raise AssertionError(f"an offer judged correct lacks a field: {draft.id}")
