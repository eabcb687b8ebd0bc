"""A first rundown for a booth, from what it has: its clips and its products."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from node.catalog.price_list import quoted
from node.program.rules.cue import CARD_S
from node.program.rules.file import FORMAT
from node.program.timecode import written

FPS: Final = 30
PLACES: Final[Mapping[str, tuple[str, str]]] = {
    "CNY": ("CN", "Asia/Shanghai"),
    "EUR": ("EU", "Europe/Berlin"),
    "GBP": ("UK", "Europe/London"),
    "USD": ("US", "America/New_York"),
}
"""Market and time zone that a currency lets one guess."""
ELSEWHERE: Final = ("SEA", "Asia/Singapore")
CARD_AT: Final = 0.6
"""Part of a clip after which its product is shown, until the author moves the cue."""
USUAL_CARD_S: Final = 30

HEAD: Final = """\
# {id}: a first rundown. Change what you like; `livesell check day.toml` judges it,
# `livesell sheet day.toml` prints it, `livesell run` plays it.
format   = "{format}"
id       = {id}
title    = {{ zh = "我们的展位", en = "Our booth" }}
date     = {date}                  # first day; repeats daily
market   = "{market}"                        # whose rules apply: CN, EU, UK, US, SEA
timezone = "{zone}"
locales  = ["zh", "en"]                # the first one is spoken, all are shown
fps      = {fps}
catalog  = {catalog}
# persona = "persona.toml"            # who speaks: name, greeting, wake_word, voice, by locale
# qr_base = "https://…"                # where the codes lead; without it none is shown
fallback = "pause"                     # what plays when nothing else can

[[segment]]
id = "pause"
kind = "slate"
text = {{ zh = "马上回来", en = "Back in a moment" }}
"""
LIVE: Final = """
[[segment]]                            # the host at the desk
id = "desk"
kind = "live"
source = "camera0"
length = "05:00.0"
overrun = "01:00.0"                    # then the show moves on by itself
title = { zh = "现场直播", en = "Live at the desk" }
on_lost = "pause"                      # no camera frames for 2 s
"""
BLOCK: Final = """
[[block]]                              # the whole day; blocks must cover 24 hours
from = "00:00"
to = "24:00"
play = [{play}]

# [output.partner]                     # for a platform, at /whep?output=partner: live alone,
# own = false                          # without code or card; the booth's screen and your own
# other = "stop"                       # viewers carry everything unless named so too
"""


@dataclass(frozen=True, slots=True)
class StarterClip:
    """A clip: its path counted from the rundown's folder, and its length in frames at 30 fps."""

    name: str
    frames: int


def starter_text(
    clips: Sequence[StarterClip],
    products: Sequence[str],
    *,
    catalog: str,
    currency: str,
    today: date,
) -> str:
    """A commented rundown that plays each clip with a product's card, then the desk."""
    market, zone = PLACES.get(currency, ELSEWHERE)
    head = HEAD.format(
        format=FORMAT,
        id=quoted(f"booth-{today.isoformat()}"),
        date=today.isoformat(),
        market=market,
        zone=zone,
        fps=FPS,
        catalog=quoted(catalog),
    )
    names = _names(clips)
    segments = [
        "\n".join(_segment(id_, clip, products[index % len(products)] if products else ""))
        for index, (id_, clip) in enumerate(zip(names, clips, strict=True))
    ]
    play = ", ".join(quoted(name) for name in [*names, "desk"])
    return head + "".join(segments) + LIVE + BLOCK.format(play=play)


def _segment(id_: str, clip: StarterClip, product: str) -> Iterator[str]:
    stem = clip.name.rpartition("/")[2].rpartition(".")[0] or clip.name
    yield ""
    yield "[[segment]]"
    yield f"id = {quoted(id_)}"
    yield 'kind = "clip"'
    yield "# episode = 1                        # its number, if it belongs to a season"
    yield f"asset = {quoted(clip.name)}"
    yield f'length = "{written(clip.frames, FPS)}"'
    yield f"title = {{ zh = {quoted(stem)}, en = {quoted(stem)} }}"
    yield 'out = "fade 300ms"'
    seconds = clip.frames // FPS
    at = int(seconds * CARD_AT)
    span = min(USUAL_CARD_S, seconds - at)
    if product and span >= CARD_S[0]:
        yield "  [[segment.cue]]                      # move it to the frame of the climax"
        yield f'  at = "{at // 60:02}:{at % 60:02}.0"'
        yield '  beat = "climax"'
        yield '  do = "card.show"'
        yield f"  product = {quoted(product)}"
        yield f'  for = "{span}s"'
    yield ""


def _names(clips: Sequence[StarterClip]) -> list[str]:
    """An id for each clip, from its name as far as that has plain letters."""
    met = {"desk", "pause"}
    names = []
    for number, clip in enumerate(clips, start=1):
        stem = clip.name.rpartition("/")[2].rpartition(".")[0]
        name = re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-")[:48] or f"clip{number}"
        name = f"{name}-{number}" if name in met else name
        met.add(name)
        names.append(name)
    return names
