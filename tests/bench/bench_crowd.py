"""A burst of the crowd: program and cues with it and without it, in the same run; counts exact.

The node runs in this process, beside a probe of its loop; the peers in another one, over real
WebRTC and at the lowest priority, as phones take no time of the node's. Quiet and burst take turns.
A page sends its likes together five times a second: `--each 10` are 50 likes/s of each peer;
`--each 1` has every like come as a message of its own, as no page of ours does.

    python -m tests.bench.bench_crowd [--peers 20] [--events 1000] [--seconds 10] [--each 10]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from aiohttp import ClientSession

from node.app import run_node
from node.config import load
from node.web.status import Status
from tests.bench.rig import line, quantile
from tests.fakes.peer import Peer
from tests.fakes.running import events
from tests.fakes.small_day import Part, SmallDay, write_clips

PROBE_S = 0.005
CUE_EVERY_S = 0.5
CLIP_S = 40
SETTLE_S = 1.5


@dataclass
class Phase:
    """What was measured while the crowd was quiet, or was not."""

    late_ms: list[float] = field(default_factory=list)
    spans: list[tuple[float, float]] = field(default_factory=list)
    missing: int = 0
    repeated: int = 0
    frames: int = 0
    black: int = 0


def make_day(folder: Path, size: str) -> SmallDay:
    """A clip over and over, with a mark each half second and a card each 10 s."""
    marks = "".join(
        f'[[segment.cue]]\nat = "00:{at / 10:04.1f}"\ndo = "mark"\nbeat = "climax"\n'
        for at in range(5, CLIP_S * 10, int(CUE_EVERY_S * 10))
    )
    cards = "".join(
        f'[[segment.cue]]\nat = "00:{at:04.1f}"\ndo = "card.show"\nproduct = "P1"\nfor = "8s"\n'
        for at in range(1, CLIP_S - 8, 10)
    )
    parts = (Part("one", CLIP_S, write_clips(folder / "clips")["one"], cues=marks + cards),)
    web = {"approve_messages": "false", "max_viewers": 60}
    day = SmallDay(folder / "day", parts, play=("one",), camera="", web=web).write()
    day.config.write_text(day.config.read_text().replace("640x360", size))
    return day


async def probe(phases: dict[str, Phase], now: list[str]) -> None:
    """Note by how much the loop wakes late."""
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + PROBE_S
        await asyncio.sleep(PROBE_S)
        if now[0]:
            phases[now[0]].late_ms.append((loop.time() - due) * 1000)


async def measure(chosen: argparse.Namespace, day: SmallDay) -> None:
    """Quiet and burst in turns; prints what was found."""
    loop, url = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
    node = asyncio.create_task(
        run_node(load(day.config), is_demo=False, seconds=None, announce=url.set_result)
    )
    phases, now = {"quiet": Phase(), "burst": Phase()}, [""]
    probing = asyncio.create_task(probe(phases, now))
    crowd = await asyncio.create_subprocess_exec(
        "nice", "-n", "19", sys.executable, "-m", "tests.bench.bench_crowd", "--crowd", await url,
        "--peers", str(chosen.peers), "--events", str(chosen.events),
        "--seconds", str(chosen.seconds), "--each", str(chosen.each),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = [await crowd.stdout.readline()]
    async with ClientSession(await url) as session:
        for name in ["quiet", "burst"] * chosen.rounds:
            await asyncio.sleep(SETTLE_S)
            before, began = (await status(session)).frames, loop.time()
            now[0] = name
            if name == "burst":
                crowd.stdin.write(b"go\n")
                told.append(await crowd.stdout.readline())
            else:
                await asyncio.sleep(chosen.seconds)
            now[0] = ""
            frames = (await status(session)).frames
            phase = phases[name]
            phase.spans.append((began, loop.time()))
            phase.missing += frames.missing - before.missing
            phase.repeated += frames.repeated - before.repeated
            phase.black += frames.black - before.black
            phase.frames += frames.out - before.out
        await asyncio.sleep(SETTLE_S)
        async with session.get("/api/crowd") as answer:
            counted = await answer.json()
    crowd.stdin.close()
    await crowd.wait()
    for task in (probing, node):
        task.cancel()
    await asyncio.gather(probing, node, return_exceptions=True)
    tell(chosen, day, phases, [json.loads(one) for one in told[1:]], counted)


async def status(session: ClientSession) -> Status:
    """The node's own counts."""
    async with session.get("/status") as answer:
        return msgspec.json.decode(await answer.read(), type=Status)


def tell(
    chosen: argparse.Namespace,
    day: SmallDay,
    phases: dict[str, Phase],
    told: list[dict],
    counted: dict,
) -> None:
    """Print both phases beside each other, and the counts."""
    log = events(day.state_dir)
    print(f"{chosen.peers} peers, {chosen.events:g} likes/s, {chosen.each} a message, "
          f"{chosen.seconds:g} s, {chosen.rounds} rounds of quiet and burst")  # fmt: skip
    for name, phase in phases.items():
        cues = [one.late_frames for one in log if one.ev == "cue.fire"
                and any(since <= one.mono <= until for since, until in phase.spans)]  # fmt: skip
        print(f"{name}: {phase.frames} program frames, missing {phase.missing}, black "
              f"{phase.black}, repeated {phase.repeated}; {len(cues)} cues, worst "
              f"{max(cues, default=0)} frames late; loop late p50 "
              f"{quantile(phase.late_ms, 0.5):.2f} p99 {quantile(phase.late_ms, 0.99):.2f} "
              f"max {max(phase.late_ms):.1f} ms (n={len(phase.late_ms)})")  # fmt: skip
    sent = sum(one["sent"] for one in told)
    took = [one["took_s"] for one in told]
    logged = sum(one.n for one in log if one.ev == "like")
    print(f"likes sent {sent} ({sent / sum(took):.0f}/s), counted {counted['likes']}, logged "
          f"{logged}; limited {counted['limited']}, malformed {counted['malformed']}")  # fmt: skip
    if gone := max(one["gone"] for one in told):
        print(f"{gone} peers of this machine fell silent: it is too small for them")
    seen = [one["crowd_per_s"] for one in told]
    print(f"sums told to each page: {max(seen):.1f}/s at most; last total at every peer: "
          f"{[one['totals'] for one in told]}")  # fmt: skip
    latencies = [ms for one in told for ms in one["message_ms"]]
    if latencies:
        print(line("message -> another viewer", latencies, "ms"))


async def crowd(chosen: argparse.Namespace) -> None:
    """The other process: peers that like and write whenever a line comes."""
    peers = [Peer() for _ in range(chosen.peers)]
    async with ClientSession() as session:
        for peer in peers:
            offer = await peer.offer("audio")
            headers = {"Content-Type": "application/sdp"}
            async with session.post(f"{chosen.crowd}whep", data=offer, headers=headers) as answer:
                if answer.status != 201:
                    raise SystemExit(f"refused: {answer.status}")
                await peer.accept(await answer.text())
    for peer in peers:
        await peer.until(sounds=1, messages=1)
    print("{}", flush=True)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(await burst(peers, chosen)), flush=True)
    for peer in peers:
        await peer.close()


async def burst(peers: list[Peer], chosen: argparse.Namespace) -> dict[str, object]:
    """Send at an even rate; a third of the way in, everybody writes a message."""
    began, sent, heard = time.perf_counter(), 0, len(peers[0].messages)
    total = int(chosen.events * chosen.seconds) // chosen.each * chosen.each
    said: dict[str, float] = {}
    here = peers
    while sent < total:
        here = [peer for peer in here if peer.channel.readyState == "open"]
        if not here:
            break
        due = min(total, int((time.perf_counter() - began) * chosen.events))
        while sent + chosen.each <= due:
            peer = here[sent // chosen.each % len(here)]
            peer.channel.send(json.dumps({"t": "like", "n": chosen.each}))
            sent += chosen.each
        if due > total // 3 and not said:
            for number, peer in enumerate(here):
                text = f"m{number} {began:.0f}"
                said[text] = time.perf_counter()
                peer.channel.send(json.dumps({"t": "say", "text": text}))
        await asyncio.sleep(0.004)
    took_s = time.perf_counter() - began
    await asyncio.sleep(0.6)
    sums = [json.loads(one) for one in peers[0].messages[heard:] if '"crowd"' in one]
    last = {
        next(json.loads(one)["likes"] for one in reversed(peer.messages) if '"crowd"' in one)
        for peer in here
    }
    arrived = {
        one["text"]: at
        for at, one in ((at, json.loads(text)) for at, text in peers[0].timed[heard:])
        if one["t"] == "message"
    }
    late = [(arrived[text] - at) * 1000 for text, at in said.items() if text in arrived]
    return {
        "sent": sent, "took_s": took_s, "crowd_per_s": len(sums) / (took_s + 0.6),
        "totals": sorted(last), "message_ms": late, "gone": len(peers) - len(here),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peers", type=int, default=20)
    parser.add_argument("--events", type=float, default=1000)
    parser.add_argument("--each", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--crowd", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.crowd:
        asyncio.run(crowd(chosen))
        return
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(chosen, make_day(Path(folder), chosen.size)))


if __name__ == "__main__":
    main()
