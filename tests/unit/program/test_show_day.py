"""A show lasts from its first block's start to the next day's: over midnight, DST and hot edits."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from node.channels import State
from node.program.commands import Resume, TakeLive
from node.program.editing import edited
from node.program.facts import event_of
from node.program.order import block_now
from node.program.rundown import Block, Cue
from node.program.runner import ShowRunner
from node.program.schedule import opening, saved_of
from node.program.taking import turned
from tests.fakes.rundowns import DAY, clip, live, rundown
from tests.fakes.stage import stage

NEXT = DAY + timedelta(days=1)
A, B = clip("a", 50), clip("b", 50)
NIGHT = rundown(A, B, blocks=(Block(570, 1080, ("a",)), Block(1080, 570, ("b",))))
ALL_DAY = rundown(A, B, play=("a", "b"))


def shows(on) -> list[tuple[str, date]]:
    return [(fact.ev, fact.day) for fact in on.facts if fact.ev.startswith("show.")]


def days(on) -> list[date]:
    """The days of the segments that began, each once."""
    return list(dict.fromkeys(fact.day for fact in on.seen("seg.start")))


def test_a_block_over_midnight_is_still_the_same_show():
    on = stage(NIGHT, 1439)
    on.go(30 * 180)
    assert on.now.date() == NEXT
    assert (shows(on), days(on)) == ([], [DAY])


def test_the_show_ends_with_the_last_segment_of_its_last_block():
    on = stage(NIGHT, 1439)
    on.set_clock(on.now + timedelta(hours=9, minutes=30))  # 09:29 of the next day
    on.go(30 * 120)
    assert shows(on) == [("show.stop", DAY), ("show.start", NEXT)]
    at = [fact.ev for fact in on.facts].index("show.stop")
    assert [fact.ev for fact in on.facts[at - 1 : at + 3]] == [
        "seg.end", "show.stop", "show.start", "seg.start",
    ]  # fmt: skip
    assert [fact.day for fact in on.facts[at - 1 : at + 3]] == [DAY, DAY, NEXT, NEXT]
    assert on.facts[at - 1].segment == "b"


def test_an_event_names_the_show_of_its_fact_even_behind_the_turn():
    on = stage(ALL_DAY, 1439, 30)
    on.go(30 * 60)
    ids = {fact.ev: event_of(on.show, fact, node="a12").show for fact in on.facts[-4:]}
    assert ids == {
        "seg.end": f"a12-{DAY}",
        "show.stop": f"a12-{DAY}",
        "show.start": f"a12-{NEXT}",
        "seg.start": f"a12-{NEXT}",
    }


def test_a_block_of_24_hours_begins_again_each_midnight_with_its_first_segment():
    on = stage(ALL_DAY, 1439)
    on.go(30 * 60)  # the second segment is on air at midnight
    assert on.show.segment.id == "b"
    on.go(30 * 60)
    assert [fact.segment for fact in on.seen("seg.start")] == ["b", "a"]
    assert (on.show.began, on.show.loop, on.show.index) == (NEXT, 0, 0)


def test_a_hard_block_of_24_hours_ends_on_its_minute():
    on = stage(replace(ALL_DAY, blocks=(Block(0, 0, ("a", "b"), is_hard=True),)), 1439, 50)
    on.go(30 * 10)
    assert not on.seen("show.stop")
    on.go(1)
    assert [fact.why for fact in on.seen("seg.end")] == ["block"]
    assert shows(on) == [("show.stop", DAY), ("show.start", NEXT)]


def test_a_day_of_one_minute_before_midnight_turns_at_2359_and_not_at_midnight():
    day = rundown(
        clip("a", 20), clip("b", 20), blocks=(Block(1439, 1439, ("a", "b"), is_hard=True),)
    )
    on = stage(day, 1438, 30)
    before = on.show.began
    on.go(30 * 120)
    assert shows(on) == [("show.stop", before), ("show.start", before + timedelta(days=1))]
    assert on.show.began == DAY


BERLIN = "Europe/Berlin"
TURNS = {
    "summer begins, a day of 23 hours": (date(2026, 3, 29), 0),
    "summer ends, a day of 25 hours": (date(2026, 10, 25), 0),
    "a start within the hour that comes twice": (date(2026, 10, 25), 150),
    "a start within the hour that does not come": (date(2026, 3, 29), 150),
}


@pytest.mark.parametrize(("day", "start"), TURNS.values(), ids=TURNS)
def test_each_day_has_one_show_over_a_change_of_the_clock(day, start):
    short = rundown(clip("a", 5), blocks=(Block(start, start, ("a",)),), zone=BERLIN, day=day)
    on = stage(short, 1380)
    before = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(BERLIN)) - timedelta(hours=1)
    on.set_clock(before.astimezone(UTC))
    on.show = replace(on.show, began=before.date())
    for _ in range(30):  # some seconds of every hour
        on.go(30 * 6)
        on.set_clock(on.now + timedelta(hours=1, seconds=-6))
    begun = [one for ev, one in shows(on) if ev == "show.start"]
    assert begun == [day, day + timedelta(days=1)]


def test_a_clock_set_back_by_more_than_an_hour_was_wrong_and_is_followed():
    on = stage(ALL_DAY, 0, 30)
    on.set_clock(on.now - timedelta(hours=3))
    on.go(30 * 60)
    assert on.show.began == DAY - timedelta(days=1)


def test_a_restart_on_the_next_day_opens_the_next_days_show():
    on = stage(ALL_DAY, 1430)
    on.go(30)
    saved = saved_of(on.show, on.now.timestamp())
    morning = on.now + timedelta(hours=8)
    again = opening(ALL_DAY, morning, saved)
    assert (again.began, block_now(again)) == (NEXT, (0, NEXT))


def test_an_edit_takes_the_new_time_zone_at_once():
    on = stage(ALL_DAY, 30)  # 00:30 in Shanghai is 17:30 of the day before in Berlin
    on.go(3)
    berlin = rundown(A, B, blocks=(Block(600, 1080, ("a",)), Block(1080, 600, ("b",))), zone=BERLIN)
    moved = edited(on.show, berlin)
    assert (moved.now.hour, moved.block, moved.began) == (17, 0, DAY - timedelta(days=1))
    assert [fact.day for fact in turned(on.show, moved)] == [DAY, DAY - timedelta(days=1)]


@pytest.mark.parametrize("second", [59, 60, 61])
def test_an_edit_at_the_very_boundary_of_a_day_keeps_what_is_on_air(second):
    on = stage(ALL_DAY, 1439)
    on.go(30 * second)
    playing = on.show.airing
    on.edit(rundown(clip("a", 50), clip("b", 50), clip("c", 50), play=("c", "a", "b")))
    on.step()
    assert (on.show.airing.segment, on.show.airing.number) == (playing.segment, playing.number)
    on.go(30 * 60)
    assert on.show.began == NEXT


class Notes:
    """A runner whose facts are kept; its clips stand still."""

    def __init__(self, day) -> None:
        self.facts = []
        show = opening(day, datetime(2026, 11, 21, 4, tzinfo=UTC), None)
        deck = SimpleNamespace(position=lambda *_: 7, follow=lambda *_: None)
        self.runner = ShowRunner(
            State(show), deck=deck, now=lambda: datetime(2026, 11, 21, 4, tzinfo=UTC),
            note=lambda _, facts: self.facts.extend(facts), products=frozenset(),
        )  # fmt: skip

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(fact.ev, fact.why) for fact in self.facts]


def test_the_first_frame_starts_the_show_and_its_segment_once():
    notes = Notes(ALL_DAY)
    notes.runner.turn(0)
    notes.runner.turn(1)
    assert notes.told == [("show.start", "start"), ("seg.start", "start")]


def test_the_end_of_the_program_stops_both_once():
    notes = Notes(ALL_DAY)
    notes.runner.turn(0)
    notes.runner.end()
    notes.runner.end()
    assert notes.told[2:] == [("seg.end", "shutdown"), ("show.stop", "shutdown")]


def test_what_never_went_on_air_does_not_stop():
    notes = Notes(ALL_DAY)
    notes.runner.end()
    assert notes.told == []


EAR = Cue("a.0", 10, "listen.open")
QUIET = Block(0, 0, ("a", "b"), is_speaker_on=False)


def test_an_edit_that_turns_the_speaker_off_closes_the_microphone_with_the_next_frame():
    on = stage(rundown(clip("a", 50, EAR), B, play=("a", "b")))
    on.go(20)
    assert (on.show.listening, on.show.is_speaker_on) == (True, True)
    on.edit(rundown(clip("a", 50, EAR), B, blocks=(QUIET,)))
    on.step()
    assert (on.show.listening, on.show.is_speaker_on) == (False, False)
    assert [fact.why for fact in on.seen("listen.close")] == ["the speaker is off"]
    on.edit(rundown(clip("a", 50, EAR), B, play=("a", "b")))
    on.step()
    assert (on.show.listening, on.show.is_speaker_on) == (False, True)  # it does not open by itself


def test_the_speaker_is_off_until_the_last_clip_of_its_block_has_ended():
    quiet = Block(600, 601, ("a",), is_speaker_on=False)
    on = stage(rundown(clip("a", 50), B, blocks=(quiet, Block(601, 600, ("b",)))), 600)
    on.go(30 * 99)
    assert on.now.minute == 1
    assert not on.show.is_speaker_on
    on.go(60)
    assert (on.show.segment.id, on.show.is_speaker_on) == ("b", True)


def test_a_window_stays_closed_after_an_interruption():
    on = stage(rundown(clip("a", 50, EAR), live("desk", 60), play=("a",)))
    on.go(20)
    on.do(TakeLive())
    assert not on.show.listening
    on.go(5)
    on.do(Resume())
    on.go(5)
    assert not on.show.listening
