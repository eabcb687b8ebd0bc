"""A process that has so many files open that new ones get numbers that `select` refuses."""

import os
import resource
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

FD_SETSIZE = 1024
ROOM = 64


@contextmanager
def more_open_files() -> Iterator[None]:
    """Every file opened while the context lasts has a number of 1024 or more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, FD_SETSIZE + ROOM), hard))
    try:
        with ExitStack() as opened:
            number = 0
            while number < FD_SETSIZE:
                number = os.open(os.devnull, os.O_RDONLY)
                opened.callback(os.close, number)
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
