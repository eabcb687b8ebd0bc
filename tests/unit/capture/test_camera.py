"""The camera component: newest frame in its mailbox, nothing there when it is lost."""

import asyncio

import pytest

from node.capture import faulty
from node.capture.faulty import FaultSwitch
from node.capture.source import Camera, can_lock, is_drawn, open_camera
from node.channels import Fanout, Latest
from node.config import PatternConfig, UrlConfig
from node.config_camera import ArgusConfig, PiCameraConfig, V4l2Config
from node.errors import DeviceError
from node.media import Size
from node.supervise import Supervisor
from tests.fakes.step_camera import StepCamera

SIZE = Size(320, 180)


class Stage:
    """A camera component over a step camera."""

    def __init__(self):
        self.camera = StepCamera()
        self.out = Latest()
        self.switch = FaultSwitch()
        self.ready = asyncio.Event()
        self.part = Camera(
            UrlConfig("unused"),
            size=SIZE,
            fps=30,
            out=self.out,
            sound=Fanout(50),
            switch=_Over(self.camera, self.switch),
        )

    def run(self):
        return asyncio.create_task(self.part.run(self.ready.set))


class _Over(FaultSwitch):
    """Puts the step camera in the place of the configured one, under the real switch."""

    def __init__(self, camera, switch):
        super().__init__()
        self._camera = camera
        self._switch = switch

    def over(self, source):
        del source
        return self._switch.over(self._camera)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(faulty, "STALL_S", 0.05)


async def test_it_is_ready_at_the_first_frame_and_not_before():
    stage = Stage()
    task = stage.run()
    await asyncio.sleep(0)
    assert not stage.ready.is_set()
    stage.camera.step()
    await stage.ready.wait()
    assert stage.out.peek().pts == 0
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert stage.camera.released == 1
    assert stage.out.peek() is None


async def test_the_newest_frame_lies_in_the_mailbox():
    stage = Stage()
    task = stage.run()
    stage.camera.step(3)
    await stage.ready.wait()
    for _ in range(10):
        await asyncio.sleep(0)
    assert stage.out.peek().pts == 6000
    assert stage.out.overwritten == 2
    task.cancel()


async def test_a_lost_camera_is_a_device_error_and_leaves_no_frame():
    stage = Stage()
    stage.camera.step()
    task = stage.run()
    await stage.ready.wait()
    stage.camera.unplug()
    with pytest.raises(DeviceError, match="unplugged"):
        await task
    assert stage.out.peek() is None
    assert stage.camera.released == 1


@pytest.mark.usefixtures("quick")
async def test_the_fault_switch_silences_then_loses_and_heals_the_camera():
    stage = Stage()
    stage.camera.step()
    task = stage.run()
    await stage.ready.wait()
    stage.switch.kill()
    assert stage.switch.is_killed
    stage.camera.step(5)
    with pytest.raises(DeviceError, match="no frame for"):
        await task
    with pytest.raises(DeviceError, match="not there"):
        await stage.run()
    stage.switch.heal()
    stage.ready.clear()
    task = stage.run()
    await stage.ready.wait()
    task.cancel()


async def test_a_short_fault_only_delays():
    stage = Stage()
    stage.camera.step()
    task = stage.run()
    await stage.ready.wait()
    stage.switch.kill()
    stage.camera.step(2)
    await asyncio.sleep(0)
    stage.switch.heal()
    for _ in range(20):
        await asyncio.sleep(0)
    assert stage.out.peek().pts == 6000
    task.cancel()


async def test_the_supervisor_brings_a_lost_camera_back():
    stage = Stage()
    supervisor = Supervisor()
    stage.camera.step()

    async def unplug_and_replug():
        await stage.ready.wait()
        stage.camera.unplug()
        async for health in supervisor.health.watch():
            if health["camera"].condition == "waiting":
                break
        stage.camera.plug()
        stage.camera.step()
        async for health in supervisor.health.watch():
            if health["camera"].condition == "ready":
                return health["camera"].failures
        return None

    stage.part.run = _noting(stage.part.run, stage.ready)
    running = asyncio.create_task(supervisor.run(optional=[stage.part]))
    assert await unplug_and_replug() == 1
    running.cancel()


def _noting(run, event):
    async def noted(ready):
        def both():
            event.set()
            ready()

        await run(both)

    return noted


def test_a_drawn_camera_says_that_it_is_simulated():
    assert is_drawn(PatternConfig())
    assert is_drawn(UrlConfig("testsrc", format="lavfi"))
    assert is_drawn(ArgusConfig(source="videotestsrc is-live=true"))
    assert not is_drawn(UrlConfig("rtsp://camera/1"))
    assert not is_drawn(ArgusConfig())
    assert not is_drawn(PiCameraConfig())


def test_only_a_raspberry_pis_camera_can_be_locked():
    assert can_lock(PiCameraConfig())
    assert not any(map(can_lock, (None, PatternConfig(), V4l2Config(), ArgusConfig())))


def test_opening_touches_nothing():
    open_camera(UrlConfig("/dev/null/nothing"), size=SIZE, fps=30)
    open_camera(PatternConfig(backdrop="/dev/null/nothing"), size=SIZE, fps=30)
