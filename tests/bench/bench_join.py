"""Click to first presented frame in Chromium, and what a viewer costs: numbers for the report."""

import statistics

import pytest
from playwright.async_api import async_playwright

from node.media import Size
from tests.browser.whep_page import CHROMIUM, FLAGS, ROUTES
from tests.fakes.program import on_air

pytestmark = [pytest.mark.bench, pytest.mark.browser, pytest.mark.timeout(180)]
JOINS = 20


async def test_click_to_first_frame():
    times: list[float] = []
    async with (
        on_air(routes=ROUTES, size=Size(1280, 720)) as air,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = await browser.new_page()
        for _ in range(JOINS):
            await page.goto(air.url + "/")
            await page.wait_for_timeout(600)
            await page.evaluate("window.play()")
            await page.wait_for_function("window.seen.frames.length >= 1")
            times.append(await page.evaluate("window.seen.firstFrameMs"))
            await page.evaluate("fetch(window.session, {method: 'DELETE'}).then(() => null)")
        await browser.close()
    times.sort()
    print(
        f"\nclick to first frame, {JOINS} joins, 1280x720:"
        f" median {statistics.median(times):.0f} ms,"
        f" p95 {times[round(0.95 * JOINS) - 1]:.0f} ms, most {times[-1]:.0f} ms"
    )
    assert statistics.median(times) < 600
