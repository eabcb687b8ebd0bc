"""A camera read in a thread: a reader that was left behind is heard no more."""

import asyncio
import threading

import pytest

from node.capture import threaded
from node.capture.threaded import ThreadedCamera
from node.errors import DeviceError
from node.media import Frame, Pts90k, Size, black

OLD, NEW = (Frame(Pts90k(pts), 0.0, black(Size(4, 4))) for pts in (1, 2))


class Stuck:
    """A reader that gives a frame, hears no `stop`, and gives another when it is let go."""

    def __init__(self, ports, let_go, frame):
        self._ports, self._let_go, self._frame = ports, let_go, frame

    def run(self):
        self._ports.give(self._frame)
        self._let_go.wait(60)
        self._ports.give(self._frame)
        raise DeviceError("let go")

    def stop(self):
        pass


async def test_a_reader_that_was_left_behind_has_no_say_in_the_next_opening(monkeypatch):
    monkeypatch.setattr(threaded, "CLOSE_S", 0.05)
    first, second, made = threading.Event(), threading.Event(), []

    def make(ports):
        made.append(Stuck(ports, [first, second][len(made)], [OLD, NEW][len(made)]))
        return made[-1]

    camera = ThreadedCamera("camera", make)
    async with camera as opened:
        assert await anext(aiter(opened)) is OLD
    async with camera as opened:
        frames = aiter(opened)
        assert await anext(frames) is NEW
        first.set()
        while sum(one.name == "camera" for one in threading.enumerate()) > 1:  # noqa: ASYNC110  # threads tell of no end
            await asyncio.sleep(0)
        second.set()
        assert await anext(frames) is NEW
        with pytest.raises(DeviceError, match="let go"):
            await anext(frames)
