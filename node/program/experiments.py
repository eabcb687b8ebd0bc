"""A/B by loop: which variant a loop plays, the same each time it is asked; pure."""

from datetime import date
from functools import lru_cache
from random import Random

from node.program.rundown import Experiment


def variant_of(experiment: Experiment, *, began: date, start: int, loop: int) -> str:
    """The variant of a loop, from 0, of the block that began on that day at that minute.

    Variants come in shuffled groups, each variant once a group (pairs where there are two): an
    hour of the day then favours neither. Day and block take part in the draw, so that the same
    hour is not given the same variant each day.
    """
    names = sorted(experiment.variants)
    group, place = divmod(loop, len(names))
    return names[_drawn(experiment.seed, len(names), began, start, group)[place]]


@lru_cache(maxsize=256)
def _drawn(seed: int, count: int, began: date, start: int, group: int) -> tuple[int, ...]:
    order = list(range(count))
    draw = Random(f"{seed} {began.isoformat()} {start} {group}")  # noqa: S311  # no secret
    draw.shuffle(order)
    return tuple(order)
