"""What a node says unasked: births, telemetry of the moment, and what is kept of it."""

import asyncio
import base64
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from node.control import reporting
from node.control.messages import Birth, ClockView
from node.control.reporting import Gauges, Reporter, Self
from node.control.sections import Desired, Reported, ShowWanted
from node.control.shelf import Shelf, Standing
from node.control.telemetry import Aggregate, Ask, CloudEvent, Player, Streams, Sys
from node.control.topics import DELIVERY
from node.control.wireform import check_size, decode
from node.program.handover import AUDIO_MAX_BYTES, GUESSES_MAX, TEXT_MAX, AskRequest, Guess
from node.store.letters import Load
from tests.unit.control.samples import NODE, NOW, ORG, reading
from tests.virtual_time import run_virtually

TELE = {"player": Player, "sys": Sys, "stream": Streams}


class Stand:
    """A reporter in virtual time, whose numbers the test sets."""

    def __init__(self, folder):
        self.said, self.kept = [], []
        self.mark, self.cpu_c, self.viewers = 0, 50.0, 0
        self.shelf = Shelf(folder)
        self.is_up = True
        gauges = Gauges(
            player=lambda node, at: Player(1, node, at, "ep1", 0.0, 1),
            streams=lambda node, at: Streams(1, node, at, self.viewers, 30.0, 2500.0),
            system=lambda node, at: Sys(1, node, at, 0.0, cpu_c=self.cpu_c),
            mark=lambda: self.mark,
        )
        self.reporter = Reporter(
            Self(ORG, NODE, "1.0", "box", ("kiosk",), "jws"), self.shelf, gauges,
            reading=self.reading, say=self.say, keep=self.kept.extend,
        )  # fmt: skip

    def reading(self):
        try:
            passed_s = asyncio.get_running_loop().time()
        except RuntimeError:
            passed_s = 0.0
        return replace(reading(), now=NOW + round(passed_s * 1000))

    def say(self, channel, leaf, body):
        self.said.append((channel, leaf, body))
        return self.is_up

    def heard(self, leaf):
        bodies = [one[2] for one in self.said if one[:2] == ("tele", leaf)]
        return [msgspec.json.decode(body, type=TELE[leaf]) for body in bodies]

    def run(self, seconds, *changes):
        """Run for so long in virtual time; each change is (after seconds, what to do)."""

        async def story():
            task = asyncio.create_task(self.reporter.run())
            for after_s, change in changes:
                asyncio.get_running_loop().call_later(after_s, change)
            await asyncio.sleep(seconds)
            task.cancel()
            await asyncio.wait([task])

        run_virtually(story())


@pytest.fixture
def stand(tmp_path):
    return Stand(tmp_path)


def test_five_minutes_of_numbers_are_kept_as_least_mean_and_most(stand):
    def warm():
        stand.cpu_c = 80.0

    stand.run(301, (149.5, warm))
    (post,) = stand.kept
    event = msgspec.json.decode(post.body, type=CloudEvent)
    assert (post.kind, event.type, event.id) == ("agg", "tele.agg", f"{NODE}-agg-{NOW + 300_000}")
    kept = msgspec.convert(event.data, Aggregate)
    assert (kept.span_s, kept.samples) == (300, 31)
    low, mean, high = kept.numbers["cpu_c"]
    assert (low, high) == (50.0, 80.0)
    assert mean == pytest.approx((15 * 50 + 16 * 80) / 31, abs=0.001)
    assert "mono_s" not in kept.numbers


def test_each_aggregate_begins_anew(stand):
    stand.run(602)
    first, second = (
        msgspec.convert(msgspec.json.decode(post.body, type=CloudEvent).data, Aggregate)
        for post in stand.kept
    )
    assert (first.samples, second.samples) == (31, 30)


def test_aggregates_are_kept_while_there_is_no_connection(stand):
    stand.is_up = False
    stand.run(301)
    assert len(stand.kept) == 1


def test_the_playhead_is_told_each_second(stand):
    stand.run(10.05)
    assert len(stand.heard("player")) == 11


def test_a_cue_is_told_at_once(stand):
    def cue():
        stand.mark = 1

    stand.run(1.95, (1.41, cue))
    ats = [player.at - NOW for player in stand.heard("player")]
    assert [at // 100 for at in ats] == [0, 10, 15]


def test_the_round_trip_is_told_with_the_machine(stand):
    stand.reporter.rtt_ms = 18
    stand.run(1)
    assert [one.rtt_ms for one in stand.heard("sys")] == [18]


def test_a_birth_is_followed_by_all_that_was_reported(stand):
    load = Load(rows=2, bytes=911, oldest_at=NOW - 4000, dropped_aggregates=3, dropped_events=1)
    stand.shelf.stand("show", Standing(7, "applied"))
    stand.reporter.born(5, ClockView("synced", 0, NOW), load, Counter(too_large=2))
    assert [one[:2] for one in stand.said] == [
        ("online", ""), ("birth", ""), ("reported", "show"), ("tele", "sys"), ("tele", "stream"),
    ]  # fmt: skip
    birth = msgspec.json.decode(stand.said[1][2], type=Birth)
    assert (birth.bseq, birth.outbox.rows, birth.outbox.oldest_s) == (5, 2, 4)
    assert (birth.dropped.agg, birth.dropped.event, birth.refused) == (3, 1, {"too_large": 2})
    assert msgspec.json.decode(stand.said[2][2], type=Reported).ver == 7


def test_at_each_connect_the_machine_is_told_at_once_and_counted_in_no_aggregate(stand):
    def connect():
        stand.said.clear()
        stand.reporter.born(5, ClockView("synced", 0, NOW), Load(0, 0, 0, 0, 0), Counter())

    stand.run(303, (302, connect))
    assert [one.at for one in stand.heard("sys")] == [NOW + 302_000]
    assert [one.at for one in stand.heard("stream")] == [NOW + 302_000]
    assert msgspec.json.decode(stand.kept[0].body, type=CloudEvent).data["samples"] == 31


def test_a_question_is_told_with_what_is_left_of_its_time_and_never_kept(stand):
    guesses = (Guess("usage", 0.6), Guess("gift", 0.1))
    request = AskRequest(3, "zh", 99.0, "P17", guesses, "能洗吗", b"OggS\xff")
    assert stand.reporter.ask("4f1c2a9b-3", request, 8000)
    ((_, leaf, told),) = stand.said
    ask = msgspec.json.decode(told, type=Ask)
    assert (leaf, ask.turn, ask.deadline, ask.left_ms) == ("ask", "4f1c2a9b-3", NOW + 8000, 8000)
    assert (ask.locale, ask.product, ask.text) == ("zh", "P17", "能洗吗")
    assert [(one.intent, one.score) for one in ask.guesses] == [("usage", 0.6), ("gift", 0.1)]
    assert base64.b64decode(ask.audio) == b"OggS\xff"
    assert stand.kept == []
    assert DELIVERY["tele"].qos == 0  # no broker keeps it for who is away


def test_the_largest_question_fits_into_a_message(stand):
    guesses = tuple(Guess("x" * 64, 0.1) for _ in range(GUESSES_MAX))
    audio, text = b"\xff" * AUDIO_MAX_BYTES, "能" * TEXT_MAX
    request = AskRequest(999_999_999, "zh-Hans", 99.0, "P" * 64, guesses, text, audio)
    assert stand.reporter.ask("4f1c2a9b-999999999", request, 600_000)
    assert decode(check_size(stand.said[0][2]), Ask).text == text


def test_an_empty_outbox_has_no_age():
    assert reporting.outbox_view(Load(0, 0, 0, 0, 0), NOW).oldest_s == 0


def test_a_clock_that_went_back_makes_no_age_below_zero():
    assert reporting.outbox_view(Load(1, 9, NOW + 5000, 0, 0), NOW).oldest_s == 0


def test_versions_that_came_are_told_before_they_are_applied(stand):
    stand.shelf.put(Desired(1, NODE, "show", 8, 0, ShowWanted("sha256:" + "a" * 64)))
    stand.reporter.born(1, ClockView("synced", 0, NOW), Load(0, 0, 0, 0, 0), Counter())
    assert msgspec.json.decode(stand.said[1][2], type=Birth).desired == {"show": 8}
