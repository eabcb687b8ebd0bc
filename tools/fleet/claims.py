"""A new node asks to belong to the fleet: what it shows, who may let it in, for how long; pure.

The node posts its certificate request and shows code and fingerprint; a person reads the code off
its screen, compares the six digits on both, and approves (control-plane.md §4).
"""

import base64
from typing import Annotated, Final, Literal

import msgspec

from node.control.messages import NodeId
from node.errors import CommandError

CODE_BYTES: Final = 7
CODE_LENGTH: Final = 10
LIFE_MS: Final = 900_000
TRIES_MAX: Final = 5
"""Wrong codes before a claim is void: 32^10 codes cannot be guessed in so many."""
WAITING_MAX: Final = 100
PER_MINUTE: Final = 10
"""Claims from one address."""
MINUTE_MS: Final = 60_000

Standing = Literal["waiting", "approved", "refused", "void"]


class Asking(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a node posts."""

    node: NodeId
    csr: Annotated[str, msgspec.Meta(max_length=8_192)]
    model: Annotated[str, msgspec.Meta(max_length=100)] = ""
    serial: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Claim(msgspec.Struct, frozen=True):
    """A node's request; `secret` lets the node alone fetch what it gets."""

    id: str
    node: str
    csr: str
    model: str
    serial: str
    code: str
    secret: str
    fingerprint: str
    digits: str
    at: int
    standing: Standing = "waiting"
    tries: int = 0
    by: str = ""
    cert: str = ""

    def is_open(self, now: int) -> bool:
        """Whether it may still be approved."""
        return self.standing == "waiting" and now - self.at < LIFE_MS


def code_of(randomness: bytes) -> str:
    """10 base32 characters, as a screen shows them."""
    return base64.b32encode(randomness[:CODE_BYTES]).decode()[:CODE_LENGTH]


def tried(claim: Claim, code: str, by: str, now: int) -> Claim:
    """Approved by who read the code; raises `CommandError` for a claim that is over."""
    if not claim.is_open(now):
        raise CommandError("too_old", f"the claim of {claim.node} is over: have it ask again")
    if code.strip().upper() == claim.code:
        return msgspec.structs.replace(claim, standing="approved", by=by)
    tries = claim.tries + 1
    is_void = tries >= TRIES_MAX
    return msgspec.structs.replace(
        claim, tries=tries, standing="void" if is_void else claim.standing
    )
