"""A pretended node, a real browser and a page in it that must not fail, for tests of the pages."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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


@asynccontextmanager
async def visiting(browser: Browser, **context: object) -> AsyncIterator[Page]:
    """A page in a context of its own, which is patient."""
    visitor = await browser.new_context(**context)  # type: ignore[arg-type]  # Playwright's options
    visitor.set_default_timeout(PATIENCE_MS)
    try:
        yield await visitor.new_page()
    finally:
        for page in visitor.pages:  # what is being answered in the node's place is let be
            await page.unroute_all(behavior="ignoreErrors")
        await visitor.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    faults: list[str] = []
    size = {"width": 1280, "height": 800}
    async with visiting(browser, viewport=size, locale="en-US") as page:
        page.on("pageerror", lambda error: faults.append(str(error)))
        yield page
    assert faults == []
