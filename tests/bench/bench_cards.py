"""Cards in real time over clips, live, dissolves and resumes: how late, with and without a crowd.

A real node plays a day of short segments with a card every second and a half. Three witnesses:
the as-played log (the cue's frame against the program's), a kiosk page in Chromium (the frame on
screen when the code is first painted against the card's `rtp`), and a viewer in another process
(aiortc: how long before the picture of that `rtp` was decoded the message came, or behind it; and
in which picture the card is seen, over the plain clips). Quiet and burst take turns, 15 s each.

    python -m tests.bench.bench_cards [--cards 300] [--every 1.5] [--seconds 720] [--size 640x360]
                                      [--peers 20] [--events 1000] [--no-burst]
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from aiohttp import ClientSession
from av import VideoFrame

from tests.bench.rig import chromium, line
from tests.fakes.peer import Peer
from tests.fakes.running import RunningNode, events, running
from tests.fakes.small_day import Part, SmallDay, write_clips

PAGE = Path(__file__).with_name("cards.js")
FPS, RTP_HZ = 30, 90_000
TURN_S = 15.0
INTERRUPT_EVERY_S, INTERRUPT_S = 17.0, 4.0
SHOWN_SHARE = 0.01
"""So much of a plain picture has another colour once a card lies over it."""
NEAR_S = 0.6
"""A card is looked for in the pictures from just before its frame to so long after."""
UINT32 = 0xFFFF_FFFF


@dataclass
class Lateness:
    """What the witnesses saw in one kind of turn."""

    program: list[int] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    kiosk: list[int] = field(default_factory=list)
    viewer_ms: list[float] = field(default_factory=list)
    picture: list[int] = field(default_factory=list)


@dataclass
class Turns:
    """The spans of quiet and burst on the monotonic clock; `of` names the one of a moment."""

    spans: list[tuple[str, float, float]] = field(default_factory=list)

    def of(self, at_s: float) -> str | None:
        return next((name for name, since, until in self.spans if since <= at_s <= until), None)


def make_day(folder: Path, chosen: argparse.Namespace) -> SmallDay:
    """Clips, a dissolve and live, with cards; a card is on for two thirds of the time."""
    clips = write_clips(folder / "clips")

    def cards(length: float) -> str:
        count = int((length - 0.5) / chosen.every)
        return "".join(
            f'[[segment.cue]]\nat = "00:{0.4 + number * chosen.every:04.1f}"\ndo = "card.show"\n'
            f'product = "P1"\nfor = "{chosen.every * 2 / 3:.1f}s"\n'
            for number in range(count)
        )

    parts = (
        Part("one", 20, clips["one"], out="fade 300ms", cues=cards(20)),
        Part("two", 14, clips["two"], cues=cards(14)),
        Part("desk", 8, None, kind="live", cues=cards(8)),
    )
    web = {"approve_messages": "false", "max_viewers": 60}
    day = SmallDay(folder / "day", parts, play=("one", "two", "desk"), web=web).write()
    day.config.write_text(day.config.read_text().replace("640x360", chosen.size))
    return day


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cards", type=int, default=300)
    parser.add_argument("--every", type=float, default=1.5)
    parser.add_argument("--seconds", type=float, default=720)
    parser.add_argument("--size", default="640x360")
    parser.add_argument("--peers", type=int, default=20)
    parser.add_argument("--events", type=float, default=1000)
    parser.add_argument("--no-burst", action="store_true")
    parser.add_argument("--viewer", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.viewer:
        asyncio.run(view(chosen.viewer))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure(chosen, make_day(Path(folder), chosen))


def measure(chosen: argparse.Namespace, day: SmallDay) -> None:
    """Play until enough cards were shown, then compare the witnesses."""
    turns = Turns()
    with running(day.config) as node, chromium() as browser, viewer(node.url) as seen:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.add_init_script(PAGE.read_text())
        page.goto(f"{node.url}kiosk")
        page.wait_for_selector("body[data-first-ms]", timeout=60_000)
        with crowd(node.url, chosen) as burst:
            play(chosen, node, burst, turns)
        shown = page.evaluate("cards.shown")
        origin_s = page.evaluate("performance.timeOrigin") / 1000
        wall_s = time.time() - time.monotonic()
        for one in shown:
            one["at_s"] = origin_s + one["at_ms"] / 1000 - wall_s
        told = seen()
        status = node.status()
    tell(chosen, gather(events(day.state_dir), shown, told, turns))
    print(f"program: {status.frames}; {status.cues}")


def play(
    chosen: argparse.Namespace, node: RunningNode, burst: subprocess.Popen | None, turns: Turns
) -> None:
    """Quiet and burst in turns, an interruption by the camera now and then."""
    began = time.monotonic()
    interrupt = began + INTERRUPT_EVERY_S
    until = began + min(chosen.seconds, chosen.cards * chosen.every * 1.12 + 2)
    number = 0
    while time.monotonic() < until:
        name = "burst" if burst and number % 2 else "quiet"
        if name == "burst" and burst:
            burst.stdin.write(b"go\n")
            burst.stdin.flush()
        since, end = time.monotonic(), min(until, time.monotonic() + TURN_S)
        while time.monotonic() < end:
            time.sleep(0.1)
            if time.monotonic() >= interrupt:
                node.command("live")
                time.sleep(INTERRUPT_S)
                node.command("resume")
                interrupt = time.monotonic() + INTERRUPT_EVERY_S
        if name == "burst" and burst:
            burst.stdout.readline()
        turns.spans.append((name, since, time.monotonic()))
        number += 1


@contextmanager
def crowd(url: str, chosen: argparse.Namespace) -> Iterator[subprocess.Popen | None]:
    """Peers that like at the given rate for a turn whenever a line is written."""
    if chosen.no_burst:
        yield None
        return
    words = ["--crowd", url, "--peers", chosen.peers, "--events", chosen.events,
             "--seconds", TURN_S - 2]  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_crowd", *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    os.setpriority(os.PRIO_PROCESS, process.pid, 19)  # phones take no time of the node's
    process.stdout.readline()
    try:
        yield process
    finally:
        process.stdin.close()
        process.wait(30)


@contextmanager
def viewer(url: str) -> Iterator:
    """The other process's viewer; what it saw is given once, at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.bench_cards", "--viewer", url],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    process.stdout.readline()

    def seen() -> dict:
        told, _ = process.communicate(b"\n", timeout=30)
        return json.loads(told)

    try:
        yield seen
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


class Witness(Peer):
    """A viewer that keeps of each picture when it was decoded, its RTP time, and its look."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[tuple[float, int, float]] = []

    async def _count(self, track) -> None:
        if track.kind != "video":
            await super()._count(track)
            return
        while True:
            frame: VideoFrame = await track.recv()
            now = time.monotonic()
            self.pictures += 1
            self.frames.append((now, frame.pts & UINT32, other_share(frame)))


def other_share(frame: VideoFrame) -> float:
    """The share of a picture whose colour is not that of the most of it."""
    plane = frame.planes[1]
    width, height = frame.width // 2, frame.height // 2
    chroma = np.frombuffer(plane, np.uint8).reshape(height, plane.line_size)[::2, :width:2]
    return float(np.mean(np.abs(chroma.astype(np.int16) - int(np.median(chroma))) > 10))


async def view(url: str) -> None:
    """Join, watch until a line comes, print what was seen."""
    witness = Witness()
    async with ClientSession() as session:
        offer = await witness.offer("video", "audio")
        headers = {"Content-Type": "application/sdp"}
        async with session.post(f"{url}whep", data=offer, headers=headers) as answer:
            await witness.accept(await answer.text())
    await witness.until(pictures=1)
    print("on", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.readline)
    # aiortc counts a stream's time from its first packet on; the messages do not
    origin = witness.receiver("video")._RTCRtpReceiver__timestamp_mapper._origin
    frames = [(at, (pts + origin) & UINT32, share) for at, pts, share in witness.frames]
    to_monotonic = time.monotonic() - time.perf_counter()
    cards = [
        (at + to_monotonic, message["rtp"])
        for at, message in ((at, json.loads(text)) for at, text in witness.timed)
        if message["t"] == "card" and message["show"]
    ]
    print(json.dumps({"frames": frames, "cards": cards}), flush=True)
    await witness.close()


def gather(log: list, shown: list[dict], told: dict, turns: Turns) -> dict[str, Lateness]:
    """Each card's lateness by each witness, in the turn in which it was shown."""
    found = {"quiet": Lateness(), "burst": Lateness()}
    for one in log:
        if one.ev == "cue.fire" and (name := turns.of(one.mono)):
            found[name].program.append(one.late_frames)
    for one in shown:
        if name := turns.of(one["at_s"]):
            found[name].asked.append(frames_of(one["asked"] - one["wanted"]))
            found[name].kiosk.append(frames_of(one["rtp"] - one["wanted"]))
    for at_s, rtp in told["cards"]:
        if name := turns.of(at_s):
            near = [
                (at, signed(stamp - rtp) / RTP_HZ, share) for at, stamp, share in told["frames"]
            ]
            near = [one for one in near if -0.2 <= one[1] <= NEAR_S]
            found[name].viewer_ms += [(at - at_s) * 1000 for at, off_s, _ in near if off_s == 0]
            found[name].picture += seen_from(near)
    return found


def seen_from(near: list[tuple[float, float, float]]) -> list[int]:
    """Frames from a card's own to the first in which it is seen; none where that cannot be told."""
    before = [share for _, off_s, share in near if off_s < 0]
    if len(before) < 4 or max(before) >= SHOWN_SHARE:
        return []
    after = [off_s for _, off_s, share in near if off_s >= 0 and share >= SHOWN_SHARE]
    return [round((after[0] if after else NEAR_S) * FPS)]


def frames_of(ticks: int) -> int:
    """A difference of two RTP timestamps in frames of the program."""
    return round(signed(ticks) * FPS / RTP_HZ)


def signed(ticks: int) -> int:
    """A difference of two RTP timestamps."""
    return ((ticks + 0x8000_0000) & UINT32) - 0x8000_0000


def tell(chosen: argparse.Namespace, found: dict[str, Lateness]) -> None:
    print(f"a card each {chosen.every:g} s, {chosen.size}; burst: {chosen.events:g} likes/s of "
          f"{chosen.peers} peers")  # fmt: skip
    for name, late in found.items():
        witnesses = (
            ("program, cue to frame", late.program, "frames", 1),
            ("program, as decoded", late.picture, "frames", 1),
            ("kiosk, page heard frame", late.asked, "frames", 1),
            ("kiosk, code painted", late.kiosk, "frames", 1),
            ("viewer, message ahead by", late.viewer_ms, "ms", 1000),
            ("viewer, card behind picture", [max(0.0, -ms) for ms in late.viewer_ms], "ms", 100),
        )
        for witness, values, unit, limit in witnesses:
            if values:
                beyond = sum(abs(value) > limit for value in values)
                print(line(f"{name}: {witness}", values, unit), f"{beyond} beyond ±{limit} {unit}")
            else:
                print(f"{name}: {witness}: none seen")


if __name__ == "__main__":
    main()
