"""The demo's page in every size: all of it can be reached, and nothing in it is cut or covered."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.browser.places import resize
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_voice import FakeVoice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

SIZES = [(1920, 1080), (1280, 800), (1080, 1920), (1024, 600), (800, 480), (390, 844)]


@pytest_asyncio.fixture(loop_scope="module")
async def url() -> AsyncIterator[str]:
    async with fake_node(is_still=True, voice=FakeVoice()) as (server, show, _):
        show.buttons = ("live", "busy", "next", "mute", "talk", "staff", "presence")
        yield server.url.rstrip("/")


CUT = """() => {
  const cut = [], page = document.documentElement;
  for (const one of document.querySelectorAll("main section *:not(iframe)")) {
    if (!one.checkVisibility() || one.closest("[data-testid=events]")) continue;
    const { overflowX, overflowY } = getComputedStyle(one);
    const { left, right, top, bottom } = one.getBoundingClientRect();
    const reach = one.closest("section").getBoundingClientRect();
    const isOff = left < -1 || right > innerWidth + 1 || bottom + scrollY > page.scrollHeight + 1;
    const isCut = (overflowY !== "visible" && one.scrollHeight > one.clientHeight + 1)
      || (overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1);
    const isOut = one.tagName === "LI" && (bottom > reach.bottom + 1 || top < reach.top - 1);
    if (isOff || isCut || isOut) cut.push(one.outerHTML.slice(0, 90));
  }
  return cut;
}"""
"""What lies beside the page, or in a box that hides a part of it; the list of events scrolls."""


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_nothing_of_the_demo_is_cut(browser: Browser, url: str, language: str):
    async with visiting(browser, viewport={"width": 1920, "height": 1080}) as page:
        await page.goto(f"{url}/demo?lang={language}")
        await expect(page.get_by_test_id("tour-ask")).to_be_visible()
        await expect(page.get_by_test_id("press-live")).to_be_visible()
        for width, height in SIZES:
            await resize(page, width, height)
            assert await page.evaluate(CUT) == [], (width, height)


async def test_a_large_screen_has_the_whole_demo_at_once(page: Page, url: str):
    await page.set_viewport_size({"width": 1920, "height": 1080})
    await page.goto(url + "/demo")
    await expect(page.get_by_test_id("tour-ask")).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollHeight") == 1080
    height = await page.get_by_test_id("events").evaluate("(list) => list.clientHeight")
    assert height >= 44, "two facts and more"


async def test_the_phone_of_the_demo_stays_as_wide_as_a_phone(page: Page, url: str):
    await page.goto(url + "/demo")
    for width, height in SIZES:
        await resize(page, width, height)
        phone = page.frame_locator("[data-testid=phone]").locator("body")
        await expect(phone).to_have_attribute("data-state", "live")
        assert await phone.evaluate("innerWidth") <= 390, (width, height)
