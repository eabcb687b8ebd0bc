"""How a node that asks to belong to a fleet shows its code: on its own screen and to its owner.

Nobody in front of the booth needs it: only this machine, or who has the operator's token, may see.
"""

import asyncio
from collections.abc import Callable, Iterable

import msgspec
from aiohttp import web

from node.board.claiming import Claiming
from node.web.access import Access
from node.web.landing import draw_code


class ClaimFace:
    """`/api/claim` and `/api/claim.svg`; `look` gives None once the node belongs, or asks none."""

    def __init__(self, look: Callable[[], Claiming | None], access: Access) -> None:
        self._look, self._access = look, access

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """Its two paths."""
        return [
            web.get("/api/claim", self._told),
            web.get("/api/claim.svg", self._drawn),
        ]

    async def _told(self, request: web.Request) -> web.Response:
        claiming = self._seen(request)
        if claiming is None:
            return _answer({"claim": None})
        left_s = max(0.0, claiming.ends_s - asyncio.get_running_loop().time())
        told = {**msgspec.to_builtins(claiming), "left_s": round(left_s)}
        del told["ends_s"]
        return _answer({"claim": told})

    async def _drawn(self, request: web.Request) -> web.Response:
        claiming = self._seen(request)
        if claiming is None or not claiming.url:
            raise web.HTTPNotFound(text="no code now")
        headers = {"Cache-Control": "no-store"}
        body = draw_code(claiming.url)
        return web.Response(body=body, content_type="image/svg+xml", headers=headers)

    def _seen(self, request: web.Request) -> Claiming | None:
        refusal = self._access.refuse_command(request)
        if refusal is not None:
            raise web.HTTPForbidden(text=f"{refusal.code}: {refusal.message}")
        return self._look()


def _answer(content: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(content),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
