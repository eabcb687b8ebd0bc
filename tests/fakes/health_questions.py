"""Whom questions of health reach, and harmless ones: the files beside the scripted dialogue."""

from node.voice.acts import HandOver
from tests.fakes.asked_booth import FOLDER, AskedBooth


def questions(name: str) -> list[str]:
    """The lines of a file, without its comments."""
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def reaches_a_model(text: str) -> bool:
    """Whether words asked twice, with consent and an open line, are handed to a model."""
    booth = AskedBooth()
    booth.may_send = True
    booth.set(can_ask_cloud=True)
    acts = [act for _ in range(2) for act in booth.ask(text).acts]
    return any(isinstance(act, HandOver) and act.to == "cloud" for act in acts)


def is_told_for_safety(text: str) -> bool:
    """Whether it is taken for a question of health or safety."""
    return AskedBooth().ask(text).intent == "suitable"
