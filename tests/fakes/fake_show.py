"""A small day that plays by itself: what the pages need to see, without a program behind it."""

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Literal

import msgspec

from node.channels import State
from node.errors import CommandError
from node.program.commands import (
    Approve,
    Arm,
    Busy,
    Command,
    CrowdCommand,
    HideCard,
    LockCamera,
    Refuse,
    Resume,
    SetLayout,
    SetStock,
    ShowCard,
    Skip,
    StaffOpen,
    Take,
    TakeLive,
)
from node.program.listening import Listening
from node.web import dayview
from node.web import status as view
from node.web.boothview import BoothView
from node.web.operator import Fault
from node.web.voiceview import ear_view, questions_view
from tests.fakes.shown_day import CODES, MESSAGES, NOON, PLAY, PRODUCTS, SEGMENTS, VISITORS

FPS = 30


class FakeShow:
    """Position, cards and commands of a pretended program; `tick` moves it by one frame."""

    def __init__(self, announce: Callable[[dict[str, object]], None] = lambda _: None) -> None:
        self.announce = announce
        self.changed = State(0)
        self.commands: list[Command | CrowdCommand] = []
        self.segment = SEGMENTS[0]
        self.frame = 0
        self.held: tuple[view.SegmentView, int] | None = None
        self.layout, self.has_cards = "full", True
        self.card: tuple[view.ProductView, float] | None = None
        self.broken: set[str] = set()
        self.events: deque[view.EventView] = deque(maxlen=40)
        self.asked: list[str] = []
        self.buttons: tuple[str, ...] = ()
        self.lit: tuple[str, ...] = ()
        self.out = self.fired = 0
        self.viewers: Callable[[], int] = lambda: 0
        self.next_id = ""
        self.is_busy = False
        self.opened: set[str] = set()
        self.stock = {product.id: product.stock for product in PRODUCTS}
        self.offer: view.RunningOffer | None = None
        self.waiting = dict(MESSAGES)
        self.likes = 1204
        self.is_still = False
        self.booth = BoothView()
        self.listening: Callable[[], Listening] = Listening

    async def run(self) -> None:
        """Play at the wall's pace; one that is still only says each second where it stands."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        while True:
            if self.is_still:
                self.announce(self.at())
                await asyncio.sleep(1)
                continue
            while self.out < (loop.time() - start) * FPS:
                self.tick()
            await asyncio.sleep(1 / FPS)

    def tick(self) -> None:
        """One program frame."""
        for cue in self.segment.cues:
            if round(cue.at_s * FPS) == self.frame:
                self.fired += 1
                self._note("cue.fire", cue=cue.id)
                if cue.do == "card.show":
                    self._show(cue.product, 12.0)
        if self.card is not None and self.out >= self.card[1] * FPS:
            self._hide("ended")
        self.out += 1
        self.frame += 1
        if self.out % FPS == 0:
            self.announce(self.at())
        if self.segment.length_s and self.frame >= self.segment.length_s * FPS:
            self._enter(self._next(), "ended")

    def at(self) -> dict[str, object]:
        """The message of each second."""
        return {
            "t": "at",
            "seg": self.segment.id,
            "kind": self.segment.kind,
            "pos": self.frame / FPS,
            "len": self.segment.length_s,
            "title": self.segment.title,
            "layout": self.layout,
            "cards": self.has_cards,
            "tz": "Asia/Shanghai",
            "speaker": self.booth.speaker,
            "volume": self.booth.volume,
            "name": "booth-a12" if self.booth.shows_name else "",
        }

    def hear(self, message: dict[str, object]) -> None:
        """What a viewer says: likes are counted at once, messages wait."""
        match message:
            case {"t": "like", "n": int(count)}:
                self.likes += count
                self.announce({"t": "crowd", "likes": self.likes, "delta": count, "viewers": 1})
            case {"t": "say", "text": str(text)}:
                self.waiting[f"said{len(self.waiting)}"] = (text, "")
            case _:
                pass  # taps and first pictures

    def start_offer(self, ends_at: int, left: int = 27) -> None:
        """An offer begins: the first product's, at a struck price."""
        self.offer = view.RunningOffer(
            "noon17", "P17", PRODUCTS[0].title, {"zh": "¥99.00", "en": "CN¥99.00"}, ends_at, left,
            left_text={"zh": f"还剩 {left} 套", "en": f"{left} sets left"},
            was=PRODUCTS[0].price,
            basis={"zh": "近 30 天最低价", "en": "lowest price of the last 30 days"},
        )  # fmt: skip

    def strip_message(self) -> dict[str, object]:
        """The countdown strip as viewers are told of it."""
        return {"t": "strip", "show": self.offer is not None, "offer": self.offer}

    def card_message(self) -> dict[str, object]:
        """The card as viewers are told of it."""
        shown = self._card_view()
        return {"t": "card", "show": shown is not None} | ({"card": shown} if shown else {})

    async def submit(self, command: Command | CrowdCommand) -> str:
        """Obey, as a program would."""
        self.commands.append(command)
        match command:
            case Take() | TakeLive() | Resume() | Skip() | Arm():
                self._move(command)
            case ShowCard():
                self._show(command.product, command.for_s)
            case HideCard():
                self._hide("operator")
            case SetLayout():
                self.layout = command.layout
            case _:
                self._note_of(command)
        self.changed.set(self.changed.value + 1)
        return f"{self.segment.id} is on air"

    async def fault(self, order: Fault) -> str:
        """Break or mend a part, have a visitor ask, press a button: each lights the tally."""
        if order.ask:
            self.asked.append(order.ask)
            return order.ask
        if order.press:
            self.lit = () if self.lit else ("tally",)
            self.changed.set(self.changed.value + 1)
            return order.press
        part = order.kill or order.heal
        if part not in {"camera", "clip"}:
            raise CommandError("no_such_part", f"{part!r}: expected camera or clip")
        if order.heal:
            self.broken.discard(part)
        else:
            self.broken.add(part)
            if part == "clip" and self.segment.kind == "clip":
                self._enter(SEGMENTS[4], "fault")
        if order.kill:
            self._note("fault", part=part)
        self.changed.set(self.changed.value + 1)
        return part

    def snapshot(self) -> view.ShowView:
        """All of it."""
        return view.ShowView(
            status=self._status(),
            rundown=view.RundownView(
                timezone="Asia/Shanghai",
                id="demo", title={"zh": "赶高铁的十分钟", "en": "Ten Minutes to the Train"},
                locales=("zh", "en"), fallback="slate", camera="desk",
                blocks=(
                    view.BlockView("09:30", "12:00", PLAY, now=True),
                    view.BlockView("12:00", "18:00", ("desk", "ep1", "ep2")),
                    view.BlockView("18:00", "09:30", ("ep1", "ep2", "idle")),
                ),
                segments=SEGMENTS,
            ),
            products=self._products(),
            day=self._day(),
            questions=questions_view(self.listening(), monotonic()),
            events=tuple(self.events),
            demo=view.DemoView(is_demo=True, faults=("camera", "clip"),
                               active=tuple(sorted(self.broken)),
                               visitors=VISITORS if self.listening().ear != "off" else (),
                               buttons=self.buttons, lit=self.lit),
        )  # fmt: skip

    def _move(self, command: Take | TakeLive | Resume | Skip | Arm) -> None:
        match command:
            case Take():
                self._enter(self._find(command.segment), "operator")
            case TakeLive():
                self._take_live()
            case Resume():
                self._resume()
            case Skip():
                if command.segment == self.segment.id:
                    self._enter(self._next(), "operator")
            case Arm():
                self.next_id = self._find(command.segment).id

    def _status(self) -> view.Status:
        ill = "camera" in self.broken
        return view.Status(
            version="0.1.0", node="booth-a12", uptime_s=self.out / FPS + 4210, on_air=True,
            segment=self.segment.id, kind=self.segment.kind, position_s=self.frame / FPS,
            length_s=self.segment.length_s, next=self._next().id,
            next_in_s=max(0.0, self.segment.length_s - self.frame / FPS), block="09:30", loop=3,
            layout=self.layout,  # type: ignore[arg-type]  # checked by the command
            held=self.held[0].id if self.held else None,
            fps=FPS, size="1280x720", encoder="libx264/superfast",
            encoder_why="superfast leaves 38 % of a core free at 1280x720@30", bitrate_kbps=2431.0,
            viewers=self.viewers(),
            health={
                "show": view.PartView("ready", essential=True),
                "mixer": view.PartView("ready", essential=True),
                "video encoder": view.PartView("ready", essential=True),
                "audio encoder": view.PartView("ready", essential=True),
                "web": view.PartView("ready", essential=True),
                "hub": view.PartView("ready", essential=True),
                "camera": view.PartView("waiting" if ill else "ready", essential=False,
                    failures=int(ill), last_error="no frames for 2 s" if ill else ""),
                "events": view.PartView("ready", essential=False),
            },
            frames=view.Frames(out=self.out, repeated=2, late_source=1),
            cues=view.Cues(fired=self.fired), card=self._card_view(), simulated=("camera",),
            idr=view.Idrs(forced=4, requested=11), booth=self.booth,
            voice=ear_view(self.listening(), may_send=True),
        )  # fmt: skip

    def _card_view(self) -> view.CardView | None:
        if self.card is None:
            return None
        product, until = self.card
        code = CODES[product.id]
        stock = self.stock[product.id]
        is_for_sale = stock > 0
        offer = self.offer if self.offer and self.offer.product == product.id else None
        return view.CardView(
            product=product.id, title=product.title, price=offer.price if offer else product.price,
            badge={"zh": "展会价", "en": "Show price"} if product.id == "P17" else {},
            image=product.image, link=f"/q/{code}" if is_for_sale else "",
            qr=f"/q/{code}.svg" if is_for_sale else "",
            scan=f"https://go.example.com/q/{code}" if is_for_sale else "",
            until_s=until - self.out / FPS,
            state="sold_out" if not is_for_sale else "low" if stock <= 10 else "in_stock",
            was=offer.was if offer else None, basis=offer.basis if offer else None, offer=offer,
        )  # fmt: skip

    def _products(self) -> tuple[view.ProductView, ...]:
        return tuple(
            msgspec.structs.replace(product, stock=self.stock[product.id]) for product in PRODUCTS
        )

    def _day(self) -> dayview.DayView:
        is_open = "ep2" in self.opened
        return dayview.DayView(
            second=(NOON + self.out // FPS) % 86_400,
            variant="B",
            play=PLAY,
            index=PLAY.index(self.segment.id) if self.segment.id in PLAY else 0,
            is_busy=self.is_busy,
            armed=self.next_id,
            gates=(
                dayview.GateView(
                    "ep2", "idle", is_open, "staff" if is_open else "scan 1 of 3", True
                ),
            ),
            offers=(
                dayview.WindowView("noon17", "P17", "12:00", "12:20", "coming", 30, 30),
                dayview.WindowView("late21", "P21", "16:00", "16:30", "coming", 12, 12),
            ),
            clock_cues=(dayview.ClockCueView("desk.2", "desk", "12:00", "offer.start", "P17"),),
        )

    def _note_of(self, command: Command | CrowdCommand) -> None:
        match command:
            case Busy():
                self.is_busy = command.is_busy
            case StaffOpen():
                self.opened.add(command.segment)
            case LockCamera():
                self._lock(command)
            case SetStock():
                self.stock[command.product] = command.stock
                self.announce(self.card_message())
            case Approve() | Refuse():
                self._judge(command)
            case _:
                pass  # scans and presses: it counts none

    def _lock(self, command: LockCamera) -> None:
        if self.booth.camera_lock == "none":
            raise CommandError("no_camera_lock", "the camera here has nothing to lock")
        lock: Literal["off", "on"] = "on" if command.is_locked else "off"
        self.booth = msgspec.structs.replace(self.booth, camera_lock=lock)

    def _judge(self, command: Approve | Refuse) -> None:
        message = self.waiting.pop(command.id, None)
        if message is None:
            raise CommandError("unknown_message", f"no message {command.id!r} waits")
        if isinstance(command, Approve):
            text, name = message
            self.announce({"t": "message", "id": command.id, "text": text, "name": name})

    def _find(self, segment: str) -> view.SegmentView:
        for known in SEGMENTS:
            if known.id == segment:
                return known
        raise CommandError("unknown_segment", f"no segment {segment!r}")

    def _next(self) -> view.SegmentView:
        if self.next_id:
            return self._find(self.next_id)
        if self.segment.id not in PLAY:
            return self._find(PLAY[0])
        return self._find(PLAY[(PLAY.index(self.segment.id) + 1) % len(PLAY)])

    def _take_live(self) -> None:
        if "camera" in self.broken:
            raise CommandError("not_ready", "camera: no frames")
        if self.segment.id != "desk":
            self.held = (self.segment, self.frame)
            self._enter(SEGMENTS[1], "operator")

    def _resume(self) -> None:
        if self.held is None:
            raise CommandError("nothing_held", "nothing waits to be resumed")
        segment, frame = self.held
        self._enter(segment, "operator")
        self.frame, self.held = frame, None

    def _enter(self, segment: view.SegmentView, why: str) -> None:
        if self.card is not None:
            self._hide("segment")
        self.segment, self.frame, self.next_id, self.layout = segment, 0, "", "full"
        self._note("seg.start", seg=segment.id, why=why)
        self.announce(self.at())
        self.changed.set(self.changed.value + 1)

    def _show(self, product: str, for_s: float) -> None:
        for known in PRODUCTS:
            if known.id == product:
                self.card = (known, self.out / FPS + for_s)
                self._note("card.show", product=product)
                self.announce(self.card_message())
                self.changed.set(self.changed.value + 1)
                return
        raise CommandError("unknown_product", f"no product {product!r}")

    def _hide(self, why: str) -> None:
        if self.card is not None:
            self._note("card.hide", product=self.card[0].id, why=why)
            self.card = None
            self.announce(self.card_message())
            self.changed.set(self.changed.value + 1)

    def _note(self, ev: str, seg: str = "", cue: str = "", product: str = "", part: str = "",
              why: str = "") -> None:  # fmt: skip
        stamp = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
        self.events.append(
            view.EventView(stamp, ev, seg=seg, cue=cue, product=product, part=part, why=why)
        )
