"""The demo's fault bar: breaks the camera or the clip on air, and has visitors ask questions."""

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


class FaultBar:
    """Switches by name, and the simulated visitors. Only the demo has one."""

    def __init__(self, switches: dict[str, Switch], askers: Askers | None = None) -> None:
        self._switches = switches
        self._askers = askers

    async def obey(self, order: Fault) -> str:
        """Break or mend a part, have a visitor ask; raises `CommandError` where there is none."""
        if order.ask:
            return await self._ask(order.ask)
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
        )

    async def _ask(self, name: str) -> str:
        if self._askers is None:
            raise CommandError("no_voice", "this demo has no ear: nobody would be heard")
        await self._askers.play(name)
        return f"{name} asks"


def _view(visitor: Visitor) -> VisitorView:
    return VisitorView(
        visitor.id, visitor.locale, visitor.says, visitor.who, visitor.distance_m, visitor.needs
    )
