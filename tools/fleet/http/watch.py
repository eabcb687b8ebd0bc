"""The WebSocket of who watches: a snapshot, then numbered differences; and the stills they see."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Final

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from node.errors import NodeError
from tools.fleet.batches import CONSOLE
from tools.fleet.commander import Action
from tools.fleet.controller import Controller
from tools.fleet.feed import Watcher
from tools.fleet.http.gate import PERSON, Gate
from tools.fleet.wall import now_ms

log = logging.getLogger(__name__)

HEARTBEAT_S: Final = 15.0
SEEN_MAX: Final = 48
"""Pictures that one console may look at."""
STILL_EVERY_MS: Final = 5_000


class _Looking(msgspec.Struct, frozen=True):
    """The nodes whose picture is on somebody's screen."""

    see: tuple[str, ...] = ()


class WatchFace:
    """`/v1/watch`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate
        self._asked_at: dict[str, int] = {}
        self._sockets: set[web.WebSocketResponse] = set()

    def routes(self) -> Iterable[web.RouteDef]:
        """The one way in."""
        return [web.get("/v1/watch", self._gate.needs("viewer", self._watch))]

    async def close(self, _app: web.Application) -> None:
        """Tell everyone who watches that the controller goes."""
        for socket in list(self._sockets):
            await socket.close(code=WSCloseCode.GOING_AWAY)

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=64 * 1024)
        await socket.prepare(request)
        self._sockets.add(socket)
        writer = asyncio.ensure_future(self._write(socket, request))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._look(str(message.data), now_ms())
        finally:
            self._sockets.discard(socket)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer
        return socket

    async def _write(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        me = request[PERSON]
        while not socket.closed:
            with self._of.feed.watch() as watcher:
                now = now_ms()
                snapshot = {
                    "v": 1, "n": self._of.feed.n, "now": now, "me": msgspec.to_builtins(me),
                    "snapshot": self._of.views.snapshot(now),
                }  # fmt: skip
                await socket.send_bytes(msgspec.json.encode(snapshot))
                await self._follow(socket, watcher, request)

    async def _follow(
        self, socket: web.WebSocketResponse, watcher: Watcher, request: web.Request
    ) -> None:
        while (diff := await watcher.get()) is not None:
            if self._gate.person(request) is None:  # the token was taken away meanwhile
                await socket.close(code=WSCloseCode.POLICY_VIOLATION)
                return
            await socket.send_bytes(msgspec.json.encode(diff))

    async def _look(self, text: str, now: int) -> None:
        """Ask the nodes that somebody looks at for a picture, each every 5 s at most."""
        try:
            looking = msgspec.json.decode(text, type=_Looking)
        except msgspec.MsgspecError:
            return
        wanted = [
            name
            for name in looking.see[:SEEN_MAX]
            if self._of.roster.is_online(name)
            and now - self._asked_at.get(name, 0) >= STILL_EVERY_MS
        ]
        self._asked_at.update(dict.fromkeys(wanted, now))
        try:
            await self._of.commander.give(Action("snapshot", {}, CONSOLE), wanted, now)
        except NodeError as error:
            log.warning("no stills: %s", error)
