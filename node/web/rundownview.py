"""The rundown as the operator's page gets it."""

from node.program.rundown import MINUTES_A_DAY, Block, Rundown, Segment
from node.web.status import BlockView, CueView, RundownView, SegmentView


def day_of(rundown: Rundown) -> RundownView:
    """The rundown as the pages need it; no camera and no block of this moment."""
    return RundownView(
        id=rundown.id,
        title=dict(rundown.title),
        timezone=rundown.timezone.key,
        locales=rundown.locales,
        fallback=rundown.fallback,
        camera="",
        blocks=blocks_of(rundown, -1),
        segments=tuple(_segment(one, rundown.fps) for one in rundown.segments.values()),
    )


def _segment(segment: Segment, fps: int) -> SegmentView:
    cues = tuple(
        CueView(id=cue.id, at_s=round(cue.at / fps, 3), do=cue.do, beat=cue.beat,
                product=cue.product)
        for cue in segment.cues
        if cue.at >= 0  # those by the clock stand in the day, not in the segment
    )  # fmt: skip
    length = segment.length + (segment.overrun if segment.kind == "live" else 0)
    return SegmentView(
        id=segment.id,
        kind=segment.kind,
        title=dict(segment.title),
        length_s=round(length / fps, 3),
        cues=cues,
    )


def blocks_of(rundown: Rundown, now: int) -> tuple[BlockView, ...]:
    """Every block; `now` is the index of the one on air."""
    return tuple(
        BlockView(start=_time(block.start), end=_time(block.end), play=block.play, now=index == now)
        for index, block in enumerate(rundown.blocks)
    )


def name_of(block: Block) -> str:
    """A block by its times."""
    return f"{_time(block.start)}-{_time(block.end)}"


def _time(minute: int) -> str:
    minute %= MINUTES_A_DAY
    return f"{minute // 60:02d}:{minute % 60:02d}"
