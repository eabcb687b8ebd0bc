"""The crowd's HTTP face: sums, and the messages that wait for the operator.

They are approved or refused as everything is commanded: `POST /api/command`.
"""

import asyncio
from collections.abc import Iterable
from http import HTTPStatus

import msgspec
from aiohttp import web

from node.stream.crowd import Crowd
from node.stream.inbox import Heard
from node.web.access import Access


class WaitingView(msgspec.Struct, frozen=True):
    """A message that waits; `waits_s` since when."""

    id: str
    text: str
    name: str
    waits_s: float


class CrowdView(msgspec.Struct, frozen=True):
    """`GET /api/crowd`.

    `viewers` are here now without the kiosk, `peak` and `mean` of them since start by the second;
    the counts tell what became of viewers' messages on the channel.
    """

    likes: int
    viewers: int
    peak: int
    mean: float
    waiting: tuple[WaitingView, ...]
    taken: int
    malformed: int
    unknown: int
    limited: int
    overflowed: int
    unknown_codes: int
    uncounted: int


class CrowdFace:
    """`GET /api/crowd`, for whoever may command: messages not yet approved are not public."""

    def __init__(self, crowd: Crowd, heard: Heard, access: Access) -> None:
        self._crowd, self._heard, self._access = crowd, heard, access

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The path of the face."""
        return [web.get("/api/crowd", self._show)]

    async def _show(self, request: web.Request) -> web.Response:
        refusal = self._access.refuse_command(request)
        if refusal is not None:
            told = {"ok": False, "code": refusal.code, "message": refusal.message}
            return web.json_response(told, status=HTTPStatus.FORBIDDEN)
        return web.Response(
            body=msgspec.json.encode(self._view()),
            content_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    def _view(self) -> CrowdView:
        crowd, heard, now_s = self._crowd, self._heard, asyncio.get_running_loop().time()
        waiting = tuple(
            WaitingView(one.id, one.text, one.name, round(now_s - one.at_s, 1))
            for one in crowd.messages.waiting
        )
        return CrowdView(
            likes=crowd.likes.total,
            viewers=crowd.audience,
            peak=crowd.concurrency.peak,
            mean=round(crowd.concurrency.mean, 2),
            waiting=waiting,
            taken=heard.taken,
            malformed=heard.malformed,
            unknown=heard.unknown,
            limited=heard.limited,
            overflowed=crowd.messages.overflowed,
            unknown_codes=crowd.unknown_codes,
            uncounted=crowd.uncounted,
        )
