"""Where things stand on a page, once they have arrived there."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from playwright.async_api import Page


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in CSS pixels, or in shares of the picture."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )

    def within(self, picture: "Box") -> "Box":
        """Of shares of `picture`: its place on the screen."""
        return Box(
            picture.left + self.left * picture.width,
            picture.top + self.top * picture.height,
            picture.left + self.right * picture.width,
            picture.top + self.bottom * picture.height,
        )


async def settle(page: Page) -> None:
    """Return once the page is laid out and what slides in has arrived.

    What moves for ever is not waited for.
    """
    await page.evaluate(
        """async () => {
          for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
          await Promise.allSettled(document.getAnimations()
            .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
            .map((one) => one.finished));
        }"""
    )


async def resize(page: Page, width: int, height: int) -> None:
    """Give the page another size; return once it is laid out in it, and what follows has run."""
    await page.set_viewport_size({"width": width, "height": height})
    await page.wait_for_function(
        "([width, height]) => innerWidth === width && innerHeight === height", arg=[width, height]
    )
    await settle(page)


async def boxes(page: Page, *names: str) -> dict[str, Box]:
    """Where the elements of these names are, all at one moment; those hidden are left out.

    A locator's `bounding_box()` tells where one is on its way in, and two at two moments.
    """
    await settle(page)
    found: Mapping[str, list[float]] = await page.evaluate(
        """(names) => {
          const found = {};
          for (const name of names) {
            const one = document.querySelector(`[data-testid="${name}"]`);
            if (!one?.checkVisibility()) continue;
            const { left, top, right, bottom } = one.getBoundingClientRect();
            found[name] = [left, top, right, bottom];
          }
          return found;
        }""",
        list(names),
    )
    return {name: Box(*sides) for name, sides in found.items()}


def assert_apart(found: Mapping[str, Box]) -> None:
    """None of these hides a part of another."""
    for (one, a), (other, b) in combinations(found.items(), 2):
        assert not a.meets(b), (one, a, other, b)
