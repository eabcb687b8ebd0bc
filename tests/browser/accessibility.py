"""What is wrong with a page for who sees, hears or presses otherwise: axe-core, and our own eye."""

from pathlib import Path
from typing import Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

RULES: Final = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "rules": {"color-contrast": {"enabled": False}},  # contrast.js: faster, and on pictures too
    "resultTypes": ["violations"],
    "iframes": False,  # the pages in the demo's frames are judged by themselves
    "preload": False,  # nothing here plays what could be loaded before
}
CONTRAST: Final = (Path(__file__).parent / "contrast.js").read_text("utf-8")
FOCUSED: Final = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const { left, top, right, bottom } = one.getBoundingClientRect();
  const [x, y] = [(left + right) / 2, (top + bottom) / 2];
  const seen = document.elementFromPoint(x, y);
  const label = one.labels?.[0];
  let scrolled = scrollY;
  for (let at = one.parentElement; at; at = at.parentElement) scrolled += at.scrollTop;
  const { outlineStyle, outlineWidth } = getComputedStyle(label?.matches(":focus-within") &&
    getComputedStyle(one).opacity === "0" ? label : one);
  return {
    name: one.dataset.testid ?? one.outerHTML.slice(0, 60),
    part: one.closest("section, header, dialog, footer, form, main")?.className ?? "",
    left, top: top + scrolled,
    isSeen: Boolean(seen) && (one.contains(seen) || seen.contains(one) || seen === label),
    isMarked: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
  };
}"""
"""What has the focus: where it is, whether it is in sight, whether its mark is."""


async def faults(page: Page) -> list[str]:
    """Each violation of WCAG 2.2 AA on the page as it is now, a line each."""
    found = (await Axe().run(page, options=RULES)).response["violations"]
    judged = [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]}"
        for rule in found
        for node in rule["nodes"]
    ]
    return judged + await pale(page)


async def pale(page: Page) -> list[str]:
    """Words that their ground swallows: the part of `faults` that a change of colour may bring."""
    found: list[str] = await page.evaluate(CONTRAST)
    return found


async def small(page: Page, least_px: int) -> list[str]:
    """What is to be pressed and smaller than that, of what is to be seen."""
    found: list[str] = await page.evaluate(
        """(least) => [...document.querySelectorAll("button, a[href], input, select")]
          .filter((one) => one.checkVisibility({ visibilityProperty: true }))
          .map((one) => [one, (one.labels?.[0] ?? one).getBoundingClientRect()])
          .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
          .map(([one, box]) => `${box.width} x ${box.height}: ${one.outerHTML.slice(0, 90)}`)""",
        least_px,
    )
    return found


async def walk(page: Page, most: int = 120) -> list[dict[str, object]]:
    """All that Tab comes to, from the top of the page until it leaves it."""
    steps: list[dict[str, object]] = []
    for _ in range(most):
        await page.keyboard.press("Tab")
        step = await page.evaluate(FOCUSED)
        if step is None:
            return steps
        steps.append(step)
    raise AssertionError(f"the focus never leaves the page: {steps[-5:]}")
