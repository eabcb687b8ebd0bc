"""The demo's fault bar: breaks the camera or the clip on air, and mends them again."""

from typing import Protocol

from node.errors import CommandError
from node.web.operator import Fault
from node.web.status import DemoView


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


class FaultBar:
    """Switches by name. Only the demo has one."""

    def __init__(self, switches: dict[str, Switch]) -> None:
        self._switches = switches

    async def obey(self, order: Fault) -> str:
        """Break or mend a part; raises `CommandError` for one that is not there."""
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
        return DemoView(is_demo=True, faults=tuple(self._switches), active=active)
