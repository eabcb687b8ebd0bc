"""A running node speaks: its viewers hear what it is asked to say, the log tells for how long."""

import asyncio

import numpy as np
import pytest

from node.metrics.events import Event
from node.voice.engine import Raw
from tests.fakes.running import events, running
from tests.fakes.small_day import SmallDay
from tests.fakes.voices import RATE_HZ, tone
from tests.fakes.watching import Watching, watching
from tools.make_prompts.__main__ import record

pytestmark = pytest.mark.timeout(300)

WORDS = "展会价一百二十九元。"
TONE_HZ = 300
SECONDS = 3.0
VOICE = """
[voice]
engine = "prompts"
prompts = "prompts"
"""


def spoken_s(viewer: Watching) -> float:
    """For how long the recording's tone was heard, in steps of 20 ms."""
    if not viewer.heard:
        return 0.0
    heard = np.concatenate(viewer.heard).astype(np.float64) / 32768
    blocks = heard[: len(heard) // 960 * 960].reshape(-1, 960)
    wave = np.exp(-2j * np.pi * TONE_HZ * np.arange(960) / 48_000)
    return float(np.count_nonzero(np.abs(blocks @ wave) / 480 > 0.05)) * 0.02


def ended(day: SmallDay) -> list[Event]:
    return [event for event in events(day.state_dir) if event.ev == "say.end"]


async def test_viewers_hear_what_the_node_is_asked_to_say(make_day):
    day = make_day()
    (day.folder / "prompts").mkdir()
    record([(WORDS, "zh")], [], day.folder / "prompts", lambda _: Raw(tone(SECONDS), RATE_HZ))
    day.config.write_text(day.config.read_text("utf-8") + VOICE, "utf-8")
    with running(day.config) as node:
        async with watching(node.url) as viewer:
            viewer.listen()
            code, _ = node.command("say", text={"zh": WORDS, "en": "The show price is 129 yuan."})
            assert code == 200
            async with asyncio.timeout(60):
                while spoken_s(viewer) < SECONDS - 0.5:  # noqa: ASYNC110  # WebRTC's own threads
                    await asyncio.sleep(0.1)
            async with asyncio.timeout(60):
                while not ended(day):  # noqa: ASYNC110  # the log is written now and then
                    await asyncio.sleep(0.1)
        (end,) = ended(day)
        assert end.why == "time"
        assert end.ms >= SECONDS * 1000  # and what the machine was late
        assert node.part("speech").condition == "ready"
