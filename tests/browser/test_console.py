"""The fleet's console in a real browser, on a real broker, with simulated nodes."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import visiting
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.fleet_node import FleetNode
from tests.fakes.mosquitto import PROGRAM

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(900),
]

SCREENS = ("wall", "node/n0001", "run", "rollouts", "alarms", "claim")


@pytest_asyncio.fixture(loop_scope="module")
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


async def enter(page: Page, desk: FleetDesk, screen: str = "wall", token: str = "") -> None:
    await page.goto(f"{desk.url}/#{screen}")
    await page.get_by_test_id("token").fill(token or desk.token)
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("login")).to_be_hidden()
    await expect(page.get_by_test_id("line")).to_have_class("line is-up")


async def turn_to(page: Page, desk: FleetDesk, screen: str) -> None:
    """Return once that screen is drawn: the page itself stays."""
    await page.goto(f"{desk.url}/#{screen}")
    await expect(page.locator(f"main.screen-{screen.split('/')[0]}")).to_be_attached()


async def wall(desk: FleetDesk, count: int, **kwargs: object) -> list[FleetNode]:
    nodes = [await desk.node(f"n{i:04d}", **kwargs) for i in range(1, count + 1)]
    for node in nodes:
        node.tell()
    return nodes


async def test_a_wrong_token_is_told_and_a_right_one_opens(page: Page, desk: FleetDesk):
    await page.goto(desk.url)
    await page.get_by_test_id("token").fill("wrong")
    await page.get_by_test_id("login-go").click()
    await expect(page.get_by_test_id("login-bad")).to_have_text("This token is not known.")
    await page.get_by_test_id("token").fill(desk.token)
    await page.get_by_test_id("login-go").click()
    await expect(page.get_by_test_id("login")).to_be_hidden()


async def test_the_wall_shows_each_booth_with_ages_and_alarms_first(page: Page, desk: FleetDesk):
    nodes = await wall(desk, 3)
    nodes[2].cpu_c = 84.0
    nodes[2].tell()
    await enter(page, desk)
    await expect(page.locator(".tile")).to_have_count(3)
    await expect(page.locator(".tile").first).to_have_attribute("data-id", "n0003")
    first = page.get_by_test_id("tile-n0003")
    await expect(first.locator(".alarm-lines")).to_contain_text("hot")
    await expect(first.locator(".facts .age").first).to_have_text(re.compile(r"\d+ s"))
    await expect(first.locator("img")).to_be_visible()


async def test_what_a_node_says_shows_at_once(page: Page, desk: FleetDesk):
    (node,) = await wall(desk, 1)
    await enter(page, desk)
    node.show.card = "bag"
    node.tell()
    await expect(page.get_by_test_id("tile-n0001").locator(".card-chip")).to_have_text("bag")


async def test_a_number_that_is_not_renewed_turns_grey(page: Page, desk: FleetDesk):
    await wall(desk, 1)
    await enter(page, desk)
    position = page.get_by_test_id("tile-n0001").locator(".what .reading")
    await expect(position).to_have_class("reading is-stale")


async def test_a_short_press_stops_nothing_and_a_long_one_stops_all(page: Page, desk: FleetDesk):
    nodes = await wall(desk, 2)
    await page.clock.install()
    await enter(page, desk)
    stop = page.get_by_test_id("stop")
    await expect(page.get_by_test_id("stop-label")).to_have_text("Hold to stop all 2 nodes")
    await page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))
    await stop.hover()
    await page.mouse.down()
    await page.clock.run_for(900)  # ms of the page's clock, however long it takes
    await expect(stop).to_have_class(re.compile("is-held"))
    await page.mouse.up()
    await expect(stop).not_to_have_class(re.compile("is-held"))
    await page.clock.resume()
    assert not any(command.type == "live.stop" for one in nodes for command in one.obeyed)
    await stop.hover()
    await page.mouse.down()
    await expect(page.get_by_test_id("stop-said")).to_have_text("stopped 2/2")
    await page.mouse.up()
    assert all(one.show.seg == "" for one in nodes)


async def test_the_stop_works_by_the_space_bar(page: Page, desk: FleetDesk):
    (node,) = await wall(desk, 1)
    await enter(page, desk, "node/n0001")
    await expect(page.get_by_test_id("stop-label")).to_have_text("Hold to stop n0001")
    await page.get_by_test_id("stop").focus()
    await page.keyboard.down(" ")
    await until(lambda: node.show.seg == "", "it stops")
    await page.keyboard.up(" ")


async def test_a_lane_is_pending_until_the_node_answers(page: Page, desk: FleetDesk):
    (node,) = await wall(desk, 1, is_mute=True)
    await enter(page, desk, "run")
    await page.get_by_test_id("run-segment").fill("ep2")  # it is sent anew for a whole minute
    await page.get_by_test_id("run-arm").click()
    lane = page.get_by_test_id("lane").first
    await expect(lane).to_contain_text("0/1")
    await expect(lane).to_contain_text("sent 1")
    node.is_mute = False
    await expect(lane).to_contain_text("1/1")


async def test_a_failure_names_the_node_and_the_reason(page: Page, desk: FleetDesk):
    await wall(desk, 1, refuse=lambda _: "asset_missing")
    await enter(page, desk, "run")
    await page.get_by_test_id("run-product").fill("bag")
    await page.get_by_test_id("run-card").click()
    await expect(page.locator(".lane-failures li").first).to_contain_text(
        "n0001 failed a file is missing"
    )


async def test_what_is_wanted_stands_beside_what_is_reported(page: Page, desk: FleetDesk):
    await desk.node("n0001", fail_sections=frozenset({"show"}))
    wanted = {"rundown": "sha256:" + "9" * 64}
    body = {"section": "show", "data": wanted, "select": {"all": True}}
    await desk.ask("POST", "/v1/wanted", body)
    await enter(page, desk, "node/n0001")
    row = page.get_by_test_id("node-sections").locator("tr.is-diff")
    await expect(row).to_contain_text("Rundown")
    await expect(row).to_contain_text("a file is missing: sha256:9f2c not on disk")


async def test_a_viewer_sees_and_has_nothing_to_press(page: Page, desk: FleetDesk):
    await wall(desk, 1)
    answer = await desk.ask("POST", "/v1/people", {"name": "mei", "role": "viewer"})
    await enter(page, desk, "run", str(answer["token"]))
    await expect(page.get_by_test_id("lanes")).to_be_attached()
    await expect(page.get_by_test_id("composer")).to_be_hidden()
    await expect(page.get_by_test_id("stop-bar")).to_be_hidden()


async def test_a_broken_line_is_told_and_mended(page: Page, desk: FleetDesk):
    await wall(desk, 1)
    await enter(page, desk)
    desk.broker.kill()
    await expect(page.get_by_test_id("line")).to_have_text("no broker")
    desk.broker.start()
    await expect(page.get_by_test_id("line")).to_have_class("line is-up")


async def test_both_languages_and_a_phone_hold_every_screen(browser: Browser, desk: FleetDesk):
    await wall(desk, 4)
    size = {"width": 390, "height": 844}
    async with visiting(browser, viewport=size, locale="zh-CN") as page:
        await enter(page, desk)
        for screen in SCREENS:
            await turn_to(page, desk, screen)
            await expect(page.locator("main h1").first).to_be_attached()
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 390, screen
            text = await page.evaluate("document.body.innerText")
            assert not any(f"{key}." in text for key in ("nav", "state", "alarm", "code")), screen
