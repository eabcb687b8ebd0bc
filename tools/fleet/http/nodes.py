"""Nodes: list, page, history, picture, tags; and striking one out."""

import base64
import logging
from collections.abc import Iterable

import msgspec
from aiohttp import web

from node.control.messages import JsonObject
from node.errors import CommandError, ConfigError
from tools.fleet import presence
from tools.fleet.commander import Action
from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, read, reply
from tools.fleet.presence import NodeView
from tools.fleet.selection import Selection, choose, tag
from tools.fleet.settings import CRL
from tools.fleet.views import entry_view
from tools.fleet.wall import now_ms

log = logging.getLogger(__name__)

HISTORY_MAX = 500
HISTORY = 50


class _Tags(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tags: dict[str, str]


class NodesFace:
    """`/v1/nodes`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be asked."""
        needs = self._gate.needs
        return [
            web.get("/v1/nodes", needs("viewer", self._list)),
            web.get("/v1/nodes/{node}", needs("viewer", self._page)),
            web.get("/v1/nodes/{node}/still", needs("viewer", self._still)),
            web.put("/v1/nodes/{node}/tags", needs("admin", self._tag)),
            web.post("/v1/nodes/{node}/wipe", needs("admin", self._wipe)),
            web.get("/v1/commands", needs("viewer", self._commands)),
            web.get("/v1/events", needs("viewer", self._events)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        ids = tuple(request.query.get("ids", "").split(",")) if request.query.get("ids") else ()
        labels = request.query.get("labels", "")
        wanted = Selection(ids, labels, all=not (ids or labels))
        names = choose(wanted, self._of.roster.tags(with_wiped=True))
        now = now_ms()
        rows = [self._of.views.row(view, now) for view in self._of.roster.of(names)]
        if request.query.get("offline"):
            rows = [row for row in rows if row["state"] == "offline"]
        return reply({"now": now, "line": self._of.views.line(now), "nodes": rows})

    async def _page(self, request: web.Request) -> web.Response:
        view, now = self._view(request), now_ms()
        commands = await self._of.on_disk(self._of.logbook.newest, HISTORY, view.id)
        return reply({
            "now": now,
            "node": self._of.views.page(view, now),
            "commands": [entry_view(one) for one in commands],
            "events": await self._history(HISTORY, view.id, ""),
        })  # fmt: skip

    async def _still(self, request: web.Request) -> web.Response:
        still = self._view(request).tele.get("still")
        if still is None:
            raise web.HTTPNotFound(text="no picture yet")
        body = base64.b64decode(str(still.value["jpeg"]))
        return web.Response(body=body, content_type="image/jpeg",
                            headers={"Cache-Control": "private, max-age=60"})  # fmt: skip

    async def _tag(self, request: web.Request) -> web.Response:
        view, wanted = self._view(request), await read(request, _Tags)
        tags = {**view.tags, **wanted.tags}
        for key, value in wanted.tags.items():
            if value:
                tag(f"{key}={value}")
            else:
                del tags[key]
        self._of.roster.put(presence.tagged(view, tags))
        await self._of.on_disk(self._of.ledger.keep_node, view.id, tags, view.seen_at)
        on = ",".join(f"{key}={value}" for key, value in sorted(tags.items()))
        await self._of.audit.note(request[PERSON], "tag", f"{view.id} {on}", nodes=1)
        return reply({"id": view.id, "tags": tags})

    async def _wipe(self, request: web.Request) -> web.Response:
        """Off the air, nothing wanted of it, struck out, its certificates revoked.

        `crl` is the list that the broker is to read again; empty where the authority's key is not
        here, and the serials in `certificates` are to be revoked where it is.
        """
        view, person = self._view(request), request[PERSON]
        if view.is_online:
            await self._of.commander.give(Action("live.stop", {}, person.name), [view.id], now_ms())
        self._of.forget(view.id, now_ms())
        crl = str(self._of.folder / CRL)
        try:
            revoked = await self._of.issued.revoke(view.id, now_ms())
        except ConfigError as error:
            log.warning("not revoked: %s", error)
            crl, revoked = "", [one.serial for one in self._of.issued.of(view.id)]
        await self._of.audit.note(person, "wipe", view.id, nodes=1)
        return reply({"id": view.id, "certificates": revoked, "crl": crl})

    async def _commands(self, request: web.Request) -> web.Response:
        limit = _limit(request)
        node = request.query.get("node", "")
        entries = await self._of.on_disk(self._of.logbook.newest, limit, node)
        if request.query.get("failed"):
            entries = [one for one in entries if one.has_ended and one.status != "done"]
        return reply({"now": now_ms(), "commands": [entry_view(one) for one in entries]})

    async def _events(self, request: web.Request) -> web.Response:
        query = request.query
        rows = await self._history(_limit(request), query.get("node", ""), query.get("type", ""))
        return reply({"now": now_ms(), "events": rows})

    async def _history(self, limit: int, node: str, type_: str) -> list[JsonObject]:
        found = await self._of.on_disk(self._of.logbook.events, limit, node, type_)
        return [
            {"at": at, "node": name, "event": msgspec.json.decode(body)} for at, name, body in found
        ]

    def _view(self, request: web.Request) -> NodeView:
        name = request.match_info["node"]
        view = self._of.roster.view(name)
        if view is None:
            raise CommandError("unknown_node", f"no such node: {name}")
        return view


def _limit(request: web.Request) -> int:
    word = request.query.get("limit", "")
    return min(int(word), HISTORY_MAX) if word.isdigit() else HISTORY
