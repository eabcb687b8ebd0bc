"""A day rehearsed: leaps tell what every tick would have told, and nothing unlawful airs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.program.commands import (
    Busy,
    HideCard,
    Pressed,
    Resume,
    Scanned,
    SetStock,
    ShowCard,
    Skip,
    Sold,
    StaffOpen,
    Take,
    TakeLive,
)
from node.program.rehearsal import Rehearsal
from node.program.rundown import Block, Condition, Cue, Experiment, Rundown
from node.program.visitors import Happening, Visit, simulated
from tests.fakes.rundowns import agent, card, clip, gate, live, offer, offered, rundown, say

pytestmark = pytest.mark.timeout(600)  # a busy machine plays a day in minutes
STOCKS = {"P17": 86, "P18": 240, "P21": 31}


def small_day(zone: str = "Asia/Shanghai") -> Rundown:
    """Two hours of everything, all day: gates, A/B, an offer, BUSY, a soft and a hard block."""
    ep4 = replace(
        clip("ep4", 30, replace(card("ep4", 0, 600, "P21", 240), beat="climax"), fade=9),
        gate=gate(
            Condition("scan", 2, 120), Condition("button", 9, 60, "like"), Condition("staff"),
            otherwise="teaser",
        ),
    )  # fmt: skip
    desk = replace(
        live("desk", 60, 20, card("desk", 0, 90, "P17", 900), Cue("desk.1", 200, "listen.open"),
             offered("desk", 2, 730)),
        on_busy="agent",
    )  # fmt: skip
    orders = {"A": ("ep1", "ep2", "desk", "ep4"), "B": ("desk", "ep1", "ep2", "ep4")}
    return rundown(
        clip("ep1", 40, card("ep1", 0, 300), say("ep1", 1, 900, "想要同款茶具,扫屏幕上的码。")),
        clip("ep2", 25.5, card("ep2", 0, 60, "P18", 300), Cue("ep2.1", 700, "arm", segment="desk")),
        ep4,
        clip("teaser", 9, card("teaser", 0, 30, "P17", 200)),
        desk,
        agent("agent", 33, say("agent", 0, 0), Cue("agent.1", 30, "listen.open")),
        blocks=(
            Block(0, 725, orders["A"], experiment="order"),
            Block(725, 750, ("desk", "ep1"), is_hard=True),
            Block(750, 0, orders["A"], is_speaker_on=False),
        ),
        offers=(offer(start=730, end=740, qty=5),),
        experiments=(Experiment("order", 7, orders),),
        zone=zone,
    )


DAY = small_day()
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=DAY.timezone)

WHATS = st.sampled_from([
    Take("ep1"), Take("desk"), TakeLive(), Resume(), Skip("desk"), Skip("ep1"), ShowCard("P18", 20),
    HideCard(), Busy(True), Busy(False), Scanned("P17"), Pressed("like", 5), StaffOpen("ep4"),
    SetStock("P17", 0), SetStock("P17", 9), SetStock("P18", 0), Sold("noon", 2), Sold("noon", 5),
    "camera lost", "camera back", Visit(scans=True, buys=True, likes=3, asks_staff=True),
])  # fmt: skip


def scripts(span_s: float):
    one = st.builds(Happening, st.integers(0, round(span_s * 30)).map(lambda n: n / 30), WHATS)
    return st.lists(one, max_size=25).map(lambda many: sorted(many, key=lambda one: one.at_s))


def told(day, start, script, span_s, *, is_every_tick):
    walk = Rehearsal(day, start=start, script=script, stocks=STOCKS, is_every_tick=is_every_tick)
    return [(step.seconds, fact) for step in walk.walk(span_s) for fact in step.facts]


@settings(max_examples=60, deadline=None)
@given(scripts(20), st.sampled_from([704, 724, 729, 739, 749, 1439]))
def test_leaps_tell_what_every_tick_would_tell(script, minute):
    start = NOON.replace(hour=minute // 60, minute=minute % 60, second=50)
    leaps = told(DAY, start, script, 20, is_every_tick=False)
    assert leaps == told(DAY, start, script, 20, is_every_tick=True)


def check(steps, day):
    """What may never be, whatever was asked: domain.md, binding decisions 3 and 5."""
    shown: dict[str, int] = {}
    for step in steps:
        show, facts = step.show, step.facts
        assert show.airing.segment in day.segments
        assert 0 <= show.index < len(show.play)
        assert show.listening is False or show.rundown.blocks[show.block].is_speaker_on
        ups = sum(fact.ev == "card.show" for fact in facts)
        downs = sum(fact.ev == "card.hide" for fact in facts)
        shown["cards"] = shown.get("cards", int(show.card is not None) - ups + downs) + ups - downs
        assert shown["cards"] == (show.card is not None)
        if show.strip is not None:
            running = day.offers[show.strip.offer]
            assert show.trade.is_running(running, show.now)
        if show.card is not None and show.card.offer:
            assert show.trade.is_running(day.offers[show.card.offer], show.now)
        for one in day.offers.values():
            assert 0 <= show.trade.left(one) <= one.qty
    facts = [fact for step in steps for fact in step.facts]
    starts = [fact.offer for fact in facts if fact.ev == "offer.start"]
    assert len(starts) == len(set(starts))
    assert all(fact.late_frames == 0 for fact in facts)
    assert sum(fact.ev == "seg.end" for fact in facts) == sum(
        fact.ev == "seg.start" for fact in facts
    )
    honest(facts)


def honest(facts):
    """A gated segment enters by its gate only behind an open verdict."""
    last: dict[str, bool | None] = {}
    for fact in facts:
        if fact.ev == "gate":
            last[fact.segment] = fact.is_open
        if fact.ev == "seg.start" and fact.segment == "ep4" and fact.why in ("end", "lost"):
            assert last["ep4"] is True


@settings(max_examples=60, deadline=None)
@given(scripts(900), st.sampled_from([0, 700, 722, 727, 735, 1430]))
def test_whatever_happens_nothing_false_is_shown(script, minute):
    start = NOON.replace(hour=minute // 60, minute=minute % 60)
    check(list(Rehearsal(DAY, start=start, script=script, stocks=STOCKS).walk(900)), DAY)


@pytest.mark.parametrize(
    ("zone", "start"),
    [
        ("Europe/Berlin", datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),  # 02:00 becomes 03:00
        ("Europe/Berlin", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),  # 03:00 becomes 02:00
        ("America/New_York", datetime(2026, 11, 1, 5, 30, tzinfo=UTC)),
        ("Asia/Shanghai", datetime(2026, 12, 31, 15, 30, tzinfo=UTC)),  # over New Year
        ("UTC", datetime(1970, 1, 1, tzinfo=UTC)),
        ("UTC", datetime(2038, 1, 19, 3, 0, tzinfo=UTC)),
    ],
)
def test_a_clock_that_jumps_breaks_nothing(zone, start):
    day = small_day(zone)
    steps = list(Rehearsal(day, start=start, script=simulated(3, 7200)).walk(7200))
    check(steps, day)
    gaps = [after.seconds - before.seconds for before, after in pairwise(steps)]
    assert max(gaps) <= 60


def test_the_offer_of_an_hour_that_comes_twice_starts_once():
    day = small_day("Europe/Berlin")
    night = replace(offer(start=150, end=160), on=datetime(2026, 10, 25, tzinfo=UTC).date())
    desk = live("desk", 60, 0, offered("desk", 0, 150))
    day = replace(rundown(desk, play=("desk",), zone="Europe/Berlin"), offers={"noon": night})
    steps = list(Rehearsal(day, start=datetime(2026, 10, 25, tzinfo=UTC)).walk(3 * 3600))
    starts = [fact for step in steps for fact in step.facts if fact.ev == "offer.start"]
    assert len(starts) == 1
    check(steps, day)


def test_the_same_seed_is_the_same_day():
    def day(seed):
        walk = Rehearsal(DAY, start=NOON, script=simulated(seed, 3600), stocks=STOCKS).walk(3600)
        return [fact for step in walk for fact in step.facts]

    assert day(1) == day(1)
    assert day(1) != day(2)


def test_a_loss_shorter_than_two_seconds_is_not_seen():
    lost = [Happening(5.0, "camera lost"), Happening(6.5, "camera back")]
    day = rundown(live("desk", 60), play=("desk",))
    steps = list(Rehearsal(day, start=NOON, script=lost).walk(60))
    assert not any(step.show.stand_in for step in steps)
    longer = [Happening(5.0, "camera lost"), Happening(7.5, "camera back")]
    steps = list(Rehearsal(day, start=NOON, script=longer).walk(60))
    assert {int(step.seconds) for step in steps if step.show.stand_in} == {7}


def test_a_camera_gone_for_good_is_left_after_seven_seconds():
    day = rundown(live("desk", 60), clip("a", 60), play=("desk", "a"))
    steps = list(Rehearsal(day, start=NOON, script=[Happening(5.0, "camera lost")]).walk(60))
    ends = [(step.seconds, fact.why) for step in steps for fact in step.facts
            if fact.ev == "seg.end"]  # fmt: skip
    assert ends == [(pytest.approx(12.0, abs=0.1), "lost")]


def test_an_edit_that_changes_the_day_ends_one_show_and_begins_another():
    day = rundown(clip("a", 60), play=("a",))
    later = replace(day, blocks=(Block(1080, 1080, ("a",)),))  # its day began the evening before
    script = [Happening(5.0, later), Happening(20.0, later)]
    steps = list(Rehearsal(day, start=NOON, script=script).walk(30))
    told = [(fact.ev, fact.day) for step in steps for fact in step.facts
            if fact.ev.startswith("show.")]  # fmt: skip
    assert told == [("show.stop", day.date), ("show.start", day.date - timedelta(days=1))]


def test_a_whole_day_keeps_the_law():
    script = simulated(1, 86_400)
    start = NOON - timedelta(hours=3)
    steps = list(Rehearsal(DAY, start=start, script=script, stocks=STOCKS).walk(86_400))
    assert len(steps) < 86_400
    check(steps, DAY)
