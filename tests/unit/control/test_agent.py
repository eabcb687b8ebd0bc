"""The agent: each command to one end, in order; a stop passes all by; crashes are seen through."""

import asyncio
import contextlib
import time

import msgspec
import pytest

from node.control.agent import Agent
from node.control.answers import Answers, again
from node.control.messages import Ack, typed
from node.control.orders import AudioSet, CueGo
from node.control.performer import Outcome
from node.control.timing import Reading
from node.errors import AssetError, CommandError
from node.store.letters import Letter
from node.store.postbox import Postbox
from tests.unit.control.samples import NODE, NOW, ORG, body, command

BOOT = "this"
HOUR_MS = 3_600_000
ANSWERS = Answers(ORG, NODE)


class Stage:
    """Acts as told: `gate` holds it back, `errors` by segment are raised."""

    def __init__(self):
        self.done = []
        self.began = []
        self.errors = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.held = set()

    def is_repeatable(self, order):
        return isinstance(order, AudioSet)

    async def prepare(self, order):
        return

    async def perform(self, command_):
        name = getattr(command_.data, "segment", command_.type)
        self.began.append(name)
        await self.gate.wait()
        if name in self.errors:
            raise self.errors[name]
        self.done.append(name)
        return Outcome({"seg": name})

    def holds(self, command_, *, is_same_boot):
        return command_.id in self.held or (not is_same_boot and "boot" in self.held)


class Rig:
    def __init__(self, folder):
        self.postbox = Postbox(folder / "control.db")
        self.stage = Stage()
        self.now = NOW
        self.agent = Agent(
            self.postbox, self.stage, ANSWERS, reading=self.reading, boot=BOOT, said=lambda: None
        )

    def reading(self):
        """The wall clock stands: no command grows old on a machine that takes its time."""
        return Reading("synced", self.now, self.now - 60_000, time.monotonic())

    def file(self, wire, *, life_s=3600.0, boot=BOOT):
        seq = wire.seq
        self.postbox.file(
            Letter(
                wire.id, wire.type, seq.stream if seq else "", seq.epoch if seq else 0,
                seq.n if seq else 0, body(wire), wire.id.encode(), wire.exp,
                time.monotonic() + life_s, boot, ANSWERS.topic, NOW, "accepted",
                ANSWERS.said(wire.id, "accepted", self.reading()),
                ANSWERS.refused(wire.id, "stale_seq", "", self.reading()),
            ),
            again,
        )  # fmt: skip
        self.agent.wake.set()
        return wire.id

    def acks(self, id_):
        posts = [post for post in self.postbox.next_posts(1000) if post.ref == id_]
        return [msgspec.json.decode(post.body, type=Ack) for post in posts]

    def statuses(self, id_):
        return [ack.status for ack in self.acks(id_)]

    async def until(self, is_so):
        async with asyncio.timeout(60):
            while not is_so():  # noqa: ASYNC110  # what is waited for lies in the database
                await asyncio.sleep(0.005)

    async def ends(self, *ids):
        await self.until(lambda: not {row.id for row in self.postbox.open_rows(100)} & set(ids))
        return [self.acks(id_)[-1] for id_ in ids]


@pytest.fixture
async def rig(tmp_path):
    rig = Rig(tmp_path)
    task = asyncio.create_task(rig.agent.run(lambda: None))
    yield rig
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    rig.postbox.close()


def cue(n, segment="desk", **changes):
    data = {"segment": segment, **changes.pop("more", {})}
    return command("cue.go", n, ident=n, data=data, **changes)


def stop():
    return command("live.stop", stream="", data={}, life_ms=600_000, ident=900)


async def test_a_command_is_accepted_runs_and_is_done(rig):
    id_ = rig.file(cue(1))
    (end,) = await rig.ends(id_)
    assert rig.statuses(id_) == ["accepted", "running", "done"]
    assert end.result == {"seg": "desk"}


async def test_what_may_be_repeated_is_not_noted_as_running(rig):
    id_ = rig.file(command("audio.set", stream="audio", data={"volume": 3}))
    await rig.ends(id_)
    assert rig.statuses(id_) == ["accepted", "done"]


async def test_commands_run_in_the_order_they_came(rig):
    ids = [rig.file(cue(n, f"s{n}")) for n in range(1, 9)]
    await rig.ends(*ids)
    assert rig.stage.done == [f"s{n}" for n in range(1, 9)]


@pytest.mark.parametrize(("error", "code", "retryable"), [
    (CommandError("unknown_segment", "no such"), "precondition", False),
    (CommandError("no_answer", "stands still"), "timeout", True),
    (AssetError("damaged"), "asset_missing", True),
])  # fmt: skip
async def test_what_cannot_be_obeyed_fails_with_its_reason(rig, error, code, retryable):
    rig.stage.errors["desk"] = error
    (end,) = await rig.ends(rig.file(cue(1)))
    assert (end.status, end.reason.code, end.reason.retryable) == ("failed", code, retryable)


async def test_a_bug_at_one_command_ends_that_command_alone(rig, caplog):
    rig.stage.errors["desk"] = ZeroDivisionError()
    first, second = await rig.ends(rig.file(cue(1)), rig.file(cue(2, "ep1")))
    assert (first.status, first.reason.code) == ("rejected", "internal")
    assert second.status == "done"
    assert "ZeroDivisionError" in caplog.text


async def test_what_is_past_its_deadline_does_not_begin(rig):
    (end,) = await rig.ends(rig.file(cue(1), life_s=-0.1))
    assert (end.status, end.reason.code) == ("expired", "too_old")
    assert rig.stage.began == []


async def test_a_stop_ends_what_runs_and_what_waits(rig):
    rig.now -= HOUR_MS
    rig.stage.gate.clear()
    running, waiting = rig.file(cue(1, "one")), rig.file(cue(2, "two"))
    later = rig.file(cue(3, "three", more={"play_at": NOW + 9_000}))
    await rig.until(lambda: rig.stage.began == ["one"])
    id_ = rig.file(stop())
    await rig.until(lambda: "live.stop" in rig.stage.began)
    rig.stage.gate.set()
    *swept, stopped = await rig.ends(running, waiting, later, id_)
    assert [(end.status, end.reason.code) for end in swept] == [("cancelled", "stopped")] * 3
    assert stopped.status == "done"
    assert rig.stage.done == ["live.stop"]


async def test_a_stop_is_found_behind_more_commands_than_are_looked_at(rig):
    rig.stage.gate.clear()
    ids = [rig.file(cue(n, f"s{n}")) for n in range(1, 301)]
    id_ = rig.file(stop())
    await rig.until(lambda: "live.stop" in rig.stage.began)
    rig.stage.gate.set()
    ends = await rig.ends(id_, *ids)
    assert {end.status for end in ends[1:]} == {"cancelled"}


async def test_after_a_stop_new_commands_run(rig):
    await rig.ends(rig.file(stop()))
    (end,) = await rig.ends(rig.file(cue(5)))
    assert end.status == "done"


async def test_a_command_with_a_time_begins_then_and_not_before(rig):
    due, filed_s = 600, time.monotonic()
    id_ = rig.file(cue(1, more={"play_at": NOW + due}))
    await rig.ends(id_)
    assert (time.monotonic() - filed_s) * 1000 >= due


async def test_a_time_that_has_passed_is_now(rig):
    (end,) = await rig.ends(rig.file(cue(1, more={"play_at": NOW - 5})))
    assert end.status == "done"


async def test_a_command_that_waits_for_its_time_holds_up_no_other(rig):
    rig.now -= HOUR_MS
    waiting = rig.file(cue(1, more={"play_at": NOW + 9_000}))
    other = rig.file(command("card.show", 1, stream="card", data={"product": "P1"}, ident=50))
    (end,) = await rig.ends(other)
    assert end.status == "done"
    assert rig.statuses(waiting) == ["accepted"]


async def test_a_newer_cue_that_comes_first_makes_an_older_one_stale(rig):
    rig.now -= HOUR_MS
    older = rig.file(cue(1, "old", more={"play_at": NOW + 9_000}))
    newer = rig.file(cue(2, "new"))
    first, second = await rig.ends(older, newer)
    assert (first.status, first.reason.code) == ("superseded", "stale_seq")
    assert second.status == "done"


async def test_what_waits_can_be_called_off(rig):
    rig.now -= HOUR_MS
    waiting = rig.file(cue(1, more={"play_at": NOW + 9_000}))
    await rig.until(lambda: waiting in rig.agent._held)
    call = rig.file(command("cancel", stream="", data={"id": waiting}, ident=7, life_ms=60_000))
    off, done = await rig.ends(waiting, call)
    assert (off.status, off.reason.code) == ("cancelled", "cancelled")
    assert done.status == "done"


async def test_what_has_ended_cannot_be_called_off(rig):
    first = rig.file(cue(1))
    await rig.ends(first)
    call = rig.file(command("cancel", stream="", data={"id": first}, ident=7, life_ms=60_000))
    (end,) = await rig.ends(call)
    assert (end.status, end.reason.code) == ("failed", "precondition")
    assert rig.statuses(first)[-1] == "done"


@pytest.mark.parametrize(("is_so", "status"), [(True, "done"), (False, "failed")])
async def test_after_a_crash_the_real_state_says_what_was_done(tmp_path, is_so, status):
    rig = Rig(tmp_path)
    id_ = rig.file(cue(1))
    rig.postbox.advance([ANSWERS.step(id_, "running", rig.reading())])
    if is_so:
        rig.stage.held.add(id_)
    task = asyncio.create_task(rig.agent.run(lambda: None))
    (end,) = await rig.ends(id_)
    assert end.status == status
    assert (end.reason.code if end.reason else "") == ("" if is_so else "interrupted")
    assert rig.stage.began == []
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    rig.postbox.close()


@pytest.mark.parametrize(("boot", "status"), [("before", "done"), (BOOT, "failed")])
async def test_a_restart_of_the_machine_is_done_once_it_has_started_again(tmp_path, boot, status):
    rig = Rig(tmp_path)
    rig.stage.held.add("boot")
    reboot = command("sys.reboot", stream="main", data={"what": "machine"}, life_ms=300_000)
    id_ = rig.file(reboot, boot=boot)
    rig.postbox.advance([ANSWERS.step(id_, "running", rig.reading())])
    task = asyncio.create_task(rig.agent.run(lambda: None))
    (end,) = await rig.ends(id_)
    assert end.status == status
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    rig.postbox.close()


async def test_what_other_software_kept_ends_with_its_reason_and_the_rest_runs(rig):
    foreign = command("card.show", stream="card", data={"colour": "red"})
    other, good = rig.file(foreign), rig.file(cue(2))
    refused, done = await rig.ends(other, good)
    assert (refused.status, refused.reason.code) == ("rejected", "bad_payload")
    assert done.status == "done"


def test_a_row_holds_what_was_judged():
    assert typed(cue(1)).data == CueGo("desk")
