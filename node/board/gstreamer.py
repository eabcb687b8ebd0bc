"""A child process with GStreamer in it: what it must be told, and how it is listened to."""

import select
from collections.abc import Iterable
from typing import Final

NO_NEW_CODE: Final = {"ORC_CODE": "backup"}
"""Its vector code is not made at run time: the service may not (MemoryDenyWriteExecute)."""


def readable(descriptors: Iterable[int], timeout_s: float) -> set[int]:
    """Those on which something, or the end, lies there within the time; empty when nothing does.

    Not by `select`, which refuses descriptors from 1024 on: each viewer has several.
    """
    waiting = select.poll()
    for one in descriptors:
        waiting.register(one, select.POLLIN)
    return {one for one, _ in waiting.poll(max(0, round(timeout_s * 1000)))}
