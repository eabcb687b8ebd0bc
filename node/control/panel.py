"""The booth's panel: fingers on buttons become commands, show and ear become light."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, assert_never

from node.channels import State
from node.config_panel import ButtonName, InputName, PanelConfig, button_of
from node.control.buttons import (
    Buttons,
    Change,
    Chord,
    Deed,
    Ill,
    Pressed,
    PressedLong,
    Rule,
    Trouble,
    Well,
)
from node.control.deeds import LONG, Order, chorded, pressed, pressed_long
from node.control.lamps import ACCEPTED, REFUSED
from node.control.lights import Lights
from node.control.pins import Pins, Told
from node.errors import CommandError, DeviceError
from node.metrics.events import Event
from node.program import commands
from node.program.commands import CallStaff, Command, Talk, VoiceCommand
from node.program.listening import Listening
from node.program.show import Show
from node.supervise import Health

log = logging.getLogger(__name__)

BY: Final = "button"
"""The way in that the log names."""
AGAIN_S: Final = 0.6
"""A second press so soon is the same press of a nervous finger."""
LONG_AGO: Final = float("-inf")
LOOK_S: Final = 2.0
"""A chip that is pulled out of its socket tells nobody: its lines are looked at so often."""

OpenPins = Callable[[PanelConfig, Told], AbstractAsyncContextManager[Pins]]


@dataclass(frozen=True, slots=True)
class PanelNeighbours:
    """The parts that the panel speaks with; `voice` is None where nobody is heard.

    `submit` and `voice` raise `CommandError`.
    """

    state: State[Show]
    listening: State[Listening]
    health: State[Health]
    submit: Callable[[Command, str], Awaitable[object]]
    voice: Callable[[VoiceCommand], Awaitable[object]] | None
    note: Callable[[Event], None]


class Panel:
    """Optional component `panel`: the lines are held while it runs. Loop thread only.

    `ill` are the buttons that are ignored.
    """

    name = "panel"

    def __init__(self, cfg: PanelConfig, near: PanelNeighbours, open_: OpenPins) -> None:
        self._cfg, self._near, self._open = cfg, near, open_
        self.ill: State[Mapping[InputName, Trouble]] = State({})
        self._buttons = Buttons({})
        self._lights: Lights | None = None
        self._group: asyncio.TaskGroup | None = None
        self._woken = asyncio.Event()
        self._last: dict[ButtonName, tuple[float, Order]] = {}
        self._came_s = LONG_AGO

    async def run(self, ready: Callable[[], None]) -> None:
        """Obey fingers until cancelled; raises `DeviceError` where the lines cannot be had."""
        async with self._open(self._cfg, self._told) as pins:
            self._begin(pins)
            try:
                with _device_error():
                    await self._work(pins, ready)
            finally:
                self._lights = self._group = None
                self.ill.set({})

    def _begin(self, pins: Pins) -> None:
        rules = {name: self._rule(name) for name in pins.inputs}
        fresh = Buttons(rules, self._cfg.chord_s, self._cfg.stuck_s)
        self._buttons = fresh.begun(pins.down(), _now_s())
        log.info("panel: %s: %s", pins.label, ", ".join(sorted([*pins.inputs, *pins.lamps])))

    async def _work(self, pins: Pins, ready: Callable[[], None]) -> None:
        lights = Lights(pins, self._near.listening, self._near.health)
        async with asyncio.TaskGroup() as group:
            self._lights, self._group = lights, group
            group.create_task(lights.follow_show(self._near.state), name="tally")
            group.create_task(lights.follow_ear(), name="listening light")
            group.create_task(lights.follow_parts(), name="listening light")
            group.create_task(_look(pins), name="look")
            ready()
            await self._keep_time()

    def _rule(self, name: InputName) -> Rule:
        if name == "presence":
            return Rule(can_stick=False)
        return Rule(button_of(self._cfg, name).long_press_s if name in LONG else 0.0)

    # ---- fingers ----

    def _told(self, name: InputName, is_down: bool, at_s: float) -> None:  # noqa: FBT001  # `Told`
        if self._group is not None:
            self._do(self._buttons.edge(name, at_s, is_down=is_down))
            self._woken.set()

    async def _keep_time(self) -> None:
        """Have buttons that are held, or were ignored, grow older."""
        while True:
            self._woken.clear()
            due_s = self._buttons.due_s
            try:
                async with asyncio.timeout_at(due_s):
                    await self._woken.wait()
            except TimeoutError:
                self._do(self._buttons.tick(max(_now_s(), due_s or 0.0)))

    def _do(self, change: Change) -> None:
        self._buttons, deeds = change
        for deed in deeds:
            self._one(deed)
        if self._buttons.ill != self.ill.value:
            self.ill.set(self._buttons.ill)

    def _one(self, deed: Deed) -> None:
        show = self._near.state.value
        match deed:
            case Pressed(name):
                self._pressed(name, show)
            case PressedLong(name):
                self._start(self._obey(f"{name}, long", pressed_long(show)))
            case Chord(names):
                self._start(self._obey(" and ".join(sorted(names)), chorded(show)))
            case Ill(name, trouble):
                log.warning("panel: %s %s: ignored", name, trouble)
                self._near.note(Event(ev="fault", part=ButtonWatch.name, why=f"{name} {trouble}"))
            case Well(name):
                log.info("panel: %s counts again", name)
            case _:
                assert_never(deed)

    def _pressed(self, name: InputName, show: Show) -> None:
        if name == "presence":
            self._came()
            return
        self._count(name)
        self._start(self._obey(name, self._order(name, show)))

    def _came(self) -> None:
        """Somebody stands there; who only moves has come before."""
        now_s = _now_s()
        if now_s - self._came_s >= self._cfg.presence.quiet_s:
            self._count("presence")
            self._came_s = now_s

    def _count(self, name: InputName) -> None:
        """A press is a fact, and counts for gates, whatever comes of it."""
        self._start(_quietly(self._near.submit(commands.Pressed(name), BY)))

    def _order(self, name: ButtonName, show: Show) -> Order:
        """What a press asks; a nervous finger asks the same again, which does no harm."""
        now_s, (before_s, before) = _now_s(), self._last.get(name, (LONG_AGO, None))
        if before is not None and now_s - before_s < AGAIN_S:
            return before
        order = pressed(name, show, self._near.listening.value)
        self._last[name] = (now_s, order)
        return order

    async def _obey(self, what: str, order: Order) -> None:
        tone = ACCEPTED
        try:
            await self._performed(order)
        except CommandError as error:
            log.info("panel: %s: not obeyed: %s", what, error)
            tone = REFUSED
        is_silent = isinstance(order, Talk) and tone is ACCEPTED  # it would be in the question
        if self._lights is not None and self._group is not None and not is_silent:
            self._lights.sound(tone, self._group)

    async def _performed(self, order: Order) -> None:
        if not isinstance(order, VoiceCommand):
            await self._near.submit(order, BY)
        elif self._near.voice is not None:
            await self._near.voice(order)
        elif not isinstance(order, CallStaff):  # that it was pressed has been noted
            raise CommandError("no_voice", "this node has no voice: it hears nobody")

    def _start(self, work: Coroutine[object, object, None]) -> None:
        if self._group is None:
            work.close()
        else:
            self._group.create_task(work)


class ButtonWatch:
    """Optional component `buttons`: fails while a button is ignored, so that health says so."""

    name = "buttons"

    def __init__(self, ill: State[Mapping[InputName, Trouble]]) -> None:
        self._ill = ill

    async def run(self, ready: Callable[[], None]) -> None:
        """Wait until all are well, then for one that is not; raises `DeviceError` for it."""
        is_ready = False
        async for ill in self._ill.watch():
            if not ill:
                ready()
                is_ready = True
            elif is_ready:
                told = ", ".join(f"{name} {trouble}" for name, trouble in sorted(ill.items()))
                raise DeviceError(f"buttons: {told}: ignored")


async def _look(pins: Pins) -> None:
    """Raises `DeviceError` once the lines are gone."""
    while True:
        await asyncio.sleep(LOOK_S)
        pins.look()


async def _quietly(work: Awaitable[object]) -> None:
    with contextlib.suppress(CommandError):  # the press itself asks too, and tells of it
        await work


@contextlib.contextmanager
def _device_error() -> Iterator[None]:
    """The lines' failure by itself, out of the group of tasks in which it came."""
    try:
        yield
    except ExceptionGroup as group:
        gone, rest = group.split(DeviceError)
        if gone is None or rest is not None:
            raise
        raise DeviceError(str(gone.exceptions[0])) from group


def _now_s() -> float:
    return asyncio.get_running_loop().time()
