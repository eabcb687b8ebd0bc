"""The way to buy in a real browser: never covered, its code wide enough, in both directions."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from node.media import Size
from node.program.commands import SetLayout, ShowCard
from node.program.scene import windows
from tests.browser.conftest import visiting
from tests.browser.places import boxes, settle
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_whep import FakeWhep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

COVERED = """() => {
  const buy = document.querySelector('[data-testid=buy]').getBoundingClientRect();
  return [...document.querySelectorAll('.heart')].some((heart) => {
    const one = heart.getBoundingClientRect();
    const isBeside = one.right <= buy.left || one.left >= buy.right;
    return !isBeside && one.top < buy.bottom && one.bottom > buy.top;
  });
}"""

Node = tuple[str, FakeShow, FakeWhep]


@pytest.mark.parametrize(("width", "height"), [(390, 844), (360, 640), (375, 667), (1280, 800)])
async def test_no_heart_rises_over_the_way_to_buy(page: Page, node: Node, width: int, height: int):
    url, show, _ = node
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(url + "/")
    await show.submit(ShowCard("P17"))
    await expect(page.get_by_test_id("buy")).to_be_visible()
    await settle(page)
    for _ in range(12):
        await page.get_by_test_id("like").click()
        assert not await page.evaluate(COVERED)
    for _ in range(8):
        await asyncio.sleep(0.15)
        assert not await page.evaluate(COVERED)


@pytest.mark.parametrize(
    ("width", "height", "ratio"), [(1920, 1080, 1), (1280, 720, 1.5), (3840, 2160, 1)]
)
async def test_the_code_is_wide_enough_and_of_whole_pixels(
    browser: Browser, node: Node, width: int, height: int, ratio: float
):
    url, show, _ = node
    size = {"width": width, "height": height}
    async with visiting(browser, viewport=size, device_scale_factor=ratio) as page:
        await page.goto(url + "/kiosk")
        await show.submit(ShowCard("P17"))
        code = page.get_by_test_id("code")
        await expect(code).to_be_visible()
        await settle(page)
        pixels = await page.get_by_test_id("qr").evaluate(
            "(image) => image.getBoundingClientRect().width * devicePixelRatio"
        )
        modules = await page.evaluate(
            "async (path) => new DOMParser().parseFromString(await (await fetch(path)).text(),"
            " 'image/svg+xml').documentElement.viewBox.baseVal.width",
            await page.get_by_test_id("qr").get_attribute("src"),
        )
        assert pixels >= 0.2631 * width * ratio
        assert pixels / modules == pytest.approx(round(pixels / modules), abs=0.002)
        assert await code.get_attribute("data-is-small") == "false"
        box = (await boxes(page, "code"))["code"]
        assert box.right <= width
        assert box.top >= 0


async def test_an_arabic_reader_gets_pages_from_right_to_left(browser: Browser, node: Node):
    url, show, _ = node
    size = {"width": 390, "height": 844}
    async with visiting(browser, viewport=size, locale="ar-AE") as page:
        await page.goto(url + "/")
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        await show.submit(ShowCard("P17"))
        await expect(page.get_by_test_id("buy")).to_have_text("عرض المنتج")
        await settle(page)
        photo = await page.locator(".card .photo").bounding_box()
        buy = await page.get_by_test_id("buy").bounding_box()
        assert photo["x"] > buy["x"]
        await page.goto(url + await page.get_by_test_id("buy").get_attribute("href"))
        await expect(page.locator("html")).to_have_attribute("dir", "rtl")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
async def test_the_code_stands_beside_the_second_picture(
    page: Page, node: Node, width: int, height: int
):
    url, show, _ = node
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(url + "/kiosk")
    await show.submit(SetLayout("pip"))
    await show.submit(ShowCard("P17"))
    code = page.get_by_test_id("code")
    await expect(code).to_be_visible()
    await expect(page.locator("body[data-layout=pip]")).to_be_visible()
    panel, inset = (await boxes(page, "code"))["code"], windows("pip", Size(width, height))[-1].at
    assert panel.right <= inset.x
    assert panel.left >= width * 500 / 1280  # beside the card's column too


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720)])
async def test_the_code_leaves_the_middle_of_both_pictures_free(
    page: Page, node: Node, width: int, height: int
):
    url, show, _ = node
    await page.set_viewport_size({"width": width, "height": height})
    await page.goto(url + "/kiosk")
    await show.submit(SetLayout("side"))
    await show.submit(ShowCard("P17"))
    code = page.get_by_test_id("code")
    await expect(code).to_be_visible()
    await expect(page.locator("body[data-layout=side]")).to_be_visible()
    found = await boxes(page, "code", "qr")
    panel = found["code"]
    left, right = (window.at for window in windows("side", Size(width, height)))
    assert found["qr"].width >= width * 0.2632  # no narrower than in any other layout
    assert panel.left >= width * 500 / 1280  # beside the drawn card
    assert panel.left > left.x + left.width / 2
    assert panel.right < right.x + right.width / 2
    assert panel.top >= 0


async def test_an_output_that_carries_no_cards_promises_none(page: Page, node: Node):
    url, show, _ = node
    show.has_cards = False
    await page.goto(url + "/?output=partner")
    await expect(page.get_by_test_id("title")).to_have_text(re.compile(r"\S"))
    await expect(page.get_by_test_id("quiet")).to_be_hidden()
    show.has_cards = True
    await expect(page.get_by_test_id("quiet")).to_be_visible()
