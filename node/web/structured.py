"""A product's page for machines: schema.org as JSON-LD, the prices as shown, to the letter."""

import json
from typing import TYPE_CHECKING, Final

from node.catalog.contents import Content

if TYPE_CHECKING:
    from node.web.landing import Landing

STOCK: Final = {
    "in_stock": "https://schema.org/InStock",
    "low": "https://schema.org/LimitedAvailability",
    "sold_out": "https://schema.org/SoldOut",
}
STRIKETHROUGH: Final = "https://schema.org/StrikethroughPrice"
UNIT_CODES: Final = {"g": "GRM", "kg": "KGM", "ml": "MLT", "l": "LTR", "cm": "CMT", "m": "MTR",
                     "m2": "MTK", "pc": "C62"}  # fmt: skip
"""UN/CEFACT Recommendation 20, common codes."""

Told = dict[str, object]


def structured(landing: "Landing", *, title: str, seller: str, origin: str) -> str:
    """The script element; no text in it can end it. `origin` is where its pictures are reached."""
    told: Told = {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": landing.product,
        "name": title,
        "offers": _offer(landing, seller),
    }
    if landing.gtin:
        told["gtin"] = landing.gtin
    if landing.image:
        told["image"] = f"{origin}{landing.image}"
    safe = json.dumps(told, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        safe = safe.replace(character, f"\\u{ord(character):04x}")
    return f'<script type="application/ld+json">{safe}</script>'


def _offer(landing: "Landing", seller: str) -> Told:
    offer: Told = {
        "@type": "Offer",
        "price": landing.amount,
        "priceCurrency": landing.currency,
        "availability": STOCK[landing.stock],
        "url": landing.scan,
    }
    if landing.until is not None:
        offer["priceValidUntil"] = landing.until.isoformat()
    if seller:
        offer["seller"] = {"@type": "Organization", "name": seller}
    specified = _specified(landing)
    if specified:
        offer["priceSpecification"] = specified
    return offer


def _specified(landing: "Landing") -> list[Told]:
    """The price with what it is for, and the price before; nothing where the offer says it all."""
    now = _specification(landing.amount, landing.currency)
    if landing.net is not None and landing.per is not None:
        amount, per = _quantity(landing.net), _quantity(landing.per)
        now["referenceQuantity"] = {**amount, "valueReference": per}
    if not landing.was_amount:
        return [now] if "referenceQuantity" in now else []
    was = _specification(landing.was_amount, landing.currency)
    return [now, {**was, "priceType": STRIKETHROUGH}]


def _specification(amount: str, currency: str) -> Told:
    return {"@type": "UnitPriceSpecification", "price": amount, "priceCurrency": currency}


def _quantity(content: Content) -> Told:
    code = UNIT_CODES[content.unit]
    return {"@type": "QuantitativeValue", "value": str(content.amount), "unitCode": code}
