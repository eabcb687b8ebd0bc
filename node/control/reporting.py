"""What a node says unasked: that it is there, how far it is, how it goes, and what happened."""

import asyncio
import base64
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Protocol

import msgspec

from node.control.messages import (
    VERSION,
    Birth,
    ClockView,
    Dropped,
    JsonObject,
    Online,
    OutboxView,
    TimeQuery,
    Trust,
)
from node.control.sections import SECTIONS, Reported, Section
from node.control.shelf import Shelf, Standing
from node.control.telemetry import (
    AGG_S,
    CLOUD_EVENTS,
    Aggregate,
    Alive,
    Ask,
    CloudEvent,
    Guess,
    Player,
    Still,
    Streams,
    Sys,
    TeleKind,
)
from node.control.timing import Reading
from node.control.topics import Channel, address
from node.program.handover import AskRequest
from node.store.letters import Load, Post, PostKind

PLAYER_S: Final = 1.0
LOOK_S: Final = 0.1
"""So often it is looked whether a cue has changed what is on air."""
SYS_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Self:
    """Who this node is."""

    org: str
    node: str
    software: str
    model: str
    caps: tuple[str, ...]
    trust: Trust


@dataclass(frozen=True, slots=True)
class Gauges:
    """Where the numbers come from; called on the loop's thread, each with node and Unix ms.

    `mark` changes whenever the player's place is worth telling at once.
    """

    player: Callable[[str, int], Player]
    streams: Callable[[str, int], Streams]
    system: Callable[[str, int], Sys]
    mark: Callable[[], object]


class Outlet(Protocol):
    """The way out; false where there is no connection, and nothing is kept."""

    def __call__(self, channel: Channel, leaf: str, body: bytes) -> bool:
        """Publish at one of the node's own topics."""
        ...


class Reporter:
    """Says it; what must arrive goes by `keep` into the outbox, all else by `say`."""

    def __init__(
        self,
        who: Self,
        shelf: Shelf,
        gauges: Gauges,
        *,
        reading: Callable[[], Reading],
        say: Outlet,
        keep: Callable[[list[Post]], None],
    ) -> None:
        self._who, self._shelf, self._gauges = who, shelf, gauges
        self._reading = reading
        self._say, self._keep = say, keep
        self._samples: dict[str, list[float]] = {}
        self.rtt_ms: int | None = None

    def online(self, bseq: int, *, is_online: bool = True) -> bytes:
        """The body of `up/online`, and of the will."""
        return msgspec.json.encode(Online(VERSION, is_online, bseq, self._reading().now))

    def born(self, bseq: int, clock: ClockView, load: Load, refused: Counter[str]) -> None:
        """Say online, birth, all that was reported, and how the machine is."""
        reading, who = self._reading(), self._who
        self._say("online", "", self.online(bseq))
        birth = Birth(
            v=VERSION,
            node=who.node,
            bseq=bseq,
            at=reading.now,
            sw=who.software,
            model=who.model,
            caps=who.caps,
            trust=who.trust,
            clock=clock,
            desired=self._shelf.versions(),
            outbox=outbox_view(load, reading.now),
            dropped=Dropped(load.dropped_aggregates, load.dropped_events),
            refused=dict(refused),
        )
        self._say("birth", "", msgspec.json.encode(birth))
        for section in SECTIONS:
            standing = self._shelf.standing(section)
            if standing is not None:
                self.reported(section, standing)
        self._tell_machine()

    def reported(self, section: Section, standing: Standing) -> None:
        """Say how far the node is with a section."""
        reported = Reported(
            VERSION, self._who.node, section, standing.ver, standing.status,
            self._reading().now, standing.reason, standing.data,
        )  # fmt: skip
        self._say("reported", section, msgspec.json.encode(reported))

    def ask_time(self, nonce: str) -> None:
        """Ask the controller what time it is."""
        query = TimeQuery(VERSION, nonce, self._reading().now)
        self._say("timeq", "", msgspec.json.encode(query))

    def alive(self, number: int) -> bytes:
        """The body of a round trip."""
        return msgspec.json.encode(Alive(VERSION, self._who.node, self._reading().now, number))

    def still(self, id_: str, seg: str, size: tuple[int, int], jpeg: bytes) -> bool:
        """Send a still of the program; false where there is no connection."""
        text = base64.b64encode(jpeg).decode()
        still = Still(VERSION, self._who.node, self._reading().now, id_, seg, *size, text)
        return self._tele("still", still)

    def ask(self, turn: str, request: AskRequest, left_ms: int) -> bool:
        """Hand a question over; false where there is no connection."""
        at = self._reading().now
        return self._tele("ask", Ask(
            VERSION, self._who.node, at, turn, request.locale, at + left_ms, left_ms,
            request.product, tuple(Guess(one.intent, one.score) for one in request.guesses),
            request.text, base64.b64encode(request.audio).decode(),
        ))  # fmt: skip

    def event(self, id_: str, kind: str, data: JsonObject, time: str) -> Post:
        """A fact as a message that must go; `time` is RFC 3339."""
        who = self._who
        source = f"ls/{who.org}/{who.node}"
        event = CloudEvent(CLOUD_EVENTS, id_, source, kind, time, data)
        topic = str(address(who.org, who.node, "event", kind))
        post_kind: PostKind = "agg" if kind == "tele.agg" else "event"
        return Post(topic, msgspec.json.encode(event), post_kind, self._reading().now)

    async def run(self) -> None:
        """Telemetry until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_player())
            group.create_task(self._tell_system())

    async def _tell_player(self) -> None:
        """Each second, and at once where a cue changes what is on air."""
        loop = asyncio.get_running_loop()
        mark, told_s = self._gauges.mark(), float("-inf")
        while True:
            now_mark, now_s = self._gauges.mark(), loop.time()
            if now_mark != mark or now_s - told_s >= PLAYER_S - LOOK_S / 2:
                mark, told_s = now_mark, now_s
                self._tele("player", self._gauges.player(self._who.node, self._reading().now))
            await asyncio.sleep(LOOK_S)

    async def _tell_system(self) -> None:
        loop = asyncio.get_running_loop()
        since_s = loop.time()
        while True:
            for told in self._tell_machine():
                self._sample(msgspec.to_builtins(told))
            if loop.time() - since_s >= AGG_S - SYS_S / 2:
                self._aggregate(round(loop.time() - since_s))
                since_s = loop.time()
            await asyncio.sleep(SYS_S)

    def _tell_machine(self) -> tuple[Sys, Streams]:
        at = self._reading().now
        system = self._gauges.system(self._who.node, at)
        streams = self._gauges.streams(self._who.node, at)
        self._tele("sys", msgspec.structs.replace(system, rtt_ms=self.rtt_ms))
        self._tele("stream", streams)
        return system, streams

    def _tele(self, kind: TeleKind, value: msgspec.Struct) -> bool:
        return self._say("tele", kind, msgspec.json.encode(value))

    def _sample(self, fields: Mapping[str, object]) -> None:
        for name, value in fields.items():
            if isinstance(value, int | float) and name not in ("v", "at", "mono_s"):
                self._samples.setdefault(name, []).append(float(value))

    def _aggregate(self, span_s: int) -> None:
        """Keep least, mean and most of each number as one event."""
        samples, self._samples = self._samples, {}
        numbers = {
            name: (min(values), round(sum(values) / len(values), 3), max(values))
            for name, values in samples.items()
        }
        count = max((len(values) for values in samples.values()), default=0)
        reading = self._reading()
        aggregate: JsonObject = msgspec.to_builtins(Aggregate(span_s, count, numbers))
        id_ = f"{self._who.node}-agg-{reading.now}"
        self._keep([self.event(id_, "tele.agg", aggregate, rfc3339(reading.now))])


def outbox_view(load: Load, now: int) -> OutboxView:
    """The outbox as births tell it."""
    oldest_s = max(0, now - load.oldest_at) // 1000 if load.oldest_at else 0
    return OutboxView(load.rows, load.bytes, oldest_s)


def rfc3339(at: int) -> str:
    """A Unix time in ms as RFC 3339, UTC."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds")
