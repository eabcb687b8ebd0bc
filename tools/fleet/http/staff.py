"""People and their tokens, the audit, roll-outs and claims."""

import base64
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from node.control.messages import JsonObject
from node.control.sections import Section
from node.errors import CommandError
from tools.fleet import rollouts
from tools.fleet.claims import Asking
from tools.fleet.controller import Controller
from tools.fleet.http.gate import PERSON, Gate, read, reply
from tools.fleet.people import Person, Role, new_token
from tools.fleet.rollouts import SOAK_S, Rollout
from tools.fleet.selection import Selection, SelectionError, choose
from tools.fleet.settings import CA_CERT
from tools.fleet.wall import now_ms
from tools.fleet.wishes import check

AUDIT_MAX = 500


class _NewPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
    role: Role


class _NewRollout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    section: Section
    data: JsonObject
    select: Selection
    soak_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = SOAK_S
    dry_run: bool = False


class _Approval(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    code: str
    id: str = ""


class _Renewal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A node's further certificate: its request, the certificate it has, that one's word for it."""

    csr: Annotated[str, msgspec.Meta(max_length=8_192)]
    cert: Annotated[str, msgspec.Meta(max_length=16_384)]
    signature: Annotated[str, msgspec.Meta(max_length=200)]


class StaffFace:
    """`/v1/people`, `/v1/audit`, `/v1/rollouts`, `/v1/claims`."""

    def __init__(self, controller: Controller, gate: Gate) -> None:
        self._of, self._gate = controller, gate

    def routes(self) -> Iterable[web.RouteDef]:
        """What can be asked and decided."""
        needs = self._gate.needs
        return [
            web.get("/v1/people", needs("admin", self._people)),
            web.post("/v1/people", needs("admin", self._welcome)),
            web.delete("/v1/people/{name}", needs("admin", self._dismiss)),
            web.get("/v1/audit", needs("viewer", self._audit)),
            web.get("/v1/rollouts", needs("viewer", self._rollouts)),
            web.post("/v1/rollouts", needs("admin", self._begin)),
            web.post("/v1/rollouts/{id}/{verb}", needs("admin", self._turn)),
            web.post("/v1/claims", self._ask),
            web.get("/v1/claims", needs("viewer", self._claims)),
            web.get("/v1/claims/{id}", self._bundle),
            web.post("/v1/certificates", self._renew),
            web.post("/v1/claims/approve", needs("admin", self._approve)),
            web.post("/v1/claims/refuse", needs("admin", self._refuse)),
        ]

    async def _people(self, _request: web.Request) -> web.Response:
        return reply({"people": self._of.register.people()})

    async def _welcome(self, request: web.Request) -> web.Response:
        wanted, token = await read(request, _NewPerson), new_token()
        await self._of.register.welcome(Person(wanted.name, wanted.role), token)
        await self._of.audit.note(request[PERSON], "token", f"{wanted.name} {wanted.role}")
        return reply({"name": wanted.name, "role": wanted.role, "token": token})

    async def _dismiss(self, request: web.Request) -> web.Response:
        name, person = request.match_info["name"], request[PERSON]
        if name == person.name:
            raise CommandError("precondition", "your own token: have another admin take it away")
        if not await self._of.register.dismiss(name):
            raise CommandError("precondition", f"nobody is called {name}")
        await self._of.audit.note(person, "token.revoke", name)
        return reply({"name": name})

    async def _audit(self, request: web.Request) -> web.Response:
        query = request.query
        limit = min(int(query.get("limit", "100") or 100), AUDIT_MAX)
        before = int(query.get("before", "0") or 0)
        lines = await self._of.on_disk(self._of.ledger.audit, limit, before)
        return reply({
            "now": now_ms(),
            "lines": [{"k": k, **msgspec.json.decode(line)} for k, line in lines],
        })  # fmt: skip

    async def _rollouts(self, _request: web.Request) -> web.Response:
        return reply({"now": now_ms(), "rollouts": self._of.rollouts.all_shown()})

    async def _begin(self, request: web.Request) -> web.Response:
        wanted, person, now = await read(request, _NewRollout), request[PERSON], now_ms()
        check(wanted.section, wanted.data)
        nodes = choose(wanted.select, self._of.roster.tags())
        if not nodes:
            raise SelectionError("no node is selected")
        online = self._of.roster.is_online
        ordered = tuple(sorted(nodes, key=lambda name: (not online(name), name)))
        sizes = rollouts.waves(len(ordered))
        if wanted.dry_run:
            return reply({"targets": ordered, "waves": sizes, "id": ""})
        rollout = Rollout("", wanted.section, wanted.data, person.name, now, ordered, wanted.soak_s)
        begun = await self._of.rollouts.begin(rollout, now)
        await self._of.audit.note(person, "rollout.start", begun.id, nodes=len(ordered))
        return reply({"targets": ordered, "waves": sizes, "id": begun.id})

    async def _turn(self, request: web.Request) -> web.Response:
        desk, person = self._of.rollouts, request[PERSON]
        rollout = desk.get(request.match_info["id"])
        verb = request.match_info["verb"]
        if verb == "approve":
            admins = [one for one in self._of.register.people() if one.role == "admin"]
            new = rollouts.approved(rollout, person.name, needs_other=len(admins) > 1)
        else:
            new = rollouts.turned(rollout, msgspec.convert(verb, _Verb))
        await desk.put(new)
        await self._of.audit.note(person, f"rollout.{verb}", rollout.id)
        return reply({"rollout": desk.shown(rollout.id)})

    async def _ask(self, request: web.Request) -> web.Response:
        asking = await read(request, Asking)
        return reply(await self._of.claims.ask(asking, request.remote or "", now_ms()))

    async def _claims(self, _request: web.Request) -> web.Response:
        return reply({"now": now_ms(), "claims": self._of.claims.all_shown()})

    async def _bundle(self, request: web.Request) -> web.Response:
        secret = request.headers.get("X-Claim-Secret", "")
        return reply(self._of.claims.bundle(request.match_info["id"], secret, now_ms()))

    async def _renew(self, request: web.Request) -> web.Response:
        wanted = await read(request, _Renewal)
        try:
            word = base64.b64decode(wanted.signature, validate=True)
        except ValueError as error:
            raise CommandError("bad_payload", f"signature: {error}") from error
        csr, held = wanted.csr.encode(), wanted.cert.encode()
        node, cert = await self._of.issued.renew(csr, held, word, now_ms())
        await self._of.audit.note(Person(node, "viewer"), "certificate", node, nodes=1)
        return reply({"cert": cert, "ca": (self._of.folder / CA_CERT).read_text()})

    async def _approve(self, request: web.Request) -> web.Response:
        wanted, person = await read(request, _Approval), request[PERSON]
        claim = await self._of.claims.approve(wanted.code, person.name, now_ms(), wanted.id)
        await self._of.audit.note(person, "claim", f"{claim.node} {claim.fingerprint}", nodes=1)
        return reply({"claim": self._of.claims.shown(claim.id)})

    async def _refuse(self, request: web.Request) -> web.Response:
        wanted, person = await read(request, _Approval), request[PERSON]
        claim = await self._of.claims.refuse(wanted.code, person.name, now_ms(), wanted.id)
        await self._of.audit.note(person, "claim.refuse", claim.node, nodes=1)
        return reply({"claim": self._of.claims.shown(claim.id)})


_Verb = Literal["start", "pause", "abort"]
