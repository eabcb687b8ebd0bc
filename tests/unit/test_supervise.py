"""Optional parts heal, essential parts end the process."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from node.errors import DeviceError
from node.supervise import LAST_DELAY_S, PartEndedError, Supervisor
from tests.virtual_time import run_virtually


class Part:
    """A component that follows a script: each start does what the next line says."""

    def __init__(self, name: str, *script: str, last: str = "works") -> None:
        self.name = name
        self._script = list(script)
        self._last = last
        self.started_at: list[float] = []

    async def run(self, ready: Callable[[], None]) -> None:
        self.started_at.append(asyncio.get_running_loop().time())
        match self._script.pop(0) if self._script else self._last:
            case "breaks":
                raise DeviceError(f"{self.name} is unplugged")
            case "breaks after 2 min":
                ready()
                await asyncio.sleep(120)
                raise DeviceError(f"{self.name} is unplugged")
            case "has a bug":
                raise ZeroDivisionError("a bug")
            case "ends":
                ready()
            case _:
                ready()
                await asyncio.Event().wait()


def supervise_for(seconds: float, *essential: Part, optional: tuple[Part, ...] = ()) -> Supervisor:
    async def story() -> Supervisor:
        supervisor = Supervisor()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(seconds):
                await supervisor.run(*essential, optional=optional)
        return supervisor

    return run_virtually(story())


def test_a_dead_camera_is_retried_twice_a_minute():
    camera = Part("camera", last="breaks")
    supervisor = supervise_for(3600, Part("mixer"), optional=(camera,))
    assert 3600 / LAST_DELAY_S <= len(camera.started_at) <= 3600 / LAST_DELAY_S + 6
    camera_health = supervisor.health.value["camera"]
    assert camera_health.condition == "waiting"
    assert camera_health.failures == len(camera.started_at)
    assert camera_health.last_error == "camera is unplugged"
    assert supervisor.health.value["mixer"].condition == "ready"


def test_the_delay_doubles_from_half_a_second_and_a_storm_waits_longest():
    camera = Part("camera", last="breaks")
    supervise_for(120, optional=(camera,))
    pauses = [b - a for a, b in zip(camera.started_at, camera.started_at[1:], strict=False)]
    assert pauses[:6] == pytest.approx([0.5, 1, 2, 4, 30, 30])


def test_a_part_that_worked_long_is_retried_at_once():
    camera = Part("camera", "breaks", "breaks", "breaks", "breaks after 2 min")
    supervise_for(300, optional=(camera,))
    restarted = camera.started_at[4] - (camera.started_at[3] + 120)
    assert restarted == pytest.approx(0.5)


def test_a_part_that_heals_is_ready_again_and_says_so(caplog):
    caplog.set_level(logging.DEBUG)
    supervisor = supervise_for(60, optional=(Part("camera", "breaks", "breaks"),))
    assert supervisor.health.value["camera"].condition == "ready"
    assert supervisor.health.value["camera"].failures == 2
    said = [record for record in caplog.records if record.name == "node.supervise"]
    levels = [(record.levelname, record.getMessage()) for record in said]
    assert levels == [
        ("WARNING", "camera: camera is unplugged"),
        ("DEBUG", "camera: camera is unplugged"),
        ("INFO", "camera: works again"),
    ]


def test_a_bug_in_an_optional_part_takes_the_node_down_and_names_the_part():
    with pytest.raises(ExceptionGroup) as caught:
        run_virtually(Supervisor().run(Part("mixer"), optional=(Part("camera", "has a bug"),)))
    bug = caught.value.exceptions[0]
    assert isinstance(bug, ZeroDivisionError)
    assert bug.__notes__ == ["camera"]


@pytest.mark.parametrize("fate", ["breaks", "has a bug", "ends"])
def test_any_end_of_an_essential_part_takes_the_node_down(fate):
    supervisor = Supervisor()
    with pytest.raises(ExceptionGroup):
        run_virtually(supervisor.run(Part("mixer", fate), Part("web")))
    health = supervisor.health.value["mixer"]
    assert (health.condition, health.failures, health.is_essential) == ("failed", 1, True)


def test_a_part_that_returns_is_named_in_the_error():
    with pytest.raises(ExceptionGroup) as caught:
        run_virtually(Supervisor().run(Part("mixer", "ends")))
    assert isinstance(caught.value.exceptions[0], PartEndedError)
    assert "mixer" in str(caught.value.exceptions[0])


def test_health_is_published_to_a_watcher():
    async def story() -> list[str]:
        supervisor, seen = Supervisor(), []
        running = asyncio.create_task(supervisor.run(optional=(Part("camera", "breaks"),)))
        async with asyncio.timeout(10):
            async for health in supervisor.health.watch():
                if "camera" in health:
                    seen.append(health["camera"].condition)
                if seen[-2:] == ["waiting", "ready"]:
                    break
        running.cancel()
        return seen

    assert run_virtually(story())[-2:] == ["waiting", "ready"]
