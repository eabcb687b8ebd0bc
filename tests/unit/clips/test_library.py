"""The library: each clip measured once, a mended one measured again, faults on demand."""

import asyncio
import hashlib
import logging
import os
import threading
from datetime import date

import pytest

from node.board.leisure import BREATH
from node.catalog.assets import Approval
from node.catalog.hashes import HashBook
from node.clips.inspecting import Inspections
from node.clips.library import Library
from node.errors import AssetError
from node.media import Size
from tests.fakes.busy import Busy
from tests.fakes.clip_factory import ClipSpec, write_clip

TODAY = date(2026, 11, 21)


def library_of(tmp_path, clips, leisure=None):
    size, hashes = Size(320, 180), HashBook(tmp_path / "hashes.json")
    return Library(
        clips,
        size=size,
        fps=30,
        target_lufs=-16,
        cache=tmp_path / "clips.json",
        hashes=hashes,
        inspections=Inspections(hashes, tmp_path / "inspections.json", size=size, fps=30),
        today=lambda: TODAY,
        leisure=leisure,
    )


def approval_of(path, expires=None):
    content = path.read_bytes()
    return Approval(hashlib.sha256(content).hexdigest(), len(content), expires)


@pytest.fixture
def library(tmp_path):
    made = library_of(tmp_path, [])
    yield made
    made.close()


async def test_a_clip_mended_after_a_failure_is_measured_again(library, tmp_path):
    path = tmp_path / "a.mp4"
    path.write_bytes(b"junk")
    with pytest.raises(AssetError, match=r"a\.mp4"):
        await library.facts(path)
    write_clip(path, ClipSpec(seconds=0.5))
    assert (await library.facts(path)).frames == 15


async def test_who_stops_waiting_for_a_clip_takes_it_from_nobody_else(library, tmp_path):
    path, let_go = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5)), threading.Event()
    library._pool.submit(let_go.wait, 60)  # measuring has not begun yet
    hasty, patient = (asyncio.create_task(library.facts(path)) for _ in range(2))
    await asyncio.sleep(0)
    hasty.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hasty
    late = asyncio.create_task(library.facts(path))
    await asyncio.sleep(0)
    let_go.set()
    assert (await patient).frames == (await late).frames == 15


async def test_a_clip_prerolled_twice_keeps_its_player(library, tmp_path):
    clip = library.open(write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0)), loops=False)
    await clip.preroll()
    player = clip._player
    await clip.preroll()
    assert clip._player is player
    await clip.close()


async def test_the_fault_switch_breaks_and_mends_what_is_open(library, tmp_path):
    clip = library.open(write_clip(tmp_path / "a.mp4", ClipSpec(seconds=1.0)), loops=False)
    await clip.preroll()
    library.fault.kill()
    assert clip.next() is None
    assert "fault bar" in str(clip.error)
    library.fault.heal()
    assert clip.error is None
    assert clip.next() is not None
    await clip.close()


async def test_an_approved_clip_opens_until_the_last_day_of_its_approval(library, tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    clip = library.open(path, loops=False, approval=approval_of(path, TODAY))
    await clip.preroll()
    assert clip.is_ready
    await clip.close()


async def test_a_clip_whose_approval_has_ended_does_not_open(library, tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    clip = library.open(path, loops=False, approval=approval_of(path, date(2026, 11, 20)))
    with pytest.raises(AssetError, match=r"a\.mp4: its approval ended with 2026-11-20"):
        await clip.preroll()


async def altered(path):
    """Change one byte and set the time of the change back."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


async def longer(path):
    path.write_bytes(path.read_bytes() + b"\0")


async def swapped(path):
    """Put a link to another clip in its place."""
    other = write_clip(path.with_name("other.mp4"), ClipSpec(seconds=0.5, level=0.2))
    path.unlink()
    path.symlink_to(other)


@pytest.mark.parametrize("change", [altered, longer, swapped])
async def test_a_file_changed_after_its_approval_does_not_open_again(library, tmp_path, change):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    approval = approval_of(path)
    await library.admit(path, approval)
    await change(path)
    with pytest.raises(AssetError, match="not the file that was approved"):
        await library.open(path, loops=False, approval=approval).preroll()


async def test_a_file_that_is_gone_does_not_open(library, tmp_path):
    with pytest.raises(AssetError, match="No such file"):
        await library.admit(tmp_path / "gone.mp4", Approval("0" * 64, 1))


async def test_what_is_silent_is_found_behind_the_show(tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=3.0, level=0.0))
    library, told = library_of(tmp_path, [path]), asyncio.Event()
    loop = asyncio.get_running_loop()

    class Listener(logging.Handler):
        def emit(self, record):
            if "silent 0.0-3.0 s" in record.getMessage():
                loop.call_soon_threadsafe(told.set)

    listener = Listener()
    logging.getLogger("node.clips.library").addHandler(listener)
    task = asyncio.create_task(library.run(lambda: None))
    await told.wait()
    logging.getLogger("node.clips.library").removeHandler(listener)
    task.cancel()
    library.close()


async def test_the_clips_of_another_day_are_measured_and_looked_through_too(tmp_path, caplog):
    first = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    second = write_clip(tmp_path / "b.mp4", ClipSpec(seconds=2.5, audio=None))
    library, ready = library_of(tmp_path, [first]), asyncio.Event()
    running = asyncio.create_task(library.run(ready.set))
    await ready.wait()
    library.follow([first, second])
    while library._inspections.known(second) is None:  # noqa: ASYNC110  # it looks in silence
        await asyncio.sleep(0.01)
    assert (await library.facts(second)).frames == 75
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    library.close()


async def test_measuring_rests_while_nobody_waits_for_it(tmp_path):
    path, leisure = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5)), Busy()
    library = library_of(tmp_path, [], leisure)
    await library.facts(path)
    library.close()
    assert leisure.slept


async def test_measuring_does_not_rest_for_the_source_that_the_program_begins_with(tmp_path):
    path, leisure = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5)), Busy()
    library = library_of(tmp_path, [], leisure)
    await library.facts(path, is_awaited=True)
    library.close()
    assert not leisure.slept


async def test_measuring_is_hurried_on_air_where_a_source_waits(tmp_path):
    path, leisure = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5)), Busy()
    library = library_of(tmp_path, [], leisure)
    leisure.note(0.0, 0.033)
    await library.facts(path, is_awaited=True)
    library.close()
    assert leisure.slept
    first, *slept = leisure.slept  # what was worked before the first is not known
    assert first == 0
    assert slept == pytest.approx([BREATH * 0.01] * len(slept))


async def test_a_clip_that_may_not_play_is_named_until_it_may_again(library, tmp_path):
    path = write_clip(tmp_path / "a.mp4", ClipSpec(seconds=0.5))
    with pytest.raises(AssetError, match="ended"):
        await library.admit(path, approval_of(path, date(2026, 11, 20)))
    assert list(library.refused) == [path]
    await library.admit(path, approval_of(path))
    assert library.refused == {}
