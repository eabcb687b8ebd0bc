"""What a viewer of a running node sees of takes: every frame, in order, none black or missing."""

import asyncio
from itertools import pairwise

import pytest

from tests.fakes.running import PATIENT, running
from tests.fakes.watching import FRAME_TICKS, watching

pytestmark = pytest.mark.timeout(300)

TAKES = 30
PICTURES = 1200
"""In the clip, numbered from 0; the drawn camera reads as a number beyond."""


async def test_thirty_takes_lose_no_frame_and_no_sample(make_day):
    with running(make_day().config, module=PATIENT) as node:
        node.until(lambda status: status.health["camera"].condition == "ready")
        async with watching(node.url) as viewer:
            await viewer.until(lambda seen: seen[-1].what == "one")  # a slate until it is read
            for _ in range(TAKES):
                assert (await asyncio.to_thread(node.command, "live"))[0] == 200
                before = len(viewer.seen)
                await viewer.until(
                    lambda seen, at=before: any(one.what == "other" for one in seen[at:])
                )
                # Left again at once, or a slow machine plays the clip to its end.
                assert (await asyncio.to_thread(node.command, "resume"))[0] == 200
            await viewer.until(
                lambda seen: seen[-1].what == "one" and len(viewer.runs()) > 2 * TAKES
            )
            frames = node.status().frames
            assert node.stop()[0] == 0
    assert (frames.black, frames.missing) == (0, 0)
    for kind, ticks in FRAME_TICKS.items():
        assert viewer.steps(kind) == {ticks}, f"{kind} skips or steps back"
    runs = [what for what, _ in viewer.runs()]
    assert runs[runs.index("one") :][:2] == ["one", "other"]
    assert len(runs) >= 2 * TAKES
    assert min(seen.luma for seen in viewer.seen) > 20
    played = [seen.number for seen in viewer.seen if seen.what == "one"]
    steps = {after - before for before, after in pairwise(played)}
    assert steps <= {0, 1}, "the clip goes on at the very next frame"
    assert "Traceback" not in node.err
