"""A camera read in a thread: who is heard, and what counts as silence."""

import asyncio
import threading

import pytest

from node.capture import threaded
from node.capture.threaded import ThreadedCamera
from node.errors import DeviceError
from node.media import Frame, Pts90k, Size, black
from tests.virtual_time import run_virtually

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

    camera = ThreadedCamera("camera of which one reader was left behind", make)
    async with camera as opened:
        assert await anext(aiter(opened)) is OLD
    async with camera as opened:
        frames = aiter(opened)
        assert await anext(frames) is NEW
        first.set()
        while sum("left behind" in one.name for one in threading.enumerate()) > 1:  # noqa: ASYNC110  # threads tell of no end
            await asyncio.sleep(0)
        second.set()
        assert await anext(frames) is NEW
        with pytest.raises(DeviceError, match="let go"):
            await anext(frames)


class Ended:
    """A reader that has nothing to do: the test gives in its place."""

    def run(self):
        pass

    def stop(self):
        pass


def test_a_frame_that_came_while_the_loop_stood_still_has_come_in_time():
    made = []

    async def story():
        async with ThreadedCamera("camera", lambda ports: made.append(ports) or Ended()) as opened:
            frames = aiter(opened)
            made[0].give(OLD)
            assert await anext(frames) is OLD
            waiting = asyncio.ensure_future(anext(frames))
            await asyncio.sleep(0)
            asyncio.get_running_loop().jump(2 * threaded.STALL_S)
            made[0].give(NEW)
            assert await waiting is NEW

    run_virtually(story())
