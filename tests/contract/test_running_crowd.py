"""A running node and the crowd: a rush of viewers, half-open ones, garbage, slow talkers."""

import asyncio
import os
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from node.web.whep import BURST, RATE
from tests.fakes.crowd import Answer, Dawdlers, addresses, ask
from tests.fakes.running import PATIENCE_S, PATIENT, RunningNode, running
from tests.fakes.watching import watching

pytestmark = pytest.mark.timeout(300)

OFFER = (Path(__file__).parents[1] / "vectors" / "sdp" / "chromium.sdp").read_bytes()
RUSH = 200
PLACES = 50
DAWDLERS = 100
NEVER_CONNECTED_S = 12
"""A viewer that was answered and does not connect is let go after this (node/stream/viewer.py)."""


def sockets(node: RunningNode) -> int:
    """How many the node has open; files come and go with clips and logs."""
    count = 0
    for one in Path(f"/proc/{node.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += str(one.readlink()).startswith("socket:")
    return count


async def post_all(node: RunningNode, bodies: list[bytes]) -> list[Answer]:
    """Post each body to /whep, all at once, each from another address."""
    places = addresses(len(bodies))
    return await asyncio.gather(
        *(ask(node.url, "POST", "/whep", body=body, address=address)
          for body, address in zip(bodies, places, strict=True))
    )  # fmt: skip


async def post_and_ask(node: RunningNode) -> tuple[list[Answer], list[Answer]]:
    """A rush: what was answered, and then at once to those who ask about their session."""

    async def one(address: str) -> tuple[Answer, Answer | None]:
        posted = await ask(node.url, "POST", "/whep", body=OFFER, address=address)
        if posted.status != 201:
            return posted, None
        return posted, await ask(node.url, "GET", posted.location)

    both = await asyncio.gather(*map(one, addresses(RUSH)))
    return [posted for posted, _ in both], [asked for _, asked in both if asked is not None]


async def all_gone(node: RunningNode, sessions: list[str]) -> None:
    """Ask, one after the other, until the node knows none of the sessions any more."""
    left = list(sessions)
    while left:
        if (await ask(node.url, "GET", left[-1])).status == 404:
            left.pop()


async def test_a_rush_of_viewers_that_never_connect_disturbs_nobody_and_passes(make_day):
    with running(make_day(web={"max_viewers": PLACES + 1}).config, module=PATIENT) as node:
        async with watching(node.url) as viewer:
            before, began_s = sockets(node), time.monotonic()
            answers, asked = await post_and_ask(node)
            counts = Counter(answer.status for answer in answers)
            assert set(counts) == {201, 503}
            passed_s = time.monotonic() - began_s  # who was let go has left a place
            assert 0 < counts[201] <= PLACES * (1 + passed_s // NEVER_CONNECTED_S)
            sessions = [answer.location for answer in answers if answer.status == 201]
            assert len(set(sessions)) == counts[201]
            assert node.status().viewers == 1, "only the one who is connected counts"
            assert node.part("hub").condition == "ready"
            assert 204 in {answer.status for answer in asked}, "they are still waited for"

            frames = viewer.seen[-1].frame + NEVER_CONNECTED_S * 30
            await viewer.until(lambda seen: seen[-1].frame > frames, NEVER_CONNECTED_S * 10)
            await asyncio.wait_for(all_gone(node, sessions), NEVER_CONNECTED_S * 10)
            async with asyncio.timeout(PATIENCE_S):  # they leave no socket behind
                while sockets(node) > before:  # noqa: ASYNC110  # another process tells nothing
                    await asyncio.sleep(0.05)
            made = node.status().frames
            assert node.stop()[0] == 0
    assert (made.missing, made.black) == (0, 0)
    assert (viewer.steps("video"), viewer.steps("audio")) == ({3000}, {960})
    assert "Traceback" not in node.err


async def test_one_address_that_asks_too_often_is_told_to_wait(make_day):
    with running(make_day(web={"max_viewers": 200}).config) as node:
        began_s, answers = time.monotonic(), Counter[int]()
        while not answers[503]:  # a machine that is slow at asking has another try
            posts = [ask(node.url, "POST", "/whep", body=b"v=0") for _ in range(60)]
            answers.update(answer.status for answer in await asyncio.gather(*posts))
        allowed = BURST + RATE * (time.monotonic() - began_s)
        other = await ask(node.url, "POST", "/whep", body=OFFER, address="127.0.9.9")
    assert set(answers) == {400, 503}
    assert answers[400] <= allowed + 1
    assert other.status == 201


async def test_garbage_at_every_door_is_answered_and_harms_nobody(make_day):
    audio_only = OFFER[: OFFER.index(b"m=video")] + OFFER[OFFER.index(b"m=audio") :]
    garbage = {
        b"": {400},
        b"\xff\xfe\x00": {400},
        b"v=0\r\n": {400},
        OFFER[: len(OFFER) // 2]: {201, 400, 422},
        OFFER.replace(b"H264", b"H265"): {422},
        OFFER.replace(b"a=fingerprint", b"a=fingerprin"): {400},
        OFFER.replace(b"a=ice-ufrag", b"a=ice-uprag"): {400},
        OFFER.replace(b"a=mid:0", b"a=mid:0\r\na=mid:0"): {201, 400},
        audio_only: {201, 400},
        os.urandom(5000): {400},
        b"m=video 9 UDP/TLS/RTP/SAVPF 96\r\n" * 1500: {400},
        OFFER * 20: {413},
    }
    with running(make_day().config, module=PATIENT) as node:
        answers = await post_all(node, list(garbage))
        told = {
            body[:40]: answer.status
            for (body, allowed), answer in zip(garbage.items(), answers, strict=True)
            if answer.status not in allowed
        }
        assert told == {}
        assert (await ask(node.url, "POST", "/whep", body=OFFER, kind="text/plain")).status == 415
        for path in ("/api/command", "/api/fault"):
            for body in (b"", b"[", b'{"do":"fly"}', b'{"do":"take"}', b"x" * 5000, b"\xff"):
                sent = await ask(node.url, "POST", path, body=body, kind="application/json")
                assert 400 <= sent.status < 500
        status = node.status()
        assert node.stop()[0] == 0
    assert (status.frames.missing, status.frames.black) == (0, 0)
    assert "Traceback" not in node.err


async def test_slow_talkers_hold_up_neither_program_nor_pages(make_day):
    with running(make_day().config, module=PATIENT) as node:
        async with watching(node.url) as viewer, Dawdlers(node.url, DAWDLERS) as slow:
            seen = len(viewer.seen)
            for part in range(1, 4):
                slow.dawdle()
                await viewer.until(lambda frames, at=part: len(frames) > seen + at * 15)
                assert (await ask(node.url, "GET", "/health")).status == 200
                assert (await ask(node.url, "GET", "/status")).status == 200
            frames = node.status().frames
            code, _ = node.stop()
    assert (code, frames.missing, frames.black) == (0, 0, 0)
    assert viewer.steps("video") == {3000}
