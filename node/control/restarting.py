"""Starts the node or the whole machine again at a command; the next start says that it is done.

Nothing here returns once it has acted: the command stays noted as running, and whoever comes up
afterwards finds it so and ends it. A machine that does not go down lets the command time out.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from node.channels import State
from node.control.orders import SysReboot
from node.errors import CommandError, DeviceError
from node.program.show import Show

LEAVE_S: Final = 2.0
"""Time for what was said before to leave."""
REBOOT: Final = ("systemctl", "reboot")


def end_process() -> None:
    """End this process as systemd would; it starts it again."""
    os.kill(os.getpid(), signal.SIGTERM)


async def reboot_machine() -> None:
    """Have systemd start the machine again; raises `DeviceError` where it refuses."""
    try:
        process = await asyncio.create_subprocess_exec(
            *REBOOT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
    except OSError as error:
        raise DeviceError(f"{' '.join(REBOOT)}: {error.strerror or error}") from error
    _, said = await process.communicate()
    if process.returncode:
        why = said.decode(errors="replace").strip()[:200]
        raise DeviceError(f"{' '.join(REBOOT)}: {why or f'exit code {process.returncode}'}")


def is_on_air(show: Show) -> bool:
    """Whether somebody is live or armed: nothing starts the node again then, if not by force."""
    return show.segment.kind == "live" or bool(show.armed)


@dataclass(frozen=True, slots=True)
class Restart:
    """What may be started again: the process where `is_supervised`, the machine by `may_reboot`."""

    show: State[Show]
    may_reboot: bool
    is_supervised: bool
    end: Callable[[], None] = end_process
    reboot: Callable[[], Awaitable[None]] = reboot_machine

    async def __call__(self, order: SysReboot) -> None:
        """Never returns once it has acted.

        Raises:
            CommandError: not while live or armed, unless forced; not at all on this node.
            DeviceError: the machine refuses.
        """
        is_machine = order.what == "machine"
        if is_machine and not self.may_reboot:
            raise CommandError("not_allowed", "the machine may not be restarted: mqtt.may_reboot")
        if not is_machine and not self.is_supervised:
            raise CommandError("not_allowed", "nobody would start the node again")
        self._refuse_on_air(order)
        await asyncio.sleep(LEAVE_S)
        self._refuse_on_air(order)
        if is_machine:
            await self.reboot()
        else:
            self.end()
        await asyncio.Event().wait()

    def _refuse_on_air(self, order: SysReboot) -> None:
        if not order.force and is_on_air(self.show.value):
            raise CommandError("busy", "not while live or armed")
