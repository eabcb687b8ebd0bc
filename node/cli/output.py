"""Standard output and the log that may fail: a full disk, a reader that has gone."""

import os
import sys


def drop_stdout() -> None:
    """Send what is still to be written nowhere, so that the process can end in peace."""
    _drop(1)


def drop_stderr_if_full() -> None:
    """The same with what the log could not take; else Python ends with 120 whatever was done."""
    try:
        sys.stderr.flush()
    except OSError:
        _drop(2)


def _drop(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)
