"""What a machine shows while it asks to belong to a fleet: the code for a person to compare."""

from dataclasses import dataclass
from typing import Literal

Asking = Literal["asking", "waiting", "refused", "storing"]
"""No code yet; a person is to approve; a person said no; approved, and being put away."""


@dataclass(frozen=True, slots=True)
class Claiming:
    """A node that asks. `ends_s` is the loop's time at which the code is over, 0 without one.

    `url` is what the QR code says; `digits` come from the node's key and the fleet's root key, the
    same on the console; `why` says what is wrong, in English, `reason` is its code.
    """

    standing: Asking
    node: str
    console: str
    serial: str = ""
    url: str = ""
    code: str = ""
    digits: str = ""
    ends_s: float = 0.0
    reason: str = ""
    why: str = ""
