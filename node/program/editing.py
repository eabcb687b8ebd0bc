"""Hot edit: another rundown in the middle of the day, nothing seen of it before its turn; pure."""

from dataclasses import replace

from node.program.order import began_on, clock_of, following, place_in
from node.program.rundown import Rundown
from node.program.show import Show


def edited(show: Show, rundown: Rundown) -> Show:
    """The show with a rundown in place of its own, judged correct and of the same frame rate.

    What is on air, held or next goes on as it was until it ends; everything behind it is new.
    What was counted, sold and said to be next stays; names that are gone are forgotten.
    """
    now = show.now.astimezone(rundown.timezone)
    clock = clock_of(show).astimezone(rundown.timezone)
    coming = following(show)
    playing = {show.airing.segment, show.base.segment}
    if show.held is not None:
        playing.add(show.held.segment)
    block = rundown.block_at(clock.hour * 60 + clock.minute)
    is_same_block = rundown.blocks[block].start == show.rundown.blocks[show.block].start
    moved = replace(
        show,
        rundown=rundown,
        now=now,
        block=block,
        began=show.began if is_same_block else began_on(rundown.blocks[block], clock),
        kept={name: show.named(name) for name in playing},
        armed_as=show.named(coming),
        gate=None,
    )
    index = place_in(moved.play, show.base.segment, show.index - 1)
    if index < 0:  # no longer played: the place before it, so that the loop goes on
        index = min(show.index, len(moved.play)) - 1
    moved = replace(moved, index=index % len(moved.play))
    is_otherwise = following(moved) != coming
    return replace(moved, armed=coming) if is_otherwise else moved
