"""Rules for A/B tests by loop: one screen has many eyes, so that the loop is the unit."""

from collections.abc import Iterator
from typing import Final

from node.findings import Finding, unknown
from node.program.draft import ExperimentDraft, RundownDraft

UNIT: Final = "loop"
LEAST: Final = 2


def named(draft: RundownDraft) -> Iterator[Finding]:
    """E40: each experiment that a block runs is there."""
    names = (
        (block.experiment, block.table.given("ab"))
        for block in draft.blocks
        if block.experiment is not None
    )
    return unknown(names, draft.experiments, "E40", "experiment")


def forms(draft: RundownDraft) -> Iterator[Finding]:
    """E44, E46, E11: variants to compare, drawn loop by loop from a seed."""
    for experiment in draft.experiments.values():
        table = experiment.table
        if experiment.unit != UNIT and (experiment.unit is not None or not table.has("unit")):
            message = f'expected unit = "{UNIT}": a screen shows everyone the same'
            yield table.given("unit").finding("E46", message)
        if not table.has("seed"):
            yield table.finding("E11", "`seed` is missing: a whole number that repeats the draw")
        if len(experiment.variants) < LEAST:
            yield table.finding("E44", "fewer than two variants, as in `A` and `B`")
        for name in experiment.variants:
            if table.entries[name] == []:
                yield table.given(name).finding("E11", "plays nothing")


def contents(draft: RundownDraft) -> Iterator[Finding]:
    """W45: variants, and the blocks that run them, hold the same segments in another order."""
    sets: dict[str, list[str]] = {}
    for experiment in draft.experiments.values():
        first = _first(experiment)
        sets[experiment.id] = sorted(experiment.variants.get(first, ()))
        for name, order in experiment.variants.items():
            if sorted(order) != sets[experiment.id]:
                message = f"other segments than {first}: more than the order would differ"
                yield experiment.table.given(name).finding("W45", message)
    for block in draft.blocks:
        wanted = sets.get(block.experiment or "")
        if (wanted and len(block.play) != len(wanted)) or (wanted and sorted(block.play) != wanted):
            message = f"other segments than the variants of {block.experiment}, which play instead"
            yield block.table.given("play").finding("W45", message)


def _first(experiment: ExperimentDraft) -> str:
    return min(experiment.variants, default="")


RULES: Final = (named, forms, contents)
