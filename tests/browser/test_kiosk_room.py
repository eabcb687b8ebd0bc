"""Where things stand on the booth's screen: in every shape of it none hides another or the show."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

import node.demo
from node.catalog.products import Seller
from node.graphics.card import BOTTOM, LEFT, RIGHT
from node.graphics.label import draw_ai_label
from node.graphics.seller import draw_seller
from node.media import Overlay, Size
from node.program.commands import ShowCard
from node.program.scene import windows
from node.web.boothview import BoothView
from tests.browser.conftest import visiting
from tests.browser.places import Box, assert_apart, boxes
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_voice import ARMED, FakeVoice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Booth = tuple[str, FakeVoice, FakeShow]
PROGRAM = Size(1280, 720)
LOCALES = ("zh", "en")
SCREENS = [
    (1920, 1080),
    (1280, 720),
    (1280, 800),
    (1024, 768),
    (1024, 600),
    (800, 480),
    (768, 1024),
]
UPRIGHT = [(1080, 1920), (390, 844)]
CARD_TOP = 380
"""The highest a card of any length begins, px at 720 (tests/unit/graphics/test_card.py)."""
ASKED = {"zh": "多少钱以及什么时候发货?", "en": "What does it cost, when does it ship?"}
ANSWER = {
    "zh": "展会价一百二十九元,下单后四十八小时内从潮州发货,七天内可以无理由退货,欢迎试用。",
    "en": "The show price is 129 yuan; it ships within 48 hours and may be returned for a week.",
}
"""Longer than any answer of the node's own (25 characters, 15 words)."""


def drawn(overlay: Overlay) -> Box:
    height, width = overlay.luma.shape
    return share(overlay.x, overlay.y, overlay.x + width, overlay.y + height)


def share(left: float, top: float, right: float, bottom: float) -> Box:
    width, height = PROGRAM.width, PROGRAM.height
    return Box(left / width, top / height, right / width, bottom / height)


def title(clip: str, at_s: float, share_of_height: float) -> Box:
    """Where a clip of the demo writes a title: the bright letters in so much of its upper part."""
    with av.open(str(Path(node.demo.__path__[0]) / clip)) as file:
        file.seek(int(at_s * av.time_base))
        picture = next(one for one in file.decode(video=0) if (one.time or 0.0) >= at_s)
    luma = picture.to_ndarray(format="gray")
    height, width = luma.shape
    rows, columns = np.nonzero(luma[: round(height * share_of_height)] > 225)
    assert rows.size > 500, "there is a title"
    return Box(
        columns.min() / width, rows.min() / height, columns.max() / width, rows.max() / height
    )


LABEL = drawn(draw_ai_label({"zh": "AI 配音", "en": "AI voices"}, size=PROGRAM, locales=LOCALES))
CARD = share(LEFT, CARD_TOP, RIGHT, BOTTOM)
SELLER = drawn(
    draw_seller(
        Seller(name={"zh": "潮汐茶具", "en": "Tidal Tea Ware"}, licence="91000000000000000X",
               address={"zh": "潮州市演示路 1 号", "en": "1 Demo Road, Chaozhou"},
               contact="400-000-0000"),
        size=PROGRAM, locales=LOCALES,
    )
)  # fmt: skip


@pytest.fixture(scope="module")
def titles() -> dict[str, Box]:
    return {
        "end of ep1": title("ep1.mp4", 37.2, 0.5),
        "beginning of ep2": title("ep2.mp4", 1.5, 0.35),
        "end of ep2": title("ep2.mp4", 29.6, 0.4),
    }


@pytest_asyncio.fixture(loop_scope="module")
async def booth() -> AsyncIterator[Booth]:
    voice = FakeVoice(replace(ARMED, duplex="half"))  # its words are the longer ones
    async with fake_node(is_still=True, voice=voice) as (server, show, _):
        show.booth = BoothView(volume=0)
        yield server.url.rstrip("/"), voice, show


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, booth: Booth) -> AsyncIterator[Page]:
    async with visiting(
        browser, viewport={"width": 1280, "height": 800}, locale="zh-CN", has_touch=True,
        reduced_motion="reduce",
    ) as page:  # fmt: skip
        await page.goto(booth[0] + "/kiosk")
        await expect(page.get_by_test_id("talk")).to_be_visible()
        await expect(page.get_by_test_id("mute")).to_be_visible()
        yield page


async def resize(page: Page, size: tuple[int, int]) -> None:
    """Return once the page is laid out in its new size: the picture is the largest 16:9 in it."""
    width, height = size
    await page.set_viewport_size({"width": width, "height": height})
    await page.evaluate(
        """async (wanted) => {
          const frame = () => new Promise(requestAnimationFrame);
          const picture = document.querySelector("[data-testid=picture]");
          while (Math.abs(picture.getBoundingClientRect().width - wanted) > 1) await frame();
          await frame();
          await frame();
        }""",
        min(width, height * 16 / 9),
    )


def assert_on_screen(found: Mapping[str, Box], size: tuple[int, int]) -> None:
    for name, box in found.items():
        assert box.left >= 0, (name, box)
        assert box.top >= 0, (name, box)
        assert box.right <= size[0] + 1, (name, box)
        assert box.bottom <= size[1] + 1, (name, box)


def assert_clear(found: Mapping[str, Box], picture: Box, titles: Mapping[str, Box]) -> None:
    """Status line and buttons lie beside what the program draws; no part of the line is cut off."""
    status, talk = found["status"], found["talk-bar"]
    for name in ("light", "ear-notice", "clock"):
        assert found[name].bottom <= status.bottom + 0.5, name
        assert found[name].left >= status.left - 0.5, name
    margin = min(window.at.y - window.border for window in windows("pip", PROGRAM)[1:])
    assert share(0, 0, 0, margin).within(picture).bottom >= status.bottom
    for name, box in {"label": LABEL, "card": CARD, "seller": SELLER, **titles}.items():
        assert not talk.meets(box.within(picture)), (name, talk)
        assert not status.meets(box.within(picture)), (name, status)


async def test_what_the_booth_tells_of_itself_covers_nothing_of_the_program(
    screen: Page, booth: Booth, titles: dict[str, Box]
):
    for size in SCREENS + UPRIGHT:
        await resize(screen, size)
        for ear in ("closed", "armed", "listening", "sending", "muted"):
            booth[1].turn_to(ear)
            await expect(screen.get_by_test_id("light")).to_have_attribute("data-ear", ear)
            found = await boxes(
                screen, "picture", "status", "light", "ear-notice", "clock", "talk-bar"
            )
            picture = found.pop("picture")
            assert_on_screen(found, size)
            assert_clear(found, picture, titles)


@pytest.mark.parametrize("layout", ["full", "pip", "side"])
async def test_code_answer_and_buttons_stand_apart(screen: Page, booth: Booth, layout: str):
    _, voice, show = booth
    show.start_offer(int(time.time() * 1000) + 3_000_000)
    show.layout = layout
    await show.submit(ShowCard("P17", 60))
    show.announce(show.at())
    await expect(screen.get_by_test_id("code")).to_be_visible()
    await expect(screen.locator("body")).to_have_attribute("data-layout", layout)
    for size in SCREENS + UPRIGHT:
        await resize(screen, size)
        turn = voice.hear(ASKED, ANSWER)
        await expect(screen.get_by_test_id("turn")).to_have_attribute(
            "data-number", str(turn.number)
        )
        found = await boxes(screen, "picture", "status", "code", "turn", "talk-bar")
        picture = found.pop("picture")
        assert len(found) == 4, size
        assert_on_screen(found, size)
        assert_apart(found)
        assert not found["turn"].meets(CARD.within(picture)), size
        if size in UPRIGHT:
            assert min(found[name].top for name in ("code", "turn", "talk-bar")) >= picture.bottom


async def test_an_answer_does_not_cover_a_title(screen: Page, booth: Booth, titles: dict[str, Box]):
    for size in SCREENS + UPRIGHT:
        await resize(screen, size)
        turn = booth[1].hear(ASKED, {"zh": "展会价一百二十九元,满两套包邮,今天就能带走。"})
        await expect(screen.get_by_test_id("turn")).to_have_attribute(
            "data-number", str(turn.number)
        )
        found = await boxes(screen, "picture", "turn")
        for name, box in titles.items():
            assert not found["turn"].meets(box.within(found["picture"])), (name, size)


async def test_an_upright_screen_has_a_code_as_wide_as_one_that_lies(screen: Page, booth: Booth):
    await booth[2].submit(ShowCard("P17", 60))
    await expect(screen.get_by_test_id("qr")).to_be_visible()
    share_of_width = float(
        await screen.get_by_test_id("stage").get_attribute("data-code-share") or 0
    )
    for size in UPRIGHT:
        await resize(screen, size)
        qr = (await boxes(screen, "qr"))["qr"]
        assert qr.right - qr.left >= share_of_width * size[1] * 0.999, size


async def test_what_is_touched_is_as_large_as_a_finger(screen: Page, booth: Booth):
    for size in SCREENS + UPRIGHT:
        await resize(screen, size)
        booth[1].hear(ASKED, ANSWER)
        booth[1].turn_to("armed")
        await expect(screen.get_by_test_id("misheard")).to_be_visible()
        await expect(screen.get_by_test_id("consent")).to_be_visible()
        for name, box in (await boxes(screen, "talk", "ear-mute", "consent", "misheard")).items():
            assert box.right - box.left >= 44, (name, size)
            assert box.bottom - box.top >= 44, (name, size)
