"""Where the day begins: first start, short absence, long absence, another block."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from node.program.commands import Pressed, Scanned, SetStock, SetVolume, StaffOpen
from node.program.rundown import Block, Condition
from node.program.schedule import Saved, opening, saved_of
from node.program.show import Show
from tests.fakes.rundowns import card, clip, gate, live, rundown
from tests.fakes.stage import stage

DAY = rundown(
    clip("a", 60, card("a", 0, at=300, frames=600)),
    live("desk", 30, 30),
    clip("b", 120),
    clip("night", 300),
    play=(),
    blocks=(Block(540, 1080, ("a", "desk", "b")), Block(1080, 540, ("night",))),
)
TEN = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)  # 10:00 in Shanghai


def saved(segment: str, position: int, index: int, away_s: float, block: int = 0) -> Saved:
    wall = TEN.timestamp() - away_s
    return Saved(DAY.sha256, block, 3, index, segment, position, wall)


def place(show: Show) -> tuple[str, int, int]:
    return show.airing.segment, show.airing.position, show.index


def test_the_first_start_begins_the_blocks_play_list():
    assert place(opening(DAY, TEN, None)) == ("a", 0, 0)
    assert place(opening(DAY, TEN + timedelta(hours=12), None)) == ("night", 0, 0)


def test_after_a_short_absence_the_story_goes_on_at_the_same_frame():
    show = opening(DAY, TEN, saved("b", 450, 2, away_s=9))
    assert place(show) == ("b", 450, 2)
    assert show.loop == 3


def test_after_a_longer_absence_the_show_is_where_it_would_be():
    show = opening(DAY, TEN, saved("a", 300, 0, away_s=60))
    assert place(show) == ("desk", 300, 1)
    show = opening(DAY, TEN, saved("a", 0, 0, away_s=60 + 60 + 120 + 5))
    assert (place(show), show.loop) == (("a", 150, 0), 4)


def test_another_block_begins_where_it_would_be_since_its_start():
    at = datetime(2026, 11, 21, 1, 2, 10, tzinfo=UTC)  # 09:02:10
    gone = Saved(DAY.sha256, 1, 7, 0, "night", 100, at.timestamp() - 3600)
    assert place(opening(DAY, at, gone)) == ("b", 300, 2)


def test_another_rundowns_place_is_forgotten():
    other = Saved("f" * 64, 0, 3, 2, "b", 450, TEN.timestamp())
    assert place(opening(DAY, TEN, other)) == ("a", 0, 0)


def test_a_clock_set_back_is_no_absence():
    assert place(opening(DAY, TEN, saved("b", 450, 2, away_s=-7200))) == ("b", 450, 2)


def test_a_card_that_covers_the_place_is_on_air_again():
    show = opening(DAY, TEN, saved("a", 450, 0, away_s=5))
    assert show.card is not None
    assert (show.card.product, show.card.until) == ("P17", 900)
    assert opening(DAY, TEN, saved("a", 299, 0, away_s=5)).card is None


def test_cues_already_passed_do_not_fire_again():
    show = opening(DAY, TEN, saved("a", 450, 0, away_s=5))
    assert show.airing.cued == 449


def test_a_day_does_not_begin_behind_a_shut_gate():
    shut = replace(clip("a", 60), gate=gate(Condition("scan", 1, 60), otherwise="b"))
    day = rundown(shut, clip("b", 9), play=("a", "b"))
    assert place(opening(day, TEN, None)) == ("b", 0, 0)


@pytest.mark.parametrize("segment", ["a", "b"])
def test_what_is_saved_is_what_is_restored(segment):
    index = DAY.blocks[0].play.index(segment)
    show = opening(DAY, TEN, saved(segment, 77, index, away_s=1))
    again = opening(DAY, TEN, saved_of(show, TEN.timestamp()))
    assert place(again) == place(show)


def test_what_the_crowd_did_survives_the_disk():
    day = rundown(
        replace(clip("a", 60), gate=gate(Condition("scan", 1, 60), otherwise="b")),
        clip("b", 9),
        play=("b", "a"),
    )
    on = stage(day)
    for command in (Scanned("P17"), Pressed("like", 3), StaffOpen("a"), SetStock("P17", 4)):
        on.do(command)
    kept = msgspec.json.encode(saved_of(on.show, TEN.timestamp()))
    again = opening(day, TEN, msgspec.json.decode(kept, type=Saved))
    assert again.crowd == on.show.crowd
    assert again.trade == on.show.trade


def test_a_volume_outlives_a_restart_and_another_rundown():
    on = stage(DAY)
    on.do(SetVolume(40))
    kept = msgspec.json.encode(saved_of(on.show, TEN.timestamp()))
    other = rundown(clip("z", 60), play=("z",))
    assert opening(other, TEN, msgspec.json.decode(kept, type=Saved)).volume == 40


def test_a_place_kept_by_an_older_version_is_still_understood():
    old = b'{"rundown":"%s","block":0,"loop":3,"index":2,"segment":"b","position":450,"wall":%d}'
    kept = old % (DAY.sha256.encode(), TEN.timestamp())
    assert place(opening(DAY, TEN, msgspec.json.decode(kept, type=Saved))) == ("b", 450, 2)
