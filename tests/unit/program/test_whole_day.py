"""Hours of the day that uses everything, with random faults: nothing unlawful airs.

The whole day, a thousand times: tests/bench/bench_rehearsals.py.
"""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from node.cli.rehearse import start_of
from node.program.commands import Sold
from node.program.rehearsal import Rehearsal, Step
from node.program.visitors import ClockSet, Happening, Restart, simulated
from tests.fakes.law import Law, LawBrokenError
from tests.fakes.whole_day import EDGES_S, scripts, whole_day

pytestmark = pytest.mark.timeout(600)  # a busy machine plays a day in minutes
HOURS_S = 3.2 * 3600
WINDOW_S = (2 * 3600 + 40 * 60.0, 2 * 3600 + 55 * 60.0)
"""The first offer's window, in seconds from the day's start."""


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return whole_day(tmp_path_factory.mktemp("whole"))


def rehearsed(day, script, span_s=HOURS_S, start_s=0.0):
    """The law that has seen it all, and every fact."""
    law, facts = Law(), []
    start = start_of(day.rundown).timestamp() + start_s
    start = start_of(day.rundown).fromtimestamp(start, day.rundown.timezone)
    for step in Rehearsal(day.rundown, start=start, script=script, stocks=day.stocks).walk(span_s):
        law.see(step)
        facts += [(step.seconds, fact) for fact in step.facts]
    return law, facts


def test_no_fault_of_the_day_airs_what_may_not_be(day):
    seen = []

    @settings(max_examples=20, deadline=None, phases=(Phase.generate,),
              suppress_health_check=[HealthCheck.too_slow])  # fmt: skip
    @given(scripts(HOURS_S))
    def hold(script):
        seen.append(rehearsed(day, script.on(day, HOURS_S))[0])

    hold()
    assert sum(law.entries for law in seen) > 20 * len(seen)
    assert sum(law.ups for law in seen) > 20 * len(seen)


@pytest.mark.parametrize("edit", range(4))
def test_an_edit_at_every_boundary_of_the_day_airs_nothing_false(day, edit):
    edits = [
        Happening(max(0.0, edge + frame / 30), (day.edits[edit], day.rundown)[number % 2])
        for edge in EDGES_S
        for number, frame in enumerate((-1, 0, 1))
    ]
    script = sorted([*simulated(edit, 86_400), *edits], key=lambda one: one.at_s)
    law, facts = rehearsed(day, script, 9 * 3600)
    assert sum(fact.ev == "rundown.edit" for _, fact in facts) >= 3 * (len(EDGES_S) - 5)
    assert law.ups


def test_an_offer_sold_out_in_the_frame_it_starts_shows_neither_card_nor_countdown(day):
    at_s = WINDOW_S[0]
    _, facts = rehearsed(day, [Happening(at_s, Sold("noon1", 20))])
    told = {fact.ev for _, fact in facts if fact.offer == "noon1"}
    assert told == {"offer.sold", "cue.fire"}
    skips = {fact.why for _, fact in facts if fact.ev == "cue.skip" and fact.cue == "bench.2"}
    assert skips == {"sold out"}


def test_an_offer_sold_out_in_the_frame_after_is_taken_down_in_that_frame(day):
    start = next(at_s for at_s, fact in rehearsed(day, [])[1] if fact.ev == "offer.start")
    assert WINDOW_S[0] <= start < WINDOW_S[1]
    _, facts = rehearsed(day, [Happening(start + 1 / 30, Sold("noon1", 20))])
    downs = [at_s for at_s, fact in facts if fact.offer == "noon1" and fact.ev == "card.hide"]
    ends = [(at_s, fact.why) for at_s, fact in facts if fact.ev == "offer.end"]
    assert downs == [pytest.approx(start + 1 / 30)]
    assert ends == [(pytest.approx(start + 1 / 30), "sold_out")]


@given(st.floats(-900, 900), st.floats(0, 900), st.sampled_from([0.5, 14.9, 400.0]))
@settings(max_examples=15, deadline=None)
def test_an_offer_starts_once_whatever_clock_and_power_do(day, by_s, after_s, away_s):
    script = [Happening(WINDOW_S[0] + after_s, ClockSet(by_s)),
              Happening(WINDOW_S[0] + after_s + 30, Restart(away_s))]  # fmt: skip
    start_s = WINDOW_S[0] - 600
    moved = [replace(one, at_s=one.at_s - start_s) for one in script]
    _, facts = rehearsed(day, moved, 3600, start_s)
    assert sum(fact.ev == "offer.start" for _, fact in facts) <= 1


def test_the_law_sees_a_deadline_that_is_false(day):
    law, walk = Law(), Rehearsal(day.rundown, start=start_of(day.rundown)).walk(HOURS_S)
    step = next(step for step in walk if step.show.strip is not None)
    late = replace(step.show, now=step.show.now.replace(hour=13))
    with pytest.raises(LawBrokenError, match=r"two cards|another card|where|countdown"):
        law.see(Step(step.seconds, late, ()))
