"""Rundowns made in a line, for tests of what plays them."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from node.catalog.products import Offer
from node.program.rundown import (
    Block,
    Condition,
    Cue,
    Experiment,
    Gate,
    Rundown,
    Segment,
    Transition,
)

FPS = 30
DAY = date(2026, 11, 21)


def clip(name: str, seconds: float, *cues: Cue, fade: int = 0, then: str = "") -> Segment:
    """A clip segment of so many seconds."""
    return Segment(
        name,
        "clip",
        round(seconds * FPS),
        asset=Path(f"{name}.mp4"),
        out=Transition(fade),
        next=then,
        cues=cues,
    )


def live(name: str, seconds: float, overrun: float = 0.0, *cues: Cue) -> Segment:
    """A live segment on camera0."""
    return Segment(
        name,
        "live",
        round(seconds * FPS),
        source="camera0",
        overrun=round(overrun * FPS),
        on_lost="slate",
        cues=cues,
    )


def card(segment: str, index: int, at: int, product: str = "P17", frames: int = 300) -> Cue:
    """A card.show cue."""
    return Cue(f"{segment}.{index}", at, "card.show", product=product, for_frames=frames)


def agent(name: str, seconds: float, *cues: Cue) -> Segment:
    """An assistant's segment over a clip of so many seconds."""
    return Segment(
        name, "agent", round(seconds * FPS), asset=Path(f"{name}.mp4"), cues=cues,
        ai_label={"zh": "AI 生成", "en": "AI-generated"},
    )  # fmt: skip


def say(segment: str, index: int, at: int, text: str = "你好") -> Cue:
    """A say cue."""
    return Cue(f"{segment}.{index}", at, "say", text={"zh": text})


def offered(segment: str, index: int, minute: int, offer: str = "noon") -> Cue:
    """An offer.start cue by the clock."""
    return Cue(f"{segment}.{index}", -1, "offer.start", clock=minute, offer=offer)


def offer(
    name: str = "noon", product: str = "P17", start: int = 730, end: int = 745, qty: int = 30
) -> Offer:
    """An offer on the day of these rundowns, from minute to minute; 12:10 to 12:25."""
    return Offer(name, product, {"CNY": "99.00"}, start, end, qty, DAY)


def gate(*conditions: Condition, otherwise: str, is_any: bool = True) -> Gate:
    """A gate."""
    return Gate(conditions, is_any, otherwise)


def rundown(
    *segments: Segment,
    play: tuple[str, ...] = (),
    blocks: tuple[Block, ...] = (),
    offers: tuple[Offer, ...] = (),
    experiments: tuple[Experiment, ...] = (),
    zone: str = "Asia/Shanghai",
    day: date = DAY,
) -> Rundown:
    """A rundown that plays `play` all day, or its own blocks."""
    slate = Segment("slate", "slate", 0, asset=Path("slate.png"))
    return Rundown(
        id="test",
        title={"zh": "测试", "en": "Test"},
        date=day,
        market="CN",
        timezone=ZoneInfo(zone),
        locales=("zh", "en"),
        fps=FPS,
        qr_base="",
        fallback="slate",
        segments={one.id: one for one in (*segments, slate)},
        blocks=blocks or (Block(0, 0, play),),
        sha256="0" * 64,
        offers={one.id: one for one in offers},
        experiments={one.id: one for one in experiments},
    )
