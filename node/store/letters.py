"""What lies in the inbox and the outbox, as plain values."""

from dataclasses import dataclass
from typing import Literal

Open = Literal["accepted", "running"]
Ended = Literal["done", "failed", "rejected", "expired", "superseded", "cancelled"]
PostKind = Literal["ack", "event", "agg"]
Filed = Literal["new", "stale", "known", "reused"]
"""`known`: its id came before; `reused`: with other content."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A command that came, verified; `status` and `answer` as they are unless it is stale.

    `deadline_s` is in seconds of the loop's clock since the boot called `boot`; `exp` Unix ms;
    `digest` that of the whole message; `topic` where its answers go.
    """

    id: str
    kind: str
    stream: str
    epoch: int
    n: int
    body: bytes
    digest: bytes
    exp: int
    deadline_s: float
    boot: str
    topic: str
    at: int
    status: Open | Ended
    answer: bytes
    stale_answer: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """A command of the inbox that has not ended."""

    rx: int
    id: str
    kind: str
    stream: str
    body: bytes
    exp: int
    deadline_s: float
    boot: str
    status: Open


@dataclass(frozen=True, slots=True)
class Post:
    """A message that must go; `ref` is the command it answers, `at` Unix ms, `k` its place."""

    topic: str
    body: bytes
    kind: PostKind
    at: int
    ref: str = ""
    k: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A command's next status, with what must be said of it."""

    id: str
    status: Open | Ended
    answer: bytes
    topic: str
    at: int


@dataclass(frozen=True, slots=True)
class Load:
    """How full the outbox is; `oldest_at` is Unix ms, 0 when it is empty."""

    rows: int
    bytes: int
    oldest_at: int
    dropped_aggregates: int
    dropped_events: int
