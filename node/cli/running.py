"""Runs the node until it ends or is told to stop, and says in one line why it failed."""

import asyncio
import logging
import os
import resource
import signal
import threading
import time
from collections.abc import Awaitable, Callable

from node.board.heap import settle_heap
from node.board.journal import start_logging
from node.cli.output import drop_stderr_if_full
from node.cli.texts import Texts
from node.errors import ConfigError, NodeError, RundownError

log = logging.getLogger("livesell")

STOP_S = 1.8
"""The node ends within 2 s of a signal; what is not done then is ended by force."""
THREADS_END_S = 0.3
"""What idle worker threads need to end, and more."""
FILES = 8192
EXIT_CONFIG = 78  # EX_CONFIG of sysexits.h


def heed_sigterm() -> None:
    """From now on SIGTERM interrupts as Ctrl-C does, also before the loop takes over."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def run_to_the_end(start: Callable[[], Awaitable[None]], texts: Texts, *, is_verbose: bool) -> int:
    """Run until the node ends, SIGINT or SIGTERM; the exit code of the process.

    The first signal cancels the node, a second one ends the process at once. Raises
    `ConfigError` and `RundownError` as `start` does.
    """
    start_logging(is_verbose=is_verbose)
    _raise_file_limit()
    settle_heap()
    code = 0
    try:
        asyncio.run(_until_told(start, texts))
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass
    except ExceptionGroup as group:
        code = _last_words(group, texts)
    drop_stderr_if_full()
    _leave_hanging_threads_behind(code)
    return code


def _raise_file_limit() -> None:
    """As many open files as the machine allows us: each viewer takes one socket per address."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if 0 <= soft < wanted:  # negative: no limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


async def _until_told(start: Callable[[], Awaitable[None]], texts: Texts) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    told: list[signal.Signals] = []

    def stop(by: signal.Signals) -> None:
        if told:
            os._exit(128 + by)
        told.append(by)
        end = threading.Timer(STOP_S, _end_by_force, [texts])
        end.daemon = True
        end.start()
        if task is not None:
            task.cancel()

    for by in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(by, stop, by)
    await start()


def _leave_hanging_threads_behind(code: int) -> None:
    """End the process here if a thread hangs in a driver: Python itself would wait for it."""
    end_s = time.monotonic() + THREADS_END_S
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and not thread.daemon:
            thread.join(max(0.0, end_s - time.monotonic()))
            if thread.is_alive():
                log.debug("thread %s hangs and is left behind", thread.name)
                logging.shutdown()
                os._exit(code)


def _end_by_force(texts: Texts) -> None:
    """Thread: the timer's own."""
    log.error("%s", texts("main.stopped_late", seconds=STOP_S))
    os._exit(1)


def _last_words(group: ExceptionGroup, texts: Texts) -> int:
    """Log why the node ended, the reason last; raises it instead if the files are to blame."""
    causes = leaves(group)
    faults = [line for one in causes if isinstance(one, ConfigError | RundownError)
              for line in one.faults]  # fmt: skip
    if faults:
        raise ConfigError(faults) from group
    for cause in causes:
        if not isinstance(cause, NodeError):
            log.error("a fault in the program", exc_info=cause)
    for cause in causes:
        part = ", ".join(getattr(cause, "__notes__", [])) or "node"
        reason = str(cause) if isinstance(cause, NodeError) else f"{type(cause).__name__}: {cause}"
        log.error("%s", texts("main.out_of_order", part=part, reason=reason))
    return 1


def leaves(error: Exception) -> list[Exception]:
    """The exceptions inside a group of groups, in order."""
    if not isinstance(error, ExceptionGroup):
        return [error]
    return [leaf for inner in error.exceptions for leaf in leaves(inner)]
