"""The node's HTTP server: binds the port, adds the faces, says what browsers may do."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Protocol

from aiohttp import hdrs, web
from aiohttp.web_protocol import RequestHandler

from node.config import WebConfig
from node.errors import NodeError

BODY_LIMIT_BYTES = 128 * 1024
"""The largest body anyone may send; an SDP offer of a browser is 5 to 20 kB."""
CONNECTIONS_MAX = 800
CONNECTIONS_OF_ONE = 250
"""Open connections in all and of one address; a page holds at most 7, a hall may share one."""
SHUTDOWN_S = 0.5
"""What an open request gets to end by itself when the node stops."""

CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the server shuts down, so that long-lived sockets end politely."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
        "media-src 'self' blob:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    hdrs.SERVER: "livesell",
}

_Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Face(Protocol):
    """Something that answers HTTP: it checks, calls the part behind it, and answers."""

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The paths it answers; asked once, when the server starts."""
        ...


class ListenError(NodeError):
    """The port cannot be had."""


class Web:
    """Serves all faces on one port until cancelled."""

    name = "web"

    def __init__(self, cfg: WebConfig, faces: Sequence[Face]) -> None:
        self._cfg = cfg
        self._faces = faces
        self._url = ""

    @property
    def url(self) -> str:
        """`http://HOST:PORT/` for a browser on this machine; empty until ready."""
        return self._url

    async def run(self, ready: Callable[[], None]) -> None:
        """Serve; raises `ListenError` when the port cannot be had."""
        runner = web.AppRunner(
            self._application(), access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S
        )
        await runner.setup()
        _keep_the_door(runner)
        try:
            await self._listen(runner)
            ready()
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def _application(self) -> web.Application:
        app = web.Application(client_max_size=BODY_LIMIT_BYTES, middlewares=[_word_errors])
        app[CLOSING] = asyncio.Event()
        app.on_shutdown.append(_close)
        app.on_response_prepare.append(_protect)
        for face in self._faces:
            app.add_routes(face.routes())
        return app

    async def _listen(self, runner: web.AppRunner) -> None:
        host, port = self._cfg.host, self._cfg.port
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ListenError(f"web: cannot listen on {host}:{port}: {_cure(error)}") from error
        bound: int = runner.addresses[0][1]
        shown = "127.0.0.1" if host in {"", "0.0.0.0", "::"} else host  # noqa: S104  # compared only
        self._url = f"http://{f'[{shown}]' if ':' in shown else shown}:{bound}/"


def _keep_the_door(runner: web.AppRunner) -> None:
    """Turn away connections beyond the limits, so that idle ones cannot use up all files."""
    server = runner.server
    if server is None:
        return
    let_in = server.connection_made

    def at_the_door(handler: RequestHandler, transport: asyncio.Transport) -> None:
        let_in(handler, transport)
        address = _address(transport)
        known = [other for other in server.connections if _address(other.transport) == address]
        if len(known) > CONNECTIONS_OF_ONE or len(server.connections) > CONNECTIONS_MAX:
            # After the handler's first step: aiohttp does not expect an end before its beginning.
            asyncio.get_running_loop().call_soon(transport.abort)

    server.connection_made = at_the_door  # type: ignore[method-assign]  # aiohttp has no limit


def _address(transport: asyncio.BaseTransport | None) -> str:
    peer = transport.get_extra_info("peername") if transport is not None else None
    return str(peer[0]) if isinstance(peer, tuple) else ""


def _cure(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "another program has this port; stop it, or choose another by web.port or --port"
    if error.errno == errno.EACCES:
        return "not permitted; ports below 1024 need root, choose another by web.port or --port"
    if error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address; set web.host to 0.0.0.0 or one of its own"
    return error.strerror or str(error)


async def _close(app: web.Application) -> None:
    app[CLOSING].set()


async def _protect(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in _HEADERS.items():
        response.headers[name] = value


@web.middleware
async def _word_errors(request: web.Request, handler: _Answer) -> web.StreamResponse:
    """Programs that call the API read JSON, so its errors are JSON too."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/api/") or error.status < web.HTTPBadRequest.status_code:
            raise
        told = {"ok": False, "code": error.reason.lower().replace(" ", "_"), "message": error.text}
        return web.json_response(told, status=error.status)
