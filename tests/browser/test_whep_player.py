"""What a real browser sees of a session: Debian's Chromium against both encoders and the hub."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from node.stream.viewer import Notice
from tests.browser.whep_page import CHROMIUM, FLAGS, ROUTES
from tests.fakes.program import OnAir, on_air

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Browsing = tuple[OnAir, Page]
MANY = 100
"""Windows of time, of which one must be clean."""
PATIENCE_S = 60


@asynccontextmanager
async def browsing(*, flags: tuple[str, ...] = FLAGS) -> AsyncIterator[Browsing]:
    """A chain on air, and a page of the test player, not playing yet."""
    async with on_air(routes=ROUTES) as air, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(flags))
        page = await browser.new_page()
        page.set_default_timeout(60_000)
        await page.goto(air.url + "/")
        try:
            yield air, page
        finally:
            await browser.close()


async def inbound(page: Page, kind: str) -> dict[str, Any]:
    """Chromium's statistics of the received stream."""
    report: dict[str, Any] = await page.evaluate(f"window.inbound('{kind}')") or {}
    return report


async def once_more(page: Page, kind: str, name: str, least: float) -> dict[str, Any]:
    """The statistics once that number of theirs is above `least`."""
    async with asyncio.timeout(PATIENCE_S):
        while (report := await inbound(page, kind)).get(name, least) <= least:  # noqa: ASYNC110  # asked for
            await asyncio.sleep(0.1)
    return report


async def play(page: Page, *, query: str = "", sections: str = "['video', 'audio']") -> None:
    await page.evaluate(f"window.play('{query}', {sections})")
    await page.wait_for_function("window.seen.frames.length >= 2 || !window.play", timeout=60_000)


async def test_picture_and_sound_play_in_h264_and_opus():
    async with browsing() as (air, page):
        await page.evaluate("document.getElementById('video').muted = false")
        await play(page)
        first = await inbound(page, "video")
        video = await once_more(page, "video", "framesDecoded", first["framesDecoded"] + 30)
        audio = await once_more(page, "audio", "totalAudioEnergy", 0)
        assert video["mime"] == "video/H264"
        assert (video["frameWidth"], video["frameHeight"]) == (640, 360)
        assert audio["mime"] == "audio/opus"
        assert audio["totalAudioEnergy"] > 0
        answer = await page.evaluate("window.answer")
        assert "VP8" not in answer
        assert air.hub.viewers == 1


async def test_the_picture_does_not_freeze():
    async with browsing() as (_, page):
        await play(page)
        clean = (0, 0, 100)
        windows: list[tuple[int, int, int]] = []
        # A busy machine may freeze the browser itself: one window must be clean.
        while len(windows) < MANY and clean not in windows:
            before = await inbound(page, "video")
            await asyncio.sleep(4)
            after = await inbound(page, "video")
            frozen, lost, decoded = (
                after[name] - before[name]
                for name in ("freezeCount", "packetsLost", "framesDecoded")
            )
            windows.append((frozen, lost, min(decoded, 100)))
        assert clean in windows


async def test_a_late_joiner_is_given_an_idr_of_its_own():
    async with browsing() as (air, page):
        while air.pattern.frame < 60:  # noqa: ASYNC110  # the program's own pace
            await asyncio.sleep(0.05)
        asked = air.video.report.idr_requested
        await play(page)
        assert air.video.report.idr_requested > asked
        assert (await inbound(page, "video"))["keyFramesDecoded"] >= 1


async def test_a_picture_loss_brings_an_idr():
    async with browsing() as (air, page):
        await play(page)
        await page.wait_for_function("window.seen.frames.length >= 40")
        flow = next(iter(air.hub._seating.seats.values())).viewer._session.video
        assert flow is not None
        first = await inbound(page, "video")
        flow.forget()
        flow._sequence = (flow._sequence + 200) % 65_536
        for count in ("pliCount", "keyFramesDecoded"):
            await once_more(page, "video", count, first[count])
        shown = await page.evaluate("window.seen.frames.length")
        await page.wait_for_function(f"window.seen.frames.length > {shown + 20}")


async def test_a_message_names_the_very_frame_on_which_it_is_due():
    async with browsing() as (air, page):
        await play(page)
        await page.wait_for_function("window.seen.frames.length >= 30")
        # The compositor may skip a frame; a wrong time stamp would match none, ever.
        matching = "seen.messages.filter(({ rtp }) => seen.frames.includes(rtp)).length"
        number = 0
        while number < 100 and await page.evaluate(matching) < 3:
            air.hub.announce(Notice(air.pattern.pts, {"t": "card", "number": number}))
            number += 1
            await page.wait_for_function(f"seen.messages.length === {number}")
            await asyncio.sleep(0.3)
        seen = await page.evaluate("window.seen")
        frames = seen["frames"]
        assert sum(message["rtp"] in frames for message in seen["messages"]) >= 3
        after = [
            (message["rtp"] - frames[0] + 2**31) % 2**32 - 2**31 for message in seen["messages"]
        ]
        assert {ticks % 3000 for ticks in after} == {0}


async def test_names_of_local_discovery_are_not_looked_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("aioice.mdns.create_mdns_protocol", None)  # it would be called
    flags = tuple(flag for flag in FLAGS if "Mdns" not in flag)
    async with browsing(flags=flags) as (_, page):
        await play(page)


async def test_the_kiosk_shows_pictures_without_waiting():
    async with browsing() as (_, page):
        await play(page, query="?kiosk=1")
        assert "playout-delay" in await page.evaluate("window.answer")
        delays: list[float] = []
        # A busy machine may itself keep pictures waiting: one window must be without.
        while len(delays) < MANY and not (delays and min(delays) < 0.015):
            before = await inbound(page, "video")
            shown = await page.evaluate("window.seen.frames.length")
            await page.wait_for_function(f"window.seen.frames.length >= {shown + 60}")
            after = await inbound(page, "video")
            waited_s, emitted = (
                after[name] - before[name]
                for name in ("jitterBufferDelay", "jitterBufferEmittedCount")
            )
            delays.append(waited_s / emitted)
        assert min(delays) < 0.015


async def test_a_deleted_session_ends_at_once():
    async with browsing() as (air, page):
        await play(page)
        status = await page.evaluate(
            "fetch(window.session, {method: 'DELETE'}).then((response) => response.status)"
        )
        assert status == 200
        await page.wait_for_function("window.pc.connectionState !== 'connected'")
        assert air.hub.viewers == 0


async def test_each_click_brings_a_picture(record_property: Callable[[str, object], None]):
    """How soon is measured in tests/bench/bench_join.py."""
    times = []
    async with browsing() as (air, page):
        for _ in range(7):
            await page.reload()
            await play(page)
            times.append(await page.evaluate("window.seen.firstFrameMs"))
            await page.evaluate("fetch(window.session, {method: 'DELETE'}).then(() => null)")
        assert air.hub.viewers == 0
    record_property("first_frame_ms", round(statistics.median(times)))
