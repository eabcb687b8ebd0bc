"""The real node, on a machine of any speed: `python -m tests.fakes.patient_node run --config FILE`.

It makes up for every delay, however long, where a node at a booth leaves frames out. So a test can
ask that no frame is missing: what is then missing is a fault of the node, not of a busy machine.
"""

import sys

from node.__main__ import main
from node.program import composition, mixer

CATCH_UP_S = 60.0
ENCODER_QUEUE = 120
"""Frames: 4 s, of 0.35 MB each at 640x360."""

if __name__ == "__main__":
    spare = composition.CANVASES - mixer.ENCODER_QUEUE
    mixer.CATCH_UP_S = CATCH_UP_S
    mixer.ENCODER_QUEUE = ENCODER_QUEUE  # before `node.app` reads it
    composition.CANVASES = ENCODER_QUEUE + spare  # type: ignore[misc]  # final for all others
    sys.exit(main())
