"""The real node, which gives nothing up early: `python -m tests.fakes.unhurried_node run ...`.

At a booth somebody waits, so a node there answers for a picture, a file or its own end within a
second or two. On a machine that other tests keep busy, or that stands still for a while, that is
no fault of the node's: this one waits.
"""

import sys

from node.__main__ import main
from node.capture import intake, threaded
from node.cli import running
from node.encode import encoder
from node.program import deck, runner
from node.stream import viewer

PATIENCE_S = 60.0
SUSPECT_S, GONE_S = 30.0, 40.0
"""A viewer whose process stands still says nothing for a while."""


def be_unhurried(*, of_cameras: bool = True, of_codecs: bool = True) -> None:
    """Wait for everything, where it says so for cameras and codecs too; before the node begins."""
    running.STOP_S = PATIENCE_S
    runner.ANSWER_LIMIT_S = PATIENCE_S
    deck.OPEN_LIMIT_S = PATIENCE_S
    viewer.SUSPECT_S, viewer.GONE_S = SUSPECT_S, GONE_S  # type: ignore[misc]  # final for others
    if of_codecs:
        encoder.STALL_S = PATIENCE_S  # type: ignore[misc]
    if of_cameras:
        deck.LOST_AFTER_S = threaded.STALL_S = PATIENCE_S
        intake.OPEN_S = intake.READ_S = PATIENCE_S


if __name__ == "__main__":
    be_unhurried()
    sys.exit(main())
