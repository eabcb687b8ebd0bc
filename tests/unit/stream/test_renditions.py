"""Further renditions: an encoder runs while somebody watches, and not much longer."""

import asyncio
from collections.abc import Callable

import pytest

from node.channels import Fanout
from node.errors import DeviceError
from node.media import AccessUnit, Frame
from node.program.outputs import KINDS, PROGRAM, Recipe
from node.stream.feed import Feed
from node.stream.renditions import LINGER_S, RETRY_S, Renditions
from tests.virtual_time import run_virtually

BARE = Recipe(KINDS, frozenset())
WORDY = Recipe(KINDS, frozenset({"lower_third"}))


class Bench:
    """Renditions over encoders that only say that they run."""

    def __init__(self) -> None:
        self.opened: list[FakeEncoder] = []
        self.faults: list[Exception] = []
        self.program_idrs = 0
        units = Fanout[AccessUnit](size=90)
        self.renditions = Renditions(Feed(units, self.ask), self.open)

    def ask(self) -> None:
        self.program_idrs += 1

    def open(self, source: Fanout[Frame], out: Fanout[AccessUnit]) -> "FakeEncoder":
        self.opened.append(FakeEncoder(self, source, out))
        return self.opened[-1]

    @property
    def running(self) -> list["FakeEncoder"]:
        return [one for one in self.opened if one.is_running]

    def play(self, story: Callable[["Bench"], object]) -> None:
        async def main() -> None:
            work = asyncio.ensure_future(self.renditions.run(lambda: None))
            await asyncio.sleep(0.01)
            await story(self)
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            assert self.running == []

        run_virtually(main())


class FakeEncoder:
    def __init__(self, bench: Bench, source: Fanout[Frame], out: Fanout[AccessUnit]) -> None:
        self.bench, self.source, self.out = bench, source, out
        self.is_running = False
        self.idrs = 0
        self.report = object()

    async def run(self, ready: Callable[[], None]) -> None:
        self.is_running = True
        try:
            if self.bench.faults:
                raise self.bench.faults.pop()
            with self.source.subscribe():
                ready()
                await asyncio.Event().wait()
        finally:
            self.is_running = False

    def request_idr(self) -> None:
        self.idrs += 1


def want(bench: Bench, *recipes: Recipe) -> None:
    for recipe in recipes:
        bench.renditions.feed(recipe)
    bench.renditions.want(frozenset(recipes))


def test_the_program_needs_no_further_encoder():
    async def story(bench):
        want(bench, PROGRAM)
        await asyncio.sleep(60)
        bench.renditions.feed(PROGRAM).request_idr()

    bench = Bench()
    bench.play(story)
    assert (bench.opened, bench.renditions.pictures, bench.program_idrs) == ([], {}, 1)


def test_each_recipe_that_is_watched_has_one_encoder_between_its_picture_and_its_feed():
    async def story(bench):
        want(bench, BARE)
        want(bench, PROGRAM, BARE, WORDY)
        await asyncio.sleep(1)
        assert len(bench.running) == len(bench.opened) == 2
        by_source = {id(one.source): one for one in bench.running}
        for recipe in (BARE, WORDY):
            feed = bench.renditions.feed(recipe)
            encoder = by_source[id(bench.renditions.pictures[recipe])]
            assert encoder.source.readers == 1
            assert encoder.out is feed.units
            assert bench.renditions.report(recipe) is encoder.report
            feed.request_idr()
            assert encoder.idrs == 1

    Bench().play(story)


def test_it_ends_a_while_after_the_last_viewer_and_not_before():
    async def story(bench):
        want(bench, BARE)
        await asyncio.sleep(1)
        for _ in range(5):  # a page that joins again finds it warm
            want(bench)
            await asyncio.sleep(LINGER_S - 0.1)
            want(bench, BARE)
            await asyncio.sleep(0.1)
        assert len(bench.opened) == 1
        want(bench)
        await asyncio.sleep(LINGER_S + 0.1)
        assert bench.running == []
        assert bench.renditions.report(BARE) is None
        assert bench.renditions.pictures[BARE].readers == 0
        bench.renditions.feed(BARE).request_idr()
        want(bench, BARE)
        await asyncio.sleep(0.1)
        assert len(bench.running) == 1

    Bench().play(story)


def test_wanted_again_in_the_moment_of_its_end_it_is_opened_again():
    async def story(bench):
        want(bench, BARE)
        await asyncio.sleep(1)
        want(bench)
        loop = asyncio.get_running_loop()
        for delay_s in (LINGER_S - 0.001, LINGER_S, LINGER_S + 0.001):
            loop.call_later(delay_s, want, bench, *([BARE] if delay_s >= LINGER_S else []))
        await asyncio.sleep(LINGER_S + 1)
        assert len(bench.running) == 1

    Bench().play(story)


def test_an_encoder_that_fails_for_good_is_tried_again_later():
    async def story(bench):
        bench.faults = [DeviceError("no codec"), DeviceError("no codec")]
        want(bench, BARE)
        await asyncio.sleep(0.1)
        assert (len(bench.opened), bench.running) == (1, [])
        await asyncio.sleep(3 * RETRY_S[0])
        assert (len(bench.opened), len(bench.running)) == (3, 1)

    Bench().play(story)


def test_an_encoder_s_bug_ends_the_part():
    async def main() -> None:
        bench = Bench()
        bench.faults = [ValueError("a bug")]
        want(bench, BARE)
        with pytest.raises(ExceptionGroup):
            await bench.renditions.run(lambda: None)

    run_virtually(main())
