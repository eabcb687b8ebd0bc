"""The words that graphics bring themselves, by what they say and by locale."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def state_texts() -> Mapping[str, Mapping[str, str]]:
    """What stock states, struck prices and countdowns are called, by name and locale."""
    texts: dict[str, dict[str, str]] = json.loads(
        files("node.graphics").joinpath("texts.json").read_text("utf-8")
    )
    return texts
