"""A node that notes how late its pictures are and what its threads do: run by bench_start.

    python -m tests.bench.watched_node NOTES.json demo --headless --port 0

It is the node, `livesell ARGS`, with a look at each picture on its way out of program and encoder
and one a second at the clock of each thread. NOTES.json is written when the program ends.
"""

import asyncio
import json
import sys
import threading
import time
from pathlib import Path
from typing import Final

from node.__main__ import main
from node.encode.encoder import VideoEncoder
from node.program.mixer import Mixer

LOOK_S: Final = 1.0

notes: dict = {"program": [], "coded": [], "rungs": [], "threads": []}


def watch(place: Path) -> None:
    """Have each picture noted as [loop time, how late, s] where it leaves a part."""
    run, tick, pass_on = Mixer.run, Mixer._tick, VideoEncoder._pass_on

    async def ran(self, ready) -> None:
        try:
            await run(self, ready)
        finally:
            place.write_text(json.dumps(notes))

    async def ticked(self, number, due, pool) -> None:
        await tick(self, number, due, pool)
        now = asyncio.get_running_loop().time()
        notes["program"].append((now, now - due))

    def passed(self, units, now) -> None:
        pass_on(self, units, now)
        notes["coded"] += [(now, now - unit.captured_s) for unit in units]
        if not notes["rungs"] or notes["rungs"][-1][1] != self._codec_name:
            notes["rungs"].append((now, self._codec_name))

    Mixer.run, Mixer._tick, VideoEncoder._pass_on = ran, ticked, passed


def look() -> None:
    """Each thread's CPU time and wait for a core, s, by name, once a second. Thread: its own."""
    while True:
        time.sleep(LOOK_S)
        named = {one.native_id: one.name for one in threading.enumerate()}
        seen = {}
        for task in Path("/proc/self/task").iterdir():
            try:
                ran, waited, _ = (task / "schedstat").read_text().split()
                comm = (task / "comm").read_text().strip()
            except OSError:
                continue
            name = named.get(int(task.name), f"({comm})")
            before = seen.get(name, (0.0, 0.0))
            seen[name] = (before[0] + int(ran) / 1e9, before[1] + int(waited) / 1e9)
        notes["threads"].append((time.monotonic(), seen))


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
    threading.Thread(target=look, name="bench's look", daemon=True).start()
    sys.exit(main(sys.argv[2:]))
