"""Commands and desired sections for selected nodes, the stop of all, and how far an action is."""

from collections.abc import Iterable
from typing import Annotated, Final

import msgspec
from aiohttp import web

from node.control.messages import ContractError, JsonObject
from node.control.orders import KINDS
from node.control.sections import Section
from node.errors import CommandError
from tools.fleet.commander import Action
from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, read, refusal, reply
from tools.fleet.people import needed
from tools.fleet.selection import Selection, choose
from tools.fleet.views import batch_view, entry_view
from tools.fleet.wall import now_ms

HASH_SHOWN: Final = 23


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A command for some nodes; `in_s` from now becomes its `play_at`.

    `count` is the number of nodes that the sender believes to have chosen; 0 believes nothing.
    """

    type: str
    select: Selection
    data: JsonObject = {}
    ttl_s: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.0
    in_s: Annotated[float, msgspec.Meta(ge=0, le=600)] | None = None
    count: int = 0
    dry_run: bool = False


class Want(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A section for some nodes."""

    section: Section
    data: JsonObject
    select: Selection
    count: int = 0
    dry_run: bool = False


class OrdersFace:
    """`/v1/commands`, `/v1/batches`, `/v1/stop`, `/v1/wanted`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be ordered."""
        needs = self._gate.needs
        return [
            web.post("/v1/commands", needs("operator", self._order)),
            web.get("/v1/batches/{batch}", needs("viewer", self._batch)),
            web.post("/v1/stop", needs("operator", self._stop)),
            web.post("/v1/wanted", needs("admin", self._want)),
            web.get("/v1/wanted/{section}", needs("viewer", self._standing)),
        ]

    async def _order(self, request: web.Request) -> web.Response:
        order, person = await read(request, Order), request[PERSON]
        if order.type not in KINDS:
            raise ContractError("unknown_type", f"type = {order.type[:64]!r}")
        if not person.may(needed(order.type)):
            return refusal(403, "not_allowed", f"{order.type} needs {needed(order.type)}")
        nodes = self._chosen(order.select, order.count)
        data, now = order.data, now_ms()
        if order.in_s is not None:
            data = {**data, "play_at": now + int(order.in_s * 1000)}
        if order.dry_run:
            return reply({"targets": nodes, "batch": "", "online": self._online(nodes)})
        action = Action(order.type, data, f"op:{person.name}", order.ttl_s)
        batch = await self._of.commander.give(action, nodes, now)
        await self._of.audit.note(person, order.type, _short(data), nodes=len(nodes), batch=batch)
        return reply({"targets": nodes, "batch": batch, "online": self._online(nodes)})

    async def _stop(self, request: web.Request) -> web.Response:
        """Everything off the air: one word to all, and one to each for its answer."""
        person, now = request[PERSON], now_ms()
        nodes = choose(Selection(all=True), self._of.roster.tags())
        self._of.commander.broadcast_stop(f"op:{person.name}", now)
        action = Action("live.stop", {}, f"op:{person.name}")
        batch = await self._of.commander.give(action, nodes, now)
        await self._of.audit.note(person, "live.stop", "all", nodes=len(nodes), batch=batch)
        return reply({"targets": nodes, "batch": batch, "online": self._online(nodes)})

    async def _batch(self, request: web.Request) -> web.Response:
        name = request.match_info["batch"]
        entries = self._of.commander.batches.entries(name)
        if not entries:
            entries = await self._of.on_disk(self._of.logbook.of_batch, name)
        lane = batch_view(name, entries)
        if lane is None:
            raise CommandError("precondition", f"no such action: {name}")
        commands = [entry_view(one) for one in entries]
        return reply({"now": now_ms(), "action": lane, "commands": commands})

    async def _want(self, request: web.Request) -> web.Response:
        wanted, person = await read(request, Want), request[PERSON]
        nodes = self._chosen(wanted.select, wanted.count)
        if wanted.dry_run:
            return reply({"targets": nodes, "sections": self._sections(nodes, wanted.section)})
        vers = await self._of.wishes.want(nodes, wanted.section, wanted.data, person.name, now_ms())
        on = f"{wanted.section} {_short(wanted.data)}"
        await self._of.audit.note(person, "want", on, nodes=len(nodes))
        return reply({"targets": nodes, "vers": vers})

    async def _standing(self, request: web.Request) -> web.Response:
        ids = request.query.get("ids", "")
        labels = request.query.get("labels", "")
        selection = Selection(tuple(ids.split(",")) if ids else (), labels, not (ids or labels))
        nodes = choose(selection, self._of.roster.tags())
        return reply({"sections": self._sections(nodes, request.match_info["section"])})

    def _sections(self, nodes: Iterable[str], section: str) -> dict[str, JsonObject]:
        found: dict[str, JsonObject] = {}
        for view in self._of.roster.of(nodes):
            rows = self._of.views.sections(view)
            found[view.id] = next((row for row in rows if row["section"] == section), {})
        return found

    def _chosen(self, selection: Selection, count: int) -> tuple[str, ...]:
        nodes = choose(selection, self._of.roster.tags())
        if count and count != len(nodes):
            raise CommandError("count_differs", f"{len(nodes)} nodes are selected, not {count}")
        return nodes

    def _online(self, nodes: Iterable[str]) -> int:
        return sum(self._of.roster.is_online(name) for name in nodes)


def _short(content: JsonObject) -> str:
    """A command's content as the audit has it: hashes by their beginning."""
    words = (f"{key} {str(value)[:HASH_SHOWN]}" for key, value in content.items())
    return ", ".join(words)[:200]
