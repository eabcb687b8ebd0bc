"""A pretended node, a real browser and a page in it that must not fail, for tests of the pages."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.whep_page import CHROMIUM, FLAGS
from tests.fakes.fake_node import fake_node
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_whep import FakeWhep

HERE = Path(__file__).parent
PATIENCE_MS = 60_000
"""For all that a page is waited for: a machine busy with other tests is many times slower."""
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser lives in one event loop, so all tests of a module share that loop."""
    for item in items:
        if item.path.parent == HERE:
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest_asyncio.fixture(loop_scope="module")
async def node() -> AsyncIterator[tuple[str, FakeShow, FakeWhep]]:
    async with fake_node(is_still=True) as (server, show, whep):
        yield server.url.rstrip("/"), show, whep


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests of a module: each has a context of its own in it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    await context.close()
    assert faults == []
