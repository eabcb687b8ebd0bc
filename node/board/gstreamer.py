"""How a child process with GStreamer in it is listened to."""

import select
from collections.abc import Iterable


def readable(descriptors: Iterable[int], timeout_s: float) -> set[int]:
    """Those on which something, or the end, lies there within the time; empty when nothing does.

    Not by `select`, which refuses descriptors from 1024 on: each viewer has several.
    """
    waiting = select.poll()
    for one in descriptors:
        waiting.register(one, select.POLLIN)
    return {one for one, _ in waiting.poll(max(0, round(timeout_s * 1000)))}
