"""What is kept of a question: what it was about and who answered it, never its words."""

from typing import Literal

from node.metrics.events import Event


def asked_event(
    intent: str,
    confidence: float,
    where: Literal["node", "cloud", "staff"],
    took_s: float,
    product: str = "",
) -> Event:
    """The event of a question that was answered `took_s` seconds after it was finished.

    `intent` is a name of the closed list, empty where none was understood; `confidence` 0 to 1.
    """
    return Event(
        ev="ask",
        intent=intent,
        conf=round(confidence, 3),
        where=where,
        ms=round(took_s * 1000),
        product=product,
    )
