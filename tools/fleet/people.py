"""Who may do what: tokens known by their hash alone, and three roles; pure."""

import hashlib
import secrets
from typing import Final, Literal, get_args

import msgspec

Role = Literal["viewer", "operator", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
TOKEN_BYTES: Final = 32


class Person(msgspec.Struct, frozen=True):
    """Whose token it is, as the audit names them, and what they may."""

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Whether what needs `role` is theirs to do: an admin may all, a viewer may look."""
        return ROLES.index(self.role) >= ROLES.index(role)


ROLE_OF_TYPE: Final[dict[str, Role]] = {"sys.reboot": "admin", "log.get": "operator"}
"""Commands that need more than an operator, or are named for the reader."""


def needed(type_: str) -> Role:
    """The role that a command type asks for."""
    return ROLE_OF_TYPE.get(type_, "operator")


def new_token() -> str:
    """256 random bits, as they are typed."""
    return f"fleet_{secrets.token_urlsafe(TOKEN_BYTES)}"


def token_hash(token: str) -> str:
    """What is stored of a token; it is random and long, so that one SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
