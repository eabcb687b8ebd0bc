"""Files by hash: uploaded by people, fetched by nodes in parts (Range); manifests are signed here.

Whoever knows a hash may read: it names public show material and cannot be guessed.
"""

from collections.abc import Iterable

from aiohttp import hdrs, web

from node.control.bodies import whole
from node.control.wireform import check_json
from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, reply
from tools.fleet.settings import FILES
from tools.fleet.shelf import Shelf, hash_of

MANIFEST_MAX = 1 << 20
CHUNK = 1 << 18


class FilesFace:
    """`/v1/assets` and `/v1/manifests`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate
        self._shelf = Shelf(controller.folder / FILES)

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be fetched and sent."""
        needs = self._gate.needs
        return [
            web.get("/v1/assets/{hash}", self._get),
            web.put("/v1/assets/{hash}", needs("admin", self._put)),
            web.post("/v1/manifests", needs("admin", self._sign)),
        ]

    async def _get(self, request: web.Request) -> web.StreamResponse:
        path = self._shelf.path(hash_of(request.match_info["hash"]))
        if not path.is_file():
            raise web.HTTPNotFound(text="no such file")
        headers = {
            hdrs.CACHE_CONTROL: "public, max-age=31536000, immutable",
            hdrs.CONTENT_TYPE: "application/octet-stream",
        }
        return web.FileResponse(path, chunk_size=CHUNK, headers=headers)

    async def _put(self, request: web.Request) -> web.Response:
        digest = hash_of(request.match_info["hash"])
        path = self._shelf.path(digest)
        if path.is_file():
            return reply({"hash": digest, "bytes": path.stat().st_size, "is_new": False})
        size = await self._shelf.take(digest, request.content.iter_chunked(CHUNK))
        await self._of.audit.note(request[PERSON], "upload", f"{digest} {size} bytes")
        return reply({"hash": digest, "bytes": size, "is_new": True})

    async def _sign(self, request: web.Request) -> web.Response:
        """Sign a manifest of assets: from here on nodes take what it names."""
        body = await whole(request.content, MANIFEST_MAX)
        if len(body) > MANIFEST_MAX:
            raise web.HTTPRequestEntityTooLarge(MANIFEST_MAX, len(body))
        check_json(body)
        signed = self._of.signer.sign_manifest(body)
        digest = self._shelf.put(signed)
        await self._of.audit.note(request[PERSON], "sign", f"manifest {digest}")
        return reply({"hash": digest, "bytes": len(signed)})
