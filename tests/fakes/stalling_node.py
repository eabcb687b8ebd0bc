"""The real node with a codec that hangs: `python -m tests.fakes.stalling_node run --config FILE`.

After `HEALTHY` pictures it answers no more, as a hung driver does; environment `HANGS` says how
many times in all, each at the first picture after it was opened anew.
"""

import os
import sys
import threading

from typing_extensions import override

from node.__main__ import main
from node.encode import headroom
from node.encode.x264 import X264
from node.media import AccessUnit, Frame
from tests.fakes.unhurried_node import be_unhurried

HEALTHY = 60


class StallingX264(X264):
    """Hangs for ever in `encode` when the time has come."""

    _healthy = HEALTHY
    _hangs = int(os.environ.get("HANGS", "0"))

    @override
    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:
        cls = type(self)
        cls._healthy -= 1
        if cls._healthy < 0 and cls._hangs > 0:
            cls._hangs -= 1
            threading.Event().wait()
        return super().encode(frame, force_idr)


if __name__ == "__main__":
    be_unhurried(of_codecs=False)
    headroom.X264 = StallingX264  # type: ignore[attr-defined]  # what `choose` opens
    sys.exit(main())
