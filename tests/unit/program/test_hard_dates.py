"""Days that the calendar makes hard: the ends of Unix time, leap seconds, times that are none."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from node.program.rehearsal import Rehearsal
from node.program.rundown import Block, Cue
from node.program.visitors import ClockSet, Happening
from tests.fakes.booth import Booth
from tests.fakes.law import Law
from tests.fakes.rundowns import clip, live, offer, offered, rundown

DATES = ("1970-01-01", "2000-02-29", "2016-12-31", "2038-01-19", "2038-01-20", "9999-12-31")


@pytest.mark.parametrize("day", DATES)
def test_a_day_of_any_year_is_read(tmp_path, day):
    booth = Booth(tmp_path)
    usual = {(one.place, one.code) for one in booth.read().findings}
    text = booth.day.read_text(encoding="utf-8")
    booth.day.write_text(text.replace(str(booth.read().rundown.date), day), encoding="utf-8")
    reading = booth.read()
    assert reading.rundown is not None
    assert reading.rundown.date == date.fromisoformat(day)
    assert {(one.place, one.code) for one in reading.findings} == usual


@pytest.mark.parametrize("at", ["23:59:60", "24:00", "12:60", "-1:00", "1e1:00", "١٢:١٠", ""])
def test_a_time_that_is_none_is_a_finding(tmp_path, at):
    booth = Booth(tmp_path)
    text = booth.day.read_text(encoding="utf-8")
    booth.day.write_text(text.replace('from = "', f'from = "{at}@', 1), encoding="utf-8")
    changed = booth.day.read_text(encoding="utf-8")
    head, _, rest = changed.partition("@")
    booth.day.write_text(head + rest[rest.index('"') :], encoding="utf-8")
    reading = booth.read()
    assert reading.rundown is None
    assert any(one.code in ("E18", "E53") and "block[0].from" in one.place
               for one in reading.findings)  # fmt: skip


def walked(day, start, script, span_s):
    law, facts = Law(), []
    for step in Rehearsal(day, start=start, script=script).walk(span_s):
        law.see(step)
        facts += [fact.ev for fact in step.facts]
    return facts


@pytest.mark.parametrize("by_s", [-1.0, 1.0])
@pytest.mark.parametrize("second", [23 * 3600 + 3599, 86_400])
def test_a_leap_second_repeats_nothing_and_skips_nothing(by_s, second):
    """A system without smearing steps its clock by a second at the end of the UTC day."""
    night = replace(offer(start=0, end=5), on=date(2017, 1, 1))
    desk = live("desk", 600, 0, Cue("desk.0", -1, "say", clock=0, text={"zh": "新年好"}),
                offered("desk", 1, 0))  # fmt: skip
    blocks = (Block(0, 1430, ("a",)), Block(1430, 0, ("desk",)))
    day = rundown(desk, clip("a", 60), blocks=blocks, offers=(night,), zone="UTC",
                  day=date(2016, 12, 31))  # fmt: skip
    start = datetime(2016, 12, 31, 23, 55, tzinfo=UTC)
    leap = [Happening(second - (23 * 3600 + 55 * 60), ClockSet(by_s))]
    facts = walked(day, start, leap, 900)
    assert facts.count("offer.start") == 1
    assert facts.count("say.start") == 1
    assert facts.count("offer.end") == 1


@pytest.mark.parametrize("start", [
    datetime(1969, 12, 31, 23, 58, tzinfo=UTC), datetime(2038, 1, 19, 3, 13, tzinfo=UTC),
    datetime(2106, 2, 7, 6, 27, tzinfo=UTC),
])  # fmt: skip
def test_the_ends_of_unix_time_are_minutes_like_others(start):
    minute = start.hour * 60 + start.minute
    one = replace(offer(start=minute, end=minute + 3), on=start.date())
    desk = live("desk", 900, 0, offered("desk", 0, minute))
    day = rundown(desk, play=("desk",), offers=(one,), zone="UTC", day=start.date())
    facts = walked(day, start, (), 300)
    assert (facts.count("offer.start"), facts.count("offer.end")) == (1, 1)
