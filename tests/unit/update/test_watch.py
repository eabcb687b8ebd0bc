"""The node on trial: two minutes without a fault, then its word."""

import asyncio
import contextlib

import pytest

from node.channels import State
from node.supervise import PartHealth
from node.update import apply as applying
from node.update import trial
from node.update.layout import Layout, installation_of
from node.update.mailbox import HEALTHY, healthy_in
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
        self.frames, self.stands, self.is_heard = 0, False, True
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
        applying.install(one.site(), tmp_path / version, one.keys)
    return one


def watched(booth, node, seconds, *, then=lambda: None, more_s=0.0, release=""):
    """Whether the node has said that it works, after some seconds and a change."""

    async def watch():
        task = asyncio.create_task(
            TrialWatch(
                booth.layout, release or booth.current, booth.state, vitals=node.vitals,
                machine=booth.machine,
            ).run(lambda: None)
        )  # fmt: skip
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
    assert Node().vitals.fault() == ""
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
