"""The demo's fault bar: breaks camera or clip, has visitors ask, presses buttons of the panel."""

from collections.abc import Sequence
from typing import Protocol

from node.audio.visitors import Visitor
from node.errors import CommandError
from node.web.operator import Fault
from node.web.status import DemoView, VisitorView


class Switch(Protocol):
    """Something that can be broken on purpose."""

    @property
    def is_killed(self) -> bool:
        """Whether it is broken now."""
        ...

    def kill(self) -> None:
        """Break it."""
        ...

    def heal(self) -> None:
        """Mend it."""
        ...


class Askers(Protocol):
    """Who may be made to ask aloud."""

    @property
    def everyone(self) -> Sequence[Visitor]:
        """All of them."""
        ...

    async def play(self, name: str) -> None:
        """Have one speak; raises `CommandError` where that cannot be."""
        ...


class Finger(Protocol):
    """What presses the buttons of a simulated panel."""

    @property
    def names(self) -> Sequence[str]:
        """The buttons there are."""
        ...

    @property
    def lit(self) -> Sequence[str]:
        """The lamps that are on."""
        ...

    async def push(self, name: str) -> None:
        """Press one and let it go; raises `CommandError` where there is none of that name."""
        ...


class FaultBar:
    """Switches by name, the simulated visitors and panel. Only the demo has one."""

    def __init__(
        self,
        switches: dict[str, Switch],
        askers: Askers | None = None,
        finger: Finger | None = None,
    ) -> None:
        self._switches = switches
        self._askers = askers
        self._finger = finger

    async def obey(self, order: Fault) -> str:
        """Break, mend, ask or press as ordered; raises `CommandError` where there is no such."""
        if order.ask:
            return await self._ask(order.ask)
        if order.press:
            return await self._press(order.press)
        name = order.kill or order.heal
        switch = self._switches.get(name)
        if switch is None:
            raise CommandError("unknown_fault", f"the fault bar has no {name!r}")
        if order.kill:
            switch.kill()
            return f"{name} killed"
        switch.heal()
        return f"{name} healed"

    def view(self) -> DemoView:
        """What may be broken, and what is."""
        active = tuple(name for name, switch in self._switches.items() if switch.is_killed)
        return DemoView(
            is_demo=True,
            faults=tuple(self._switches),
            active=active,
            visitors=() if self._askers is None else tuple(map(_view, self._askers.everyone)),
            buttons=() if self._finger is None else tuple(self._finger.names),
            lit=() if self._finger is None else tuple(self._finger.lit),
        )

    async def _ask(self, name: str) -> str:
        if self._askers is None:
            raise CommandError("no_voice", "this demo has no ear: nobody would be heard")
        await self._askers.play(name)
        return f"{name} asks"

    async def _press(self, name: str) -> str:
        if self._finger is None:
            raise CommandError("unknown_button", "this demo has no panel")
        await self._finger.push(name)
        return f"{name} pressed"


def _view(visitor: Visitor) -> VisitorView:
    return VisitorView(
        visitor.id, visitor.locale, visitor.says, visitor.who, visitor.distance_m, visitor.needs
    )
