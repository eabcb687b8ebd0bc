"""The fleet's keys: what signs, until when; new ones, named by the root key wherever that lies."""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from aiohttp import web

from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, read, reply
from tools.fleet.wall import now_ms


class _Signed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    section: Annotated[str, msgspec.Meta(max_length=65_536)]


class KeysFace:
    """`/v1/keys`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be asked and done."""
        needs = self._gate.needs
        return [
            web.get("/v1/keys", needs("viewer", self._shown)),
            web.post("/v1/keys/propose", needs("admin", self._propose)),
            web.post("/v1/keys/accept", needs("admin", self._accept)),
            web.post("/v1/keys/switch", needs("admin", self._switch)),
        ]

    async def _shown(self, _request: web.Request) -> web.Response:
        now = now_ms()
        return reply({"now": now, **self._of.keys.shown(now)})

    async def _propose(self, _request: web.Request) -> web.Response:
        payload = await self._of.keys.propose(now_ms())
        return reply({"payload": payload.decode()})

    async def _accept(self, request: web.Request) -> web.Response:
        wanted = await read(request, _Signed)
        ver = await self._of.keys.accept(wanted.section.encode(), request[PERSON], now_ms())
        return reply({"ver": ver})

    async def _switch(self, _request: web.Request) -> web.Response:
        """Do not wait for who is late: they refuse until they have the section."""
        await self._of.keys.switch(now_ms())
        return reply(self._of.keys.shown(now_ms()))
