"""Where a scanned code leads: a product's page on the booth's own network, its code, its picture.

The page needs no script: an old phone on a weak network shows it whole. Nothing is ordered or
paid here; the page leads to the shop, or to the counter.
"""

import io
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from http import HTTPStatus
from pathlib import Path
from string import Template
from typing import Literal

import msgspec
import segno
from aiohttp import web

from node.catalog.contents import Content
from node.web.pages import HERE
from node.web.status import LocalText, SellerView
from node.web.structured import structured
from node.web.visitors import Visitors

QUIET_ZONE_MODULES = 4
"""ISO/IEC 18004 §6.3.8."""
DAY_S = 86_400
LANGUAGES = {"zh": ("zh-CN", "ltr"), "en": ("en", "ltr"), "ar": ("ar", "rtl")}
"""The languages that the page itself speaks: tag and direction."""
USUAL = ("zh", "en")
OPTIONAL = ("kicker", "picture", "price", "was", "unit", "stock", "stock_state", "facts", "buy",
            "seller", "structured")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Landing:
    """What a code leads to.

    `price` is formatted for each locale and says the same as `amount` (a decimal string) in
    `currency` (ISO 4217). `scan` is the text inside the code. `image` is a path on this node.
    `facts` are catalog fields by name (`material`, `origin`, …). `shop` is the address to buy at,
    empty where the counter sells. `was` is a struck price and `basis` what it was the lowest of,
    both empty where none may be shown; `was_amount` is the struck one as a decimal string. `until`
    (aware) is the end of the offer that makes the price. `unit` is the price of a unit, of `net`
    told for `per`. `locales` are the show's.
    """

    product: str
    title: LocalText
    price: LocalText
    amount: str
    currency: str
    scan: str
    image: str = ""
    badge: LocalText = field(default_factory=dict)
    stock: Literal["in_stock", "low", "sold_out"] = "in_stock"
    facts: Mapping[str, LocalText] = field(default_factory=dict)
    shop: str = ""
    gtin: str = ""
    was: LocalText = field(default_factory=dict)
    basis: LocalText = field(default_factory=dict)
    was_amount: str = ""
    until: datetime | None = None
    unit: LocalText = field(default_factory=dict)
    net: Content | None = None
    per: Content | None = None
    seller: SellerView | None = None
    locales: tuple[str, ...] = USUAL


class LandingFace:
    """`/q/CODE`, `/q/CODE.svg` and `/media/PRODUCT.EXT`.

    `find` knows the codes given out, `picture` the product pictures by product id; both answer
    None for what they do not know. `visitors` counts who comes to a code's page.
    """

    def __init__(
        self,
        *,
        find: Callable[[str], Landing | None],
        picture: Callable[[str], Path | None],
        visitors: Visitors | None = None,
    ) -> None:
        self._find = find
        self._visitors = visitors
        self._picture = picture
        self._page = Template("")
        self._texts: dict[str, dict[str, str]] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Read the page and its texts, and name the paths."""
        self._page = Template((HERE / "static/landing.html").read_text("utf-8"))
        english = _texts_of("en")
        self._texts = {language: {**english, **_texts_of(language)} for language in LANGUAGES}
        code = r"{code:[A-Za-z0-9_-]{1,32}}"
        return [
            web.get(f"/q/{code}.svg", self._code),
            web.get(f"/q/{code}", self._landing),
            web.get(r"/media/{product:[A-Za-z0-9_-]{1,64}}.{ext:png|jpg|jpeg|webp}", self._media),
        ]

    async def _landing(self, request: web.Request) -> web.Response:
        language = _language(request)
        landing = self._find(request.match_info["code"])
        page, status = (
            (self._unknown(language), HTTPStatus.NOT_FOUND)
            if landing is None
            else (self._product(landing, language, str(request.url.origin())), HTTPStatus.OK)
        )
        answer = web.Response(
            text=page,
            status=status,
            content_type="text/html",
            headers={"Cache-Control": "no-store", "Vary": "Accept-Language"},
        )
        if landing is not None and self._visitors is not None:
            self._visitors.meet(request, answer, request.match_info["code"])
        return answer

    async def _code(self, request: web.Request) -> web.Response:
        landing = self._find(request.match_info["code"])
        if landing is None:
            raise web.HTTPNotFound(text="no such code")
        return web.Response(
            body=draw_code(landing.scan),
            content_type="image/svg+xml",
            headers={"Cache-Control": f"max-age={DAY_S}"},
        )

    async def _media(self, request: web.Request) -> web.StreamResponse:
        path = self._picture(request.match_info["product"])
        if path is None or not path.is_file():
            raise web.HTTPNotFound(text="no such picture")
        return web.FileResponse(path, headers={"Cache-Control": "no-cache"})

    def _product(self, landing: Landing, language: str, origin: str = "") -> str:
        texts = self._texts[language]
        title = _pick(landing.title, language)
        seller = "" if landing.seller is None else _pick(landing.seller.name, language)
        return self._fill(
            language,
            locales=landing.locales,
            title=escape(title),
            kicker=escape(_pick(landing.badge, language) or texts["landing.as_shown"]),
            picture=_picture(landing.image, title),
            price=escape(_pick(landing.price, language)),
            was=_was(landing, language, texts),
            unit=_unit(landing, language),
            seller=_seller(landing, language, texts),
            stock=escape(texts[f"landing.{landing.stock}"]),
            stock_state=landing.stock,
            facts=_facts(landing.facts, language, texts),
            buy=_buy(landing, texts),
            note=escape(texts["landing.no_payment"]),
            structured=structured(landing, title=title, seller=seller, origin=origin),
        )

    def _unknown(self, language: str) -> str:
        texts = self._texts[language]
        return self._fill(
            language,
            title=escape(texts["landing.unknown_title"]),
            note=escape(texts["landing.unknown_text"]),
        )

    def _fill(self, language: str, *, locales: Iterable[str] = USUAL, **parts: str) -> str:
        tag, direction = LANGUAGES[language]
        texts = self._texts[language]
        page = {"lang": tag, "dir": direction, "languages": self._others(language, locales),
                "watch": escape(texts["landing.watch"])}  # fmt: skip
        return self._page.substitute(dict.fromkeys(OPTIONAL, "") | parts | page)

    def _others(self, language: str, locales: Iterable[str]) -> str:
        """A link to each other language that the booth speaks."""
        spoken = {locale.replace("_", "-").split("-")[0] for locale in (*locales, *USUAL)}
        return "".join(
            f'<a class="language" href="?lang={one}" hreflang="{LANGUAGES[one][0]}"'
            f' lang="{LANGUAGES[one][0]}" data-testid="language">'
            f"{escape(self._texts[one]['lang.own'])}</a>"
            for one in LANGUAGES
            if one in spoken and one != language
        )


def draw_code(text: str) -> bytes:
    """A QR code as SVG, quiet zone included; one unit of its view box is one module.

    Level M, or a higher one that needs no more modules: the fewer, the larger each is.
    """
    drawn = io.BytesIO()
    segno.make(text, error="m", micro=False, boost_error=True).save(
        drawn, kind="svg", border=QUIET_ZONE_MODULES, omitsize=True, light="#fff", dark="#000"
    )
    return drawn.getvalue()


def _texts_of(language: str) -> dict[str, str]:
    content = (HERE / f"locales/{language}.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, str])


def _language(request: web.Request) -> str:
    asked = request.query.get("lang", "")
    if asked in LANGUAGES:
        return asked
    first = request.headers.get("Accept-Language", "").split(",")[0].lower()
    return next((one for one in LANGUAGES if first.startswith(one)), "en")


def _pick(text: LocalText, language: str) -> str:
    """The text in a language, of whatever region; else in English, else in any."""
    plain = {tag.replace("_", "-").split("-")[0]: words for tag, words in text.items()}
    return (
        text.get(language)
        or plain.get(language)
        or plain.get("en")
        or next(iter(plain.values()), "")
    )


def _picture(image: str, title: str) -> str:
    if not image:
        return ""
    return f'<img class="picture" src="{escape(image)}" alt="{escape(title)}">'


def _was(landing: Landing, language: str, texts: Mapping[str, str]) -> str:
    """A struck price never stands without its basis; read aloud, it is one of before."""
    was, basis = _pick(landing.was, language), _pick(landing.basis, language)
    if not was or not basis:
        return ""
    before = f'<span class="visually-hidden">{escape(texts["card.was"])} </span>'
    return f'<p class="was" data-testid="was">{before}<s>{escape(was)}</s> {escape(basis)}</p>'


def _unit(landing: Landing, language: str) -> str:
    text = _pick(landing.unit, language)
    return f'<p class="unit" data-testid="unit" dir="auto">{escape(text)}</p>' if text else ""


def _seller(landing: Landing, language: str, texts: Mapping[str, str]) -> str:
    seller = landing.seller
    if seller is None:
        return ""
    rows = (
        ("seller.name", _pick(seller.name, language)),
        ("seller.licence", seller.licence),
        ("seller.address", _pick(seller.address, language)),
        ("seller.contact", seller.contact),
    )
    told = "".join(
        f'<div><dt>{escape(texts[key])}</dt><dd dir="auto">{escape(text)}</dd></div>'
        for key, text in rows
        if text
    )
    return f'<dl class="seller" data-testid="seller">{told}</dl>'


def _facts(facts: Mapping[str, LocalText], language: str, texts: Mapping[str, str]) -> str:
    return "".join(
        f"<div><dt>{escape(texts.get(f'fact.{name}', name))}</dt>"
        f'<dd dir="auto">{escape(_pick(text, language))}</dd></div>'
        for name, text in facts.items()
    )


def _buy(landing: Landing, texts: Mapping[str, str]) -> str:
    if landing.stock == "sold_out":
        return f'<p class="buy is-out">{escape(texts["landing.sold_out"])}</p>'
    if landing.shop.startswith(("https://", "http://")):
        label = escape(texts["landing.buy"])
        return f'<a class="buy" data-testid="buy" href="{escape(landing.shop)}">{label}</a>'
    return f'<p class="buy is-counter">{escape(texts["landing.counter"])}</p>'
