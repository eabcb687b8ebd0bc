"""`python -m tools.rigs.guest.drivers`: each driver of the node alone on a simulated device."""

import sys
from collections.abc import Sequence

from tools.rigs.guest import parts
from tools.rigs.guest.steps import BOOT, Step, take

STEPS: Sequence[Step] = (
    BOOT,
    Step("V4L2 driver on vivid", "frames, unplugged, plugged", parts.camera),
    Step("V4L2 driver, two cameras", "at once by links; single-, multi-planar", parts.inputs),
    Step("V4L2 driver, HDMI", "a signal, none, another size", parts.hdmi),
    Step("V4L2 driver, S-Video", "woven, none, another standard", parts.analog),
    Step("V4L2 encoder's queues on vicodec", "pictures in order, twice; unplugged", parts.encoder),
    Step("GPIO driver on gpio-sim", "20 presses, bounces, lamps", parts.panel),
)

if __name__ == "__main__":
    sys.exit(take(STEPS, sys.argv[1:]))
