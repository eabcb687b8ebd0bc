"""The real node with a codec that swallows pictures: `python -m tests.fakes.mute_node run ...`.

After `HEALTHY` pictures nothing comes out of it any more, though it fails at nothing.
"""

import sys

from typing_extensions import override

from node.__main__ import main
from node.encode import headroom
from node.encode.x264 import X264
from node.media import AccessUnit, Frame
from tests.fakes.unhurried_node import be_unhurried

HEALTHY = 90
MUTE = "mute from now on"


class MuteX264(X264):
    """Takes each picture and, when the time has come, gives nothing back."""

    _healthy = HEALTHY

    @override
    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:
        type(self)._healthy -= 1
        units = super().encode(frame, force_idr)
        if self._healthy == 0:
            sys.stderr.write(f"{MUTE}\n")
        return units if self._healthy > 0 else []


if __name__ == "__main__":
    be_unhurried()
    headroom.X264 = MuteX264  # type: ignore[attr-defined]  # what `choose` opens
    sys.exit(main())
