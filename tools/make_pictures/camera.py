"""Chromium before a page of the demo, and the moment when the picture is taken."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tools.make_pictures.demo import Demo, DemoError
from tools.make_pictures.shots import Shot

_FLAGS = [
    "--no-sandbox",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]
_PLAYS = "document.querySelector('video').videoWidth > 0"
_PATIENCE_MS = 60_000
_CARD_SLIDES_MS = 600
"""A card slides in; the pages' style sheets give it less than this."""


def take(
    shots: Sequence[Shot], demo: Demo, chromium: str, folder: Path, *, quality: int
) -> Iterator[Path]:
    """Take each picture and give its file; raises `DemoError`."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS)
        try:
            for shot in shots:
                path = folder / f"{shot.name}.jpg"
                _take(browser, shot, demo, path, quality)
                yield path
        finally:
            browser.close()


def _take(browser: Browser, shot: Shot, demo: Demo, path: Path, quality: int) -> None:
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        device_scale_factor=shot.scale,
        locale="en-US",
        timezone_id="Asia/Shanghai",  # the demo's booth
        bypass_csp=True,  # the pages forbid the evaluation that `wait_for_function` needs
    )
    page = context.new_page()
    try:
        page.goto(demo.url + shot.page)
        page.wait_for_function(_PLAYS, timeout=_PATIENCE_MS)
        demo.take(shot.segment)
        demo.await_position(shot.segment, shot.at_s)
        page.locator(shot.sign).wait_for(timeout=_PATIENCE_MS)
        page.wait_for_timeout(_CARD_SLIDES_MS)
        page.screenshot(path=path, type="jpeg", quality=quality)
    except PlaywrightError as error:
        raise DemoError(f"{shot.name}: {error}") from error
    finally:
        context.close()
