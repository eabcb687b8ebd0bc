"""Simulated visitors, host and camera of a rehearsed day, drawn from a seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Literal

from node.program.commands import Busy, Command, Pressed, Scanned, Sold, StaffOpen
from node.program.order import planned
from node.program.rundown import Rundown
from node.program.show import Show

ARRIVAL_S = 45.0
"""Mean time between visitors who do something; simulated, no measurement stands behind it."""
SCAN_SHARE, LIKE_SHARE, STAFF_SHARE, BUY_SHARE = 0.6, 0.5, 0.02, 0.4
LIKES_MAX = 6
BUSY_EVERY_S, BUSY_S = 3 * 3600.0, (30.0, 180.0)
LOSS_EVERY_S, LOSS_S = 6 * 3600.0, (1.0, 20.0)


@dataclass(frozen=True, slots=True)
class Visit:
    """A visitor: scans the card on air, if any; may buy where an offer runs, and press like.

    A share of them has the staff open the next gate.
    """

    scans: bool
    buys: bool
    likes: int = 0
    asks_staff: bool = False


@dataclass(frozen=True, slots=True)
class ClockSet:
    """The wall clock is set by so many seconds, forward or back; the program runs on."""

    by_s: float


@dataclass(frozen=True, slots=True)
class Restart:
    """The node ends and is back `away_s` later, from what it keeps each second."""

    away_s: float


Trouble = Literal["camera lost", "camera back", "clips damaged", "clips whole"]
"""What befalls a source; a damaged clip gives no picture more, and says so at once."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something at a second of the rehearsal: a command, a visitor, or trouble.

    A rundown is a hot edit, judged correct and of the same frame rate.
    """

    at_s: float
    what: Command | Visit | Trouble | ClockSet | Restart | Rundown


def simulated(seed: int, span_s: float) -> list[Happening]:
    """What happens at a booth within a span, in the order of time; the same for the same seed."""
    draw = Random(seed)  # noqa: S311  # no secret
    happenings = [
        *_visits(draw, span_s),
        *_spans(draw, span_s, BUSY_EVERY_S, BUSY_S, (Busy(is_busy=True), Busy(is_busy=False))),
        *_spans(draw, span_s, LOSS_EVERY_S, LOSS_S, ("camera lost", "camera back")),
    ]
    return sorted(happenings, key=lambda one: one.at_s)


def commands_of(visit: Visit, show: Show) -> Iterator[Command]:
    """What a visitor does to the show that he finds."""
    card = show.card
    if visit.scans and card is not None and card.state != "sold_out":
        yield Scanned(card.product)
        if visit.buys and card.offer:
            yield Sold(card.offer, show.trade.sold.get(card.offer, 0) + 1)
    if visit.likes:
        yield Pressed("like", visit.likes)
    coming = planned(show).segment
    if visit.asks_staff and show.named(coming).gate is not None:
        yield StaffOpen(coming)


def _visits(draw: Random, span_s: float) -> Iterator[Happening]:
    at_s = draw.expovariate(1 / ARRIVAL_S)
    while at_s < span_s:
        visit = Visit(
            scans=draw.random() < SCAN_SHARE,
            buys=draw.random() < BUY_SHARE,
            likes=draw.randint(1, LIKES_MAX) if draw.random() < LIKE_SHARE else 0,
            asks_staff=draw.random() < STAFF_SHARE,
        )
        yield Happening(at_s, visit)
        at_s += draw.expovariate(1 / ARRIVAL_S)


def _spans(
    draw: Random,
    span_s: float,
    every_s: float,
    lasts_s: tuple[float, float],
    ends: tuple[Command, Command] | tuple[Literal["camera lost"], Literal["camera back"]],
) -> Iterator[Happening]:
    at_s = draw.expovariate(1 / every_s)
    while at_s < span_s:
        yield Happening(at_s, ends[0])
        at_s += draw.uniform(*lasts_s)
        yield Happening(at_s, ends[1])
        at_s += draw.expovariate(1 / every_s)
