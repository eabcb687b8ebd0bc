"""The mixer, tick by tick in virtual time: one frame a tick, never black, never a gap."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from node.errors import CommandError
from node.media import Frame
from node.program.commands import Busy, Resume, Scanned, SetLayout, SetStock, ShowCard, TakeLive
from tests.fakes.rundowns import agent, card, clip, live, rundown
from tests.fakes.studio import CAMERA, CLIP, SIZE, SLATE, Studio


def lumas(frames: list[Frame]) -> list[int]:
    """The luma in the upper right corner, where no card is."""
    return [int(frame.pixels[2, -2]) for frame in frames]


DAY = rundown(
    clip("a", 20, card("a", 0, at=90, frames=240), fade=9),
    clip("b", 20),
    live("desk", 10),
    play=("a", "b"),
)


def test_each_tick_makes_one_frame_and_its_sound():
    async def story(studio):
        await asyncio.sleep(10)

    frames, sounds = Studio(DAY).run(story)
    assert len(frames) == 297  # the clip took 0.1 s to open
    assert [frame.pts for frame in frames] == [3000 * n for n in range(len(frames))]
    assert [chunk.pts_48k for chunk in sounds] == [1600 * n for n in range(len(sounds))]
    assert {chunk.samples.shape for chunk in sounds} == {(1600, 2)}


def test_the_card_is_on_the_very_frame_of_its_cue():
    async def story(studio):
        await asyncio.sleep(6)

    studio = Studio(DAY)
    frames, _ = studio.run(story)
    # Frames may share a canvas, so the facts and the first frame kept alone are looked at.
    shown = [fact for fact in studio.facts if fact.ev == "card.show"]
    assert [(fact.position, fact.late_frames) for fact in shown] == [(90, 0)]
    assert studio.counters.cue_late_max == 0
    assert int(frames[89].pixels[28, 2]) == CLIP


def test_a_card_not_drawn_in_time_is_counted_late():
    async def story(studio):
        studio.drawings.is_drawn = False
        await asyncio.sleep(3.2)
        studio.drawings.is_drawn = True
        await asyncio.sleep(1)

    studio = Studio(DAY)
    studio.run(story)
    assert 1 <= studio.counters.cue_late_max <= 6


def test_live_is_on_the_program_within_two_frames_and_resume_goes_on():
    async def story(studio):
        await asyncio.sleep(1)
        before = studio.counters.out
        await studio.runner.submit(TakeLive())
        assert studio.counters.out - before <= 2
        assert studio.state.value.airing.segment == "desk"
        held = studio.state.value.held
        await asyncio.sleep(1)
        await studio.runner.submit(Resume())
        assert studio.state.value.airing.position - held.position in (0, 1)
        await asyncio.sleep(1)

    studio = Studio(DAY)
    frames, _ = studio.run(story)
    assert set(lumas(frames)) == {CLIP, CAMERA}
    assert (studio.counters.black, studio.counters.missing, studio.counters.gaps) == (0, 0, 0)


def test_a_hundred_takes_leave_no_black_and_no_missing_frame():
    async def story(studio):
        await asyncio.sleep(1)
        for _ in range(50):
            await studio.runner.submit(TakeLive())
            await asyncio.sleep(0.1)
            await studio.runner.submit(Resume())
            await asyncio.sleep(0.1)

    studio = Studio(rundown(clip("a", 60), live("desk", 10), play=("a",)))
    frames, _ = studio.run(story)
    counters = studio.counters
    assert (counters.black, counters.missing, counters.repeated, counters.gaps) == (0, 0, 0, 0)
    assert [frame.pts for frame in frames] == [3000 * n for n in range(len(frames))]
    assert len(studio.players) <= 2


def test_a_dissolve_goes_evenly_from_one_picture_to_the_other():
    day = rundown(clip("a", 1, fade=9), live("desk", 10), play=("a", "desk"))
    seen: list[int] = []

    async def story(studio):
        with studio.picture.subscribe() as reader:
            async for frame in reader:
                seen.append(int(frame.pixels[2, -2]))
                if len(seen) == 45:
                    return

    Studio(day).run(story)
    steps = seen[30:40]
    assert steps == sorted(steps)
    assert steps[0] > CLIP
    assert steps[-1] == CAMERA
    assert max(b - a for a, b in pairwise(steps)) <= 8


def test_a_pulled_camera_holds_its_picture_then_the_slate_then_the_next_segment():
    day = rundown(clip("a", 20), live("desk", 60), play=("desk", "a"))

    async def story(studio):
        await asyncio.sleep(1)
        studio.is_camera_there = False
        await asyncio.sleep(10)

    studio = Studio(day)
    frames, _ = studio.run(story)
    seen = lumas(frames)
    held, slate, after = seen.count(CAMERA), seen.count(SLATE), seen.count(CLIP)
    assert 85 <= held <= 95  # 1 s live, 2 s held
    assert 148 <= slate <= 152
    assert after > 60
    assert studio.counters.black == 0
    assert studio.state.value.airing.segment == "a"


def test_a_machine_that_stood_still_counts_what_it_missed_and_leaves_no_gap_in_time():
    async def story(studio):
        await asyncio.sleep(1)
        asyncio.get_running_loop().jump(3.0)
        await asyncio.sleep(1)

    studio = Studio(DAY)
    frames, _ = studio.run(story)
    assert 85 <= studio.counters.missing <= 92
    assert [frame.pts for frame in frames] == [3000 * n for n in range(len(frames))]


def test_a_short_hiccup_is_made_up_for():
    async def story(studio):
        await asyncio.sleep(1)
        asyncio.get_running_loop().jump(0.3)
        await asyncio.sleep(1)

    studio = Studio(DAY)
    frames, _ = studio.run(story)
    assert studio.counters.missing == 0
    assert len(frames) == 66  # 2.3 s less 0.1 s to open


def test_picture_in_picture_shows_the_camera_over_the_clip():
    async def story(studio):
        await asyncio.sleep(0.5)
        await studio.runner.submit(SetLayout("pip"))
        with studio.picture.subscribe() as reader:
            frame = await reader.get()
            assert CAMERA in frame.pixels[: SIZE.height, SIZE.width // 2 :]
            assert int(frame.pixels[-SIZE.height, 2]) == CLIP or CLIP in frame.pixels[:8, :8]

    Studio(DAY).run(story)


def test_a_card_by_hand_is_refused_for_a_product_that_is_not_there():
    async def story(studio):
        await asyncio.sleep(0.5)
        with pytest.raises(CommandError) as refused:
            await studio.runner.submit(ShowCard("P99"))
        assert refused.value.code == "unknown_product"

    Studio(DAY).run(story)


BUSY_DAY = rundown(
    replace(live("desk", 60), on_busy="agent"),
    agent("agent", 20),
    clip("b", 20),
    play=("desk", "b"),
)


def test_a_busy_host_is_stood_in_for_and_back_within_two_frames():
    async def story(studio):
        await asyncio.sleep(2)
        show = await studio.runner.submit(Busy(is_busy=True))
        asked = show.tick
        await asyncio.sleep(2)
        assert studio.state.value.airing.segment == "agent"
        show = await studio.runner.submit(Busy(is_busy=False))
        studio.asked = (asked, show.tick)
        await asyncio.sleep(1)

    studio = Studio(BUSY_DAY)
    frames, _ = studio.run(story)
    shown = lumas(frames)
    away, back = studio.asked
    assert CAMERA in shown[away - 2 : away]
    assert shown[away + 2] != CAMERA
    assert set(shown[back + 2 :]) == {CAMERA}
    assert studio.counters.black == 0


def test_another_rundown_leaves_what_is_on_air_alone():
    async def story(studio):
        await asyncio.sleep(2)
        before = studio.state.value
        show = await studio.runner.replace(rundown(clip("x", 5), play=("x",)), frozenset({"X"}))
        assert show.airing.segment == before.airing.segment
        await asyncio.sleep(20)
        assert studio.state.value.airing.segment == "b"  # it was next, and its file open
        await asyncio.sleep(20)
        assert studio.state.value.airing.segment == "x"
        with pytest.raises(CommandError, match="P17"):
            await studio.runner.submit(ShowCard("P17"))

    frames, _ = Studio(DAY).run(story)
    assert [frame.pts for frame in frames] == [3000 * n for n in range(len(frames))]


@pytest.mark.parametrize("command", [SetStock("P99", 3), Scanned("P99")])
def test_counts_of_a_product_that_is_not_there_are_refused(command):
    async def story(studio):
        await asyncio.sleep(0.5)
        with pytest.raises(CommandError) as refused:
            await studio.runner.submit(command)
        assert refused.value.code == "unknown_product"

    Studio(DAY).run(story)
