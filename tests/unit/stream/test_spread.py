"""What the crowd is told goes out a few viewers at a time."""

import asyncio

from node.media import Pts90k
from node.stream.spread import IN_A_ROW, WAITING_MAX, Spread
from node.stream.viewer import Notice


class Ear:
    """A listener that notes in which turn of the loop it was told what."""

    def __init__(self, hall):
        self.hall = hall
        self.heard = []

    def tell(self, notice):
        self.heard.append(notice.message["n"])
        self.hall.told[self.hall.turn] = self.hall.told.get(self.hall.turn, 0) + 1


class Hall:
    """Listeners, and a count of the loop's turns."""

    def __init__(self, ears):
        self.turn, self.told = 0, {}
        self.ears = [Ear(self) for _ in range(ears)]
        self.spread = Spread(lambda: self.ears)

    async def count(self):
        while True:
            self.turn += 1
            await asyncio.sleep(0)

    async def tell(self, notices, turns):
        tasks = [asyncio.ensure_future(self.count()), asyncio.ensure_future(self.spread.run())]
        for number in range(notices):
            self.spread.put(Notice(Pts90k(0), {"t": "crowd", "n": number}))
        while self.turn < turns:  # noqa: ASYNC110  # turns are what is counted
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_between_two_turns_of_the_loop_only_a_few_are_told():
    hall = Hall(ears=60)
    await hall.tell(20, turns=400)
    assert sum(hall.told.values()) == 60 * 20
    assert max(hall.told.values()) <= IN_A_ROW


async def test_everybody_is_told_everything_in_order():
    hall = Hall(ears=19)
    await hall.tell(7, turns=100)
    assert all(ear.heard == list(range(7)) for ear in hall.ears)


async def test_of_too_many_the_oldest_go_and_are_counted():
    hall = Hall(ears=1)
    await hall.tell(WAITING_MAX + 3, turns=2 * WAITING_MAX + 20)
    assert hall.ears[0].heard == list(range(3, WAITING_MAX + 3))
    assert hall.spread.dropped == 3
