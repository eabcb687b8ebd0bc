"""Mailbox of one, bounded fan-out, watchable value."""

import asyncio
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.channels import Fanout, Latest, State
from tests.virtual_time import run_virtually


@dataclass(frozen=True, slots=True)
class Unit:
    number: int
    is_idr: bool


def units(size: int = 4) -> Fanout[Unit]:
    return Fanout(size, resume_at=lambda unit: unit.is_idr)


class Decoder:
    """Fails at a delta that does not follow the unit right before it."""

    def __init__(self) -> None:
        self._before: Unit | None = None

    def decode(self, units: list[Unit]) -> None:
        for unit in units:
            follows = self._before is not None and unit.number == self._before.number + 1
            assert unit.is_idr or follows
            self._before = unit


DEEDS = ("idr", "delta", "delta", "take one", "take all", "drop")


@given(st.lists(st.sampled_from(DEEDS), max_size=200), st.integers(1, 6))
def test_no_reader_sees_a_delta_without_its_idr(deeds, size):
    async def story() -> None:
        fanout, decoder, numbers = units(size), Decoder(), count()
        with fanout.subscribe() as reader:
            for deed in deeds:
                match deed:
                    case "idr" | "delta":
                        fanout.put(Unit(next(numbers), deed == "idr"))
                    case "take one" if reader._queue:
                        decoder.decode([await reader.get()])
                    case "take all":
                        decoder.decode(reader.take_now())
                    case "drop":
                        reader.drop_all()
            decoder.decode(reader.take_now())

    asyncio.run(story())


@given(st.lists(st.booleans(), max_size=100), st.integers(1, 6))
def test_what_a_reader_gets_and_what_it_lost_is_all_there_was_after_its_start(flags, size):
    fanout = units(size)
    with fanout.subscribe() as reader:
        for number, is_idr in enumerate(flags):
            fanout.put(Unit(number, is_idr))
        got = reader.take_now()
        assert len(got) <= size
        assert len(got) + reader.dropped <= len(flags)
        if True not in flags:
            assert (got, reader.dropped) == ([], 0)


def test_a_new_reader_waits_for_an_idr():
    fanout = units()
    with fanout.subscribe() as reader:
        fanout.put(Unit(0, is_idr=False))
        assert reader.is_waiting
        fanout.put(Unit(1, is_idr=True))
        assert reader.take_now() == [Unit(1, is_idr=True)]


def test_a_full_reader_is_emptied_and_resumes_at_the_next_idr():
    fanout = units(size=2)
    with fanout.subscribe() as reader:
        for number in range(4):
            fanout.put(Unit(number, is_idr=number == 0))
        assert (reader.take_now(), reader.dropped) == ([], 3)
        fanout.put(Unit(4, is_idr=True))
        assert reader.take_now() == [Unit(4, is_idr=True)]


def test_a_slow_reader_takes_nothing_from_a_quick_one():
    fanout = units(size=2)
    with fanout.subscribe() as slow, fanout.subscribe() as quick:
        got = []
        for number in range(10):
            fanout.put(Unit(number, is_idr=number == 0))
            got += quick.take_now()
        assert [unit.number for unit in got] == list(range(10))
        assert slow.dropped > 0


def test_without_a_place_to_resume_a_full_reader_loses_its_oldest():
    fanout = Fanout[int](2)
    with fanout.subscribe() as reader:
        for number in range(3):
            fanout.put(number)
        assert (reader.take_now(), reader.dropped) == ([1, 2], 1)


def test_a_reader_ends_when_its_with_block_does():
    async def story() -> list[int]:
        fanout, got = Fanout[int](4), []

        async def read(reader) -> None:
            got.extend([value async for value in reader])

        with fanout.subscribe() as reader:
            reading = asyncio.create_task(read(reader))
            fanout.put(1)
            fanout.put(2)
        assert fanout.readers == 0
        await reading
        return got

    assert run_virtually(story()) == [1, 2]


def test_latest_keeps_the_newest_and_counts_the_rest():
    async def story() -> None:
        latest = Latest[int]()
        latest.put(1)
        latest.put(2)
        assert await latest.get() == 2
        assert latest.overwritten == 1
        latest.put(3)
        assert latest.peek() == 3
        assert latest.overwritten == 1

    asyncio.run(story())


def test_latest_get_waits_for_a_new_value():
    async def story() -> float:
        latest, loop = Latest[int](), asyncio.get_running_loop()
        latest.put(1)
        await latest.get()
        loop.call_later(5, latest.put, 2)
        assert await latest.get() == 2
        return loop.time()

    assert run_virtually(story()) == pytest.approx(5)


def test_a_cleared_latest_shows_nothing():
    latest = Latest[int]()
    latest.put(1)
    latest.clear()
    assert latest.peek() is None


def test_get_does_not_hand_out_what_was_cleared():
    async def story() -> int:
        latest = Latest[int]()
        latest.put(1)
        latest.clear()
        asyncio.get_running_loop().call_later(1, latest.put, 2)
        return await latest.get()

    assert run_virtually(story()) == 2


def test_state_gives_the_present_value_first_and_may_skip():
    async def story() -> list[int]:
        state, seen = State(0), []

        async def watch() -> None:
            async for value in state.watch():
                seen.append(value)
                await asyncio.sleep(1)

        watching = asyncio.create_task(watch())
        for value in range(1, 11):
            await asyncio.sleep(0.3)
            state.set(value)
        await asyncio.sleep(2)
        watching.cancel()
        return seen

    seen = run_virtually(story())
    assert (seen[0], seen[-1]) == (0, 10)
    assert len(seen) < 11
    assert seen == sorted(seen)
