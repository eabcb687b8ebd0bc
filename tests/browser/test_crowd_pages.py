"""What crowd and clock do to the pages: likes, messages, offers, stock, gates, a new day."""

import re
import time

import pytest
from playwright.async_api import Browser, Page, expect

from node.program.commands import (
    Approve,
    Arm,
    Busy,
    HideCard,
    Refuse,
    Resume,
    SetStock,
    ShowCard,
    StaffOpen,
    Take,
)
from tests.browser.conftest import visiting
from tests.browser.test_pages import Node
from tests.fakes.fleet_desk import until

NEARLY_10_MIN = re.compile(r"^(10:00|[5-9]:[0-5]\d)$")
"""What is left of them by the time that a busy machine has drawn the page."""

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]


async def _viewer(page: Page, node: Node) -> None:
    """A viewer's page that sees the show, and that the node hears."""
    _, _, whep = node
    before = len(whep.said("seen"))
    await page.goto(node[0] + "/")
    await expect(page.locator("body")).to_have_attribute("data-state", "live")
    await expect(page.get_by_test_id("like")).to_have_attribute("aria-label", "Like, 0 so far")
    await until(lambda: len(whep.said("seen")) > before, "the node hears the page")


async def _operator(page: Page, node: Node) -> None:
    await page.goto(node[0] + "/operator")
    await expect(page.get_by_test_id("tally")).to_have_text("ON AIR")


def _ends_at(in_s: float) -> int:
    return round((time.time() + in_s) * 1000)


async def test_likes_are_sent_together_and_counted_once(page: Page, node: Node):
    _, show, whep = node
    await _viewer(page, node)
    before = show.likes
    await page.get_by_test_id("like").evaluate("(like) => { for (let i = 7; i; i--) like.click() }")
    await expect(page.get_by_test_id("likes")).to_have_text(f"{before + 7:,}")
    told = whep.said("like")
    assert sum(int(str(one["n"])) for one in told) == 7
    assert len(told) <= 2


async def test_a_like_that_nobody_hears_yet_is_told_later(page: Page, node: Node):
    await page.goto(node[0] + "/q/ab12cd")
    told = await page.evaluate(
        """async () => {
          const { LikeSender } = await import("/static/hearts.js");
          let tick = null;
          window.setTimeout = (act) => (tick = act) && 1;
          const told = [];
          let isHeard = false;
          const likes = new LikeSender(({ n }) => isHeard && Boolean(told.push(n)));
          for (let i = 60; i; i--) likes.add();
          tick();
          isHeard = true;
          tick();
          tick();
          return told;
        }"""
    )
    assert told == [50, 10]


async def test_hearts_on_screen_are_capped_however_many_likes_come(page: Page, node: Node):
    _, show, _ = node
    await _viewer(page, node)
    most = await page.evaluate(
        """async () => {
          const { Hearts } = await import("/static/hearts.js");
          const sky = document.createElement("div");
          document.body.append(sky);
          const hearts = new Hearts(sky);
          let born = 0;
          new MutationObserver((all) => all.forEach((m) => (born += m.addedNodes.length)))
            .observe(sky, { childList: true });
          const began = performance.now();
          while (performance.now() - began < 2000) {
            hearts.pour(1000);
            await new Promise((go) => setTimeout(go, 50));
          }
          return [born, sky.childElementCount, (performance.now() - began) / 1000];
        }"""
    )
    assert 0 < most[0] <= most[2] * 20 + 2
    assert most[1] <= 40
    assert show.likes > 0


async def test_who_wants_calm_sees_no_hearts(browser: Browser, node: Node):
    async with visiting(browser, reduced_motion="reduce", locale="en-US") as page:
        await _viewer(page, node)
        await page.get_by_test_id("like").click()
        await expect(page.get_by_test_id("likes")).not_to_be_empty()
        assert await page.get_by_test_id("heart").count() == 0


async def test_a_message_is_said_approved_by_key_and_shown_as_text(browser: Browser, node: Node):
    url, show, _ = node
    show.waiting.clear()
    size = {"width": 1280, "height": 800}
    async with visiting(browser, locale="en-US", viewport=size) as viewer:
        operator = await viewer.context.new_page()
        await operator.goto(url + "/operator")
        await viewer.bring_to_front()
        await _viewer(viewer, node)
        await viewer.get_by_test_id("say-text").fill("<b>Is it</b> safe?")
        await viewer.keyboard.press("Enter")
        await expect(viewer.get_by_test_id("said")).to_contain_text("approved")
        await operator.bring_to_front()
        waiting = operator.get_by_test_id("waiting-message")
        await expect(waiting).to_contain_text("<b>Is it</b> safe?")
        await operator.keyboard.press("m")
        await operator.keyboard.press("a")
        await expect(operator.get_by_test_id("result")).to_have_text("Message approved")
        assert isinstance(show.commands[-1], Approve)
        await viewer.bring_to_front()
        await expect(viewer.get_by_test_id("messages")).to_contain_text("<b>Is it</b> safe?")


async def test_a_message_is_refused_and_the_next_has_the_focus(page: Page, node: Node):
    await _operator(page, node)
    rows = page.get_by_test_id("waiting-message")
    await expect(rows).to_have_count(3)
    await page.keyboard.press("m")
    await page.keyboard.press("x")
    await expect(page.get_by_test_id("result")).to_have_text("Message refused")
    assert node[1].commands == [Refuse("m1")]
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_be_focused()


async def test_an_offer_counts_down_with_its_struck_price_and_basis(page: Page, node: Node):
    _, show, _ = node
    show.start_offer(_ends_at(600))
    await _viewer(page, node)
    await show.submit(ShowCard("P17", 60))
    await expect(page.get_by_test_id("price")).to_have_text("CN¥99.00")
    await expect(page.get_by_test_id("was")).to_contain_text("CN¥129.00")
    await expect(page.get_by_test_id("basis")).to_have_text("lowest price of the last 30 days")
    await expect(page.get_by_test_id("left")).to_have_text("27 sets left")
    countdown = page.get_by_test_id("countdown")
    await expect(countdown).to_have_text(NEARLY_10_MIN)
    first = await countdown.inner_text()
    await expect(countdown).not_to_have_text(first)
    await expect(page.get_by_test_id("strip")).to_be_hidden()  # the card counts itself
    await show.submit(HideCard())
    await expect(page.get_by_test_id("strip")).to_be_visible()


async def test_a_price_without_a_basis_is_not_struck(page: Page, node: Node):
    await _viewer(page, node)
    struck = await page.evaluate(
        """async () => {
          const { drawCard } = await import("/static/card.js");
          const card = { product: "P1", title: { en: "Cup" }, price: { en: "1" }, badge: {},
                         image: "", link: "/q/x" };
          const count = (more) => drawCard({ ...card, ...more }).querySelectorAll("s").length;
          return [count({ was: { en: "2" }, basis: null }),
                  count({ was: { en: "2" }, basis: { en: "lowest" } })];
        }"""
    )
    assert struck == [0, 1]


async def test_what_is_sold_out_has_no_link_and_no_code(browser: Browser, node: Node):
    url, show, _ = node
    size = {"width": 1280, "height": 800}
    async with visiting(browser, locale="en-US", viewport=size) as page:
        await _viewer(page, node)
        await show.submit(ShowCard("P17", 60))
        await expect(page.get_by_test_id("buy")).to_be_visible()
        await show.submit(SetStock("P17", 0))
        await expect(page.get_by_test_id("stock")).to_have_text("Sold out")
        await expect(page.get_by_test_id("buy")).to_have_count(0)
        await page.goto(url + "/kiosk")
        await expect(page.locator("body")).to_have_attribute("data-state", "live")
        await expect(page.get_by_test_id("code")).to_be_hidden()
        await show.submit(SetStock("P17", 5))
        await expect(page.get_by_test_id("code")).to_be_visible()


async def test_a_tap_on_the_card_tells_its_code(page: Page, node: Node):
    _, show, whep = node
    await show.submit(ShowCard("P17", 60))
    await _viewer(page, node)
    buy = page.get_by_test_id("buy")
    await expect(buy).to_be_visible()
    async with page.context.expect_page():
        await buy.click()
    await until(lambda: whep.said("tap"), "the node hears of the tap")
    assert whep.said("tap") == [{"t": "tap", "code": "ab12cd"}]
    seen = whep.said("seen")
    assert len(seen) == 1
    assert int(str(seen[0]["first_ms"])) > 0


async def test_the_kiosk_counts_the_offer_down_beside_its_code(page: Page, node: Node):
    url, show, _ = node
    show.start_offer(_ends_at(600))
    await page.goto(url + "/kiosk")
    await expect(page.get_by_test_id("strip")).to_contain_text("27 sets left")
    await show.submit(ShowCard("P17", 60))
    await expect(page.get_by_test_id("until").locator("b")).to_have_text(NEARLY_10_MIN)
    await expect(page.get_by_test_id("strip")).to_be_hidden()


async def test_the_time_line_shows_gates_offers_and_now(page: Page, node: Node):
    await _operator(page, node)
    await expect(page.get_by_test_id("day-block")).to_have_count(4)  # one crosses midnight
    await expect(page.get_by_test_id("day-clock")).to_contain_text("11:58")
    await expect(page.get_by_test_id("note-offer").first).to_contain_text("from 12:00, 30 in all")
    note = page.get_by_test_id("note-gate")
    await expect(note).to_contain_text("shut, The assistant is here plays instead")
    await expect(note).to_contain_text("scans 1 of 3")
    turns = page.locator('[data-testid="turn"][data-gate="shut"]')
    await expect(turns.first).to_have_attribute("data-segment", "idle")
    await page.keyboard.press("g")
    await expect(note).to_contain_text("open")
    assert node[1].commands == [StaffOpen("ep2")]
    await expect(page.locator('[data-testid="turn"][data-segment="ep2"]').first).to_be_attached()


async def test_what_was_done_is_undone_by_key(page: Page, node: Node):
    _, show, _ = node
    await _operator(page, node)
    busy = page.get_by_test_id("busy")
    await page.keyboard.press("b")
    await expect(busy).to_have_attribute("aria-pressed", "true")
    await expect(page.get_by_test_id("undo")).to_be_visible()
    await page.keyboard.press("u")
    await expect(busy).to_have_attribute("aria-pressed", "false")
    assert show.commands == [Busy(is_busy=True), Busy(is_busy=False)]


async def test_a_take_is_undone_by_going_back_and_a_hidden_card_comes_again(page: Page, node: Node):
    _, show, _ = node
    await show.submit(ShowCard("P18", 600))
    await _operator(page, node)
    await page.keyboard.press("h")
    await expect(page.get_by_test_id("result")).to_have_text("Card down")
    await page.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("result")).to_contain_text("Card up")
    again = show.commands[-1]
    assert isinstance(again, ShowCard)
    assert again.product == "P18"
    assert 0 < again.for_s <= 600
    await page.keyboard.press("l")
    await expect(page.get_by_test_id("result")).to_have_text("Live")
    await page.keyboard.press("u")
    await expect(page.get_by_test_id("result")).to_have_text("Resumed")
    assert show.commands[-1] == Resume()


async def test_a_segment_is_armed_by_button_and_by_key(page: Page, node: Node):
    _, show, _ = node
    await _operator(page, node)
    await page.get_by_test_id("arm-ep2").click()
    await expect(page.get_by_test_id("next")).to_have_text("Episode 2: The next seat")
    await page.get_by_test_id("take-idle").focus()
    await page.keyboard.press("e")
    await expect(page.get_by_test_id("result")).to_have_text("Armed: The assistant is here")
    assert show.commands == [Arm("ep2"), Arm("idle")]


async def test_stock_is_set_from_the_keyboard(page: Page, node: Node):
    _, show, _ = node
    await _operator(page, node)
    await page.keyboard.press("-")
    count = page.get_by_test_id("stock-count")
    await expect(count).to_have_value("85")
    await page.keyboard.type("12")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("result")).to_contain_text("Stock set")
    assert show.commands == [SetStock("P17", 12)]
    await expect(page.get_by_test_id("stock-P17")).to_contain_text("12 in stock")


async def test_a_refused_day_lists_its_findings_and_a_good_one_is_used(page: Page, node: Node):
    await _operator(page, node)
    await page.keyboard.press("d")
    files = page.get_by_test_id("upload-files")
    day = {"name": "day.toml", "mimeType": "application/toml"}
    await files.set_input_files([day | {"buffer": b"bad"}])
    await page.get_by_test_id("upload-send").click()
    verdict = page.get_by_test_id("upload-verdict")
    await expect(verdict).to_have_text("Refused: 2 errors. The show goes on unchanged.")
    errors = page.get_by_test_id("errors").get_by_test_id("finding")
    await expect(errors).to_have_count(2)
    await expect(errors.first).to_contain_text("day.toml: segment[1].cue[1].at = '03:31.5'")
    await expect(page.get_by_test_id("warnings").get_by_test_id("finding")).to_have_count(1)
    await files.set_input_files([day | {"buffer": b"good"}])
    await expect(errors).to_have_count(0)
    await page.get_by_test_id("upload-send").focus()
    await page.keyboard.press("Enter")
    await expect(verdict).to_have_text("In use from now on.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("upload")).to_be_hidden()


async def test_files_too_large_are_not_even_sent(page: Page, node: Node):
    await _operator(page, node)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    await page.get_by_test_id("upload-open").click()
    await page.get_by_test_id("upload-files").set_input_files(
        [{"name": "day.toml", "mimeType": "application/toml", "buffer": b"#" * 310_000}]
    )
    await page.get_by_test_id("upload-send").click()
    await expect(page.get_by_test_id("upload-verdict")).to_contain_text("too large")
    assert not [url for url in sent if url.endswith("/api/day")]


async def test_a_take_of_what_is_on_air_has_no_undo(page: Page, node: Node):
    await _operator(page, node)
    told = await page.evaluate(
        """async () => {
          const { undoOf } = await import("/static/undo.js");
          const view = { status: { segment: "ep1", kind: "clip", next: "desk", layout: "full" },
                         day: { is_busy: false }, products: [] };
          return [undoOf({ do: "take", segment: "ep1" }, view),
                  undoOf({ do: "take", segment: "desk" }, view),
                  undoOf({ do: "card.hide" }, view), undoOf({ do: "skip" }, view),
                  undoOf({ do: "arm", segment: "ep2" }, view)];
        }"""
    )
    resume, arm = {"do": "resume"}, {"do": "arm", "segment": "desk"}
    assert told == [None, resume, None, None, arm]
    assert Take("ep1") not in node[1].commands
