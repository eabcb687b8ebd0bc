"""Commands of the control plane as the program and the machine understand them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from node.channels import State
from node.control import orders
from node.control.messages import Command, JsonObject
from node.control.performer import Outcome
from node.errors import CommandError
from node.program import commands
from node.program.show import Show

BY: Final = "cloud"
"""The way in that the log names."""
REPEATABLE: Final = (
    orders.CardHide,
    orders.AudioSet,
    orders.OfferSold,
    orders.StockSet,
    orders.Snapshot,
    orders.SysIdentify,
    orders.LogGet,
    orders.Rebirth,
    orders.AskReply,
)
"""Done again after a crash they do no harm, so nothing is noted before they act."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What a command may ask of the machine; None where this one has no such thing.

    `ready` waits until a segment's source can be taken. `restart` does not
    return once it has acted. `snapshot` sends a still of a width in pixels as the
    answer to a command's id, and tells its size. `log_lines` gives the newest lines of the log.
    `rebirth` says everything again. `reply` gives an answer to the turn that waits for it.
    """

    ready: Callable[[str], Awaitable[None]]
    rebirth: Callable[[], Awaitable[None]]
    restart: Callable[[orders.SysReboot], Awaitable[None]] | None = None
    snapshot: Callable[[str, int], Awaitable[JsonObject]] | None = None
    log_lines: Callable[[int], Awaitable[list[str]]] | None = None
    reply: Callable[[orders.AskReply], Awaitable[None]] | None = None


class ProgramPerformer:
    """Acts on the program by `submit` and on the machine; see `performer.Performer`."""

    def __init__(
        self,
        submit: Callable[[commands.Command, str], Awaitable[Show]],
        state: State[Show],
        machine: Machine,
    ) -> None:
        self._submit, self._state, self._machine = submit, state, machine

    def is_repeatable(self, order: orders.Order) -> bool:
        """Whether it may simply be done again after a crash."""
        return isinstance(order, REPEATABLE)

    async def prepare(self, order: orders.Order) -> None:
        """Have a segment's source ready before its time."""
        if isinstance(order, orders.CueGo):
            await self._machine.ready(order.segment)

    async def perform(self, command: Command) -> Outcome:
        """Act; raises a `NodeError` where that is not possible now."""
        order = command.data
        match order:
            case orders.CueArm(segment=segment):
                await self._do(commands.Arm(segment))
                await self._machine.ready(segment)
            case orders.LiveStop():
                await self._stop(order)
            case orders.LiveStart():
                await self._live(order)
            case (
                orders.SysReboot()
                | orders.Snapshot()
                | orders.LogGet()
                | orders.Rebirth()
                | orders.AskReply()
            ):
                return Outcome(await self._ask_machine(command.id, order))
            case orders.Cancel():
                raise CommandError("precondition", "the agent itself calls off")
            case orders.AudioSet(volume=volume):
                await self._do(commands.SetVolume(volume))
                return Outcome({"volume": volume})
            case _:
                await self._do(_program_command(order))
        return Outcome(self._on_air())

    def holds(self, command: Command, *, is_same_boot: bool) -> bool:
        """Whether the program is as a command asked for; without a trace it was not done."""
        order, show = command.data, self._state.value
        on_air, card = show.airing.segment, show.card
        match order:
            case orders.CueGo(segment=segment):
                is_so = on_air == segment
            case orders.CueArm(segment=segment):
                is_so = segment in (show.armed, on_air)
            case orders.CardShow(product=product):
                is_so = card is not None and card.product == product
            case orders.LiveStart(segment=segment):
                is_so = on_air == (segment or show.live)
            case orders.LiveStop(to="slate"):
                is_so = on_air == show.rundown.fallback
            case orders.SysReboot(what=what):  # the process is another one
                is_so = what == "node" or not is_same_boot
            case _:
                is_so = False
        return is_so

    async def _do(self, command: commands.Command) -> None:
        await self._submit(command, BY)

    async def _live(self, order: orders.LiveStart) -> None:
        if order.ingest:
            raise CommandError("precondition", f"no uplink is called {order.ingest[:64]!r}")
        if not order.segment:
            await self._do(commands.TakeLive())
            return
        segment = self._state.value.rundown.segments.get(order.segment)
        if segment is None or segment.kind != "live":
            raise CommandError("precondition", f"{order.segment!r} is no live segment")
        await self._do(commands.Take(order.segment))

    async def _stop(self, order: orders.LiveStop) -> None:
        """Off the air. The fallback is taken even where nothing can be resumed."""
        show = self._state.value
        if order.to == "resume" and show.held is not None:
            await self._do(commands.Resume())
            return
        await self._do(commands.Take(show.rundown.fallback))
        await self._do(commands.HideCard())

    async def _ask_machine(
        self,
        id_: str,
        order: orders.SysReboot
        | orders.Snapshot
        | orders.LogGet
        | orders.Rebirth
        | orders.AskReply,
    ) -> JsonObject:
        machine = self._machine
        match order:
            case orders.SysReboot() if machine.restart is not None:
                await machine.restart(order)
                return {}
            case orders.Snapshot(width_px=width_px) if machine.snapshot is not None:
                return await machine.snapshot(id_, width_px)
            case orders.LogGet(lines=count) if machine.log_lines is not None:
                lines: list[object] = list(await machine.log_lines(count))
                return {"lines": lines}
            case orders.Rebirth():
                await machine.rebirth()
                return {}
            case orders.AskReply() if machine.reply is not None:
                await machine.reply(order)
                return {}
            case _:
                raise CommandError("precondition", "this node has nothing that could do it")

    def _on_air(self) -> JsonObject:
        show = self._state.value
        return {"seg": show.airing.segment, "card": show.card.product if show.card else ""}


def _program_command(order: orders.Order) -> commands.Command:
    command = _on_picture(order) or _in_trade(order)
    if command is None:
        raise CommandError("precondition", "the program has no such command")
    return command


def _on_picture(order: orders.Order) -> commands.Command | None:
    match order:
        case orders.CueGo(segment=segment):
            return commands.Take(segment)
        case orders.CardShow(product=product, for_s=for_s):
            return commands.ShowCard(product, for_s)
        case orders.CardHide():
            return commands.HideCard()
        case orders.Say(text=text):
            return commands.Say(text)
        case orders.SysIdentify(for_s=for_s):
            return commands.Identify(for_s)
        case _:
            return None


def _in_trade(order: orders.Order) -> commands.Command | None:
    match order:
        case orders.OfferSold(offer=offer, count=count):
            return commands.Sold(offer, count)
        case orders.StockSet(product=product, stock=stock):
            return commands.SetStock(product, stock)
        case orders.ScanNote(product=product, at=at, cue=cue, loop=loop):
            return commands.Scanned(product, at / 1000, cue, loop)
        case _:
            return None
