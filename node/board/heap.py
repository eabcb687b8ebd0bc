"""Keeps the process from growing: how glibc's malloc treats pictures.

Each clip is decoded by threads of its own. glibc gives threads heaps of their own and, by default,
learns from the first freed pictures to take later ones from those heaps, where they leave holes:
measured +1.1 GB an hour at 720p. With fixed limits pictures go straight back to the system: flat.
"""

import ctypes

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc
PICTURE_BYTES = 512 * 1024
"""Smaller than any program picture: larger pieces are mapped, and unmapped when freed."""
SLACK_BYTES = 1024 * 1024


def settle_heap() -> bool:
    """Fix malloc's limits; call before threads start. False where libc is not glibc."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # musl, for one, has no mallopt
        return False
    settings = {M_ARENA_MAX: 1, M_MMAP_THRESHOLD: PICTURE_BYTES, M_TRIM_THRESHOLD: SLACK_BYTES}
    taken = [mallopt(option, value) == 1 for option, value in settings.items()]
    return all(taken)
