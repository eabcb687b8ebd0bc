"""A controller of a test's own: its folder, its broker, its HTTP face; nodes that come and go."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import msgspec
from aiohttp import ClientSession

from node.control.envelope import KeyRing
from node.control.plane import root_key
from tests.fakes.fleet_node import FleetNode
from tests.fakes.mosquitto import Mosquitto
from tools.fleet.commander import Action
from tools.fleet.controller import Controller, open_controller
from tools.fleet.founding import found
from tools.fleet.http.server import serving
from tools.fleet.lifecycle import Entry
from tools.fleet.settings import ADMIN_TOKEN, Settings
from tools.fleet.wall import now_ms

LIMIT_S = 60.0
ORG = "acme"


async def until(is_so: Callable[[], object], what: str) -> None:
    """Wait for a condition; fails naming it."""
    end_s = time.monotonic() + LIMIT_S
    while not is_so():
        assert time.monotonic() < end_s, f"never: {what}"
        await asyncio.sleep(0.02)


class FleetDesk:
    """A running controller and what a test needs around it."""

    def __init__(self, folder: Path, broker: Mosquitto, tls_host: str = "") -> None:
        self._tls_host = tls_host
        self.folder, self.broker = folder / "fleet", broker
        self.ring = KeyRing(())
        self.url = ""
        self.nodes: list[FleetNode] = []
        self._controller: Controller | None = None
        self._stack = contextlib.AsyncExitStack()

    @property
    def controller(self) -> Controller:
        """The controller that runs now."""
        assert self._controller is not None
        return self._controller

    @property
    def token(self) -> str:
        """The first admin's token."""
        return (self.folder / ADMIN_TOKEN).read_text().strip()

    def found(self) -> None:
        """Make the fleet."""
        scheme = "mqtts" if self._tls_host else "mqtt"
        broker = f"{scheme}://127.0.0.1:{self.broker.port}"
        found(self.folder, Settings(ORG, broker, "127.0.0.1:0"), self._tls_host)
        self.ring = KeyRing((root_key(str(self.folder / "root.jwk")),))

    async def start(self) -> None:
        """Start the controller, or start it again."""
        self._controller = open_controller(self.folder)
        self.url = await self._stack.enter_async_context(serving(self._controller))
        work = asyncio.ensure_future(self._controller.run())
        self._stack.push_async_callback(_ended, work)
        await until(lambda: self.controller.line.is_up, "the controller connects")

    async def stop(self) -> None:
        """Stop the controller."""
        await self._stack.aclose()
        self._stack = contextlib.AsyncExitStack()

    async def close(self) -> None:
        """End all."""
        await asyncio.gather(*(one.close() for one in self.nodes))
        await self.stop()

    async def node(self, name: str, *, is_mute: bool = False, **kwargs: object) -> FleetNode:
        """A simulated node that is online and has its keys."""
        node = FleetNode(ORG, name, self.broker.port, self.ring, **kwargs)  # type: ignore[arg-type]
        node.is_mute = is_mute
        self.nodes.append(node)
        node.open()
        await until(lambda: self.controller.roster.is_online(name), f"{name} is online")
        await until(lambda: "keys" in node.desired, f"{name} has its keys")
        return node

    async def send(self, type_: str, data: dict[str, object], *nodes: str) -> str:
        """Command nodes over HTTP; the batch."""
        body = {"type": type_, "data": data, "select": {"ids": nodes}}
        answer = await self.ask("POST", "/v1/commands", body)
        return str(answer["batch"])

    async def ask(
        self, method: str, path: str, body: object = None, *, token: str | None = None,
        status: int = 200,
    ) -> dict[str, object]:  # fmt: skip
        """Ask the HTTP face; the answer must have that status."""
        used = self.token if token is None else token
        headers = {"Authorization": f"Bearer {used}"} if used else {}
        async with (
            ClientSession() as session,
            session.request(method, self.url + path, json=body, headers=headers) as answer,
        ):
            assert answer.status == status, (answer.status, await answer.text())
            found: dict[str, object] = msgspec.json.decode(await answer.read())
            return found

    def action(self, type_: str, data: dict[str, object]) -> Action:
        """What an operator wants."""
        return Action(type_, data, "op:test")

    def now(self) -> int:
        """Unix time in milliseconds."""
        return now_ms()

    def entries(self, batch: str) -> list[Entry]:
        """The commands of an action."""
        return self.controller.commander.batches.entries(batch)

    async def ended(self, batch: str) -> list[Entry]:
        """The commands of an action, once all have ended."""
        await until(lambda: all(one.has_ended for one in self.entries(batch)), f"{batch} ends")
        return self.entries(batch)


async def _ended(work: asyncio.Future[None]) -> None:
    work.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


@contextlib.asynccontextmanager
async def fleet_desk(folder: Path) -> AsyncIterator[FleetDesk]:
    """A broker and a controller, running."""
    broker = Mosquitto(folder / "broker")
    broker.start()
    desk = FleetDesk(folder, broker)
    try:
        desk.found()
        await desk.start()
        yield desk
    finally:
        await desk.close()
        broker.stop()
