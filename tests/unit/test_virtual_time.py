"""The loop whose clock jumps."""

import asyncio

import pytest

from tests.virtual_time import NothingWillHappenError, run_virtually


def test_an_hour_passes_in_a_moment_and_exactly():
    async def sleep_an_hour() -> float:
        await asyncio.sleep(3600)
        return asyncio.get_running_loop().time()

    assert run_virtually(sleep_an_hour()) == pytest.approx(3600, abs=1e-6)  # a test's time is less


def test_timers_ring_in_order():
    rung: list[str] = []

    async def ring(name: str, after_s: float) -> None:
        await asyncio.sleep(after_s)
        rung.append(name)

    async def story() -> None:
        await asyncio.gather(ring("late", 50), ring("early", 0.5), ring("later", 50.1))

    run_virtually(story())
    assert rung == ["early", "late", "later"]


def test_waiting_for_what_never_comes_is_an_error_not_a_hang():
    async def wait_for_ever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(NothingWillHappenError):
        run_virtually(wait_for_ever())
