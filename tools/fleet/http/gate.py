"""Who asks, and what they may; every failure as JSON with a code that people see translated."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import msgspec
from aiohttp import hdrs, web

from node.control.messages import ContractError
from node.errors import AssetError, CommandError, DeviceError, NodeError
from tools.fleet.people import Person, Role
from tools.fleet.register import Register
from tools.fleet.rollouts import RolloutError
from tools.fleet.selection import SelectionError

log = logging.getLogger(__name__)

COOKIE: Final = "fleet_token"
COOKIE_AGE_S: Final = 12 * 3600
PERSON: Final = web.RequestKey("person", Person)
T = TypeVar("T")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]

_STATUS: Final[tuple[tuple[type[NodeError], int], ...]] = (
    (SelectionError, 422),
    (RolloutError, 409),
    (ContractError, 422),
    (AssetError, 422),
    (CommandError, 409),
    (DeviceError, 503),
)


def reply(content: object, status: int = 200) -> web.Response:
    """JSON with its version."""
    body = msgspec.json.encode({"v": 1, **msgspec.to_builtins(content)})
    return web.Response(body=body, status=status, content_type="application/json",
                        headers={hdrs.CACHE_CONTROL: "no-store"})  # fmt: skip


def refusal(status: int, code: str, message: str) -> web.Response:
    """Why not."""
    return reply({"error": {"code": code, "message": message}}, status)


class Gate:
    """Knows people by the hash of their token, in a header or in a cookie of this site alone."""

    def __init__(self, register: Register) -> None:
        self._register = register

    def needs(self, role: Role, answer: Answer) -> Answer:
        """An answer for people of that role."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            person = self.person(request)
            if person is None:
                return refusal(401, "no_token", "a token is needed: `fleet --token-file`")
            if not person.may(role):
                return refusal(403, "not_allowed", f"{person.name} is {person.role}, not {role}")
            request[PERSON] = person
            return await answer(request)

        return guarded

    def person(self, request: web.Request) -> Person | None:
        """Who asks; None without a token that is known."""
        kind, _, token = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if kind.lower() != "bearer" or not token:
            token = request.cookies.get(COOKIE, "")
        return self._register.find(token)

    def routes(self) -> list[web.RouteDef]:
        """Log in and out, and who am I."""
        return [
            web.post("/v1/login", self._login),
            web.post("/v1/logout", self._logout),
            web.get("/v1/me", self.needs("viewer", self._me)),
        ]

    async def _login(self, request: web.Request) -> web.Response:
        wanted = await read(request, _Login)
        person = self._register.find(wanted.token)
        if person is None:
            return refusal(401, "no_token", "this token is not known")
        response = reply(person)
        response.set_cookie(
            COOKIE, wanted.token, max_age=COOKIE_AGE_S, path="/", httponly=True,
            samesite="Strict", secure=request.secure,
        )  # fmt: skip
        return response

    async def _logout(self, _request: web.Request) -> web.Response:
        response = reply({})
        response.del_cookie(COOKIE)
        return response

    async def _me(self, request: web.Request) -> web.Response:
        return reply(request[PERSON])


class _Login(msgspec.Struct, frozen=True):
    token: str


async def read(request: web.Request, form: type[T]) -> T:
    """The JSON of a request; raises `msgspec.MsgspecError` naming the place."""
    return msgspec.json.decode(await request.read() or b"{}", type=form)


@web.middleware
async def failures(request: web.Request, handler: Answer) -> web.StreamResponse:
    """Every failure as JSON; what nobody foresaw is logged and told as `internal`."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004  # a redirection
            raise
        return refusal(error.status, "http", error.text or error.reason)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return refusal(422, "bad_payload", str(error))
    except NodeError as error:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        return refusal(status, getattr(error, "code", "") or "refused", str(error))
    except Exception:  # the HTTP edge
        log.exception("%s %s", request.method, request.path)
        return refusal(500, "internal", "see the controller's log")
