"""The deck: pre-rolled sources, late and lost ones, and the tail of sound that is not used up."""

import asyncio

import pytest

from node.channels import Latest
from node.errors import CommandError
from node.media import Frame, Pts90k
from node.program.deck import Deck
from node.program.rundown import Segment
from node.program.show import Airing
from tests.fakes.players import PICTURE, FakePlayer
from tests.fakes.rundowns import clip, live
from tests.virtual_time import run_virtually


class Bench:
    """A deck over fake players, by segment."""

    def __init__(self) -> None:
        self.players: dict[str, list[FakePlayer]] = {}
        self.make = FakePlayer
        self.live = Latest[Frame]()
        self.failed: list[str] = []
        self.deck = Deck(
            open_clip=self.open,
            live=self.live,
            fps=30,
            failed=lambda segment, error: self.failed.append(f"{segment.id}: {error}"),
        )

    def open(self, segment: Segment) -> FakePlayer:
        player = self.make()
        self.players.setdefault(segment.id, []).append(player)
        return player

    def frame(self) -> Frame:
        return Frame(Pts90k(0), asyncio.get_running_loop().time(), PICTURE)


A, B, DESK = clip("a", 60), clip("b", 60), live("desk", 60)


def test_a_prerolled_clip_is_the_one_that_goes_on_air():
    async def story():
        bench = Bench()
        bench.deck.expect([A])
        await asyncio.sleep(0.5)
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        assert len(bench.players["a"]) == 1
        assert bench.deck.pull(A, airing).source == "fine"
        await bench.deck.close()
        assert bench.players["a"][0].is_closed

    run_virtually(story())


def test_a_clip_not_open_yet_is_late_and_then_lost():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(opening_s=60)
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        seen = [bench.deck.pull(A, airing).source for _ in range(60)]
        assert seen[:59] == ["late"] * 59
        assert seen[59] == "lost"
        await bench.deck.close()

    run_virtually(story())


def test_a_clip_that_cannot_be_opened_has_failed():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(fails="a.mp4: no clip")
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        await asyncio.sleep(0.2)
        assert bench.deck.pull(A, airing).source == "failed"
        with pytest.raises(CommandError, match=r"a\.mp4"):
            await bench.deck.ready(B)
        await bench.deck.close()

    run_virtually(story())


def test_the_end_of_a_clip_is_told():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(length=2)
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        await asyncio.sleep(0.2)
        assert [bench.deck.pull(A, airing).source for _ in range(3)] == ["fine", "fine", "ended"]
        await bench.deck.close()

    run_virtually(story())


def test_a_held_clip_stays_open_at_its_place():
    async def story():
        bench = Bench()
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        await asyncio.sleep(0.2)
        for _ in range(10):
            bench.deck.pull(A, airing)
        bench.deck.follow(DESK, Airing("desk", 2, 2), airing)
        bench.deck.follow(DESK, Airing("desk", 2, 2), airing)
        back = Airing("a", 3, 1, position=10)
        bench.deck.follow(A, back, None)
        assert bench.deck.position(A, back, 0) == 10
        pulled = bench.deck.pull(A, back)
        assert pulled.samples is not None
        assert pulled.samples[0, 0] == 11
        assert len(bench.players["a"]) == 1
        await bench.deck.close()

    run_virtually(story())


def test_the_tail_of_a_left_clip_is_played_again_on_return():
    async def story():
        bench = Bench()
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        await asyncio.sleep(0.2)
        bench.deck.pull(A, airing)
        tail = bench.deck.tail(airing)
        assert tail is not None
        assert tail[0, 0] == 2
        assert bench.deck.position(A, airing, 0) == 1
        again = bench.deck.pull(A, airing).samples
        assert again is not None
        assert again[0, 0] == 2
        await bench.deck.close()

    run_virtually(story())


def test_what_is_no_longer_wanted_is_closed():
    async def story():
        bench = Bench()
        bench.deck.follow(A, Airing("a", 1, 1), None)
        await asyncio.sleep(0.2)
        bench.deck.follow(B, Airing("b", 2, 2), None)
        bench.deck.follow(B, Airing("b", 2, 2), None)
        await asyncio.sleep(0.2)
        assert bench.players["a"][0].is_closed
        bench.deck.expect([A])
        bench.deck.expect([DESK])
        await asyncio.sleep(0.2)
        assert bench.players["a"][1].is_closed
        await bench.deck.close()

    run_virtually(story())


def test_a_clip_restored_in_the_middle_opens_there():
    async def story():
        bench = Bench()
        airing = Airing("a", 0, 0, position=77)
        bench.deck.follow(A, airing, None)
        await asyncio.sleep(0.2)
        assert bench.players["a"][0].opened == [77]
        assert bench.deck.position(A, airing, 0) == 77
        await bench.deck.close()

    run_virtually(story())


def test_the_camera_is_fine_then_late_then_lost():
    async def story():
        bench = Bench()
        airing = Airing("desk", 1, 1)
        assert bench.deck.pull(DESK, airing).source == "lost"
        bench.live.put(bench.frame())
        assert bench.deck.pull(DESK, airing).source == "fine"
        late = bench.deck.pull(DESK, airing)
        assert (late.source, late.is_new, late.pixels is PICTURE) == ("late", False, True)
        await asyncio.sleep(2.1)
        assert bench.deck.pull(DESK, airing).source == "lost"

    run_virtually(story())


def test_a_lost_camera_cannot_be_taken():
    async def story():
        with pytest.raises(CommandError) as refused:
            await Bench().deck.ready(DESK)
        assert refused.value.code == "camera_lost"

    run_virtually(story())


def test_a_source_that_never_opens_is_not_waited_for():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(opening_s=1000)
        with pytest.raises(CommandError) as refused:
            await bench.deck.ready(B)
        assert refused.value.code == "not_ready"
        await bench.deck.close()

    run_virtually(story())


def test_a_clip_that_failed_is_opened_anew_when_it_is_asked_for():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(fails="a.mp4: cut off")
        bench.deck.expect([A])
        await asyncio.sleep(0.2)
        bench.make = FakePlayer
        await bench.deck.ready(A)
        assert len(bench.players["a"]) == 2
        assert bench.players["a"][0].is_closed
        await bench.deck.close()

    run_virtually(story())


def test_a_clip_that_may_not_play_is_told_of_once_and_not_taken():
    async def story():
        bench = Bench()
        bench.make = lambda: FakePlayer(fails="a.mp4: its approval ended")
        for _ in range(3):
            bench.deck.expect([A])
            await asyncio.sleep(1)
        assert bench.failed == ["a: a.mp4: its approval ended"]
        airing = Airing("a", 1, 1)
        bench.deck.follow(A, airing, None)
        assert bench.deck.pull(A, airing).source == "failed"
        await bench.deck.close()

    run_virtually(story())
