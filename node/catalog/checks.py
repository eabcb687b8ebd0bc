"""What a day's files are judged by, beside the manifest: whom to believe, and who has looked."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from node.catalog.inspection import Inspected
from node.catalog.trust import UNTRUSTING, Trust


def _nobody_read(_: Path) -> str:
    return ""


def _nobody_looked(_: Path) -> None:
    return None


@dataclass(frozen=True, slots=True)
class AssetChecks:
    """`trust` says whose manifests are believed. Without `now`, an aware time, no expiry is judged.

    `sha256_of` tells a file's hash, empty where nobody knows it; `inspected` what import found in
    a clip. Both are asked for every file, so that they decide how much is read.
    """

    trust: Trust = UNTRUSTING
    now: Callable[[], datetime] | None = None
    sha256_of: Callable[[Path], str] = _nobody_read
    inspected: Inspected = _nobody_looked


NO_CHECKS: Final = AssetChecks()
"""Names, sizes and what the manifest itself says."""
