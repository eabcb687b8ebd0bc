"""The ear on the pages: its light, what was understood, TALK with consent, typed questions."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from node.program.commands import Ask, Attend, HushVoice, Misheard, MuteEar, Talk
from node.program.listening import Listening
from tests.browser.conftest import visiting
from tests.browser.places import assert_apart, boxes
from tests.browser.test_asking import CLAIM, Asking
from tests.browser.test_pages import Node, worded
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_voice import ARMED, FakeVoice

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Booth = tuple[str, FakeVoice, FakeShow]


@pytest_asyncio.fixture(loop_scope="module")
async def booth() -> AsyncIterator[Booth]:
    voice = FakeVoice()
    async with fake_node(is_still=True, voice=voice) as (server, show, _):
        yield server.url.rstrip("/"), voice, show


@pytest_asyncio.fixture(loop_scope="module")
async def screen(browser: Browser, booth: Booth) -> AsyncIterator[Page]:
    """The kiosk as a screen that is touched."""
    size = {"width": 1280, "height": 720}
    async with visiting(browser, viewport=size, locale="zh-CN", has_touch=True) as page:
        await page.goto(booth[0] + "/kiosk")
        await expect(page.get_by_test_id("talk")).to_be_visible()
        yield page


async def _to_questions(page: Page) -> None:
    """By key: the radio button itself is not to be seen."""
    await page.get_by_test_id("mode-say").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("mode-ask")).to_be_checked()


async def _operator(page: Page, booth: Booth) -> None:
    await page.goto(booth[0] + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")


async def test_each_light_has_a_word_in_both_languages_an_icon_and_a_colour(
    screen: Page, booth: Booth
):
    seen: dict[str, str] = {}
    light = screen.get_by_test_id("light")
    for ear, word, other in [
        ("closed", "未收听", "Not listening"),
        ("armed", "等唤醒词", "Waits for the wake word"),
        ("listening", "正在听", "Listening"),
        ("sending", "正在发送这一句", "Sending this question"),
        ("muted", "麦克风已关", "Microphone off"),
        ("resting", "暂停收听", "Not listening for now"),
    ]:
        booth[1].turn_to(ear)
        await expect(light).to_have_attribute("data-ear", ear)
        await expect(light).to_contain_text(word)
        await expect(light).to_contain_text(other)
        await expect(light.locator("svg")).to_be_visible()
        seen[ear] = await light.evaluate("(light) => getComputedStyle(light).borderColor")
    assert len(set(seen.values())) == 6
    booth[1].turn_to("off")
    await expect(screen.get_by_test_id("ear")).to_be_hidden()
    await expect(screen.get_by_test_id("talk-bar")).to_be_hidden()


async def test_the_notice_says_when_the_microphone_listens_and_the_mode(screen: Page, booth: Booth):
    notice = screen.get_by_test_id("ear-notice")
    await expect(notice).to_contain_text("麦克风只在唤醒词或按键后收听 · 可随时打断")
    await expect(notice).to_contain_text("Listens only after the wake word or the button")
    await expect(screen.get_by_test_id("light")).to_contain_text("simulated")
    booth[1].listening.set(Listening(ear="armed", duplex="half", microphone="desk"))
    await expect(notice).to_contain_text("按键打断")
    await expect(screen.get_by_test_id("light")).not_to_contain_text("simulated")


async def test_what_was_understood_is_shown_with_its_answer_and_can_be_rejected(
    screen: Page, booth: Booth
):
    turn = booth[1].hear()
    await expect(screen.get_by_test_id("understood")).to_have_text("价格?")
    await expect(screen.get_by_test_id("answer")).to_have_text("展会价一百二十九元。")
    cross = screen.get_by_test_id("misheard")
    await expect(cross).to_have_attribute("aria-label", "听错了：价格?")
    await cross.click()
    await expect(screen.get_by_test_id("answer")).to_contain_text("不算")
    assert booth[1].commands == [Misheard(turn.number)]
    await expect(cross).to_be_hidden()


async def test_an_answer_that_the_picture_shows_is_not_shown_twice(screen: Page, booth: Booth):
    booth[1].hear(is_drawn=True)
    await expect(screen.get_by_test_id("understood")).to_have_text("价格?")
    await expect(screen.get_by_test_id("answer")).to_have_text("")


async def test_a_sentence_that_is_cut_is_silent_at_once_and_the_program_comes_back(
    screen: Page, booth: Booth
):
    await screen.evaluate(
        """() => {
          const picture = document.querySelector("[data-testid=picture]");
          picture.addEventListener("volumechange", () => {
            picture.dataset.volumes = `${picture.dataset.volumes ?? ""} ${picture.volume}`;
          });
        }"""
    )
    booth[2].announce({"t": "hush"})
    await expect(screen.get_by_test_id("picture")).to_have_attribute("data-volumes", " 0 1")


async def test_talk_asks_for_consent_anew_each_turn(screen: Page, booth: Booth):
    talk, box = screen.get_by_test_id("talk"), screen.get_by_test_id("consent-box")
    await box.check()
    await talk.click()
    await expect(talk).to_have_attribute("aria-pressed", "true")
    await expect(talk).to_have_text("请说")
    booth[1].turn_to("armed")
    await expect(talk).to_have_attribute("aria-pressed", "false")
    await expect(box).not_to_be_checked()
    await talk.focus()
    await screen.keyboard.press("Enter")
    await expect(talk).to_have_attribute("aria-pressed", "true")
    assert booth[1].commands == [Talk(may_send=True), Talk()]


async def test_a_visitor_turns_the_microphone_off_until_a_press(screen: Page, booth: Booth):
    await screen.get_by_test_id("ear-mute").click()
    await expect(screen.get_by_test_id("light")).to_have_attribute("data-ear", "muted")
    await expect(screen.get_by_test_id("ear-notice")).to_contain_text("按键才再打开")
    await screen.get_by_test_id("talk").click()
    await expect(screen.get_by_test_id("light")).to_have_attribute("data-ear", "listening")
    assert booth[1].commands == [MuteEar(), Talk()]


@pytest.mark.parametrize(("width", "height"), [(800, 600), (1280, 720), (1920, 1080)])
async def test_the_buttons_stand_beside_the_code_of_a_node_that_asks_to_belong(
    screen: Page, booth: Booth, width: int, height: int
):
    await screen.set_viewport_size({"width": width, "height": height})
    await Asking(CLAIM).serve(screen, booth[0])
    await expect(screen.get_by_test_id("asking-digits")).to_be_visible()
    await expect(screen.get_by_test_id("talk-bar")).to_be_visible()  # the node is heard again
    booth[1].hear()
    names = ("asking", "talk-bar", "turn", "ear")
    for name in names:
        await expect(screen.get_by_test_id(name)).to_be_visible()
    found = await boxes(screen, *names)
    assert set(found) == set(names)
    assert_apart(found)


async def test_a_screen_that_nobody_touches_has_no_buttons(page: Page, booth: Booth):
    await page.goto(booth[0] + "/kiosk")
    await expect(page.get_by_test_id("light")).to_be_visible()
    booth[1].hear()
    await expect(page.get_by_test_id("turn")).to_be_visible()
    await expect(page.get_by_test_id("talk-bar")).to_be_hidden()
    await expect(page.get_by_test_id("misheard")).to_be_hidden()


async def test_a_screen_that_may_not_command_has_no_buttons(browser: Browser, booth: Booth):
    from_elsewhere = {"X-Forwarded-For": "192.168.1.9"}
    async with visiting(browser, has_touch=True, extra_http_headers=from_elsewhere) as page:
        async with page.expect_response("**/api/access") as told:
            await page.goto(booth[0] + "/kiosk")
        assert (await told.value).status == 403
        await expect(page.get_by_test_id("light")).to_be_visible()
        await expect(page.get_by_test_id("talk-bar")).to_be_hidden()


async def test_a_viewer_asks_and_only_the_answer_comes_back(page: Page, booth: Booth):
    await page.goto(booth[0] + "/")
    await expect(page.get_by_test_id("modes")).to_be_visible()
    await page.get_by_test_id("mode-say").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_test_id("say-text")).to_have_attribute(
        "placeholder", "Ask about price, colour, delivery…"
    )
    await page.get_by_test_id("say-text").fill("what is the price <b>now</b>")
    await page.keyboard.press("Enter")
    answer = page.get_by_test_id("asked-answer")
    await expect(answer).to_have_text("Price? The show price is 129 yuan.")
    await expect(page.get_by_test_id("asked")).to_contain_text("<b>now</b>")
    assert booth[1].commands == [Ask("what is the price <b>now</b>", "en")]
    assert "said3" not in booth[2].waiting


async def test_a_viewer_s_words_leave_the_booth_with_consent_for_that_question_alone(
    page: Page, booth: Booth
):
    await page.goto(booth[0] + "/")
    await expect(page.get_by_test_id("modes")).to_be_visible()
    await expect(page.get_by_test_id("consent")).to_be_hidden()
    await _to_questions(page)
    await page.get_by_test_id("consent-box").check()
    for _ in range(2):
        await page.get_by_test_id("say-text").fill("what is the price")
        await page.keyboard.press("Enter")
        await expect(page.get_by_test_id("consent-box")).not_to_be_checked()
    asked = page.get_by_test_id("asked")
    await expect(asked).to_have_count(2)
    for at in range(2):
        await expect(asked.nth(at)).to_have_attribute("data-state", "answered")
    assert [one.may_send for one in booth[1].commands] == [True, False]


async def test_a_viewer_s_question_for_staff_is_answered_later(page: Page, booth: Booth):
    await page.goto(booth[0] + "/")
    await expect(page.get_by_test_id("modes")).to_be_visible()
    await _to_questions(page)
    await page.get_by_test_id("say-text").fill("is it safe for children?")
    await page.keyboard.press("Enter")
    answer = page.get_by_test_id("asked-answer")
    await expect(answer).to_have_text("Staff has been asked")
    booth[1].settle(1, {"en": "Please ask at the desk."})
    await expect(answer).to_contain_text("Please ask at the desk.")


async def test_a_booth_without_a_voice_offers_no_question(page: Page, node: Node):
    await page.goto(node[0] + "/")
    await expect(page.locator("body")).to_have_attribute("data-state", "live")
    await expect(page.get_by_test_id("say")).to_be_visible()
    await expect(page.get_by_test_id("modes")).to_be_hidden()
    await page.goto(node[0] + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await expect(page.get_by_test_id("questions-section")).to_be_hidden()


async def test_the_operator_sees_each_question_and_who_answers(page: Page, booth: Booth):
    booth[1].hear()
    await booth[1].obey(Ask("?", "zh"))
    await _operator(page, booth)
    rows = page.get_by_test_id("question")
    await expect(rows).to_have_count(2)
    await expect(rows.nth(1)).to_contain_text("Price?")
    await expect(rows.nth(1)).to_contain_text("node")
    await expect(rows.nth(1)).to_contain_text("spoken")
    await expect(rows.nth(0)).to_contain_text("waits for staff")
    await expect(rows.nth(0)).to_contain_text("typed")
    await page.get_by_test_id("reject-1").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("result")).to_have_text("Taken back")
    await expect(rows.nth(1)).to_have_attribute("data-rejected", "true")


async def test_staff_answers_a_question_that_waits_in_writing(page: Page, booth: Booth):
    turn = await booth[1].obey(Ask("?", "zh"))
    await _operator(page, booth)
    await page.get_by_test_id(f"answer-{turn.number}").fill("It is vegan.")
    await page.keyboard.press("Enter")
    row = page.get_by_test_id("question").nth(0)
    await expect(row).to_contain_text("It is vegan.")
    await expect(row).to_have_attribute("data-waits", "false")
    await expect(page.get_by_test_id(f"answer-{turn.number}")).to_be_hidden()
    assert booth[1].commands[-1] == Attend(turn.number, {"en": "It is vegan."})


async def test_the_operator_mutes_talks_and_hushes_by_key(page: Page, booth: Booth):
    booth[1].commands.clear()
    await _operator(page, booth)
    light = page.get_by_test_id("ear-light")
    await expect(light).to_have_text("Waits for the wake word")
    await expect(page.get_by_test_id("ear-made")).to_be_visible()
    await page.keyboard.press("v")
    await expect(light).to_have_text("Microphone off")
    await expect(page.get_by_test_id("undo")).to_be_visible()
    await page.keyboard.press("u")
    await expect(light).to_have_text("Waits for the wake word")
    await page.keyboard.press("t")
    await expect(light).to_have_text("Listening")
    await page.keyboard.press("q")
    await expect(page.get_by_test_id("result")).to_have_text("Answer stopped")
    assert booth[1].commands == [MuteEar(), MuteEar(is_muted=False), Talk(), HushVoice()]


async def test_the_meter_follows_the_level_and_trouble_is_a_sentence(page: Page, booth: Booth):
    await _operator(page, booth)
    level = page.get_by_test_id("ear-level")
    await expect(level).to_have_attribute("aria-valuenow", str(round(ARMED.level_db)))
    trouble = "microphone desk: unplugged"
    booth[1].listening.set(Listening(ear="off", trouble=trouble))
    await expect(page.get_by_test_id("ear-trouble")).to_have_text(trouble)
    await expect(level).to_be_hidden()
    await expect(page.get_by_test_id("mute-ear")).to_be_disabled()


async def test_a_lost_microphone_may_be_muted_and_what_is_said_meanwhile_hushed(
    page: Page, booth: Booth
):
    await _operator(page, booth)
    lost = Listening(trouble="microphone desk: is gone", is_lost=True)
    booth[1].listening.set(lost)
    await expect(page.get_by_test_id("ear-light")).to_have_text("Hears nothing")
    await expect(page.get_by_test_id("talk-ear")).to_be_disabled()
    await expect(page.get_by_test_id("hush")).to_be_disabled()
    booth[1].listening.set(replace(lost, is_speaking=True))
    await expect(page.get_by_test_id("hush")).to_be_enabled()
    await page.keyboard.press("q")
    await expect(page.get_by_test_id("result")).to_have_text("Answer stopped")
    await page.get_by_test_id("mute-ear").click()
    await expect(page.get_by_test_id("result")).to_have_text("Microphone off")
    assert booth[1].commands == [HushVoice(), MuteEar()]


async def test_an_ear_that_rests_says_so_and_when_it_tries_again(page: Page, booth: Booth):
    await _operator(page, booth)
    booth[1].listening.set(Listening(ear="resting", again_s=42))
    await expect(page.get_by_test_id("ear-light")).to_have_text("Not listening for now")
    await expect(page.get_by_test_id("ear-trouble")).to_contain_text("too slow right now")
    await expect(page.get_by_test_id("ear-facts")).to_have_text("tries again in 42 s")
    await expect(page.get_by_test_id("talk-ear")).to_be_disabled()
    await expect(page.get_by_test_id("mute-ear")).to_be_enabled()


async def test_an_ear_whose_model_failed_says_why_and_when_it_tries_again(page: Page, booth: Booth):
    await _operator(page, booth)
    booth[1].listening.set(Listening(ear="resting", again_s=8, trouble="no memory for the model"))
    await expect(page.get_by_test_id("ear-light")).to_have_text("Not listening for now")
    await expect(page.get_by_test_id("ear-trouble")).to_have_text("no memory for the model")
    await expect(page.get_by_test_id("ear-facts")).to_have_text("tries again in 8 s")
    await expect(page.get_by_test_id("talk-ear")).to_be_disabled()
    await expect(page.get_by_test_id("mute-ear")).to_be_enabled()


async def test_a_kiosk_whose_ear_rests_asks_for_typed_questions(screen: Page, booth: Booth):
    booth[1].turn_to("resting")
    await expect(screen.get_by_test_id("ear-notice")).to_contain_text("请打字提问")
    await expect(screen.get_by_test_id("talk-bar")).to_be_hidden()
    booth[1].turn_to("armed")
    await expect(screen.get_by_test_id("talk-bar")).to_be_visible()


async def test_a_microphone_that_is_too_loud_is_to_be_turned_down(page: Page, booth: Booth):
    await _operator(page, booth)
    booth[1].listening.set(replace(ARMED, clipped_percent=31))
    await expect(page.get_by_test_id("ear-trouble")).to_contain_text("31 %")
    await expect(page.get_by_test_id("ear-trouble")).to_contain_text("Turn its level down")
    booth[1].listening.set(ARMED)
    await expect(page.get_by_test_id("ear-trouble")).to_be_hidden()


async def test_the_demo_has_its_visitors_ask(page: Page, booth: Booth):
    await page.goto(booth[0] + "/demo")
    button = page.get_by_test_id("ask-discount_zh")
    await expect(button).to_contain_text("能便宜点吗")
    await expect(button).to_contain_text("man · 1.2 m")
    await expect(page.get_by_test_id("ask-bare_zh")).to_contain_text("press Talk")
    await expect(page.get_by_test_id("sim-visitors")).to_contain_text("synthetic")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("told")).to_contain_text("A visitor asks: 小潮小潮")
    assert booth[2].asked == ["discount_zh"]
    kiosk = page.frame_locator('[data-testid="kiosk"]')
    await kiosk.get_by_test_id("talk").click()
    await expect(page.get_by_test_id("demo-ear")).to_have_text("Listening")


async def test_a_demo_without_an_ear_has_no_visitors(page: Page, node: Node):
    await page.goto(node[0] + "/demo")
    await expect(page.get_by_test_id("kill-camera")).to_be_visible()
    await expect(page.get_by_test_id("visitors-section")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/kiosk?talk=1", "/operator", "/demo"])
async def test_every_control_of_the_voice_has_a_name_and_nothing_scrolls_sideways(
    page: Page, booth: Booth, path: str
):
    booth[1].hear()
    for width, height in [(390, 844), (1280, 800), (1920, 1080)]:
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(booth[0] + path)
        await worded(page)
        nameless = await page.evaluate(
            """() => [...document.querySelectorAll("button, a, input, [role=meter]")]
              .filter((e) => e.checkVisibility())
              .filter((e) => !e.innerText?.trim() && !e.getAttribute("aria-label")
                && ![...(e.labels ?? [])].some((label) => label.innerText.trim()))
              .map((e) => e.outerHTML)"""
        )
        assert nameless == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
