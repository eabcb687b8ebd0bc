"""`fleet serve`: the controller and its HTTP face, until cancelled."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from tools.fleet.controller import open_controller
from tools.fleet.http.server import serving


async def serve(
    folder: Path, *, ready: Callable[[str], None], listen: str = "", broker: str = ""
) -> None:
    """Run until cancelled; `listen` and `broker` take the place of those of `fleet.toml`.

    Raises `ConfigError`, and OSError where the port is taken.
    """
    changes = {"listen": listen, "broker": broker}
    controller = open_controller(folder, {key: one for key, one in changes.items() if one})
    async with serving(controller) as url:
        work = asyncio.ensure_future(controller.run())
        ready(url)
        await work
