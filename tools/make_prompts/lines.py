"""The sentences of a day: those of its rundown, and every answer the dialogue would give."""

from collections.abc import Iterator
from datetime import datetime, time
from pathlib import Path

from node.catalog.products import Catalog
from node.program.cards import stocks_of
from node.program.reading import load_rundown
from node.program.rundown import Rundown
from node.program.schedule import opening
from node.voice.booth import CardsSeen, Ways, booth_of
from node.voice.foreseen import foreseen
from node.voice.replies import own_replies

MORNING = time(9)
"""When no offer runs, as a rule; each offer is looked at in its own minute."""

Line = tuple[str, str]
"""Text as it is read aloud, and its locale."""


def lines_of(path: Path) -> tuple[Line, ...]:
    """Every sentence of the day at `path`, each once; raises `RundownError` with the findings."""
    rundown, catalog = load_rundown(path, has_files=False)
    lines = dict.fromkeys(_of_rundown(rundown))
    for moment in _moments(rundown):
        lines |= dict.fromkeys(_of_dialogue(rundown, catalog, moment))
    return tuple(lines)


def _of_rundown(rundown: Rundown) -> Iterator[Line]:
    locale = rundown.locales[0]
    for segment in rundown.segments.values():
        for cue in segment.cues:
            if cue.do == "say" and locale in cue.text:
                yield cue.text[locale], locale


def _moments(rundown: Rundown) -> Iterator[datetime]:
    yield datetime.combine(rundown.date, MORNING, rundown.timezone)
    for offer in rundown.offers.values():
        minute = time(offer.start // 60, offer.start % 60)
        yield datetime.combine(offer.on, minute, rundown.timezone)


def _of_dialogue(rundown: Rundown, catalog: Catalog, moment: datetime) -> Iterator[Line]:
    stocks = stocks_of(catalog.products)
    booth = booth_of(
        opening(rundown, moment, None, stocks=stocks), catalog, now_s=0.0, cards=CardsSeen(),
        stocked_s=dict.fromkeys(stocks, 0.0), ways=Ways(),
    )  # fmt: skip
    return foreseen(own_replies(), booth)
