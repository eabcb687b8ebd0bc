"""Who acts on a command, as the agent sees it, and what its failures are called on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from node.control.messages import Code, Command, ContractError, JsonObject
from node.control.orders import Order
from node.errors import AssetError, CommandError, LinkError
from node.store.letters import Post


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command came to: its answer's `result`, and messages that go out with its end."""

    result: JsonObject
    posts: tuple[Post, ...] = ()


class Performer(Protocol):
    """Who acts."""

    def is_repeatable(self, order: Order) -> bool:
        """Whether it may simply be done again after a crash."""
        ...

    async def prepare(self, order: Order) -> None:
        """Have ready what it needs, where its time is still to come."""
        ...

    async def perform(self, command: Command) -> Outcome:
        """Act; raises a `NodeError` where that is not possible now."""
        ...

    def holds(self, command: Command, *, is_same_boot: bool) -> bool:
        """Whether the real state is what it asked for; the machine may have started since."""
        ...


CODES: Final[Mapping[str, Code]] = {
    "no_answer": "timeout",
    "not_ready": "asset_missing",
    "camera_lost": "asset_missing",
    "disk": "disk_full",
    "busy": "busy",
    "late": "timeout",
}
"""Reason codes of the node that have a word of their own; any other is a precondition."""


def code_of(error: Exception) -> Code:
    """The reason code of the control plane for what the node says."""
    match error:
        case ContractError(code=code):
            return code
        case CommandError(code=code):
            return CODES.get(code, "precondition")
        case AssetError():
            return "asset_missing"
        case LinkError():
            return "timeout"
        case _:
            return "hw_error"
