"""Which messages the viewers of an output get, by its policy; pure."""

from collections.abc import Mapping
from typing import Final

from node.program.outputs import Standing
from node.program.rundown import Output
from node.stream.viewer import Value

Message = Mapping[str, Value]

BOOTH: Final = "kiosk"
"""The output that the booth's own screen shows."""

HEARD: Final = frozenset({"ear", "turn", "answer", "hush"})
"""What the voice has pages told."""

HIDDEN: Final[tuple[Message, ...]] = ({"t": "card", "show": False}, {"t": "strip", "show": False})
"""What takes card and strip off a page whose output no longer carries them."""


def told(output: Output, standing: Standing, message: Message) -> Message | None:
    """A message as the viewers of an output get it; None for one that is not for them.

    A card comes where `data` lists it, or where a code is shown beside the picture; its countdown
    and the strip likewise. Codes are the page's own layer: they come where `overlay` lists `qr`,
    and never to a platform's output, where no link leads off the platform either. An output that
    does not carry what is on air is told of no card and no strip. With the place of the show
    each is told whether cards may come at all (`cards`). The ear's light and what it understood
    are for the booth's own screen, and so is the word to fall silent at once (`hush`); other pages
    of the node learn whether questions are answered, and who asked there gets the answer. A turn
    is `drawn` only where the output has the lower third in which its answer stands.
    """
    kind, is_shown = message.get("t"), message.get("show") is True
    if kind == "at":
        return {**message, "cards": _has_cards(output)}
    if kind not in ("card", "strip") or not is_shown:
        return _heard(output, message) if kind in HEARD else message
    if standing != "carried":
        return None
    has_code = _has_code(output)
    counts = "countdown" in output.sent or (has_code and "countdown" in output.overlay)
    if kind == "strip":
        return message if counts else None
    card = message.get("card")
    assert isinstance(card, Mapping)  # noqa: S101  # a card that is shown is there
    has_offer = counts or "offer" in output.sent or (has_code and "offer" in output.overlay)
    is_told = "card" in output.sent or has_code or ("offer" in output.sent and card.get("offer"))
    if not is_told:
        return None
    return {**message, "card": _trimmed(card, output, has_code=has_code, has_offer=bool(has_offer))}


def _heard(output: Output, message: Message) -> Message | None:
    kind = message.get("t")
    if not output.is_own:
        return None
    if kind == "turn" and output.id == BOOTH:
        is_drawn = message.get("drawn") is True and "lower_third" in output.overlay
        return {**message, "drawn": is_drawn}
    if output.id == BOOTH or kind == "answer":
        return message
    if kind != "ear":
        return None
    return {"t": "ear", "asks": message.get("asks"), "may_send": message.get("may_send")}


def _has_code(output: Output) -> bool:
    return output.is_own and "qr" in output.overlay


def _has_cards(output: Output) -> bool:
    return bool(output.sent & {"card", "offer"}) or _has_code(output)


def _trimmed(card: Message, output: Output, *, has_code: bool, has_offer: bool) -> Message:
    kept = dict(card)
    if not has_code:
        kept |= {"qr": "", "scan": ""}
    if not output.is_own:
        kept["link"] = ""
    if not has_offer:
        kept["offer"] = None
    return kept
