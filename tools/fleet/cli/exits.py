"""Exit codes of `fleet` (control-plane.md §6)."""

from collections.abc import Mapping
from typing import Final

DONE: Final = 0
BROKEN: Final = 1
"""The controller is not to be reached, or failed."""
USAGE: Final = 2
FAILED: Final = 3
"""Some nodes did not do it."""
LATE: Final = 4
"""Some nodes did not answer in time."""
NOTHING: Final = 5
"""No node was selected."""


def of_counts(counts: Mapping[str, int], open_: int) -> int:
    """The code for how the commands of an action stand; `open_` have no end yet."""
    late = counts.get("timed_out", 0) + open_
    failed = sum(counts.values()) - counts.get("done", 0) - late
    if failed:
        return FAILED
    return LATE if late else DONE


def of_refusal(code: str) -> int:
    """The code for what the controller refused: wrong usage, unless it failed itself."""
    return BROKEN if code in {"internal", "http"} else USAGE
