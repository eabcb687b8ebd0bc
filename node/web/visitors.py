"""Visitors who come by a code: each counts once, and programs that only look do not count.

A random cookie tells one visitor's second look from another's first. It holds no identity, lives
a day, is sent to the codes' pages alone and is never logged; nor is the visitor's address.
"""

import asyncio
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, Literal

from aiohttp import hdrs, web

from node.metrics.crowd import Bucket

COOKIE: Final = "livesell_visit"
COOKIE_AGE_S: Final = 24 * 3600
COOKIE_FORM: Final = re.compile(r"[A-Za-z0-9_-]{22}")
VISITS_KEPT: Final = 50_000
"""Pairs of visitor and code: a hall's day."""
ADDRESSES_KEPT: Final = 2_000
SCANS_S, SCANS_BURST = 2.0, 60.0
"""Of one address, which a hall's phones may share behind one proxy; a loop without a cookie jar
cannot open a gate much faster than people do."""
PREFETCH: Final = ("Purpose", "Sec-Purpose", "X-Purpose", "X-Moz")
LOOKERS: Final = re.compile(
    r"bot\b|crawl|spider|preview|facebookexternalhit|whatsapp|slurp|headlesschrome|curl/|wget/",
    re.IGNORECASE,
)

Way = Literal["qr", "tap", "link"]


class Visitors:
    """Counts the page views of codes that people make; `scanned` is told each one once."""

    def __init__(self, scanned: Callable[[str, Way], None]) -> None:
        self._scanned = scanned
        self._visits: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._doors: OrderedDict[str, Bucket] = OrderedDict()

    def meet(self, request: web.BaseRequest, answer: web.StreamResponse, code: str) -> None:
        """Count a view of a known code's page, if it is a visitor's first, and set the cookie."""
        if not is_visitor(request):
            return
        shown = request.cookies.get(COOKIE, "")
        visitor = shown if COOKIE_FORM.fullmatch(shown) else secrets.token_urlsafe(16)
        if visitor != shown:
            answer.set_cookie(COOKIE, visitor, max_age=COOKIE_AGE_S, path="/q/", httponly=True,
                              samesite="Lax")  # fmt: skip
        if (visitor, code) in self._visits or not self._may(request.remote or ""):
            return
        self._visits[visitor, code] = None
        if len(self._visits) > VISITS_KEPT:
            self._visits.popitem(last=False)
        self._scanned(code, way_of(request))

    def _may(self, address: str) -> bool:
        bucket = self._doors.setdefault(address, Bucket(SCANS_S, SCANS_BURST))
        self._doors.move_to_end(address)
        if len(self._doors) > ADDRESSES_KEPT:
            self._doors.popitem(last=False)
        return bucket.take(asyncio.get_running_loop().time())


def is_visitor(request: web.BaseRequest) -> bool:
    """Whether a person looks: no HEAD, no prefetch, no preview, no program that says it is one."""
    if request.method != hdrs.METH_GET:
        return False
    purposes = " ".join(request.headers.get(name, "") for name in PREFETCH).lower()
    if any(word in purposes for word in ("prefetch", "prerender", "preview")):
        return False
    if request.headers.get("Sec-Fetch-Dest", "document") != "document":
        return False
    return LOOKERS.search(request.headers.get(hdrs.USER_AGENT, "")) is None


def way_of(request: web.BaseRequest) -> Way:
    """By what the visitor came: `k=` in the page's address; a code on a screen says nothing."""
    match request.query.get("k"):
        case "tap":
            return "tap"
        case "link":
            return "link"
        case _:
            return "qr"
