"""The pages with a pretended show behind them: `python -m tests.fakes.fake_node [PORT]`."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from node.config import WebConfig
from node.web.access import Access
from node.web.landing import LandingFace
from node.web.operator import OperatorFace
from node.web.pages import PagesFace
from node.web.server import Face, Web
from tests.fakes.fake_picture import product
from tests.fakes.fake_show import FakeShow, landing
from tests.fakes.fake_whep import FakeWhep

HUES = {"P17": (93, 122, 104), "P18": (52, 74, 110), "P21": (201, 146, 66)}


@asynccontextmanager
async def fake_node(port: int = 0) -> AsyncIterator[tuple[Web, FakeShow, FakeWhep]]:
    """Serve until the block is left."""
    whep = FakeWhep()
    show = FakeShow(whep.announce)
    show.viewers = lambda: len(whep.sessions)
    whep.greeting = lambda: [show.at(), show.card_message()]
    access = Access(names=frozenset({"localhost"}))
    with tempfile.TemporaryDirectory() as folder:
        for name, hue in HUES.items():
            product(hue).save(Path(folder) / f"{name}.png")
        faces: list[Face] = [
            PagesFace(access, is_demo=True),
            OperatorFace(submit=show.submit, snapshot=show.snapshot, changed=show.changed,
                         access=access, fault=show.fault),
            LandingFace(find=landing, picture=lambda name: Path(folder) / f"{name}.png"),
            whep,
        ]  # fmt: skip
        server = Web(WebConfig(host="127.0.0.1", port=port), faces)
        ready = asyncio.Event()
        tasks = [asyncio.create_task(server.run(ready.set)), asyncio.create_task(show.run())]
        try:
            await ready.wait()
            yield server, show, whep
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await whep.close()


async def main() -> None:
    """Serve until interrupted."""
    async with fake_node(int(sys.argv[1]) if len(sys.argv) > 1 else 0) as (server, _, _):
        print(server.url, flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main())
