"""The operator's HTTP face: commands in, the view of the show out."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from http import HTTPStatus
from typing import Protocol, get_args

import msgspec
from aiohttp import WSMsgType, web

from node.errors import CommandError
from node.program.commands import Command, CrowdCommand, VoiceCommand
from node.web.access import Access, Refusal
from node.web.health import health_report
from node.web.questions import Obey
from node.web.server import CLOSING
from node.web.status import ShowView
from node.web.upload import DAY_LIMIT_BYTES, Edit, decode_files, judgement
from node.web.voiceview import TurnView, turn_view

log = logging.getLogger(__name__)

COMMAND_LIMIT_BYTES = 4096
"""A command is a name and a target: 60 bytes."""
PUSH_FASTEST_S = 0.2
PUSH_SLOWEST_S = 1.0
WATCHERS_MAX = 16
HEARTBEAT_S = 10.0
"""A page whose machine went to sleep is let go after this."""

KNOWN = tuple(
    str(kind.__struct_config__.tag)
    for kinds in (Command, CrowdCommand, VoiceCommand)
    for kind in get_args(kinds)
)
Order = Command | CrowdCommand | VoiceCommand
"""All that `POST /api/command` takes."""


class Watchable(Protocol):
    """A `State` of anything: its values are not looked at, only that they come."""

    def watch(self) -> AsyncIterator[object]:
        """Yield at once, then after each change."""
        ...


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order of the demo's fault bar: break, mend, have a visitor ask, press. One is set."""

    kill: str = ""
    heal: str = ""
    ask: str = ""
    press: str = ""


class Ok(msgspec.Struct, frozen=True):
    """What was done, in words for the log; `turn` is a question's, with its answer."""

    result: str
    ok: bool = True
    turn: TurnView | None = None


class NotOk(msgspec.Struct, frozen=True):
    """Why nothing was done; `code` is a stable word, `message` is for people."""

    code: str
    message: str
    ok: bool = False


class _Tag(msgspec.Struct, frozen=True):
    do: str


class OperatorFace:
    """Commands, the view of the show, status and health.

    `submit` applies a command and says what it did, or raises `CommandError`. `snapshot` is
    called on the loop thread up to five times a second for each open page. `fault` is given in
    the demo only; without `edit` no day can be uploaded, without `voice` nobody asked anything.
    """

    def __init__(
        self,
        *,
        submit: Callable[[Command | CrowdCommand], Awaitable[str]],
        snapshot: Callable[[], ShowView],
        changed: Watchable,
        access: Access,
        fault: Callable[[Fault], Awaitable[str]] | None = None,
        edit: Edit | None = None,
        voice: Obey | None = None,
    ) -> None:
        self._submit = submit
        self._snapshot = snapshot
        self._changed = changed
        self._access = access
        self._fault = fault
        self._edit = edit
        self._voice = voice
        self._watchers = 0

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The paths of the face."""
        return [
            web.get("/status", self._status),
            web.get("/health", self._health),
            web.get("/api/show", self._show),
            web.get("/api/watch", self._watch),
            web.get("/api/access", self._may_command),
            web.post("/api/command", self._command),
            web.post("/api/fault", self._break),
            web.post("/api/day", self._day),
        ]

    async def _status(self, _request: web.Request) -> web.Response:
        return _json(self._snapshot().status)

    async def _health(self, _request: web.Request) -> web.Response:
        report = health_report(self._snapshot().status)
        return _json(report, HTTPStatus.OK if report.ok else HTTPStatus.SERVICE_UNAVAILABLE)

    async def _show(self, _request: web.Request) -> web.Response:
        return _json(self._snapshot())

    async def _may_command(self, request: web.Request) -> web.Response:
        refusal = self._access.refuse_command(request)
        return _json(Ok("commands are taken")) if refusal is None else _refused(refusal)

    async def _command(self, request: web.Request) -> web.Response:
        refusal = self._access.refuse_command(request)
        if refusal is not None:
            return _refused(refusal)
        body = await _body(request)
        if isinstance(body, web.Response):
            return body
        try:
            command = _decode_command(body)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return _json(NotOk("malformed", str(error)), HTTPStatus.BAD_REQUEST)
        except CommandError as error:
            return _json(NotOk(error.code, str(error)), HTTPStatus.BAD_REQUEST)
        if isinstance(command, VoiceCommand):
            return await _told(_asked(self._voice, command))
        return await _told(_obey(self._submit(command)))

    async def _break(self, request: web.Request) -> web.Response:
        if self._fault is None:
            return _json(NotOk("no_demo", "faults are for the demo only"), HTTPStatus.NOT_FOUND)
        refusal = self._access.refuse_command(request)
        if refusal is not None:
            return _refused(refusal)
        body = await _body(request)
        if isinstance(body, web.Response):
            return body
        try:
            order = msgspec.json.decode(body, type=Fault)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return _json(NotOk("malformed", str(error)), HTTPStatus.BAD_REQUEST)
        if sum(map(bool, msgspec.structs.astuple(order))) != 1:
            told = NotOk("malformed", "expected one of `kill`, `heal`, `ask`, `press`")
            return _json(told, HTTPStatus.BAD_REQUEST)
        return await _told(_obey(self._fault(order)))

    async def _day(self, request: web.Request) -> web.Response:
        if self._edit is None:
            return _json(NotOk("no_edit", "this node takes no day"), HTTPStatus.NOT_FOUND)
        refusal = self._access.refuse_command(request)
        if refusal is not None:
            return _refused(refusal)
        body = await _body(request, DAY_LIMIT_BYTES)
        if isinstance(body, web.Response):
            return body
        return await _told(_edited(self._edit, body))

    async def _watch(self, request: web.Request) -> web.StreamResponse:
        refusal = self._access.refuse_foreign(request)
        if refusal is not None:
            return _refused(refusal)
        if self._watchers >= WATCHERS_MAX:
            told = NotOk("full", f"{WATCHERS_MAX} pages watch already")
            return _json(told, HTTPStatus.SERVICE_UNAVAILABLE)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=COMMAND_LIMIT_BYTES)
        await socket.prepare(request)
        self._watchers += 1
        try:
            await self._serve(socket, request.app[CLOSING])
        finally:
            self._watchers -= 1
        return socket

    async def _serve(self, socket: web.WebSocketResponse, closing: asyncio.Event) -> None:
        """Push until the page leaves or the server closes; whichever ends first ends all."""
        tasks = [
            asyncio.create_task(self._push(socket)),
            asyncio.create_task(_listen(socket)),
            asyncio.create_task(closing.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await socket.close(code=1001, message=b"the node stops")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _push(self, socket: web.WebSocketResponse) -> None:
        changes = aiter(self._changed.watch())
        change = asyncio.ensure_future(anext(changes))
        try:
            while True:
                await asyncio.wait({change}, timeout=PUSH_SLOWEST_S)
                if change.done():
                    change.result()
                    change = asyncio.ensure_future(anext(changes))
                await socket.send_str(msgspec.json.encode(self._snapshot()).decode())
                await asyncio.sleep(PUSH_FASTEST_S)
        finally:
            change.cancel()


async def _listen(socket: web.WebSocketResponse) -> None:
    """The page has nothing to say here; reading notices that it left."""
    async for message in socket:
        if message.type is WSMsgType.ERROR:
            return


async def _body(request: web.Request, limit: int = COMMAND_LIMIT_BYTES) -> bytes | web.Response:
    """The request's JSON, or the answer that refuses it."""
    if request.content_type != "application/json":
        told = NotOk("not_json", f"expected application/json, got {request.content_type}")
        return _json(told, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > limit:
            told = NotOk("too_large", f"more than {limit} bytes")
            return _json(told, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)


def _decode_command(body: bytes) -> Order:
    do = msgspec.json.decode(body, type=_Tag).do
    if do not in KNOWN:
        raise CommandError("unknown_do", f"do = {do!r}: expected one of {', '.join(KNOWN)}")
    command: Order = msgspec.json.decode(body, type=Order)
    return command


async def _edited(edit: Edit, body: bytes) -> web.Response:
    try:
        files = decode_files(body)
    except msgspec.MsgspecError as error:
        return _json(NotOk("malformed", str(error)), HTTPStatus.BAD_REQUEST)
    judged = judgement(await edit(files))
    return _json(judged, HTTPStatus.OK if judged.ok else HTTPStatus.UNPROCESSABLE_ENTITY)


async def _obey(work: Awaitable[str]) -> web.Response:
    return _json(Ok(await work))


async def _asked(voice: Obey | None, command: VoiceCommand) -> web.Response:
    if voice is None:
        raise CommandError("no_voice", "this node has no voice: it hears and answers nothing")
    turn = await voice(command)
    if turn is None:
        return _json(Ok("done"))
    result = f"turn {turn.number}: {turn.intent or 'not understood'}, {turn.by}"
    return _json(Ok(result, turn=turn_view(turn, asyncio.get_running_loop().time())))


async def _told(work: Awaitable[web.Response]) -> web.Response:
    """The answer to an order, also where it could not be obeyed."""
    try:
        return await work
    except CommandError as error:
        return _json(NotOk(error.code, str(error)), HTTPStatus.CONFLICT)
    except Exception:  # the HTTP edge: the sender is told, the show goes on
        log.exception("web: an order failed")
        told = NotOk("internal", "the node failed to obey; its log says why")
        return _json(told, HTTPStatus.INTERNAL_SERVER_ERROR)


def _refused(refusal: Refusal) -> web.Response:
    return _json(NotOk(refusal.code, refusal.message), HTTPStatus.FORBIDDEN)


def _json(value: msgspec.Struct, status: HTTPStatus = HTTPStatus.OK) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        status=status,
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
