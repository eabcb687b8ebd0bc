"""Carries the camera's sound to the program: from its chunks into the ring the mixer takes from."""

from collections.abc import Callable

from node.channels import Fanout
from node.media import AudioChunk
from node.program.sound import Ring


class LiveSound:
    """Optional component; without a microphone the ring stays empty and the program silent."""

    name = "live sound"

    def __init__(self, heard: Fanout[AudioChunk], ring: Ring) -> None:
        self._heard, self._ring = heard, ring

    async def run(self, ready: Callable[[], None]) -> None:
        """Carry until cancelled."""
        with self._heard.subscribe() as reader:
            ready()
            async for chunk in reader:
                self._ring.put(chunk.samples)
