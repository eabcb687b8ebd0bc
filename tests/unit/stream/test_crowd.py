"""The crowd's part in virtual time: what is told, how often, what is counted and logged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.errors import CommandError
from node.metrics.events import Event
from node.program.commands import Approve, Pressed, Refuse, Scanned
from node.program.rundown import Condition, Cue
from node.program.schedule import opening
from node.program.show import Fact, Show
from node.stream.crowd import LOG_EVERY_S, TELL_EVERY_S, Crowd, Outlets, Showing
from node.stream.inbox import Like, Say, Seen, Tap
from node.stream.messages import Messages
from node.stream.viewer import Notice
from tests.fakes.rundowns import clip, gate, rundown
from tests.virtual_time import run_virtually

CODES = {"ab12cd": Showing("P17", "ep1.1", 6, date(2026, 11, 20))}
CLIMAX = Cue("ep1.0", 600, "mark", beat="climax")


def show_of(*conditions: Condition) -> Show:
    ep2 = clip("ep2", 30)
    if conditions:
        ep2 = replace(ep2, gate=gate(*conditions, otherwise="slate"))
    day = rundown(clip("ep1", 60, CLIMAX), ep2, play=("ep1", "ep2"))
    return opening(day, datetime(2026, 11, 21, 4, tzinfo=UTC), None)


@dataclass
class Hall:
    """Takes what the crowd sends out; `viewers` are there."""

    show: Show = field(default_factory=show_of)
    viewers: int = 0
    refuses: bool = False
    told: list[tuple[float, Notice]] = field(default_factory=list)
    counted: list[Scanned | Pressed] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def crowd(self, *, is_approved_first: bool = True) -> Crowd:
        outlets = Outlets(
            state=lambda: self.show,
            announce=lambda notice: self.told.append((asyncio.get_running_loop().time(), notice)),
            audience=lambda: self.viewers,
            submit=self._submit,
            note=self.events.append,
            find=CODES.get,
        )
        return Crowd(Messages((), is_approved_first=is_approved_first), outlets, node="a12")

    async def _submit(self, command: Scanned | Pressed) -> None:
        if self.refuses:
            raise CommandError("no_answer", "the program does not advance")
        self.counted.append(command)

    def messages(self, kind: str) -> list[dict[str, object]]:
        return [dict(one.message) for _, one in self.told if one.message["t"] == kind]


def play(hall: Hall, acts: Callable[[Crowd], Awaitable[None]], **how: bool) -> Crowd:
    """Run the crowd's part while `acts` lasts; then end it as the node would."""

    async def run() -> Crowd:
        crowd = hall.crowd(**how)
        ready = asyncio.Event()
        task = asyncio.create_task(crowd.run(ready.set))
        await ready.wait()
        await acts(crowd)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return crowd

    return run_virtually(run())


def test_likes_are_told_together_five_times_a_second_at_most():
    hall = Hall(viewers=2)

    async def acts(crowd: Crowd) -> None:
        for _ in range(1000):
            crowd.hear("s", Like(1))
            await asyncio.sleep(0.001)
        await asyncio.sleep(TELL_EVERY_S)

    crowd = play(hall, acts)
    sums = hall.messages("crowd")
    assert sum(one["delta"] for one in sums) == sums[-1]["likes"] == crowd.likes.total == 1000
    times = [at for at, _ in hall.told]
    assert min(b - a for a, b in pairwise(times)) >= TELL_EVERY_S - 1e-9
    assert sums[-1]["viewers"] == 2


def test_a_quiet_hall_is_told_nothing():
    hall = Hall()
    play(hall, lambda _: asyncio.sleep(60))
    assert hall.told == []
    assert hall.events == []


def test_a_newcomer_is_told_the_sums():
    hall = Hall(viewers=3)
    crowd = hall.crowd()
    crowd.hear("s", Like(7))
    [notice] = crowd.greet()
    assert notice.message == {"t": "crowd", "likes": 7, "delta": 0, "viewers": 3}


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50), st.floats(0, 2)), max_size=30),
    st.floats(0, 7),
)
def test_what_is_told_logged_and_counted_is_what_was_liked(likes, until_s):
    hall = Hall(show=show_of(Condition("button", 3, 60, name="like")))

    async def acts(crowd: Crowd) -> None:
        for sid, count, wait_s in likes:
            crowd.hear(sid, Like(count))
            await asyncio.sleep(wait_s)
        await asyncio.sleep(until_s + 1.5)

    total = play(hall, acts).likes.total
    logged = [event for event in hall.events if event.ev == "like"]
    assert total == sum(count for _, count, _ in likes) == sum(event.n for event in logged)
    assert total == sum(one["delta"] for one in hall.messages("crowd"))
    assert total == sum(one.count for one in hall.counted)


def test_likes_are_logged_by_session_now_and_then_and_at_the_end():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("a", Like(2))
        crowd.hear("b", Like(3))
        crowd.hear("a", Like(4))
        await asyncio.sleep(LOG_EVERY_S + 0.1)
        crowd.hear("a", Like(1))

    play(hall, acts)
    assert [(one.ev, one.sid, one.n) for one in hall.events] == [
        ("like", "a", 6), ("like", "b", 3), ("like", "a", 1),
    ]  # fmt: skip


def test_likes_trouble_the_show_only_where_a_gate_waits_for_them():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("a", Like(2))
        await asyncio.sleep(3)

    play(hall, acts)
    assert hall.counted == []


def test_a_scan_counts_for_its_showing():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.scan("ab12cd", "qr")
        crowd.scan("zzzzzz", "qr")
        await asyncio.sleep(0.01)

    crowd = play(hall, acts)
    assert hall.counted == [Scanned("P17", cue="ep1.1", loop=6, k="qr", day=date(2026, 11, 20))]
    assert crowd.unknown_codes == 1


def test_a_program_that_stands_still_costs_counts_not_the_crowd():
    hall = Hall(refuses=True)

    async def acts(crowd: Crowd) -> None:
        crowd.scan("ab12cd", "qr")
        await asyncio.sleep(1)
        hall.refuses = False
        crowd.scan("ab12cd", "tap")
        await asyncio.sleep(1)

    assert play(hall, acts).uncounted == 1
    assert [one.k for one in hall.counted if isinstance(one, Scanned)] == ["tap"]


def test_a_tap_is_logged_with_its_showing():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("s", Tap("ab12cd"))
        crowd.hear("s", Tap("nobody"))

    crowd = play(hall, acts)
    [event] = hall.events
    assert (event.ev, event.sid, event.product, event.cue, event.loop, event.seg) == (
        "tap", "s", "P17", "ep1.1", 6, "ep1",
    )  # fmt: skip
    assert event.show.endswith("-2026-11-20")  # of the card, whatever the day
    assert crowd.unknown_codes == 1


def test_the_first_picture_is_logged_with_its_time():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("s", Seen(412))

    play(hall, acts)
    assert [(one.ev, one.sid, one.ms) for one in hall.events] == [("view.first_frame", "s", 412)]


def test_a_message_is_shown_when_approved_and_never_logged_in_words():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("s", Say("好看", "Ann"))
        crowd.hear("s", Say("全网第一"))
        crowd.hear("s", Say("boo"))
        good, bad = crowd.messages.waiting
        assert hall.messages("message") == []
        assert await crowd.judge(Approve(good.id)) == f"message {good.id} approved"
        await crowd.judge(Approve(good.id))
        await crowd.judge(Refuse(bad.id))
        with pytest.raises(CommandError):
            await crowd.judge(Approve("nothing"))

    play(hall, acts)
    [message] = hall.messages("message")
    assert (message["text"], message["name"]) == ("好看", "Ann")
    fates = [one.k for one in hall.events if one.ev == "message"]
    assert fates == ["waits", "filtered", "waits", "approved", "refused"]
    log = msgspec.json.encode(hall.events).decode()
    assert not any(word in log for word in ("好看", "Ann", "全网第一", "boo"))


def test_without_approval_a_message_is_shown_at_once():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.hear("s", Say("好看"))

    play(hall, acts, is_approved_first=False)
    assert [one["text"] for one in hall.messages("message")] == ["好看"]


def test_a_climax_is_announced_with_the_seconds_to_it():
    hall = Hall()

    async def acts(crowd: Crowd) -> None:
        crowd.note(hall.show, (Fact("beat.soon", "ep1", 150, cue="ep1.0", beat="climax"),
                               Fact("cue.fire", "ep1", 150)))  # fmt: skip

    play(hall, acts)
    assert hall.messages("soon") == [{"t": "soon", "beat": "climax", "in_s": 15.0}]


def test_viewers_are_sampled_each_second():
    hall = Hall(viewers=4)

    async def acts(_: Crowd) -> None:
        await asyncio.sleep(5.5)
        hall.viewers = 9
        await asyncio.sleep(5)

    crowd = play(hall, acts)
    assert (crowd.concurrency.mean, crowd.concurrency.peak) == (6.5, 9)
