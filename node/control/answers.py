"""What a node says of a command: one form for the network's thread and the loop."""

from dataclasses import dataclass
from typing import Final

import msgspec

from node.control.messages import (
    MESSAGE_MAX,
    RETRYABLE,
    VERSION,
    Ack,
    Code,
    JsonObject,
    Reason,
    Status,
)
from node.control.timing import Reading
from node.control.topics import address
from node.store.letters import Post, Step

STATUS_OF: Final[dict[Code, Status]] = {
    "too_old": "expired",
    "stale_seq": "superseded",
    "stopped": "cancelled",
    "cancelled": "cancelled",
    "precondition": "failed",
    "asset_missing": "failed",
    "busy": "failed",
    "disk_full": "failed",
    "hw_error": "failed",
    "timeout": "failed",
    "interrupted": "failed",
}
"""Every other code is a rejection (control-plane.md §1.6)."""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of one node."""

    org: str
    node: str

    @property
    def topic(self) -> str:
        """Where they go."""
        return str(address(self.org, self.node, "ack"))

    def said(
        self, id_: str, status: Status, reading: Reading, *, result: JsonObject | None = None
    ) -> bytes:
        """That a command is under way, or done."""
        ack = Ack(VERSION, id_, self.node, status, reading.now, reading.state, result=result or {})
        return msgspec.json.encode(ack)

    def refused(self, id_: str, code: Code, message: str, reading: Reading) -> bytes:
        """That a command ended otherwise, and why."""
        reason = Reason(code, message[:MESSAGE_MAX], retryable=code in RETRYABLE)
        ack = Ack(
            VERSION, id_, self.node, status_of(code), reading.now, reading.state, reason=reason
        )
        return msgspec.json.encode(ack)

    def post(self, id_: str, body: bytes, reading: Reading) -> Post:
        """An answer as a message that must go."""
        return Post(self.topic, body, "ack", reading.now, id_)

    def step(
        self, id_: str, status: Status, reading: Reading, *, result: JsonObject | None = None
    ) -> Step:
        """A command's next status, with its answer."""
        body = self.said(id_, status, reading, result=result)
        return Step(id_, status, body, self.topic, reading.now)

    def end(self, id_: str, code: Code, message: str, reading: Reading) -> Step:
        """A command's end by a reason, with its answer."""
        body = self.refused(id_, code, message, reading)
        return Step(id_, status_of(code), body, self.topic, reading.now)


def status_of(code: Code) -> Status:
    """The status that belongs to a reason code."""
    return STATUS_OF.get(code, "rejected")


def again(body: bytes) -> bytes:
    """The same answer, marked as given before."""
    return msgspec.json.encode(
        msgspec.structs.replace(msgspec.json.decode(body, type=Ack), dup=True)
    )
