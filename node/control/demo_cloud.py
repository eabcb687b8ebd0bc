"""The demo's cloud, simulated: answers each question that is handed over by one canned sentence.

It is at the other end of the demo's own broker, as a controller would be, and signs nothing: the
demo's node believes anybody on this machine.
"""

import asyncio
import logging
import os
import time
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from node.control.broker import Endpoint, Login
from node.control.messages import VERSION, ContractError, WireCommand, uuid7
from node.control.mqtt import Arrival, Connection
from node.control.telemetry import Ask
from node.control.topics import address
from node.control.wireform import check_size, decode

log = logging.getLogger(__name__)

CANNED: Final = Path(__file__).parents[1] / "demo" / "canned.toml"
CLIENT: Final = "demo-cloud"
KIND: Final = "ask.reply"
THINKS_S: Final = 1.0
"""A model would not answer sooner."""
LIFE_S: Final = 10
ENTROPY_BYTES: Final = 10


def canned(path: Path = CANNED) -> Mapping[str, str]:
    """The sentence by locale."""
    return {locale: str(text) for locale, text in tomllib.loads(path.read_text("utf-8")).items()}


class DemoCloud:
    """Component: waits at a broker for the questions of one node."""

    name = "cloud"

    def __init__(self, place: Endpoint, *, org: str, node: str) -> None:
        self._org, self._node = org, node
        self._answer: Mapping[str, str] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        own = str(address(org, node, "tele", "ask"))
        self._connection = Connection(
            place, Login(CLIENT), self, subscriptions=((own, 0),), session_s=0
        )

    async def run(self, ready: Callable[[], None]) -> None:
        """Answer until cancelled."""
        self._loop = asyncio.get_running_loop()
        self._answer = canned()
        self._connection.open()
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.to_thread(self._connection.close)

    # Side of the connection.

    def will(self) -> None:
        """Nobody misses it."""

    def take(self, arrival: Arrival) -> bool:
        """A question came. Thread: paho's."""
        try:
            ask = decode(check_size(arrival.body), Ask)
        except ContractError as error:
            log.debug("demo cloud: %s", error)
            return True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.call_later, THINKS_S, self._reply, ask)
        return True

    def up(self) -> None:
        """The broker took us."""

    def down(self, why: str) -> None:
        """The connection ended; it is made again."""
        log.debug("demo cloud: %s", why)

    def sent(self, mid: int, code: int) -> None:
        """The broker has it."""

    def _reply(self, ask: Ask) -> None:
        now = time.time_ns() // 1_000_000
        action = {"product": ask.product, "action": "card.show"} if ask.product else {}
        command = WireCommand(
            v=VERSION, id=uuid7(now, os.urandom(ENTROPY_BYTES)), type=KIND, aud=self._node,
            iat=now, exp=now + LIFE_S * 1000, by="demo",
            data={"turn": ask.turn, "text": dict(self._answer), **action},
        )  # fmt: skip
        where = address(self._org, self._node, "cmd", KIND)
        self._connection.publish(
            str(where), msgspec.json.encode(command), where.delivery, expiry_s=LIFE_S
        )
