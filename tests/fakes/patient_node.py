"""The real node, on a machine of any speed: `python -m tests.fakes.patient_node run --config FILE`.

It makes up for every delay, however long, where a node at a booth leaves frames out, and makes no
frame before the encoders have room for it. So a test can ask that no frame is missing: what is then
missing is a fault of the node, not of a busy machine. With `CAMERAS=as at a booth` in its
environment it finds a camera lost as early as a node there does.
"""

import asyncio
import os
import sys
from concurrent.futures import Executor

from typing_extensions import override

from node.__main__ import main
from node.channels import Fanout
from node.media import AudioChunk, Frame
from node.program import mixer
from tests.fakes.unhurried_node import be_unhurried

CATCH_UP_S = 600.0
LOOK_S = 0.001
FULL = mixer.ENCODER_QUEUE - 2


class PatientMixer(mixer.Mixer):
    """Ticks when whoever reads picture and sound has room for more."""

    @override
    async def _tick(self, tick: int, due: float, pool: Executor) -> None:
        pictures = (self._picture, *self._further.values())
        while is_full(self._mixed) or any(map(is_full, pictures)):  # noqa: ASYNC110  # a queue tells nobody that it empties
            await asyncio.sleep(LOOK_S)
        await super()._tick(tick, due, pool)


def is_full(out: Fanout[Frame] | Fanout[AudioChunk]) -> bool:
    """Whether a reader of it might soon lose something."""
    return any(reader.waiting >= FULL for reader in out._readers)


if __name__ == "__main__":
    be_unhurried(of_cameras=os.environ.get("CAMERAS") != "as at a booth")
    mixer.CATCH_UP_S = CATCH_UP_S
    mixer.Mixer = PatientMixer  # type: ignore[misc]  # before `node.app` takes it
    sys.exit(main())
