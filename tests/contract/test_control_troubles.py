"""What the control plane bears: disks that refuse, files that are damaged, clocks that leap."""

import asyncio
import base64
import contextlib
import logging
import os
import subprocess
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from node.control.plane import FILE
from node.control.topics import address, subscriptions
from tests.fakes import chaos_node
from tests.fakes.chaos import Commander
from tests.fakes.chaos_node import NODE, ORG, Fault, SyncedClock, counting_plane
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto
from tests.fakes.supervised import supervised
from tests.fakes.tight_disk import small_disk

pytestmark = pytest.mark.timeout(300)
YEAR = timedelta(days=365)


async def until(is_so, limit_s=60.0):
    async with asyncio.timeout(limit_s):
        while not (found := is_so()):  # noqa: ASYNC110  # another thread changes it
            await asyncio.sleep(0.02)
    return found


class Stage:
    """A broker and a controller; `node` runs a control plane on a state directory."""

    def __init__(self, folder):
        self.folder = folder
        self.keys, self.broker = Keys(), Mosquitto(folder / "broker")
        self.root = self.keys.write_root(folder)
        self.broker.start()
        self.controller = Commander(self.broker.port, self.keys)

    @contextlib.asynccontextmanager
    async def node(self, state):
        plane = counting_plane(state, self.broker.port, self.root, Fault("", 0))
        async with supervised(plane) as health:
            yield plane, health

    async def born(self, more_than=0):
        await until(lambda: self.controller.births > more_than)
        await self.trusting()

    async def trusting(self):
        await until(lambda: self.controller.is_trusted)

    async def done(self, n, *, resend_s=3.0, limit_s=60.0):
        """Command once more and again until it has ended, as a controller does."""
        one = self.controller.command(n, "sys.identify", "main")
        async with asyncio.timeout(limit_s):
            while not one.has_ended():
                with contextlib.suppress(TimeoutError):
                    await until(one.has_ended, resend_s)
                if not one.has_ended():
                    self.controller.send(one, "sys.identify")
        return one.end

    def retain(self, topic, body):
        self.controller._client.publish(topic, body, 1, retain=True)


@pytest.fixture
def stage(tmp_path, caplog):
    caplog.set_level(logging.CRITICAL)
    stage = Stage(tmp_path)
    yield stage
    stage.controller.close()
    stage.broker.stop()


async def test_what_a_full_disk_did_not_keep_comes_again_when_there_is_room(stage, tmp_path):
    with small_disk(tmp_path / "small") as disk:
        if disk is None:
            pytest.skip("no file system may be mounted here")
        async with stage.node(tmp_path / "small") as (plane, _):
            await stage.born()
            assert await stage.done(1) == "done"
            disk.fill(os.getpid())
            waiting = stage.controller.command(2, "sys.identify", "main")
            await until(lambda: plane._hearing.is_refusing)
            assert not waiting.is_heard()
            disk.clear(os.getpid())
            await until(waiting.has_ended)  # the broker kept it: nobody sends it again
            await until(lambda: len(stage.controller.effects) == 2)
            assert stage.controller.effects == [1, 2]


async def test_a_disk_that_may_not_be_written_is_waited_for(stage, tmp_path):
    folder = tmp_path / "small"
    with small_disk(folder) as disk:
        if disk is None:
            pytest.skip("no file system may be mounted here")
        remount(folder, "ro")
        async with stage.node(folder) as (_, health):
            await until(lambda: health.value["control"].condition == "waiting")
            assert str(folder / FILE) in health.value["control"].last_error
            remount(folder, "rw")
            await stage.trusting()
            assert await stage.done(1) == "done"
            await until(lambda: stage.controller.effects == [1])


def remount(folder, way):
    subprocess.run(["/usr/bin/mount", "-o", f"remount,{way}", str(folder)], check=True)


@pytest.mark.parametrize("content", [b"garbage" * 3000, b"SQLite format 3\0" + b"\xff" * 9000, b""])
async def test_a_damaged_database_is_set_aside_and_the_node_obeys(stage, tmp_path, content):
    state = tmp_path / "state"
    state.mkdir()
    (state / FILE).write_bytes(content)
    async with stage.node(state) as (plane, _):
        await stage.born()
        assert await stage.done(1) == "done"
        assert plane.postbox.damaged == bool(content)


@pytest.mark.timeout(600)
async def test_a_database_damaged_while_it_is_in_use_ends_nothing(stage, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    async with stage.node(state) as (plane, _):
        await stage.born()
        assert await stage.done(1) == "done"
        for tail in ("", "-wal"):
            with (state / f"{FILE}{tail}").open("r+b") as file:
                file.write(os.urandom(8192))
        await stage.done(2, limit_s=240.0)  # parts that fail over and over wait for 30 s
        await until(lambda: plane.postbox.damaged or len(stage.controller.effects) >= 2, 240.0)


GARBAGE = [b"\x00", b"{}", b"[" * 60_000, b"\xff\xfe\xfd", b'{"v":NaN}', b'{"v":1,"v":1}',
           b"a.b.c", b"x" * 60_000]  # fmt: skip


@pytest.mark.parametrize("garbage", GARBAGE, ids=range(len(GARBAGE)))
async def test_retained_garbage_on_every_topic_that_a_node_hears_is_borne(stage, tmp_path, garbage):
    own = f"ls/v1/{ORG}/nodes/{NODE}"
    leaves = ["cmd/cue.go", "cmd/$SYS", "cmd/a/b", "cmd", "desired/show", "desired/no.such",
              "desired/a/b/c", "time"]  # fmt: skip
    topics = [f"{own}/{leaf}" for leaf in leaves]
    topics += [f"ls/v1/{ORG}/all/cmd/live.stop", f"ls/v1/{ORG}/ctl/online"]
    for topic in topics:
        stage.retain(topic, garbage)
    for topic, _ in subscriptions(ORG, NODE):
        assert any(one.startswith(topic.removesuffix("#")) for one in topics), topic
    state = tmp_path / "state"
    state.mkdir()
    async with stage.node(state) as (plane, health):
        await stage.born()
        assert await stage.done(1) == "done"
        await until(lambda: plane.receiver.refused.total() >= len(topics))
        await until(lambda: {one.condition for one in health.value.values()} == {"ready"})
        assert [one.failures for one in health.value.values()] == [0] * len(plane.parts)


@pytest.mark.parametrize("name", ["a/b", "a+", "a#", "#", "+", "$SYS", "", "N1", "ä", "a" * 33,
                                  "a b", "a\0"])  # fmt: skip
def test_a_node_that_could_not_stand_in_a_topic_has_no_subscription(name):
    with pytest.raises(ValueError, match="node"):
        subscriptions(ORG, name)
    with pytest.raises(ValueError, match="org"):
        address(name, NODE, "cmd", "cue.go")


async def test_an_id_used_again_for_something_else_has_no_second_effect(stage, tmp_path):
    state = tmp_path / "state"
    state.mkdir()
    async with stage.node(state) as (plane, _):
        await stage.born()
        first = stage.controller.command(1, "sys.identify", "main")
        await until(first.has_ended)
        payload = msgspec.json.decode(_payload(first.body))
        payload["data"] = {"for_s": 60}
        payload["seq"]["n"] = 2
        first.body = stage.keys.signed(msgspec.json.encode(payload))
        stage.controller.send(first, "sys.identify")
        await until(lambda: plane.receiver.refused["id_reused"] == 1)
        assert await stage.done(3) == "done"
        await until(lambda: 3 in stage.controller.effects)  # they come in order, behind the answers
        assert stage.controller.effects == [1, 3]


def _payload(token):
    middle = token.split(b".")[1]
    return base64.urlsafe_b64decode(middle + b"=" * (-len(middle) % 4))


class LeapingClock(SyncedClock):
    """The wall clock of this machine, `by` beside the truth."""

    by = timedelta()

    def now(self):
        return datetime.now(UTC) + self.by


@pytest.mark.parametrize("by", [YEAR, -YEAR])
async def test_a_clock_that_leaps_a_year_ends_nothing_and_comes_right(
    stage, tmp_path, by, monkeypatch
):
    clock = LeapingClock()
    monkeypatch.setattr(chaos_node, "SyncedClock", lambda: clock)
    state = tmp_path / "state"
    state.mkdir()
    async with stage.node(state) as (plane, health):
        await stage.born()
        assert await stage.done(1) == "done"
        clock.by = by
        plane.keeper.advance()
        leapt = await stage.done(2)
        assert leapt == ("expired" if by > timedelta() else "done")  # a year too late, or in time
        plane.keeper.advance()
        clock.by = timedelta()
        assert await stage.done(3) == "done"
        assert {one.condition for one in health.value.values()} == {"ready"}
        assert plane.keeper.floor <= datetime.now(UTC).timestamp() * 1000 + 1
