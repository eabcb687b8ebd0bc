"""Every page in both languages and its main states: no violation of WCAG 2.2 AA."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from node.program.commands import Ask, HideCard, SetStock, ShowCard
from node.web.boothview import BoothView
from tests.browser.accessibility import faults, pale, small
from tests.browser.conftest import visiting
from tests.browser.places import boxes, resize, settle
from tests.browser.test_asking import CLAIM, Asking
from tests.browser.test_console import SCREENS, turn_to
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_voice import FakeVoice
from tests.fakes.fake_whep import FakeWhep
from tests.fakes.fleet_desk import fleet_desk
from tests.fakes.mosquitto import PROGRAM

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

LANGUAGES = ["zh", "en"]
FINGER_PX = 44
SELLER = {
    "name": {"zh": "潮汐茶具", "en": "Tidal Tea Ware"}, "licence": "91000000000000000X",
    "address": {"zh": "潮州市演示路 1 号", "en": "1 Demo Road, Chaozhou"}, "contact": "400",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Booth:
    """A pretended node, and the browser that looks at it."""

    url: str
    voice: FakeVoice
    show: FakeShow
    whep: FakeWhep
    browser: Browser

    @asynccontextmanager
    async def page(
        self, language: str, path: str, width: int = 1280, height: int = 800, *,
        is_touched: bool = False,
    ) -> AsyncIterator[Page]:  # fmt: skip
        async with visiting(
            self.browser, viewport={"width": width, "height": height}, locale=language,
            reduced_motion="reduce", has_touch=is_touched,
        ) as page:  # fmt: skip
            await page.goto(self.url + path)
            yield page


@pytest_asyncio.fixture(loop_scope="module")
async def booth(browser: Browser) -> AsyncIterator[Booth]:
    voice = FakeVoice()
    async with fake_node(is_still=True, voice=voice) as (server, show, whep):
        show.buttons, show.lit = ("live", "talk", "staff"), ("tally", "red", "green")
        yield Booth(server.url.rstrip("/"), voice, show, whep, browser)


async def on_air(page: Page) -> None:
    await expect(page.get_by_test_id("tally")).to_have_attribute("data-state", "on")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_operator_s_page_has_no_fault_from_quiet_to_a_broken_camera(
    booth: Booth, language: str
):
    booth.show.booth = BoothView(
        camera_lock="off", window="open", closes_in_s=90.0, volume=40, shows_name=False
    )
    async with booth.page(language, "/operator") as page:
        await on_air(page)
        await expect(page.get_by_test_id("waiting-message")).to_have_count(3)
        assert await faults(page) == []
        booth.voice.hear()
        await booth.voice.obey(Ask("?", language))
        await booth.show.submit(ShowCard("P17", 60))
        booth.show.broken.add("camera")
        booth.show.changed.set(booth.show.changed.value + 1)
        await expect(page.get_by_test_id("question")).to_have_count(2)
        await page.keyboard.press("l")
        await expect(page.get_by_test_id("result")).to_have_attribute("data-ok", "false")
        assert await faults(page) == []
        booth.voice.turn_to("muted")
        for key in ("b", "k"):
            await page.keyboard.press(key)
        await expect(page.get_by_test_id("camera-lock")).to_have_attribute("aria-pressed", "true")
        assert await faults(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_operator_s_dialogs_have_no_fault(booth: Booth, language: str):
    async with booth.page(language, "/operator") as page:
        await on_air(page)
        for key, name in (("?", "help"), ("-", "stock-dialog"), ("d", "upload")):
            await page.keyboard.press(key)
            await expect(page.get_by_test_id(name)).to_be_visible()
            if name == "upload":
                await page.get_by_test_id("upload-files").set_input_files(
                    [{"name": "day.toml", "mimeType": "application/toml", "buffer": b"bad"}]
                )
                await page.get_by_test_id("upload-send").click()
                await expect(page.get_by_test_id("finding")).to_have_count(3)
            assert await faults(page) == [], name
            await page.keyboard.press("Escape")
            await expect(page.get_by_test_id(name)).to_be_hidden()


async def test_the_operator_s_page_at_twice_its_size_loses_nothing(booth: Booth):
    async with booth.page("en", "/operator", 640, 400) as page:
        await on_air(page)
        assert await faults(page) == []
        for name in ("help-open", "live", "take-ep2", "show-P21", "approve-m1", "talk-ear"):
            await page.get_by_test_id(name).scroll_into_view_if_needed()
            await expect(page.get_by_test_id(name)).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 640
        await resize(page, 320, 256)  # at four times its size
        names = ("skip", "layout-side", "language", "mute-ear", "refuse-m1")
        found = await boxes(page, *names)
        assert set(found) == set(names)
        assert max(box.right for box in found.values()) <= 320


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_booth_s_screen_has_no_fault_in_any_state(booth: Booth, language: str):
    booth.show.booth = BoothView(volume=0)
    async with booth.page(language, "/kiosk", 1280, 720, is_touched=True) as page:
        await expect(page.get_by_test_id("talk")).to_be_visible()
        await expect(page.get_by_test_id("mute")).to_be_visible()
        assert await faults(page) == []
        booth.show.start_offer(int(time.time() * 1000) + 3_000_000)
        await booth.show.submit(ShowCard("P17", 60))
        booth.whep.announce({"t": "message", "id": "x", "text": "安全吗?", "name": "Mei"})
        for ear in ("listening", "sending", "closed", "muted"):
            booth.voice.hear()
            booth.voice.turn_to(ear)
            await expect(page.get_by_test_id("light")).to_have_attribute("data-ear", ear)
            await expect(page.get_by_test_id("turn")).to_be_visible()
            await expect(page.get_by_test_id("code")).to_be_visible()
            assert await pale(page) == [], ear
        assert await faults(page) == []
        assert await small(page, FINGER_PX) == []
        booth.show.booth = BoothView(shows_name=True)
        await expect(page.get_by_test_id("name")).to_be_visible()
        assert await pale(page) == []
        await page.locator(".veil").evaluate("(veil) => veil.classList.add('is-shown')")
        await settle(page)
        assert await pale(page) == []


async def test_the_booth_s_screen_of_a_node_that_asks_to_belong_has_no_fault(booth: Booth):
    async with booth.page("en", "/", is_touched=True) as page:
        await Asking(CLAIM).serve(page, booth.url)
        await expect(page.get_by_test_id("asking-digits")).to_be_visible()
        assert await faults(page) == []


@pytest.mark.parametrize(
    ("language", "size"), [("zh", (390, 844)), ("en", (1280, 800)), ("en", (320, 640))]
)
async def test_the_viewer_s_page_has_no_fault_with_card_answer_and_strip(
    booth: Booth, language: str, size: tuple[int, int]
):
    booth.show.booth = BoothView()
    async with booth.page(language, "/", *size) as page:
        await expect(page.locator("body")).to_have_attribute("data-state", "live")
        await expect(page.get_by_test_id("modes")).to_be_visible()
        booth.show.start_offer(int(time.time() * 1000) + 3_000_000)
        for message in (booth.show.strip_message(), {"t": "soon", "in_s": 60},
                        {"t": "message", "id": "x", "text": "Is it safe?", "name": "Mei"},
                        {"t": "seller", "seller": SELLER}):  # fmt: skip
            booth.whep.announce(message)
        await expect(page.get_by_test_id("soon")).to_be_visible()
        await expect(page.get_by_test_id("seller")).to_be_visible()
        assert await faults(page) == []
        await booth.show.submit(ShowCard("P17", 60))
        await page.get_by_test_id("mode-ask").check(force=True)
        for text in ("what is the price", "is it safe"):
            await page.get_by_test_id("say-text").fill(text)
            await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("asked-answer")).to_have_count(2)
        await expect(page.get_by_test_id("buy")).to_be_visible()
        assert await faults(page) == []
        await booth.show.submit(SetStock("P18", 0))
        await booth.show.submit(ShowCard("P18", 60))
        await expect(page.get_by_test_id("gone")).to_be_visible()
        await expect(page.get_by_test_id("earlier")).to_be_visible()
        assert await faults(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= size[0]
        await booth.show.submit(HideCard())


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_product_s_page_has_no_fault_whether_it_is_known_or_not(
    booth: Booth, language: str
):
    tag = {"zh": "zh-CN", "en": "en"}[language]
    async with booth.page(language, "/health", 390, 844) as page:
        for code in ("ab12cd", "unknown"):
            await page.goto(f"{booth.url}/q/{code}?lang={language}")
            await expect(page.locator("html")).to_have_attribute("lang", tag)
            assert await faults(page) == [], code


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_demo_has_no_fault_whole_or_broken(booth: Booth, language: str):
    async with booth.page(language, "/demo") as page:
        await expect(page.get_by_test_id("press-live")).to_be_visible()
        await expect(page.get_by_test_id("ask-price_zh")).to_be_visible()
        assert await faults(page) == []
        await page.get_by_test_id("kill-camera").click()
        await expect(page.get_by_test_id("heal-camera")).to_be_visible()
        assert await faults(page) == []


async def test_the_operator_in_the_demo_has_no_fault(booth: Booth):
    async with booth.page("en", "/operator?embed=1", 800, 600) as page:
        await on_air(page)
        assert await faults(page) == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
async def test_what_an_operator_touches_is_as_large_as_a_finger(
    booth: Booth, width: int, height: int
):
    await booth.voice.obey(Ask("?", "en"))
    booth.show.booth = BoothView(camera_lock="off")
    async with booth.page("en", "/operator", width, height, is_touched=True) as page:
        await on_air(page)
        await expect(page.get_by_test_id("done-1")).to_be_visible()
        await expect(page.get_by_test_id("waiting-message")).to_have_count(3)
        await page.keyboard.press("b")
        await expect(page.get_by_test_id("undo")).to_be_visible()
        assert await small(page, FINGER_PX) == []
        await page.keyboard.press("?")
        assert await small(page, FINGER_PX) == []


@pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")
async def test_the_fleet_s_screens_have_no_fault(browser: Browser, tmp_path: Path):
    async with fleet_desk(tmp_path) as desk:
        node = await desk.node("n0001", cpu_c=84.0, refuse=lambda _: "asset_missing")
        node.tell()
        await desk.ended(await desk.send("card.show", {"product": "bag"}, "n0001"))
        for language, size in (("en", (1280, 800)), ("zh", (390, 844))):
            async with visiting(
                browser, locale=language, viewport={"width": size[0], "height": size[1]},
                reduced_motion="reduce",
            ) as page:  # fmt: skip
                await page.goto(desk.url)
                await expect(page.get_by_test_id("login")).to_be_visible()
                assert await faults(page) == []
                await page.get_by_test_id("token").fill(desk.token)
                await page.keyboard.press("Enter")
                await expect(page.locator(".tile")).to_have_count(1)
                for screen in SCREENS:
                    await turn_to(page, desk, screen)
                    await expect(page.locator("main h1").first).not_to_be_empty()
                    assert await faults(page) == [], (language, screen)
