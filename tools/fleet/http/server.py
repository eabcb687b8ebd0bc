"""The HTTP face as a whole: the API, the console's pages, and where they listen."""

import hashlib
import mimetypes
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from node.errors import ConfigError
from node.web import pages
from tools.fleet.controller import Controller
from tools.fleet.http.asks import AsksFace
from tools.fleet.http.files import FilesFace
from tools.fleet.http.gate import Answer, Gate, failures
from tools.fleet.http.keys import KeysFace
from tools.fleet.http.nodes import NodesFace
from tools.fleet.http.orders import OrdersFace
from tools.fleet.http.staff import StaffFace
from tools.fleet.http.watch import WatchFace

PAGE: Final = Path(__file__).parents[1] / "page"
NODE_PAGES: Final = Path(pages.__file__).parent / "static"
SHARED: Final = ("base.css", "dom.js", "icon.svg")
END_S: Final = 3.0
"""What is on its way then is cut off."""
BODY_MAX: Final = 4 << 20
"""Bytes of a JSON request; files come as streams."""
POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def application(controller: Controller) -> web.Application:
    """Every path."""
    app = web.Application(middlewares=[failures], client_max_size=BODY_MAX)
    gate = Gate(controller.register)
    app.add_routes(gate.routes())
    for face in (NodesFace, OrdersFace, AsksFace, FilesFace, StaffFace, KeysFace):
        app.add_routes(face(controller, gate).routes())
    watch = WatchFace(controller, gate)
    app.add_routes(watch.routes())
    app.on_shutdown.append(watch.close)
    app.add_routes(_pages())
    return app


@asynccontextmanager
async def serving(controller: Controller) -> AsyncIterator[str]:
    """Listen; the address is given. Raises `ConfigError` for a certificate of no use, OSError."""
    settings = controller.settings
    context = _tls(controller) if settings.https_cert else None
    runner = web.AppRunner(application(controller), access_log=None, shutdown_timeout=END_S)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port, ssl_context=context)
        await site.start()
        port = runner.addresses[0][1]
        yield f"{'https' if context else 'http'}://{settings.host}:{port}"
    finally:
        await runner.cleanup()


def _tls(controller: Controller) -> ssl.SSLContext:
    settings, folder = controller.settings, controller.folder
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(folder / settings.https_cert, folder / settings.https_key)
    except OSError as error:
        raise ConfigError([f"https_cert = {settings.https_cert!r}: {error}"]) from error
    return context


def _pages() -> list[web.RouteDef]:
    """The console's files, read once; colours and small pieces are those of the node's pages."""
    files = {path.relative_to(PAGE).as_posix(): path for path in PAGE.rglob("*") if path.is_file()}
    files |= {name: NODE_PAGES / name for name in SHARED}
    return [
        *(web.get(f"/page/{name}", _file(path)) for name, path in sorted(files.items())),
        *(web.get(path, _file(files["console.html"])) for path in ("/", "/claim")),
    ]


def _file(path: Path) -> Answer:
    body = path.read_bytes()
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    tag = hashlib.sha256(body).hexdigest()[:24]
    headers = {
        hdrs.CACHE_CONTROL: "no-cache",
        hdrs.ETAG: f'"{tag}"',
        hdrs.CONTENT_SECURITY_POLICY: POLICY,
        hdrs.X_CONTENT_TYPE_OPTIONS: "nosniff",
    }

    async def answer(request: web.Request) -> web.StreamResponse:
        if any(one.value == tag for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        charset = None if (kind or "").startswith("image/") else "utf-8"
        return web.Response(body=body, content_type=kind, charset=charset, headers=headers)

    return answer
