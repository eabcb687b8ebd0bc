"""Further renditions: an encoder for each recipe that somebody watches, as long as they do."""

import asyncio
import logging
from collections.abc import Callable
from typing import Final, Protocol

from node.channels import Fanout, State
from node.encode.encoder import EncoderReport
from node.errors import DeviceError
from node.media import AccessUnit, Frame
from node.program.outputs import PROGRAM, Recipe
from node.stream.feed import Feed

log = logging.getLogger(__name__)

LINGER_S: Final = 5.0
"""An encoder stays open so long after its last viewer: a page that joins again finds it warm."""
RETRY_S: Final = (1.0, 30.0)
"""First and longest wait after an encoder that failed for good."""
QUEUE: Final = 12
"""Frames that may wait for a late encoder, 0.4 s at 30 fps."""


class Encoder(Protocol):
    """The video encoder, as far as it is run here."""

    async def run(self, ready: Callable[[], None]) -> None:
        """Encode until cancelled; raises `DeviceError`."""
        ...

    def request_idr(self) -> None:
        """Ask for an IDR."""
        ...

    @property
    def report(self) -> EncoderReport:
        """What it did."""
        ...


OpenEncoder = Callable[[Fanout[Frame], Fanout[AccessUnit]], Encoder]


class Renditions:
    """Optional component `outputs`: runs the encoders of recipes other than the program's.

    `pictures` is where the mixer puts the frames of each recipe; it makes those that an encoder
    reads. Recipes come from outputs' policies, so there are few of them, and none is forgotten.
    """

    name = "outputs"

    def __init__(self, program: Feed, open_encoder: OpenEncoder) -> None:
        self.pictures: dict[Recipe, Fanout[Frame]] = {}
        self._open_encoder = open_encoder
        self._feeds: dict[Recipe, Feed] = {PROGRAM: program}
        self._encoders: dict[Recipe, Encoder] = {}
        self._wanted: State[frozenset[Recipe]] = State(frozenset())
        self._serving: set[Recipe] = set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Encode what is wanted until cancelled."""
        self._serving.clear()
        async with asyncio.TaskGroup() as group:
            ready()
            async for wanted in self._wanted.watch():
                for recipe in wanted - self._serving - {PROGRAM}:
                    self._serving.add(recipe)
                    group.create_task(self._serve(recipe))

    def feed(self, recipe: Recipe) -> Feed:
        """The feed of a recipe; the program's own is always fed, others while they are wanted."""
        found = self._feeds.get(recipe)
        if found is None:
            units = Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr)
            found = self._feeds[recipe] = Feed(units, lambda: self._request_idr(recipe), recipe)
            self.pictures[recipe] = Fanout[Frame](size=QUEUE)
        return found

    def want(self, recipes: frozenset[Recipe]) -> None:
        """These recipes have viewers now."""
        if recipes != self._wanted.value:
            self._wanted.set(recipes)

    def report(self, recipe: Recipe) -> EncoderReport | None:
        """What the encoder of a recipe does; None for one that does not run."""
        encoder = self._encoders.get(recipe)
        return None if encoder is None else encoder.report

    def _request_idr(self, recipe: Recipe) -> None:
        """An encoder that is not open yet begins with an IDR anyway."""
        encoder = self._encoders.get(recipe)
        if encoder is not None:
            encoder.request_idr()

    async def _serve(self, recipe: Recipe) -> None:
        """Encode one recipe until nobody has wanted it for a while."""
        try:
            async with asyncio.TaskGroup() as group:
                encoding = group.create_task(self._encode(recipe))
                await self._until_unwanted(recipe)
                encoding.cancel()
        finally:
            self._serving.discard(recipe)
        if recipe in self._wanted.value:  # again, in the moment of its end
            self._wanted.set(self._wanted.value)

    async def _encode(self, recipe: Recipe) -> None:
        wait_s, longest_s = RETRY_S
        while True:
            encoder = self._open_encoder(self.pictures[recipe], self.feed(recipe).units)
            self._encoders[recipe] = encoder
            try:
                await encoder.run(lambda: None)
            except DeviceError as error:
                log.warning("outputs: %s; again in %g s", error, wait_s)
            finally:
                del self._encoders[recipe]
            await asyncio.sleep(wait_s)
            wait_s = min(longest_s, wait_s * 2)

    async def _until_unwanted(self, recipe: Recipe) -> None:
        while True:
            await self._until(recipe, is_wanted=False)
            try:
                async with asyncio.timeout(LINGER_S):
                    await self._until(recipe, is_wanted=True)
            except TimeoutError:
                return

    async def _until(self, recipe: Recipe, *, is_wanted: bool) -> None:
        async for wanted in self._wanted.watch():
            if (recipe in wanted) == is_wanted:
                return
