"""The program over a long time: takes clip -> live -> clip, black, missing, timestamps, lip-sync.

Runs the node's own show, deck, mixer and encoders on clips whose pictures carry their number and
whose sound clicks each second, and decodes what the encoders gave. `--speed` runs the loop's clock
faster; every part keeps time by that clock, so nothing but the waiting is left out.

    python -m tests.bench.bench_program [--takes 100] [--minutes 60] [--speed 5] [--size 640x360]
"""

import argparse
import asyncio
import contextlib
import itertools
import selectors
import statistics
import tempfile
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from node.capture.source import Camera
from node.catalog.looks import CardLook, StripLook
from node.channels import Fanout, Latest, State
from node.clips.library import Library
from node.config import EncoderConfig, PatternConfig
from node.encode.encoder import VideoEncoder
from node.encode.opus import AudioEncoder
from node.graphics.artwork import Artwork
from node.graphics.card import CardFace
from node.graphics.strip import StripFace
from node.media import AccessUnit, AudioChunk, Frame, OpusPacket, Rendition, Size
from node.program.commands import Resume, TakeLive
from node.program.deck import Deck
from node.program.livesound import LiveSound
from node.program.mixer import ENCODER_QUEUE, Counters, Mixer
from node.program.rundown import Rundown, Segment
from node.program.runner import ShowRunner
from node.program.schedule import opening
from node.program.sound import Ring
from node.supervise import Supervisor
from tests.fakes.clip_factory import ClipSpec, number_of, write_clip
from tests.fakes.rundowns import card, clip, live, rundown

FPS = 30
KEPT_S = 60


class ScaledLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock runs `speed` times as fast as the wall's."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        super().__init__(_ScaledSelector(speed))

    def time(self) -> float:
        return time.monotonic() * self._speed


class _ScaledSelector(selectors.EpollSelector):
    def __init__(self, speed: float) -> None:
        super().__init__()
        self._speed = speed

    def select(self, timeout: float | None = None):
        return super().select(None if timeout is None else timeout / self._speed)


class OneFace:
    """Words for the one card of the bench."""

    def card_face(self, _look: CardLook) -> CardFace:
        return CardFace(title={"zh": "茶具", "en": "Tea"}, price={"zh": "¥129.00"})

    def strip_face(self, _look: StripLook) -> StripFace | None:
        return None


@dataclass
class Witness:
    """What came out of the encoders: every timestamp, and the first and last minute whole."""

    steps: dict[int, int] = field(default_factory=dict)
    sound_steps: dict[int, int] = field(default_factory=dict)
    first: list[AccessUnit] = field(default_factory=list)
    last: deque[AccessUnit] = field(default_factory=lambda: deque(maxlen=KEPT_S * FPS))
    first_sound: list[OpusPacket] = field(default_factory=list)
    last_sound: deque[OpusPacket] = field(default_factory=lambda: deque(maxlen=KEPT_S * 50 + 20))

    async def watch(self, units: Fanout[AccessUnit]) -> None:
        before = None
        with units.subscribe() as reader:
            async for unit in reader:
                if before is not None:
                    step = unit.pts - before
                    self.steps[step] = self.steps.get(step, 0) + 1
                before = unit.pts
                if len(self.first) < KEPT_S * FPS:
                    self.first.append(unit)
                self.last.append(unit)

    async def listen(self, packets: Fanout[OpusPacket]) -> None:
        before = None
        with packets.subscribe() as reader:
            async for packet in reader:
                if before is not None:
                    step = packet.pts_48k - before
                    self.sound_steps[step] = self.sound_steps.get(step, 0) + 1
                before = packet.pts_48k
                if len(self.first_sound) < KEPT_S * 50:
                    self.first_sound.append(packet)
                self.last_sound.append(packet)


def make_clips(folder: Path) -> tuple[Rundown, dict[str, Path]]:
    """A day of two clips of unlike rates and a camera."""
    specs = {
        "ep1": ClipSpec(width=640, height=360, seconds=40, hum=0.05),
        "ep2": ClipSpec(width=640, height=360, seconds=30, fps=Fraction(25), audio_rate=44_100),
    }
    files = {name: write_clip(folder / f"{name}.mp4", spec) for name, spec in specs.items()}
    day = rundown(
        clip("ep1", 40, card("ep1", 0, at=300, frames=600), fade=9),
        clip("ep2", 30),
        live("desk", 10),
        play=("ep1", "desk", "ep2"),
    )
    return day, files


async def run(chosen: argparse.Namespace, folder: Path) -> None:
    day, files = make_clips(folder)
    width, height = (int(edge) for edge in chosen.size.split("x"))
    size = Size(width, height)
    live_frames, heard = Latest[Frame](), Fanout[AudioChunk](size=50)
    picture, mixed = Fanout[Frame](size=ENCODER_QUEUE), Fanout[AudioChunk](size=50)
    units, packets = Fanout[AccessUnit](size=600), Fanout[OpusPacket](size=900)
    library = Library(
        files.values(), size=size, fps=FPS, target_lufs=-16, cache=folder / "clips.json"
    )

    def open_clip(segment: Segment):
        return library.open(files[segment.id], loops=False)

    deck = Deck(open_clip=open_clip, live=live_frames, fps=FPS)
    artwork = Artwork(
        faces=OneFace(),
        locales=("zh", "en"),
        size=size,
    )
    artwork.prepare(CardLook("P17"))
    artwork.slate("slate", {"zh": "马上回来"}, None)
    state = State(opening(day, datetime.now(UTC), None))
    runner = ShowRunner(
        state,
        deck=deck,
        now=lambda: datetime.now(UTC),
        note=lambda _show, _facts: None,
        products=frozenset({"P17"}),
    )
    ring, counters, witness = Ring(), Counters(), Witness()
    supervisor = Supervisor()
    video = VideoEncoder(
        EncoderConfig(preset="ultrafast"), Rendition(size, FPS, 1500), source=picture, out=units
    )

    async def begin() -> None:
        deck.follow(state.value.segment, state.value.airing, None)
        await asyncio.gather(artwork.settle(), deck.settle())
        async for parts in supervisor.health.watch():
            if parts["video encoder"].condition == "ready":
                return

    mixer = Mixer(
        size=size, fps=FPS, runner=runner, deck=deck, artwork=artwork, live_sound=ring,
        picture=picture, mixed=mixed, counters=counters, begin=begin,
    )  # fmt: skip
    camera = Camera(PatternConfig(), size=size, fps=FPS, out=live_frames, sound=heard)
    parts = (mixer, video, AudioEncoder(source=mixed, out=packets))
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(supervisor.run(*parts, optional=(camera, LiveSound(heard, ring)))),
            group.create_task(witness.watch(units)),
            group.create_task(witness.listen(packets)),
        ]
        await asyncio.sleep(5)
        taken = await take(runner, chosen.takes)
        print(
            f"{taken} takes clip -> live -> clip done after {counters.out / FPS:.0f} s of program"
        )
        tell(counters, witness, video)
        while counters.out < chosen.minutes * 60 * FPS:
            await asyncio.sleep(10)
            video.request_idr()
        print(f"\n{counters.out / FPS / 60:.1f} min of program in "
              f"{(time.monotonic() - began) / 60:.1f} min")  # fmt: skip
        tell(counters, witness, video)
        for task in tasks:
            task.cancel()
    artwork.close()
    library.close()
    print("\nA/V offset (sound late: +) of each second's click against its picture:")
    for name, seen, heard_ in (
        ("first minute", witness.first, witness.first_sound),
        ("last minute", list(witness.last), list(witness.last_sound)),
    ):
        offsets = lip_sync(seen, heard_)
        print(f"  {name}: median {statistics.median(offsets):+.1f} ms, "
              f"{min(offsets):+.1f} … {max(offsets):+.1f} ms (n={len(offsets)})")  # fmt: skip


async def take(runner: ShowRunner, count: int) -> int:
    """Take live and return, `count` times in all."""
    for number in range(count):
        with contextlib.suppress(Exception):
            await runner.submit(TakeLive() if number % 2 == 0 else Resume())
        await asyncio.sleep(0.4)
    return count


def tell(counters: Counters, witness: Witness, video: VideoEncoder) -> None:
    print(f"  frames {counters.out}, black {counters.black}, missing "
          f"{counters.missing + video.report.missed}, repeated {counters.repeated}, "
          f"sound gaps {counters.gaps}")  # fmt: skip
    print(f"  picture timestamp steps {witness.steps} (3000 each is right)")
    print(f"  sound timestamp steps {witness.sound_steps} (960 each is right)")


def lip_sync(units: list[AccessUnit], packets: list[OpusPacket]) -> list[float]:
    """Offsets in ms between each second's click and the picture of that second."""
    clicks = click_times(packets)
    offsets = []
    start = next(index for index, unit in enumerate(units) if unit.is_idr)
    codec = av.CodecContext.create("h264", "r")
    before = -1
    for unit in itertools.islice(units, start, None):
        packet = av.Packet(unit.payload)
        packet.pts, packet.time_base = unit.pts, Fraction(1, 90_000)
        for frame in codec.decode(packet):
            number = number_of(frame.to_ndarray(format="yuv420p"))
            rate = 30 if before < 0 or number - before in (0, 1) else 0
            if number % 150 == 0 and number > before >= 0 and rate:
                shown = frame.pts / 90_000
                near = min(clicks, key=lambda click: abs(click - shown), default=None)
                if near is not None and abs(near - shown) < 0.3:
                    offsets.append((near - shown) * 1000)
            before = number
    return offsets or [float("nan")]


def click_times(packets: list[OpusPacket]) -> list[float]:
    """Seconds of program time at which a click begins."""
    codec = av.CodecContext.create("libopus", "r")
    codec.sample_rate, codec.layout = 48_000, "stereo"
    found: list[float] = []
    for one in packets:
        packet = av.Packet(one.payload)
        for frame in codec.decode(packet):
            samples = np.abs(frame.to_ndarray().astype(np.float32).reshape(-1))
            loud = samples if samples.max(initial=0) <= 1 else samples / 32768
            channels = len(frame.layout.channels)
            loud = loud.reshape(-1, channels).max(axis=1) if not frame.format.is_planar else loud
            above = np.flatnonzero(loud > 0.2)
            if len(above):
                at = (one.pts_48k + int(above[0])) / 48_000
                if not found or at - found[-1] > 0.5:
                    found.append(at)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--takes", type=int, default=100)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--speed", type=float, default=5)
    parser.add_argument("--size", default="640x360")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=lambda: ScaledLoop(chosen.speed)) as runner,
    ):
        runner.run(run(chosen, Path(folder)))


if __name__ == "__main__":
    main()
