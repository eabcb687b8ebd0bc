"""The pages: plain HTML, CSS and ES modules, read once and served from memory.

Memory has no `..`, and it answers when the memory card does not.
"""

import hashlib
import mimetypes
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web

from node.config import WebConfig
from node.web.access import COOKIE, COOKIE_AGE_S, Access

HERE = Path(__file__).parent
PAGES = {"/": "viewer", "/kiosk": "kiosk", "/operator": "operator", "/demo": "demo"}
DISTANCE_TO_WIDTH = 10
"""A code is read from ten times its width: 25 cm from 2.5 m."""
_TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the pages as it is sent."""

    body: bytes
    content_type: str
    etag: str

    def answer(self, request: web.Request) -> web.Response:
        """The file, or 304 if the browser has it."""
        headers = {hdrs.CACHE_CONTROL: "no-cache", hdrs.ETAG: f'"{self.etag}"'}
        known = request.if_none_match or ()
        if any(tag.value == self.etag for tag in known):
            return web.Response(status=304, headers=headers)
        charset = None if self.content_type.startswith("image/") else "utf-8"
        return web.Response(
            body=self.body, content_type=self.content_type, charset=charset, headers=headers
        )


def code_share(web: WebConfig) -> float:
    """How much of the kiosk's width its code takes to be read from where people stand, 0..1."""
    return min(1.0, web.kiosk_distance_m * 100 / DISTANCE_TO_WIDTH / web.kiosk_width_cm)


class PagesFace:
    """`/`, `/kiosk`, `/operator`, `/demo` and what they load under `/static/`.

    `code_share` is the least width of the kiosk's code, of its screen's; `is_asking` has that
    screen look for the code by which the node is let into a fleet.
    """

    def __init__(
        self, access: Access, *, is_demo: bool = False, code_share: float = 0.2632,
        is_asking: bool = False,
    ) -> None:  # fmt: skip
        self._access = access
        self._is_demo = is_demo
        self._code_share, self._is_asking = code_share, is_asking
        self._assets: dict[str, Asset] = {}

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Read the files and name the paths."""
        self._assets = _load(HERE)
        kiosk = self._assets["kiosk.html"].body.decode()
        share = f'data-code-share="{self._code_share:.4f}"'
        told = kiosk.replace("data-code-share", share + " data-asking" * self._is_asking)
        self._assets["kiosk.html"] = _asset(told.encode(), "text/html")
        pages = {path: name for path, name in PAGES.items() if path != "/demo" or self._is_demo}
        return [
            *(web.get(path, self._page) for path in pages),
            web.get("/static/{name:.+}", self._static),
            web.get("/favicon.ico", self._icon),
        ]

    async def _page(self, request: web.Request) -> web.Response:
        token = request.query.get("token")
        if token is not None and request.path == "/operator":
            return self._enter(request, token)
        return self._assets[f"{PAGES[request.path]}.html"].answer(request)

    async def _static(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(text="no such file")
        return asset.answer(request)

    async def _icon(self, request: web.Request) -> web.Response:
        return self._assets["icon.svg"].answer(request)

    def _enter(self, request: web.Request, token: str) -> web.Response:
        """Trade the token for a cookie, so that it stands in no history and no screenshot."""
        cookie = self._access.cookie_for(token)
        if cookie is None:
            raise web.HTTPForbidden(text="this token is not the operator's")
        response = web.Response(status=303, headers={hdrs.LOCATION: "/operator"})
        response.set_cookie(
            COOKIE, cookie, max_age=COOKIE_AGE_S, path="/", httponly=True, samesite="Strict",
            secure=request.secure,
        )  # fmt: skip
        return response


def _load(folder: Path) -> dict[str, Asset]:
    """Every file of `static/` by its path there, and the texts as `locales/LANG.json`."""
    roots = [(folder / "static", ""), (folder / "locales", "locales/")]
    return {
        prefix + path.relative_to(root).as_posix(): _asset(path.read_bytes(), _type_of(path))
        for root, prefix in roots
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def _asset(body: bytes, kind: str) -> Asset:
    return Asset(body, kind, hashlib.sha256(body).hexdigest()[:24])


def _type_of(path: Path) -> str:
    guessed = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0]
    return guessed or "application/octet-stream"
