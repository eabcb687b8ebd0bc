"""The pages in a real browser, over a pretended show: keys, languages, frames, reconnection."""

import pytest
from playwright.async_api import Browser, Page, Route, expect

from node.program.commands import HideCard, SetLayout, ShowCard, Skip, Take, TakeLive
from tests.browser.conftest import visiting
from tests.browser.places import boxes
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_whep import TICK, FakeWhep
from tests.fakes.fleet_desk import until
from tests.fakes.mosquitto import free_port

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

Node = tuple[str, FakeShow, FakeWhep]


async def worded(page: Page) -> None:
    """Return once the page has its texts."""
    await expect(page.locator("h1").first).not_to_be_empty()
    await page.wait_for_function(
        "[...document.querySelectorAll('[data-t]')].every((one) => one.textContent)"
    )


async def _live(page: Page) -> None:
    await expect(page.locator("body")).to_have_attribute("data-state", "live")


async def test_the_operator_works_by_keyboard_alone(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    result = page.get_by_test_id("result")
    await page.keyboard.press("l")
    await expect(result).to_have_text("Live")
    await expect(page.get_by_test_id("title")).to_have_text("Live at the desk")
    assert show.commands == [TakeLive()]
    for key, command, told in [
        ("n", Skip("desk"), "Skipped"),
        ("3", Take("ep2"), "On air: Episode 2: The next seat"),
        ("p", SetLayout("pip"), "Layout: Picture in picture"),
        ("h", HideCard(), "Card down"),
    ]:
        await page.keyboard.press(key)
        await expect(result).to_have_text(told)
        assert show.commands[-1] == command
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("c")
    await expect(result).to_contain_text("Card up")
    assert isinstance(show.commands[-1], ShowCard)


async def test_a_refused_key_says_why(page: Page, node: Node):
    url, _, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await page.keyboard.press("r")
    result = page.get_by_test_id("result")
    await expect(result).to_have_text("Not done (Resumed): nothing waits to be resumed")
    await expect(result).to_have_attribute("data-ok", "false")


async def test_a_key_held_down_acts_once(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    for _ in range(4):
        await page.keyboard.down("l")
    await page.keyboard.up("l")
    await expect(page.get_by_test_id("result")).to_have_text("Live")
    assert show.commands == [TakeLive()]


async def test_a_browser_s_own_shortcut_is_no_command(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")
    await page.keyboard.press("Control+h")
    await page.keyboard.press("?")
    await expect(page.get_by_test_id("help")).to_be_visible()
    await page.keyboard.press("l")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("help")).to_be_hidden()
    assert show.commands == []


async def test_the_focus_outlives_a_new_view(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/operator")
    take = page.get_by_test_id("take-ep2")
    await take.focus()
    await show.submit(Take("idle"))  # the list is drawn anew
    await expect(page.get_by_test_id("title")).to_have_text("The assistant is here")
    await expect(take).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("result")).to_have_text("On air: Episode 2: The next seat")


async def test_who_may_only_look_is_told(browser: Browser, node: Node):
    url, _, _ = node
    from_elsewhere = {"X-Forwarded-For": "192.168.1.9"}
    async with visiting(browser, extra_http_headers=from_elsewhere) as page:
        await page.goto(url + "/operator?lang=en")
        await expect(page.get_by_test_id("banner")).to_contain_text("You can look but not command")


async def test_the_language_is_switched_and_remembered(page: Page, node: Node):
    url, _, _ = node
    await page.goto(url + "/operator")
    await expect(page.get_by_test_id("live")).to_contain_text("Go live")
    await page.get_by_test_id("language").click()
    await expect(page.get_by_test_id("live")).to_contain_text("切到直播")
    await expect(page.get_by_test_id("take-ep2")).to_contain_text("第二集 邻座")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await page.goto(url + "/")
    await expect(page.get_by_test_id("language")).to_have_text("English")
    await page.goto(url + "/?lang=en")
    await expect(page.get_by_test_id("language")).to_have_text("中文")


SEEN = """
  window.shown = [];
  const stock = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return stock.call(this, (now, meta) => {
      shown.push(meta.rtpTimestamp);
      return callback(now, meta);
    });
  };
"""
"""Notes each picture that the page is told of."""


async def _wait_for_the_frame(route: Route) -> None:
    """However late it comes: a machine that stands still for seconds has not lost it."""
    answer = await route.fetch()
    script = await answer.text()
    patient = script.replace("PATIENCE_MS = 3000", "PATIENCE_MS = 600_000")
    assert patient != script
    await route.fulfill(response=answer, body=patient)


async def test_a_card_appears_with_its_frame(page: Page, node: Node):
    url, show, whep = node
    whep.lead_frames = 8  # told half a second before the frame is even made
    await page.add_init_script(SEEN)
    await page.route("**/static/frames.js", _wait_for_the_frame)
    await page.goto(url + "/")
    await _live(page)
    await show.submit(ShowCard("P18", 20))
    card = page.get_by_test_id("card")
    await expect(card).to_contain_text("Tidal 480 ml insulated cup")
    told = int(await card.get_attribute("data-rtp") or "")
    shown = int(await card.get_attribute("data-shown-rtp") or "")
    assert shown % TICK == told % TICK
    late = {(one - told) % 2**32 for one in await page.evaluate("shown")}
    first = min(one for one in late if one < 2**31)
    assert (shown - told) % 2**32 == first, "with the first picture at or after its own, on screen"
    await expect(page.get_by_test_id("price")).to_have_text("CN¥89.00")


async def test_a_late_joiner_sees_the_card_and_leads_to_its_price(page: Page, node: Node):
    url, show, _ = node
    await show.submit(ShowCard("P17", 60))
    await page.goto(url + "/")
    buy = page.get_by_test_id("buy")
    await expect(buy).to_be_visible()
    async with page.context.expect_page() as opened:
        await buy.click()
    landing = await opened.value
    await expect(landing.get_by_test_id("price")).to_have_text("CN¥129.00")


async def test_rtp_time_is_compared_across_its_wrap(page: Page, node: Node):
    url, _, _ = node
    await page.goto(url + "/q/ab12cd")  # a page that does nothing by itself
    told = await page.evaluate(
        """async () => {
          const { hasReached, CueQueue } = await import("/static/frames.js");
          const queue = new CueQueue();
          queue.push({ rtp: 5, name: "after" }, 0);
          return {
            reached: [hasReached(5, 0xfffffff0), hasReached(0xfffffff0, 5), hasReached(7, 7)],
            before: queue.due(0xfffffff0, 10).length,
            at: queue.due(5, 20).map(({ name }) => name),
            again: queue.due(6, 30).length,
          };
        }"""
    )
    assert told == {"reached": [True, False, True], "before": 0, "at": ["after"], "again": 0}


async def test_a_frame_that_was_lost_does_not_hide_its_card(page: Page, node: Node):
    url, _, _ = node
    await page.goto(url + "/q/ab12cd")  # a page that does nothing by itself
    due = await page.evaluate(
        """async () => {
          const { CueQueue } = await import("/static/frames.js");
          const queue = new CueQueue();
          queue.push({ rtp: 9000 }, 0);
          return [queue.due(100, 2900).length, queue.due(100, 3100).length];
        }"""
    )
    assert due == [0, 1]


async def test_a_page_that_goes_says_so(page: Page, node: Node):
    url, _, whep = node
    await page.goto(url + "/")
    await _live(page)
    assert len(whep.sessions) == 1
    await page.goto(url + "/q/ab12cd")
    await until(lambda: whep.sessions == {}, "the page says that it goes")


@pytest.mark.parametrize(("why", "mute"), [("AbortError", "false"), ("NotAllowedError", "true")])
async def test_only_a_browser_that_forbids_sound_makes_a_picture_mute(
    page: Page, node: Node, why: str, mute: str
):
    await page.goto(node[0] + "/q/ab12cd")
    told = await page.evaluate(
        """async (why) => {
          const { Whep } = await import("/static/whep.js");
          const video = document.createElement("video");
          let tries = 0;
          const refused = () => Promise.reject(new DOMException("", why));
          video.play = () => (tries++ ? Promise.resolve() : refused());
          new Whep(video).start();
          while (!tries) await new Promise((go) => setTimeout(go));
          await new Promise((go) => setTimeout(go));
          return String(video.muted);
        }""",
        why,
    )
    assert told == mute


async def test_a_page_that_stood_still_itself_does_not_give_up_the_path(page: Page, node: Node):
    await page.goto(node[0] + "/q/ab12cd")
    states = await page.evaluate(
        """async () => {
          const source = await (await fetch("/static/whep.js")).text();
          const limit = Number(/CONNECT_MS = ([0-9_]+)/.exec(source)[1]);
          const { Whep } = await import("/static/whep.js");
          let now = 0;
          let look = null;
          performance.now = () => now;
          window.setInterval = (act) => (look = act) && 0;
          window.fetch = () => new Promise(() => {});
          let state = "";
          const whep = new Whep(document.createElement("video"));
          whep.addEventListener("state", ({ detail }) => (state = detail.state));
          whep.start();
          const pass = (ms) => {
            now += ms;
            look();
            return state;
          };
          const seen = [pass(250), pass(limit), pass(250)];
          while (now < 2 * limit - 500) pass(250);
          seen.push(state);
          while (now < 2 * limit + 500) pass(250);
          return [...seen, state];
        }"""
    )
    assert states == ["joining", "joining", "joining", "joining", "lost"]


async def test_the_pages_come_back_after_the_node_restarts(browser: Browser):
    port = free_port()  # nobody takes it while the node is away
    async with visiting(browser, locale="en-US") as kiosk:
        operator = await kiosk.context.new_page()
        async with fake_node(port) as (server, _, _):
            url = server.url.rstrip("/")
            await operator.goto(url + "/operator")
            await kiosk.bring_to_front()
            await kiosk.goto(url + "/kiosk")
            await _live(kiosk)
        await expect(kiosk.locator("body")).not_to_have_attribute("data-state", "live")
        await expect(operator.get_by_test_id("tally")).to_have_text("NO LINK TO THE NODE")
        async with fake_node(port):
            await _live(kiosk)
            await expect(operator.get_by_test_id("tally")).to_have_text("ON AIR")
            await kiosk.context.close()


async def test_a_module_of_the_kiosk_s_code_is_whole_pixels(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/kiosk")
    await _live(page)
    await show.submit(ShowCard("P17", 60))
    code = page.get_by_test_id("qr")
    await expect(code).to_be_visible()
    box = (await boxes(page, "qr"))["qr"]
    svg = await (await page.request.get(url + "/q/ab12cd.svg")).text()
    modules = int(svg.split('viewBox="0 0 ')[1].split(" ")[0])
    assert box.width % modules == 0
    assert box.width >= 0.2 * 1280
    await show.submit(HideCard())
    await expect(code).to_be_hidden()


async def test_a_code_that_cannot_be_fetched_is_fetched_again(page: Page, node: Node):
    url, show, _ = node
    refused: list[str] = []

    async def refuse_six(route: Route) -> None:
        refused.append(route.request.url)
        await (route.fulfill(status=503) if len(refused) <= 6 else route.continue_())

    await page.route("**/q/*.svg", refuse_six)
    await page.goto(url + "/kiosk")
    await _live(page)
    await show.submit(ShowCard("P17", 600))
    await expect(page.get_by_test_id("qr")).to_be_visible()
    assert len(refused) > 6


async def test_the_demos_panel_is_pressed_and_its_lamps_are_lit(page: Page, node: Node):
    url, show, _ = node
    show.buttons, show.lit = ("live", "next"), ("red", "green")
    await page.goto(url + "/demo")
    button = page.get_by_test_id("press-live")
    await expect(button).to_have_text("LIVE")
    tally, ear = page.get_by_test_id("lamp-tally"), page.get_by_test_id("lamp-ear")
    await expect(ear).to_have_css("background-color", "rgb(255, 176, 32)")
    show.lit = ()
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("told")).to_have_text("Pressed: LIVE")
    await expect(tally).to_have_attribute("data-lit", "true")
    await expect(ear).to_have_attribute("data-lit", "false")


async def test_a_demo_without_a_panel_shows_none(page: Page, node: Node):
    await page.goto(node[0] + "/demo")
    await expect(page.get_by_test_id("kill-camera")).to_be_visible()
    await expect(page.get_by_test_id("panel-section")).to_be_hidden()


async def test_the_demo_shows_three_pages_and_breaks_the_camera(page: Page, node: Node):
    url, show, _ = node
    await page.goto(url + "/demo")
    for name in ("kiosk", "phone"):
        body = page.frame_locator(f'[data-testid="{name}"]').locator("body")
        await expect(body).to_have_attribute("data-state", "live")
    await expect(page.get_by_test_id("first-viewer")).to_contain_text(" ms")
    desk = page.frame_locator('[data-testid="desk"]')
    await expect(desk.get_by_test_id("tally")).to_have_text("ON AIR")
    await page.get_by_test_id("kill-camera").click()
    await expect(page.get_by_test_id("told")).to_have_text("Broken: camera")
    assert show.broken == {"camera"}
    await page.get_by_test_id("heal-camera").click()
    await expect(page.get_by_test_id("kill-camera")).to_be_visible()
    assert show.broken == set()


@pytest.mark.parametrize("path", ["/", "/kiosk", "/operator", "/demo", "/q/ab12cd"])
async def test_every_control_has_a_name_and_no_page_scrolls_sideways(
    page: Page, node: Node, path: str
):
    url, _, _ = node
    for width, height in [(390, 844), (1280, 800), (1920, 1080)]:
        await page.set_viewport_size({"width": width, "height": height})
        await page.goto(url + path)
        await worded(page)
        nameless = await page.evaluate(
            """() => [...document.querySelectorAll("button, a, iframe, img:not([alt])")]
              .filter((e) => e.checkVisibility())
              .filter((e) => !e.innerText?.trim() && !e.getAttribute("aria-label"))
              .map((e) => e.outerHTML)"""
        )
        assert nameless == []
        assert await page.evaluate("document.documentElement.scrollWidth") <= width
