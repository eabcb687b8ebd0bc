"""The focus as Tab moves it: in the order of reading, always in sight, never caught, given back."""

from collections.abc import AsyncIterator
from itertools import pairwise

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from node.program.commands import ShowCard, Take
from node.web.boothview import BoothView
from tests.browser.accessibility import walk
from tests.browser.conftest import visiting
from tests.browser.places import settle
from tests.browser.test_voice_pages import Booth
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_voice import FakeVoice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


@pytest_asyncio.fixture(loop_scope="module")
async def booth() -> AsyncIterator[Booth]:
    voice = FakeVoice()
    async with fake_node(is_still=True, voice=voice) as (server, show, _):
        show.booth = BoothView(camera_lock="off")
        yield server.url.rstrip("/"), voice, show


async def _operator(page: Page, booth: Booth) -> None:
    await page.goto(booth[0] + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await expect(page.get_by_test_id("waiting-message")).to_have_count(3)


def assert_walkable(steps: list[dict[str, object]]) -> None:
    """In sight and marked, and no step goes back up and to the left within its part."""
    assert [step["name"] for step in steps if not step["isSeen"]] == []
    assert [step["name"] for step in steps if not step["isMarked"]] == []
    for one, other in pairwise(steps):
        if one["part"] == other["part"]:
            is_back = other["top"] < one["top"] - 12 and other["left"] < one["left"] + 1
            assert not is_back, (one, other)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (640, 400)])
async def test_tab_walks_the_operator_s_page_in_the_order_of_reading(
    page: Page, booth: Booth, width: int, height: int
):
    await page.set_viewport_size({"width": width, "height": height})
    booth[1].hear()
    await _operator(page, booth)
    steps = await walk(page)
    assert_walkable(steps)
    parts = list(dict.fromkeys(step["part"] for step in steps))
    assert parts == [
        "bar", "day", "program", "rundown", "questions", "products", "waiting", "ticker",
    ]  # fmt: skip
    names = [step["name"] for step in steps]
    assert len(names) == len(set(names)), "each once"
    for name in ("help-open", "live", "take-ep2", "stock-P18", "approve-m2", "reject-1", "events"):
        assert name in names


async def test_tab_walks_the_booth_s_screen(browser: Browser, booth: Booth):
    async with visiting(
        browser, viewport={"width": 1280, "height": 720}, locale="zh-CN", has_touch=True,
        reduced_motion="reduce",
    ) as page:  # fmt: skip
        await page.goto(booth[0] + "/kiosk")
        await expect(page.get_by_test_id("talk")).to_be_visible()
        await booth[2].submit(ShowCard("P17", 60))
        booth[1].hear()
        booth[1].turn_to("armed")
        await expect(page.get_by_test_id("misheard")).to_be_visible()
        await expect(page.get_by_test_id("consent")).to_be_visible()
        await expect(page.get_by_test_id("code")).to_be_visible()
        steps = await walk(page)
        assert_walkable(steps)
        assert [step["name"] for step in steps] == ["misheard", "talk", "consent-box", "ear-mute"]


@pytest.mark.parametrize("size", [(390, 844), (1280, 800)])
async def test_tab_walks_the_viewer_s_page_and_nothing_stands_over_what_it_comes_to(
    page: Page, booth: Booth, size: tuple[int, int]
):
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    await booth[2].submit(ShowCard("P17", 60))
    await page.goto(booth[0] + "/")
    await expect(page.get_by_test_id("buy")).to_be_visible()
    await expect(page.get_by_test_id("modes")).to_be_visible()
    await booth[2].submit(ShowCard("P18", 60))
    await expect(page.get_by_test_id("earlier")).to_be_visible()
    for text in ("one", "two"):
        await page.get_by_test_id("mode-ask").check(force=True)
        await page.get_by_test_id("say-text").fill(text)
        await page.keyboard.press("Enter")
    asked = page.get_by_test_id("asked")
    await expect(asked).to_have_count(2)
    for at in range(2):  # an answer moves what stands below it
        await expect(asked.nth(at)).to_have_attribute("data-state", "waits")
    await settle(page)
    await page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await page.get_by_test_id("language").focus()
    steps = await walk(page)
    assert_walkable(steps)
    names = [step["name"] for step in steps]
    assert [name for name in ("sound", "buy", "say-text", "say-send", "like") if name in names] == [
        "sound", "buy", "say-text", "say-send", "like",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("opener", "dialog"),
    [("help-open", "help"), ("upload-open", "upload"), ("stock-P18", "stock-dialog")],
)
async def test_a_dialog_holds_the_focus_and_gives_it_back(
    page: Page, booth: Booth, opener: str, dialog: str
):
    await _operator(page, booth)
    await page.get_by_test_id(opener).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id(dialog)).to_be_visible()
    for _ in range(6):
        await page.keyboard.press("Tab")
        assert await page.evaluate(
            "(name) => document.activeElement === document.body"
            " || Boolean(document.activeElement.closest(`[data-testid=${name}]`))",
            dialog,
        )
    await booth[2].submit(Take("ep2"))  # the lists are drawn anew behind it
    await booth[2].submit(ShowCard("P21", 60))
    await expect(page.get_by_test_id("title")).to_have_text("Episode 2: The next seat")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id(dialog)).to_be_hidden()
    await expect(page.get_by_test_id(opener)).to_be_focused()


async def test_who_takes_or_arms_a_segment_keeps_the_focus_in_its_row(page: Page, booth: Booth):
    await _operator(page, booth)
    for press, focused in (("take-ep2", "take-ep2"), ("arm-ep1", "take-ep1")):
        await expect(page.get_by_test_id(press)).to_be_enabled()
        await page.get_by_test_id(press).focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("result")).not_to_be_empty()
        await expect(page.get_by_test_id(focused)).to_be_focused()
    taken = len(booth[2].commands)
    await page.get_by_test_id("take-ep2").focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("b")
    await expect(page.get_by_test_id("busy")).to_have_attribute("aria-pressed", "true")
    assert len(booth[2].commands) == taken + 1, "what is on air cannot be taken"


async def test_single_keys_can_be_switched_off_for_good(page: Page, booth: Booth):
    await _operator(page, booth)
    await page.keyboard.press("?")
    await page.get_by_test_id("keys-act").uncheck()
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("help")).to_be_hidden()
    await page.reload()
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await page.keyboard.press("l")
    await page.get_by_test_id("busy").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("busy")).to_have_attribute("aria-pressed", "true")
    assert [type(one).__name__ for one in booth[2].commands] == ["Busy"]


async def test_the_booth_s_screen_is_read_in_the_languages_it_shows(page: Page, booth: Booth):
    await page.goto(booth[0] + "/kiosk")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await booth[2].submit(ShowCard("P17", 60))
    await expect(page.get_by_test_id("hint").locator("span")).to_have_attribute("lang", "en")
    await expect(page.get_by_test_id("qr")).to_have_attribute(
        "alt", "购买码：潮汐折叠旅行茶具，¥129.00"
    )
    await expect(page.get_by_test_id("dot")).to_have_attribute("aria-label", "画面状态: 播放中")
