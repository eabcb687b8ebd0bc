"""A booth in real time: the real mixer and voice around a silent or sounding clip, in one hall."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.audio.simulated import Hall
from node.catalog.products import Catalog
from node.channels import State
from node.config import Config
from node.config_voice import SimulatedMicrophoneConfig, VoiceConfig
from node.media import SAMPLE_RATE_HZ, SPEECH_RATE_HZ, Pcm, Samples
from node.metrics.events import Event
from node.program.commands import ShowCard
from node.program.listening import Listening
from node.program.rundown import Segment
from node.voice.wiring import VoiceNeighbours, VoiceParts, voice_of
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.players import FakeTick
from tests.fakes.rundowns import clip, rundown
from tests.fakes.studio import PaintedPlayer, Studio

FRAME = SAMPLE_RATE_HZ // 30
BEAT_S = 0.01
AUDIBLE = 0.003
"""-50 dBFS: what is softer nobody in a hall hears."""


class SoundingPlayer(PaintedPlayer):
    """A clip whose sound repeats; silent without one."""

    sound: Samples = np.zeros((FRAME, 2), np.float32)

    def next(self) -> FakeTick | None:
        tick = super().next()
        if tick is None:
            return None
        at = (self.position * FRAME) % max(FRAME, len(self.sound) - FRAME)
        return FakeTick(tick.pixels, self.sound[at : at + FRAME])


class SoundingStudio(Studio):
    """Its clips sound as `SoundingPlayer.sound`."""

    def open(self, segment: Segment) -> SoundingPlayer:
        """A clip."""
        self.players.append(SoundingPlayer(length=segment.length))
        return self.players[-1]


@dataclass
class Heard:
    """Every block of the program's sound: when it was mixed (loop s), and its samples."""

    at_s: list[float] = field(default_factory=list)
    blocks: list[NDArray[np.float32]] = field(default_factory=list)

    def first_after(self, at_s: float) -> float | None:
        """When the first audible sample after a moment left the mixer."""
        for mixed_s, block in zip(self.at_s, self.blocks, strict=True):
            if mixed_s >= at_s and (loud := np.flatnonzero(np.abs(block) > AUDIBLE)).size:
                return mixed_s + int(loud[0]) / SAMPLE_RATE_HZ
        return None

    def last(self) -> float | None:
        """When the last audible sample so far left the mixer."""
        for mixed_s, block in zip(reversed(self.at_s), reversed(self.blocks), strict=True):
            if (loud := np.flatnonzero(np.abs(block) > AUDIBLE)).size:
                return mixed_s + int(loud[-1]) / SAMPLE_RATE_HZ
        return None


@dataclass
class BoothRig:
    """What a bench does with it; `hall.say` has a visitor speak, `facts` are the show's."""

    studio: Studio
    house: VoiceParts
    hall: Hall
    listening: State[Listening]
    heard: Heard
    noted: list[Event]
    beats: list[tuple[float, float]] = field(default_factory=list)
    """When the loop was to look at the clock, and how late it did: the machine's share."""

    def stood_still_s(self, since_s: float) -> float:
        """The longest that the loop was held up since a moment."""
        return max((late for due, late in self.beats if due >= since_s), default=0.0)

    async def quiet(self, for_s: float = 1.0, limit_s: float = 30.0) -> None:
        """Wait until nothing is said."""
        loop = asyncio.get_running_loop()
        end_s, since_s = loop.time() + limit_s, loop.time()
        while loop.time() < end_s and loop.time() - since_s < for_s:
            if self.studio.spoken.is_playing or self.studio.state.value.saying is not None:
                since_s = loop.time()
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def booth(
    *,
    voice: VoiceConfig,
    microphone: SimulatedMicrophoneConfig,
    sound: Samples | None = None,
    catalog: Catalog | None = None,
) -> AsyncIterator[BoothRig]:
    """A booth on air, its ear open and P17's card up."""
    known = catalog or sample_catalog()
    studio = SoundingStudio(rundown(clip("a", 3600), play=("a",)), runs=True)
    SoundingPlayer.sound = np.zeros((FRAME, 2), np.float32) if sound is None else sound
    listening, noted, heard = State(Listening()), list[Event](), Heard()
    state_dir = Path(tempfile.mkdtemp(prefix="booth-"))
    cfg = Config(rundown="", state_dir=str(state_dir), microphone=microphone, voice=voice)
    near = VoiceNeighbours(
        state=studio.state, submit=studio.runner.submit, catalog=lambda: known,
        mixed=studio.mixed, ring=studio.spoken, note=noted.append,
        visitors=Path(__file__).parents[2] / "node" / "demo" / "visitors",
    )  # fmt: skip
    house = voice_of(cfg, near, listening)
    if house.visitors is None:
        raise RuntimeError("no simulated hall")
    work = [studio.film(), studio.mixer.run(lambda: None), _record(studio, heard)]
    work += [part.run(lambda: None) for part in house.parts]
    tasks = [asyncio.ensure_future(one) for one in work]
    rig = BoothRig(studio, house, house.visitors._hall, listening, heard, noted)
    tasks.append(asyncio.ensure_future(_beat(rig.beats)))
    try:
        await asyncio.sleep(1)
        await studio.runner.submit(ShowCard("P17", 600.0))
        while listening.value.ear == "off" and not listening.value.trouble:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        yield rig
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        house.close()


def seconds(pcm: Pcm) -> float:
    """Length of what is said."""
    return len(pcm) / SPEECH_RATE_HZ


async def _beat(beats: list[tuple[float, float]]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + BEAT_S
        await asyncio.sleep(BEAT_S)
        beats.append((due_s, loop.time() - due_s))


async def _record(studio: Studio, heard: Heard) -> None:
    with studio.mixed.subscribe() as reader:
        async for chunk in reader:
            heard.at_s.append(chunk.captured_s)
            heard.blocks.append(np.abs(chunk.samples).max(axis=1))
