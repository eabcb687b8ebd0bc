"""A control plane at work under a supervisor, as a node runs it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from node.channels import State
from node.control.plane import ControlPlane
from node.supervise import Health, Supervisor

LIMIT_S = 120.0


@contextlib.asynccontextmanager
async def supervised(plane: ControlPlane) -> AsyncIterator[State[Health]]:
    """Run it until the block ends; it must not end by itself. Gives the health of its parts."""
    supervisor = Supervisor()
    task = asyncio.create_task(supervisor.run(optional=plane.parts))
    try:
        async with asyncio.timeout(LIMIT_S):
            async for parts in supervisor.health.watch():
                if len(parts) == len(plane.parts):
                    break
        yield supervisor.health
        assert not task.done(), task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        plane.close()
