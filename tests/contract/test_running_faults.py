"""What a running node does when its camera, its clips, its disk or its encoder fail."""

import asyncio
import os
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from node.web.status import Status
from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.network_camera import NetworkCamera
from tests.fakes.running import PATIENT, RunningNode, events, running
from tests.fakes.small_day import BT709, COLOURS, Part
from tests.fakes.watching import Seen, Watching, watching

pytestmark = pytest.mark.timeout(300)

FPS = 30


def assert_undisturbed(status: Status, viewer: Watching) -> None:
    """No frame was black or left out, neither made nor seen; essential parts all worked."""
    assert (status.frames.black, status.frames.missing) == (0, 0)
    assert {part.condition for part in status.health.values() if part.essential} == {"ready"}
    assert viewer.steps("video") == {3000}
    assert min(seen.luma for seen in viewer.seen) > 20


def shows(what: str) -> Callable[[list[Seen]], bool]:
    """Whether the last three frames show something."""
    return lambda seen: [one.what for one in seen[-3:]] == [what] * 3


def camera_is(condition: str) -> Callable[[Status], bool]:
    return lambda status: status.health["camera"].condition == condition


def longest(seen: list[Seen], what: str) -> int:
    """Frames of the longest unbroken showing of something."""
    run = best = 0
    for one in seen:
        run = run + 1 if one.what == what else 0
        best = max(best, run)
    return best


def frozen(seen: list[Seen]) -> int:
    """Frames for which the camera's picture stood still before a slate, at most."""
    best = run = 0
    for before, after in pairwise(seen):
        run = (
            run + 1
            if before.what == after.what == "camera" and before.number == after.number
            else 0
        )
        best = max(best, run)
    return best


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> dict[str, Path]:
    """What a camera sends before and after it changes its size."""
    folder = tmp_path_factory.mktemp("camera")

    def write(width: int, height: int) -> Path:
        spec = ClipSpec(
            width=width, height=height, seconds=2.0, audio=None, b_frames=0, gop=10,
            colour=COLOURS["camera"], colorspace=BT709,
        )  # fmt: skip
        return write_clip(folder / f"{height}.ts", spec)

    return {"wide": write(320, 180), "tall": write(240, 320)}


@pytest.fixture
def camera(recordings) -> Iterator[NetworkCamera]:
    with NetworkCamera(recordings["wide"], seconds=2.0) as camera:
        yield camera


async def test_a_camera_that_stalls_costs_5_s_of_slate_and_is_taken_again(make_day, camera):
    day = make_day(("desk", "one"), camera=f'kind = "url"\nurl = "{camera.url}"')
    stood: list[int] = []
    with running(day.config, module=PATIENT, environ={"CAMERAS": "as at a booth"}) as node:
        async with watching(node.url) as viewer:
            while not any(abs(frames - 2 * FPS) <= 25 for frames in stood):
                await on_air_again(node, viewer)  # a machine that stood still has another try
                before = len(viewer.seen)
                await lose_the_camera(node, viewer, camera)
                stood.append(frozen(viewer.seen[before:]))
                assert abs(longest(viewer.seen[before:], "slate") - 5 * FPS) <= 3, "then the next"
                camera.flow()
            await on_air_again(node, viewer)
            status = node.status()
            assert node.stop()[0] == 0
    assert_undisturbed(status, viewer)
    assert "Traceback" not in node.err
    assert ("seg.end", "desk", "lost") in [
        (one.ev, one.seg, one.why) for one in events(day.state_dir)
    ]


async def on_air_again(node: RunningNode, viewer: Watching) -> None:
    """Have the camera on air, whatever was before: it may have come late, or have been lost."""

    def is_taken(status: Status) -> bool:
        return camera_is("ready")(status) and node.command("live")[0] == 200

    await asyncio.to_thread(node.until, is_taken)
    await viewer.until(shows("camera"))


async def lose_the_camera(node: RunningNode, viewer: Watching, camera: NetworkCamera) -> None:
    """Its last picture stands for 2 s, there is slate for 5 s, then comes the next segment."""
    camera.stall()
    await asyncio.to_thread(node.until, camera_is("waiting"))
    await viewer.until(shows("slate"))
    health = node.part("camera")
    assert (health.condition, health.essential) == ("waiting", False)
    assert re.search(r"no (frame|data) for \d+ s$", health.last_error)
    await viewer.until(shows("one"))
    assert node.command("live")[1]["code"] == "camera_lost"


async def test_a_camera_that_changes_its_size_vanishes_and_returns_stays_on_air(
    make_day, camera, recordings
):
    day = make_day(("desk",), camera=f'kind = "url"\nurl = "{camera.url}"')
    with running(day.config, module=PATIENT) as node:
        async with watching(node.url) as viewer:
            await viewer.until(shows("camera"))
            camera.shows = recordings["tall"]
            await viewer.until(shows("other"))  # letterboxed: the bars are of no colour
            camera.shows = recordings["wide"]
            await viewer.until(shows("camera"))
            assert node.part("camera").failures == 0
            camera.vanish()
            await viewer.until(shows("slate"))
            assert camera_is("waiting")(node.status())
            camera.appear()
            await viewer.until(shows("camera"))
            status = node.status()
            assert node.stop()[0] == 0
    assert (status.segment, status.health["camera"].condition) == ("desk", "ready")
    assert_undisturbed(status, viewer)
    assert "Traceback" not in node.err


def test_a_camera_that_says_nothing_holds_up_neither_start_nor_end(make_day, camera):
    camera.stall()
    day = make_day(("desk", "one"), camera=f'kind = "url"\nurl = "{camera.url}"')
    with running(day.config, module=PATIENT) as node:
        status = node.until(lambda status: status.frames.out > 10)
        assert status.health["camera"].condition == "starting"
        assert status.frames.black == 0
        code, _ = node.stop()
    assert code == 0
    assert "Traceback" not in node.err


async def test_clips_that_break_at_runtime_cost_slate_and_never_the_program(make_day, clips):
    broken = ("gone", "empty", "junk")
    parts = (
        Part("first", 40, clips["one"]),
        Part("second", 1, clips["idle"]),  # opened when the others break
        *(Part(name, 2, clips["idle"]) for name in broken),
        Part("cut", 20, clips["two"]),
        Part("one", 40, clips["one"]),
    )
    day = make_day(tuple(part.id for part in parts), parts=parts)
    with running(day.config, module=PATIENT) as node:
        async with watching(node.url) as viewer:
            assert node.status().segment == "first"
            day.clip("gone").unlink()
            day.clip("empty").write_bytes(b"")
            day.clip("junk").write_bytes(os.urandom(20_000))
            assert node.command("take", segment="empty")[1]["code"] == "not_ready"
            assert node.command("skip", segment="first")[0] == 200
            await viewer.until(shows("slate"))
            await viewer.until(shows("two"))
            os.truncate(day.clip("cut"), day.clip("cut").stat().st_size // 10)
            await viewer.until(shows("slate"))
            await viewer.until(shows("one"))
            status = node.status()
            assert node.stop()[0] == 0
    assert_undisturbed(status, viewer)
    shown = [what for what, frames in viewer.runs() if frames > 2]
    assert shown == ["one", "idle", "slate", "two", "slate", "one"]
    assert [(one.seg, one.why) for one in events(day.state_dir) if one.ev == "seg.end"] == [
        ("first", "operator"),
        ("second", "end"),
        *((name, "damaged") for name in (*broken, "cut")),
        ("one", "shutdown"),
    ]
    assert all(f"{name}: " in node.err for name in broken), "each is named in the log"
    assert "Traceback" not in node.err
