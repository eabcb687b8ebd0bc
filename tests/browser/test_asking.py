"""The booth's screen of a node that asks to belong to a fleet."""

import re

import pytest
import segno
from playwright.async_api import Page, Route, expect

from tests.browser.places import boxes

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]

CODE = "AAAAABBBBB"
CLAIM = {
    "standing": "waiting", "node": "n0001", "console": "https://fleet.example:8090",
    "serial": "10000000abcd", "url": f"https://fleet.example:8090/claim#n0001.{CODE}.{'ab' * 32}",
    "code": CODE, "digits": "123456", "left_s": 800, "reason": "", "why": "",
}  # fmt: skip


class Asking:
    """Answers in a node's place; `claim` is what it says now."""

    def __init__(self, claim: dict[str, object] | None) -> None:
        self.claim = claim

    async def serve(self, page: Page, url: str) -> None:
        await page.route("**/api/claim", self._told)
        await page.route("**/api/claim.svg*", self._drawn)
        await page.route(re.compile("/kiosk$"), self._page)
        await page.goto(f"{url}/kiosk")

    async def _told(self, route: Route) -> None:
        await route.fulfill(json={"claim": self.claim})

    async def _drawn(self, route: Route) -> None:
        svg = segno.make(str(CLAIM["url"]), error="m").svg_inline(omitsize=True, border=4)
        head = svg.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
        await route.fulfill(body=head, content_type="image/svg+xml")

    async def _page(self, route: Route) -> None:
        answer = await route.fetch()
        body = (await answer.text()).replace("data-code-share", "data-asking data-code-share")
        await route.fulfill(response=answer, body=body)


async def test_the_screen_shows_code_and_digits_until_the_node_belongs(page: Page, node):
    url, _, _ = node
    asking = Asking(CLAIM)
    await asking.serve(page, url)
    panel = page.get_by_test_id("asking")
    await expect(page.get_by_test_id("asking-digits")).to_have_text("123 456")
    await expect(panel).to_contain_text("n0001 · 10000000abcd")
    await expect(panel).to_contain_text("尚未加入管理中心")
    await expect(panel).to_contain_text("(13:20)")
    assert (await boxes(page, "asking-code"))["asking-code"].width > 150
    asking.claim = None
    await expect(panel).to_have_count(0)


async def test_the_screen_says_that_the_console_is_silent_or_said_no(page: Page, node):
    url, _, _ = node
    silent = CLAIM | {"url": "", "code": "", "digits": "", "standing": "asking"}
    asking = Asking(silent | {"reason": "unreachable", "why": "no route"})
    await asking.serve(page, url)
    standing = page.get_by_test_id("asking-standing")
    await expect(standing).to_contain_text("The show goes on.")
    asking.claim = silent | {"standing": "refused", "reason": "refused", "why": "refused"}
    await expect(standing).to_contain_text("管理中心已拒绝")


async def test_a_screen_that_is_not_the_nodes_own_is_told_nothing(page: Page, node):
    url, _, _ = node
    asking = Asking(CLAIM)
    await asking.serve(page, url)
    await page.unroute("**/api/claim")
    await page.route("**/api/claim", lambda route: route.fulfill(status=403, body="forbidden"))
    await page.reload()
    await expect(page.get_by_test_id("asking")).to_have_count(0)
