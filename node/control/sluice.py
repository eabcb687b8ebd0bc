"""Lets no more commands in than the show bears: what a flood brings beyond is dropped, and counted.

Nothing is lost by it: a controller sends a command again until it is answered. The broker's window
alone does not help: mosquitto 2.0.11 lets a whole queue go once the first message is confirmed
(measured: 13,000 on the way of 16 allowed), and what we say waits for its confirmation behind it.
"""

import time
from typing import Final

from node.control.orders import URGENT
from node.control.topics import parse
from node.metrics.crowd import Bucket

RATE_S: Final = 30.0
BURST: Final = 100.0
"""Commands taken a second, and at once; the program itself takes one in a frame."""
PAUSE_S: Final = 0.0002
"""The network's thread rests so long at each message too many: the show needs the processor."""


class Sluice:
    """What is urgent has a bucket of its own: a flood of others keeps no stop from its node.

    Thread: the network's.
    """

    def __init__(self) -> None:
        self._urgent, self._other = Bucket(RATE_S, BURST), Bucket(RATE_S, BURST)

    def admits(self, topic: str) -> bool:
        """Whether a message may come in; all but commands may, only not too fast."""
        place = parse(topic)
        is_urgent = place is not None and place.leaf in URGENT
        bucket = self._urgent if is_urgent else self._other
        if bucket.take(time.monotonic()):
            return True
        time.sleep(PAUSE_S)
        return place is not None and place.channel in ("desired", "time", "ctl")
