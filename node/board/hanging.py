"""Threads that may come to hang in a driver, where nothing can end them: a few of each, no more."""

import threading
from collections.abc import Callable
from typing import Final

from node.errors import DeviceError

MOST: Final = 16
"""A device that hangs is opened anew each 40 s or so: without a limit the 512 tasks that the
service may have (systemd/livesell.service) would be used up within hours."""


def begin(name: str, work: Callable[[], None]) -> None:
    """Do `work` on a thread of that name, which the process does not wait for at its end.

    Raises `DeviceError` as long as `MOST` of that name have not come back.
    """
    left = sum(one.name == name for one in threading.enumerate())
    if left >= MOST:
        raise DeviceError(f"{name}: its driver hangs: {left} openings never came back")
    threading.Thread(target=work, name=name, daemon=True).start()
