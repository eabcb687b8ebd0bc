"""A simulated node that speaks the contract and obeys at once; many fit into one process.

It checks signatures, keeps the order of its streams, answers a known id again and applies desired
sections, all in memory: what the real node does with disks and pictures is not its business.
"""

import asyncio
import base64
import io
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import msgspec
from PIL import Image, ImageDraw

from node.control.broker import Endpoint, Login
from node.control.envelope import KeyRing, Moment, open_command, open_desired
from node.control.messages import (
    Ack,
    Birth,
    ClockView,
    Command,
    ContractError,
    Online,
    Reason,
    Status,
    TimeReply,
)
from node.control.mqtt import Arrival, Connection, Will
from node.control.orders import CardHide, CardShow, CueArm, CueGo, LiveStart, LiveStop, Snapshot
from node.control.sections import Desired, KeysWanted, Reported
from node.control.telemetry import Ask, CloudEvent, Player, Still, Streams, Sys
from node.control.topics import WILL_DELAY_S, address, parse, subscriptions


@dataclass
class Show:
    """What is on the simulated program."""

    seg: str = "ep1"
    armed: str = ""
    card: str = ""
    live: bool = False
    began_s: float = field(default_factory=time.monotonic)


class FleetNode:
    """Belongs to the loop; `refuse` gives the reason code of a command that is to fail."""

    def __init__(
        self, org: str, name: str, port: int, ring: KeyRing, *,
        refuse: Callable[[Command], str] = lambda _: "", bseq: int = 0,
        fail_sections: frozenset[str] = frozenset(), cpu_c: float = 51.0,
        login: Login | None = None,
    ) -> None:  # fmt: skip
        self.org, self.name, self.bseq = org, name, bseq
        self.ring, self._refuse, self._fail = ring, refuse, fail_sections
        place = Endpoint("127.0.0.1", port, is_tls=login is not None)
        self._connection = Connection(
            place, login or Login(name), self, subscriptions=subscriptions(org, name)
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._acks: dict[str, Ack] = {}
        self._streams: dict[str, tuple[int, int]] = {}
        self._events = 0
        self.cpu_c = cpu_c
        self.copies: dict[str, int] = {}
        self.obeyed: list[Command] = []
        self.desired: dict[str, Desired] = {}
        self.times: list[TimeReply] = []
        self.show = Show()
        self.is_mute = False
        self.refusals: list[str] = []

    def open(self) -> None:
        """Connect."""
        self._loop = asyncio.get_running_loop()
        self._connection.open()

    async def close(self, *, with_will: bool = True) -> None:
        """Go; the broker says the will."""
        await asyncio.to_thread(self._connection.close, with_will=with_will)

    def will(self) -> Will:
        self.bseq += 1
        topic = str(address(self.org, self.name, "online"))
        body = msgspec.json.encode(Online(1, False, self.bseq, now_ms()))
        return Will(topic, body, min(WILL_DELAY_S, 1))

    def take(self, arrival: Arrival) -> bool:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._heard, arrival)
        return True

    def up(self) -> None:
        self._say("online", Online(1, True, self.bseq, now_ms()))
        vers = {name: one.ver for name, one in self.desired.items()}
        clock = ClockView("synced", 3, now_ms() - 5000)
        self._say("birth", Birth(1, self.name, self.bseq, now_ms(), "1.4.2", "simulated",
                                 ("kiosk",), "jws", clock, vers))  # fmt: skip
        for desired in self.desired.values():
            self._report(desired)

    def down(self, why: str) -> None:
        self.refusals.append(why)

    def sent(self, mid: int, code: int) -> None:
        """Nothing to do."""

    def tell(self) -> None:
        """Telemetry of this moment."""
        at, pos = now_ms(), time.monotonic() - self.show.began_s
        self._say("tele", Player(1, self.name, at, self.show.seg, round(pos, 2), 1,
                                 card=self.show.card, armed=self.show.armed, live=self.show.live),
                  "player")  # fmt: skip
        self._say("tele", Sys(1, self.name, at, pos, self.cpu_c, 612, 9120, 18, 0.6), "sys")
        self._say("tele", Streams(1, self.name, at, 3, 30.0, 2400.0), "stream")

    def event(self, type_: str, data: dict[str, object]) -> str:
        """An event; its id."""
        self._events += 1
        id_ = f"{self.name}-{self.bseq}-{self._events:06d}"
        told = CloudEvent("1.0", id_, f"ls/{self.org}/{self.name}", type_,
                          "2026-11-21T04:40:00.123Z", data)  # fmt: skip
        self._say("event", told, type_)
        return id_

    def ask(self, turn: str, *, left_ms: int = 8000, **given: object) -> None:
        """Hand a question over."""
        at, forms = now_ms(), {"locale": "en", **given}
        self._say("tele", Ask(1, self.name, at, turn, deadline=at + left_ms, left_ms=left_ms,
                              **forms), "ask")  # type: ignore[arg-type]  # fmt: skip

    def ask_time(self, nonce: str) -> None:
        """Ask the controller's clock."""
        body = json.dumps({"v": 1, "nonce": nonce, "t0": now_ms()}).encode()
        where = address(self.org, self.name, "timeq")
        self._connection.publish(str(where), body, where.delivery)

    def still(self, id_: str = "") -> None:
        """A picture: the segment's name on a colour of the node's own."""
        hue = hash(self.name) % 360
        image = Image.new("RGB", (320, 180), f"hsl({hue}, 35%, 22%)")
        draw = ImageDraw.Draw(image)
        draw.rectangle((20, 110, 300, 160), fill=f"hsl({hue}, 45%, 34%)")
        draw.text((30, 62), f"{self.name} · {self.show.seg}", fill="white", font_size=22)
        draw.text((30, 122), self.show.card or "simulated", fill="white", font_size=18)
        out = io.BytesIO()
        image.save(out, "JPEG", quality=70)
        jpeg = base64.b64encode(out.getvalue()).decode()
        self._say(
            "tele", Still(1, self.name, now_ms(), id_, self.show.seg, 320, 180, jpeg), "still"
        )

    def _heard(self, arrival: Arrival) -> None:
        where = parse(arrival.topic)
        if where is None or not arrival.body:
            return
        moment = Moment(now_ms(), 0)
        try:
            if where.channel in {"cmd", "all"}:
                command, _ = open_command(
                    arrival.body, where, node=self.name, ring=self.ring, moment=moment
                )
                self._obey(command)
            elif where.channel == "desired":
                self._want(open_desired(
                    arrival.body, where, node=self.name, ring=self.ring, moment=moment
                ))  # fmt: skip
            elif where.channel == "time":
                from node.control.envelope import open_time  # noqa: PLC0415

                self.times.append(
                    open_time(arrival.body, node=self.name, ring=self.ring, moment=moment)
                )
        except ContractError as error:
            if error.id:
                self._end(error.id, "rejected", error.code, str(error))

    def _obey(self, command: Command) -> None:
        self.copies[command.id] = self.copies.get(command.id, 0) + 1
        if self.is_mute:
            return
        if command.id in self._acks:
            self._say("ack", msgspec.structs.replace(self._acks[command.id], dup=True))
            return
        if command.seq is not None:
            place = (command.seq.epoch, command.seq.n)
            if place <= self._streams.get(command.seq.stream, (0, -1)):
                self._end(command.id, "superseded", "stale_seq")
                return
            self._streams[command.seq.stream] = place
        self._ack(command.id, "accepted")
        code = self._refuse(command)
        if code:
            self._end(command.id, "failed", code, "as the test wants it")
            return
        self.obeyed.append(command)
        self._do(command)
        self._end(command.id, "done")

    def _do(self, command: Command) -> None:
        match command.data:
            case CueArm(segment=segment):
                self.show.armed = segment
            case CueGo(segment=segment):
                self.show = Show(segment)
            case CardShow(product=product):
                self.show.card = product
            case CardHide():
                self.show.card = ""
            case LiveStart():
                self.show = Show("desk", live=True)
            case LiveStop():
                self.show = Show("")
            case Snapshot():
                self.still(command.id)
            case _:
                pass

    def _want(self, desired: Desired) -> None:
        held = self.desired.get(desired.section)
        if held is None or desired.ver > held.ver:
            self.desired[desired.section] = desired
        if isinstance(desired.data, KeysWanted):
            self.ring = self.ring.with_keys(desired.data)
        self._report(desired)

    def _report(self, desired: Desired) -> None:
        failed = desired.section in self._fail
        reason = Reason("asset_missing", "sha256:9f2c not on disk") if failed else None
        self._say("reported", Reported(1, self.name, desired.section, desired.ver,
                                       "failed" if failed else "applied", now_ms(), reason),
                  desired.section)  # fmt: skip

    def _end(self, id_: str, status: Status, code: str = "", message: str = "") -> None:
        self._ack(id_, status, code, message)

    def _ack(self, id_: str, status: Status, code: str = "", message: str = "") -> None:
        reason = Reason(code, message) if code else None  # type: ignore[arg-type]  # a code of ours
        ack = Ack(1, id_, self.name, status, now_ms(), "synced", reason=reason)
        self._acks[id_] = ack
        self._say("ack", ack)

    def _say(self, channel: str, message: object, leaf: str = "") -> None:
        where = address(self.org, self.name, channel, leaf)  # type: ignore[arg-type]  # ours
        self._connection.publish(str(where), msgspec.json.encode(message), where.delivery)


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
