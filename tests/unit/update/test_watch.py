"""The node on trial: two minutes without a fault, then its word."""

import asyncio
import contextlib

import msgspec
import pytest

from node.channels import State
from node.supervise import PartHealth
from node.update import apply as applying
from node.update import trial
from node.update.layout import Layout, installation_of
from node.update.line import SILENT_S
from node.update.mailbox import (
    HEALTHY,
    LINE,
    ON_AIR,
    ON_AIR_SAID_S,
    Line,
    healthy_in,
    is_on_air,
    line_in,
)
from node.update.record import read_record
from node.update.watch import HEALTHY_S, LOOK_S, TrialWatch, Vitals
from tests.fakes.inline_pool import InlinePool
from tests.fakes.installation import Booth
from tests.virtual_time import run_virtually


class Node:
    """What a watch sees of a node; `frames` rise by themselves unless `stands`."""

    def __init__(self):
        self.health = State({"mixer": PartHealth("ready", is_essential=True),
                             "mqtt": PartHealth("ready", is_essential=False),
                             "camera": PartHealth("waiting", is_essential=False)})  # fmt: skip
        self.frames, self.stands, self.is_heard, self.is_busy = 0, False, True, False
        self.vitals = Vitals(self.health, {"program": self.count}, is_heard=lambda: self.is_heard)

    def count(self):
        self.frames += not self.stands
        return self.frames

    def turn(self, name, condition):
        part = PartHealth(condition, is_essential=name == "mixer")
        self.health.set({**self.health.value, name: part})


@pytest.fixture
def booth(tmp_path, monkeypatch):
    monkeypatch.setattr("os.fsync", lambda _handle: None)
    monkeypatch.setattr("node.update.watch.ThreadPoolExecutor", lambda *_: InlinePool())
    one = Booth(tmp_path)
    for version in ("1.0", "1.1"):
        (tmp_path / version).mkdir()
        one.publish(version, folder=tmp_path / version)
        applying.install(one.site(), tmp_path / version, one.state, one.keys)
    return one


def watch_of(booth, node, release=""):
    return TrialWatch(
        booth.layout, release or booth.current, booth.state, vitals=node.vitals,
        is_busy=lambda: node.is_busy, machine=booth.machine,
    )  # fmt: skip


def watched(booth, node, seconds, *, then=lambda: None, more_s=0.0, release=""):
    """Whether the node has said that it works, after some seconds and a change."""

    async def watch():
        task = asyncio.create_task(watch_of(booth, node, release).run(lambda: None))
        await asyncio.sleep(seconds)
        then()
        await asyncio.sleep(more_s)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    run_virtually(watch())
    return healthy_in(booth.state)


def test_after_two_minutes_without_a_fault_it_says_so(booth):
    assert watched(booth, Node(), HEALTHY_S - 1) is None
    letter = watched(booth, Node(), HEALTHY_S + LOOK_S + 1)
    assert (letter.release, letter.boot) == (booth.current, "boot-1")


def test_its_word_is_what_root_commits_by(booth):
    booth.machine.clock_s += HEALTHY_S
    watched(booth, Node(), HEALTHY_S + 10)
    assert trial.settle(booth.site(), booth.state).did == "committed"


@pytest.mark.parametrize(
    "fault",
    [
        lambda node: setattr(node, "stands", True),
        lambda node: setattr(node, "is_heard", False),
        lambda node: node.turn("mixer", "failed"),
        lambda node: node.turn("mqtt", "waiting"),
    ],
    ids=["program", "broker", "essential part", "line"],
)
def test_a_fault_begins_the_time_anew(booth, fault):
    assert watched(booth, node := Node(), 100, then=lambda: fault(node), more_s=900) is None


def test_a_camera_that_is_away_is_no_fault_of_the_release(booth):
    assert Node().vitals.fault(needs_line=True) == ""
    assert watched(booth, Node(), 130) is not None


def test_what_was_found_good_is_not_watched(booth):
    trial.commit(booth.site())
    assert watched(booth, Node(), 1000) is None


def test_another_release_than_the_one_on_trial_says_nothing(booth):
    assert watched(booth, Node(), 1000, release="1.0-000000000000") is None


def test_it_is_said_again_until_root_has_heard_it(booth):
    path = booth.mailbox.folder / HEALTHY
    assert watched(booth, Node(), 130, then=path.unlink, more_s=60) is not None


def test_an_installation_is_known_by_where_the_interpreter_lies(tmp_path):
    place = tmp_path / "releases" / "1.4.2-0123456789ab"
    assert installation_of(place) == Layout(tmp_path)
    assert installation_of(tmp_path / "venv") is None
    assert installation_of(tmp_path / "releases" / "venv") is None


def on_trial(booth, **changes):
    record = read_record(booth.layout)
    booth.site().keep(msgspec.structs.replace(record, phase="trial", next=booth.current, **changes))


def test_somebody_on_the_air_is_said_at_once_and_again_and_taken_back_after(booth):
    node, path = Node(), booth.mailbox.folder / ON_AIR

    def is_said():
        return is_on_air(booth.state, booth.machine.boot(), booth.machine.now_s())

    watched(booth, node, 20)
    assert not is_said()

    async def show():
        task = asyncio.create_task(watch_of(booth, node).run(lambda: None))
        await asyncio.sleep(20)
        node.is_busy = True
        await asyncio.sleep(1.5)
        assert is_said()
        path.unlink()
        await asyncio.sleep(ON_AIR_SAID_S)
        assert is_said()
        node.is_busy = False
        await asyncio.sleep(1.5)
        assert not is_said()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    run_virtually(show())


def is_busy_said(booth):
    return is_on_air(booth.state, booth.machine.boot(), booth.machine.now_s())


def test_what_a_process_before_said_of_the_air_is_taken_back(booth):
    booth.say_on_air()
    watched(booth, Node(), 2)
    assert not is_busy_said(booth)


def test_without_a_trial_nobody_is_told_who_is_on_the_air(booth):
    trial.commit(booth.site())
    node = Node()
    node.is_busy = True
    watched(booth, node, 100)
    assert not is_busy_said(booth)


def test_the_release_before_that_still_runs_says_who_is_on_the_air_too(booth):
    node = Node()
    node.is_busy = True
    assert watched(booth, node, 100, release="1.0-000000000000") is None
    assert is_busy_said(booth)


# ---- the line to the controller ----


def offline():
    node = Node()
    node.is_heard = False
    node.turn("mqtt", "waiting")
    return node


def test_no_line_is_asked_of_a_release_when_the_one_before_had_none(booth):
    on_trial(booth, needs_line=False)
    assert watched(booth, offline(), 130) is not None


def test_without_a_line_all_else_is_asked_all_the_same(booth):
    on_trial(booth, needs_line=False)
    node = offline()
    node.turn("events", "waiting")
    assert watched(booth, node, 900) is None


def test_a_release_notes_that_the_controller_answers_and_that_it_no_longer_does(booth):
    trial.commit(booth.site())
    node = Node()
    watched(booth, node, 10)
    assert line_in(booth.state) == Line(1, booth.current, is_heard=True)
    watched(booth, offline(), SILENT_S - 10)
    assert line_in(booth.state).is_heard
    watched(booth, offline(), SILENT_S + 10)
    assert line_in(booth.state) == Line(1, booth.current, is_heard=False)
    watched(booth, offline(), 10, then=lambda: None, more_s=10)
    assert not line_in(booth.state).is_heard


def test_a_release_that_follows_goes_on_with_the_note_in_its_own_name(booth):
    trial.commit(booth.site())
    booth.mailbox.put(LINE, Line(1, "1.0-000000000000", is_heard=False))
    watched(booth, offline(), 10)
    assert line_in(booth.state) == Line(1, booth.current, is_heard=False)


def test_a_release_on_trial_notes_nothing_of_its_line(booth):
    watched(booth, offline(), 2 * SILENT_S)
    assert line_in(booth.state) is None


def test_a_note_that_is_right_is_not_written_again(booth):
    trial.commit(booth.site())
    watched(booth, Node(), 10)
    path = booth.mailbox.folder / LINE
    written = path.stat().st_mtime_ns
    watched(booth, Node(), 300)
    assert path.stat().st_mtime_ns == written


def test_a_machine_without_releases_is_not_watched(booth):
    node = offline()

    async def watch():
        nothing = TrialWatch(None, "", booth.state, vitals=node.vitals,
                             is_busy=lambda: True, machine=booth.machine)  # fmt: skip
        async with asyncio.timeout(2 * SILENT_S):
            await nothing.run(lambda: None)

    with pytest.raises(TimeoutError):
        run_virtually(watch())
    assert list(booth.mailbox.folder.glob("*.json")) == []
