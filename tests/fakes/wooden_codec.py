"""A codec of wood, which fails and hangs as it is told, and an encoder around it."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from node.channels import Fanout, Reader, State
from node.config import EncoderConfig
from node.encode.codec import Sparing
from node.encode.encoder import VideoEncoder
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size, black

SIZE = Size(16, 16)
RENDITION = Rendition(SIZE, 30, 500)


class WoodenCodec:
    """Answers each frame with `size` bytes; `hang` blocks it, `fault` makes it fail."""

    name = "wood"
    why = "a test"

    def __init__(self, *, size: int = 100) -> None:
        self.size = size
        self.forced: list[int] = []
        self.kbps: list[int] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.fault = False
        self.is_new = True
        self.eased = 0
        self.closed = 0
        self.takes_s: list[float] = []
        self.clock_s = 0.0

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001
        self.go_on.wait(60)
        self.clock_s += self.takes_s.pop(0) if self.takes_s else 0.005
        if self.fault:
            raise DeviceError("wood: broken")
        if force_idr:
            self.forced.append(frame.pts)
        is_idr, self.is_new = force_idr or self.is_new, False
        return [AccessUnit(frame.pts, frame.captured_s, is_idr, bytes(self.size))]

    def set_bitrate(self, kbps: int) -> None:
        self.kbps.append(kbps)

    def ease(self) -> bool:
        if self.name == "soft wood":
            return False
        self.eased += 1
        self.name = "soft wood"
        return True

    def restore(self) -> None:
        self.name = "wood"

    def close(self) -> None:
        self.is_new = True
        self.closed += 1


class Chain:
    """An encoder between two fan-outs: `put` is the program, `encode` a picture and its unit."""

    def __init__(
        self,
        make: Callable[[], WoodenCodec],
        stand_in: Callable[[str], WoodenCodec] | None = None,
    ) -> None:
        self.sparing = State(Sparing())
        self.clock: Callable[[], float] = time.perf_counter
        self.frames = Fanout[Frame](size=12)
        units = Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr)
        self.encoder = VideoEncoder(
            EncoderConfig(), RENDITION, source=self.frames, out=units,
            make=make, stand_in=stand_in, sparing=self.sparing,
            clock=lambda: self.clock(),
        )  # fmt: skip
        self.units = units
        self.number = 0
        self.ready = asyncio.Event()

    async def encode(self, reader: Reader[AccessUnit]) -> AccessUnit:
        self.put()
        return await reader.get()

    def put(self) -> None:
        pts = Pts90k(self.number * 3000)
        self.number += 1
        self.frames.put(Frame(pts, 0.0, black(SIZE)))


@asynccontextmanager
async def running(
    *codecs: WoodenCodec, stand_in: Callable[[str], WoodenCodec] | None = None
) -> AsyncIterator[tuple[Chain, Reader[AccessUnit]]]:
    made = iter(codecs)
    chain = Chain(lambda: next(made), stand_in)
    with chain.units.subscribe() as reader:
        task = asyncio.create_task(chain.encoder.run(chain.ready.set))
        await chain.ready.wait()
        try:
            yield chain, reader
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
