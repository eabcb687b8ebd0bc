"""Rundowns made in a line, for tests of what plays them."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from node.program.rundown import Block, Cue, Rundown, Segment, Transition

FPS = 30


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


def rundown(*segments: Segment, play: tuple[str, ...], blocks: tuple[Block, ...] = ()) -> Rundown:
    """A rundown that plays `play` all day, or its own blocks."""
    slate = Segment("slate", "slate", 0, asset=Path("slate.png"))
    return Rundown(
        id="test",
        title={"zh": "测试", "en": "Test"},
        date=date(2026, 11, 21),
        market="CN",
        timezone=ZoneInfo("Asia/Shanghai"),
        locales=("zh", "en"),
        fps=FPS,
        qr_base="",
        fallback="slate",
        segments={one.id: one for one in (*segments, slate)},
        blocks=blocks or (Block(0, 0, play),),
        sha256="0" * 64,
    )
