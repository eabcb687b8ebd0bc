"""WHEP: a viewer's session over HTTP (draft-ietf-wish-whep-03). Checks, calls the hub, answers."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from node.errors import CommandError

SDP: Final = "application/sdp"
FRAGMENT: Final = "application/trickle-ice-sdpfrag"
BODY_MAX: Final = 64 * 1024
"""Bytes; a browser's offer has about 6 KiB."""
RETRY_AFTER_S: Final = 2
BURST: Final = 20
RATE: Final = 5.0
"""New sessions a second from one address, after a burst: a page that reconnects needs one."""
CHANGE_BURST: Final = 60
CHANGE_RATE: Final = 20.0
"""PATCH and DELETE: a trickling browser sends one for each of its addresses."""
ADDRESSES_MAX: Final = 1024
STATUS: Final = {
    "bad_sdp": 400,
    "unknown_output": 404,
    "stopped": 409,
    "no_h264": 422,
    "ice_restart": 422,
    "full": 503,
    "busy": 503,
}
CORS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Location, ETag, Link, Accept-Patch, Retry-After",
}
PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Max-Age": "86400",
    "Accept-Post": SDP,
}


class Session(Protocol):
    """A viewer's session, as the hub gives it."""

    id: str
    etag: str

    @property
    def answer(self) -> str:
        """The SDP answer."""
        ...

    async def add_candidates(self, fragment: str) -> None:
        """Take addresses; raises `CommandError` "ice_restart"."""
        ...

    def leave(self) -> None:
        """End the session."""
        ...


class Sessions(Protocol):
    """Where sessions come from: the hub."""

    async def join(self, offer_sdp: str, *, kiosk: bool, output: str) -> Session:
        """Take a viewer of an output in (empty: the usual one); raises `CommandError`."""
        ...

    def viewer(self, viewer_id: str) -> Session | None:
        """The session with that id, while it lasts."""
        ...


class Refused(Exception):  # noqa: N818  # an answer, not an error of ours
    """A request that is answered with a problem document (RFC 9457)."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code


@dataclass(slots=True)
class _Bucket:
    level: float
    at_s: float


class Pace:
    """How often each address may ask: a token bucket each, the longest silent ones forgotten."""

    def __init__(self, *, burst: int, rate: float) -> None:
        self._burst = burst
        self._rate = rate
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def is_kept(self, address: str, now: float) -> bool:
        """Whether one more request is within the pace; counts it if so."""
        bucket = self._buckets.pop(address, None) or _Bucket(self._burst, now)
        self._buckets[address] = bucket
        if len(self._buckets) > ADDRESSES_MAX:
            self._buckets.popitem(last=False)
        bucket.level = min(self._burst, bucket.level + (now - bucket.at_s) * self._rate)
        bucket.at_s = now
        if bucket.level < 1:
            return False
        bucket.level -= 1
        return True


Answerer = Callable[[web.Request], Awaitable[web.Response]]


class WhepFace:
    """The routes under /whep.

    `?output=NAME` chooses an output of the day; without it `web` is watched. `?kiosk=1` asks for
    the kiosk's setting (least delay), and for the output `kiosk` if none is named.
    """

    def __init__(self, hub: Sessions) -> None:
        self._hub = hub
        self._joins = Pace(burst=BURST, rate=RATE)
        self._changes = Pace(burst=CHANGE_BURST, rate=CHANGE_RATE)

    def routes(self) -> list[web.RouteDef]:
        """For `aiohttp.web.Application.add_routes`."""
        session = "/whep/{id}"
        return [
            web.post("/whep", _answered(self._post)),
            web.options("/whep", _answered(self._options)),
            web.patch(session, _answered(self._patch)),
            web.delete(session, _answered(self._delete)),
            web.get(session, _answered(self._get), allow_head=False),
            web.options(session, _answered(self._options)),
        ]

    async def _post(self, request: web.Request) -> web.Response:
        self._keep_pace(self._joins, request)
        offer = await _body(request, SDP)
        try:
            viewer = await self._hub.join(
                offer,
                kiosk=request.query.get("kiosk") == "1",
                output=request.query.get("output", ""),
            )
        except CommandError as error:
            raise _refusal(error) from error
        headers = {
            "Location": f"/whep/{viewer.id}",
            "ETag": viewer.etag,
            "Accept-Patch": FRAGMENT,
            "Content-Type": SDP,
        }
        return web.Response(status=201, body=viewer.answer.encode(), headers=headers)

    async def _patch(self, request: web.Request) -> web.Response:
        self._keep_pace(self._changes, request)
        viewer = self._session(request)
        fragment = await _body(request, FRAGMENT)
        match = request.headers.get("If-Match")
        if match is None:
            raise Refused(428, "if_match", "If-Match with the session's ETag is required")
        if match.strip() not in ("*", viewer.etag):
            raise Refused(412, "etag", "If-Match names another ICE session")
        try:
            await viewer.add_candidates(fragment)
        except CommandError as error:
            raise _refusal(error) from error
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        self._keep_pace(self._changes, request)
        self._session(request).leave()
        return web.Response()

    async def _get(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers={"ETag": self._session(request).etag})

    async def _options(self, request: web.Request) -> web.Response:
        if "id" in request.match_info:
            return web.Response(headers={**PREFLIGHT, "Accept-Patch": FRAGMENT})
        return web.Response(headers=PREFLIGHT)

    def _session(self, request: web.Request) -> Session:
        viewer = self._hub.viewer(request.match_info["id"])
        if viewer is None:
            raise Refused(404, "gone", "there is no such session, or no longer")
        return viewer

    def _keep_pace(self, pace: Pace, request: web.Request) -> None:
        if not pace.is_kept(request.remote or "", asyncio.get_running_loop().time()):
            raise Refused(503, "pace", "too many requests from this address")


def _answered(answer: Answerer) -> Answerer:
    """Add CORS to every answer, and make a problem document of a refusal."""

    async def answered(request: web.Request) -> web.Response:
        try:
            response = await answer(request)
        except Refused as refused:
            response = _problem(refused)
        response.headers.update(CORS)
        return response

    return answered


async def _body(request: web.Request, expected: str) -> str:
    """The body as text; raises `Refused` 415, 413 or 400."""
    if request.content_type != expected:
        raise Refused(415, "content_type", f"expected {expected}, got {request.content_type}")
    chunks = bytearray()
    async for chunk in request.content.iter_any():
        chunks += chunk
        if len(chunks) > BODY_MAX:
            raise Refused(413, "too_large", f"the body is larger than {BODY_MAX} bytes")
    try:
        return chunks.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, "bad_sdp", f"the body is not UTF-8: {error.reason}") from error


def _refusal(error: CommandError) -> Refused:
    return Refused(STATUS.get(error.code, 400), error.code, str(error))


def _problem(refused: Refused) -> web.Response:
    headers: Mapping[str, str] = {}
    if refused.status == 503 or refused.code == "stopped":  # noqa: PLR2004  # not available now
        headers = {"Retry-After": str(RETRY_AFTER_S)}
    problem = {
        "type": "about:blank",
        "status": refused.status,
        "code": refused.code,
        "detail": str(refused),
    }
    return web.json_response(
        problem, status=refused.status, headers=headers, content_type="application/problem+json"
    )
