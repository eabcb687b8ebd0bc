"""Loudspeaker and microphone window as the kiosk's and the operator's pages tell of them."""

import pytest
from playwright.async_api import Page, expect

from node.program.commands import LockCamera
from node.web.boothview import BoothView
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_whep import FakeWhep

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Node = tuple[str, FakeShow, FakeWhep]


async def test_the_kiosk_is_silent_and_says_so_while_the_speaker_is_off(page: Page, node: Node):
    url, show, _ = node
    show.booth = BoothView(speaker="off")
    await page.goto(url + "/kiosk")
    mute = page.get_by_test_id("mute")
    await expect(mute).to_be_visible()
    await expect(mute).to_contain_text("静音")
    await expect(mute).to_contain_text("Sound off")
    assert await page.evaluate("document.querySelector('video').volume") == 0
    await page.mouse.click(200, 200)  # a touch starts the sound, and must not here
    assert await page.evaluate("document.querySelector('video').volume") == 0
    show.booth = BoothView()
    await expect(mute).to_be_hidden()
    assert await page.evaluate("document.querySelector('video').volume") == 1


async def test_the_kiosk_is_as_loud_as_was_set_and_says_when_that_is_silent(page: Page, node: Node):
    url, show, _ = node
    show.booth = BoothView(volume=0)
    await page.goto(url + "/kiosk")
    await expect(page.get_by_test_id("mute")).to_be_visible()
    assert await page.evaluate("document.querySelector('video').volume") == 0
    show.booth = BoothView(volume=40)
    await expect(page.get_by_test_id("mute")).to_be_hidden()
    assert await page.evaluate("document.querySelector('video').volume") == pytest.approx(0.4)


async def test_the_operator_reads_how_loud_a_booth_is_that_was_turned_down(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/operator")
    note = page.get_by_test_id("volume")
    await expect(note).to_be_hidden()
    for booth, is_shown in ((BoothView(volume=40), True), (BoothView(speaker="off"), False)):
        show.booth = booth
        show.changed.set(show.changed.value + 1)
        await (expect(note).to_be_visible() if is_shown else expect(note).to_be_hidden())
        if is_shown:
            await expect(note).to_have_text("volume 40 %")


@pytest.mark.parametrize("path", ["/kiosk", "/operator"])
async def test_a_node_that_is_looked_for_shows_its_name(page: Page, node: Node, path: str):
    url, show, _ = node
    await page.goto(url + path)
    name = page.get_by_test_id("name")
    await expect(name).to_be_hidden()
    show.booth = BoothView(shows_name=True)
    show.changed.set(show.changed.value + 1)
    await expect(name).to_be_visible()
    await expect(name).to_have_text("booth-a12")
    show.booth = BoothView()
    show.changed.set(show.changed.value + 1)
    await expect(name).to_be_hidden()


async def test_a_viewer_elsewhere_hears_on_while_the_speaker_is_off(page: Page, node: Node):
    url, show, _ = node
    show.booth = BoothView(speaker="off")
    await page.goto(url + "/")
    await expect(page.get_by_test_id("title")).not_to_be_empty()
    assert await page.evaluate("document.querySelector('video').volume") == 1


async def test_the_operator_reads_until_when_a_window_is_open_and_that_nothing_hears(
    page: Page, node: Node
):
    url, show, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    note = page.get_by_test_id("listening")
    await expect(note).to_be_hidden()
    show.booth = BoothView(window="open", closes_in_s=90.0)
    show.changed.set(show.changed.value + 1)
    await expect(note).to_contain_text("microphone window: open until ")
    await expect(note).to_contain_text("no microphone: nothing is heard")


async def test_the_kiosk_never_says_that_it_listens(page: Page, node: Node):
    url, show, _ = node
    show.booth = BoothView(window="open", closes_in_s=90.0)
    await page.goto(url + "/kiosk")
    await expect(page.locator("body")).to_have_attribute("data-state", "live")
    words = (await page.inner_text("body")).lower()
    assert not [word for word in ("listen", "microphone", "麦克风", "在听") if word in words]


@pytest.mark.parametrize(
    ("language", "words", "free", "held", "told"),
    [
        ("en", "Lock camera", "automatic", "locked: exposure, colours and focus stay",
         "Camera automatic again"),
        ("zh", "锁定镜头", "自动", "已锁定", "镜头恢复自动"),
    ],
)  # fmt: skip
async def test_the_operator_locks_the_camera_by_key_and_button_and_sees_it(
    page: Page, node: Node, language: str, words: str, free: str, held: str, told: str
):
    url, show, _ = node
    show.booth = BoothView(camera_lock="off")
    await page.goto(f"{url}/operator?lang={language}")
    button, note = page.get_by_test_id("camera-lock"), page.get_by_test_id("camera-lock-note")
    await expect(button).to_contain_text(words)
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(note).to_contain_text(free)
    await page.keyboard.press("k")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(note).to_contain_text(held)
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(button).to_have_attribute("aria-pressed", "false")
    await expect(page.get_by_test_id("result")).to_have_text(told)  # what U takes back is this
    await page.keyboard.press("u")
    await expect(button).to_have_attribute("aria-pressed", "true")
    assert show.commands == [LockCamera(), LockCamera(is_locked=False), LockCamera()]


async def test_a_camera_with_nothing_to_lock_offers_no_lock_and_the_key_says_why(
    page: Page, node: Node
):
    url, _, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await expect(page.get_by_test_id("camera-lock")).to_be_hidden()
    await page.keyboard.press("k")
    await expect(page.get_by_test_id("result")).to_contain_text("nothing to lock")
