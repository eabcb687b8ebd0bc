"""Questions of booths over HTTP: waited for by whoever answers them, answered by a command."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal

import msgspec
from aiohttp import hdrs, web

from node.control.messages import JsonObject
from node.control.orders import KINDS, LocalWords
from node.errors import NodeError
from tools.fleet.asks import Asked
from tools.fleet.commander import Action
from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, read, reply
from tools.fleet.wall import now_ms

WAIT_MAX_S: Final = 30.0
SHOWN: Final = ("locale", "product", "guesses", "text", "audio")
KIND: Final = "ask.reply"


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is answered; see the command `ask.reply`."""

    text: Annotated[LocalWords, msgspec.Meta(min_length=1, max_length=8)]
    product: str = ""
    action: Literal["", "card.show"] = ""
    audio: str = ""


class AsksFace:
    """`/v1/asks`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be asked; words and voices are for operators alone."""
        needs = self._gate.needs
        return [
            web.get("/v1/asks", needs("operator", self._list)),
            web.post("/v1/asks/{node}/{turn}", needs("operator", self._answer)),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        """Questions behind the `after`th; with `wait` it is waited for one, so many seconds."""
        after = int(_number(request, "after"))
        await self._of.asks.wait(after, now_ms(), min(_number(request, "wait"), WAIT_MAX_S))
        now = now_ms()
        found = self._of.asks.after(after, now)
        response = reply({"asks": [_view(one, now) for one in found], "start": self._of.asks.start})
        response.headers[hdrs.CACHE_CONTROL] = "no-store"
        return response

    async def _answer(self, request: web.Request) -> web.Response:
        answer, person = await read(request, Answered), request[PERSON]
        node, turn, now = request.match_info["node"], request.match_info["turn"], now_ms()
        asked = self._of.asks.take(node, turn, now)
        data: JsonObject = {"turn": turn, **msgspec.to_builtins(answer)}
        ttl_s = min(max((asked.due_at - now) / 1000, 1.0), KINDS[KIND].max_s)
        action = Action(KIND, data, f"op:{person.name}", ttl_s)
        try:
            batch = await self._of.commander.give(action, [node], now)
        except NodeError:
            self._of.asks.give_back(asked)
            raise
        await self._of.audit.note(person, KIND, turn, nodes=1, batch=batch)
        return reply({"targets": [node], "batch": batch})


def _view(asked: Asked, now: int) -> JsonObject:
    shown: JsonObject = {name: asked.ask[name] for name in SHOWN if name in asked.ask}
    left_ms = asked.due_at - now
    return {"n": asked.n, "node": asked.node, "turn": asked.turn, "left_ms": left_ms, **shown}


def _number(request: web.Request, name: str) -> float:
    """A number of the query, 0 where there is none; more than 15 digits say nothing more."""
    word = request.query.get(name, "")[:15]
    return float(word) if word.isascii() and word.replace(".", "", 1).isdigit() else 0.0
