"""What each output may carry: recipes, standings, and who carries what is on air."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.program.commands import Busy, SetLayout, TakeLive
from node.program.outputs import (
    CHANGES_KEPT,
    DRAWN,
    KINDS,
    PROGRAM,
    Standings,
    back_in_s,
    carrying,
    kinds_on_air,
    reason,
    recipe_of,
    standing_of,
)
from node.program.rundown import Output
from tests.fakes.program import everything
from tests.fakes.rundowns import agent, clip, live, rundown
from tests.fakes.stage import stage

ALL = everything()
WEB = Output("web", True, KINDS, frozenset({"lower_third", "ai_label"}), frozenset({"card"}))
PARTNER = Output(
    "partner", False, frozenset({"live"}), frozenset({"lower_third"}), frozenset(), other="stop"
)
LOBBY = replace(PARTNER, id="lobby", other="slate")
DAY = replace(
    rundown(
        clip("a", 20, fade=9),
        replace(live("desk", 60), on_busy="agent"),
        agent("agent", 20),
        play=("a", "desk"),
    ),
    outputs={"kiosk": ALL["kiosk"], "web": WEB, "partner": PARTNER, "lobby": LOBBY},
)
LIVE, CLIP = frozenset({"live"}), frozenset({"clip"})

policies = st.builds(
    Output,
    id=st.just("x"),
    is_own=st.booleans(),
    kinds=st.frozensets(st.sampled_from(sorted(KINDS))),
    overlay=st.frozensets(st.sampled_from([*sorted(DRAWN), "qr", "ai_label"])),
    sent=st.frozensets(st.sampled_from(["card", "offer", "countdown"])),
    other=st.sampled_from(["slate", "stop"]),
)


def test_who_carries_everything_has_the_programs_own_picture():
    assert recipe_of(ALL["kiosk"]) == recipe_of(ALL["web"]) == PROGRAM
    assert recipe_of(WEB) != PROGRAM


def test_a_code_and_a_label_make_no_picture_of_their_own():
    bare = replace(ALL["kiosk"], overlay=ALL["kiosk"].overlay - {"qr", "ai_label"})
    assert recipe_of(bare) == PROGRAM


def test_a_card_s_overlay_has_the_card_of_an_offer_too():
    listed = frozenset({"card", "qr", "countdown", "lower_third", "ai_label"})
    assert recipe_of(replace(ALL["kiosk"], overlay=listed)) == PROGRAM


def test_who_stops_shares_the_picture_of_who_draws_the_same():
    alike = replace(PARTNER, overlay=WEB.overlay)
    assert recipe_of(alike) == recipe_of(WEB)
    assert recipe_of(replace(alike, other="slate")) != recipe_of(WEB)


@settings(deadline=None)
@given(policies, st.frozensets(st.sampled_from(sorted(KINDS)), min_size=1))
def test_what_is_not_of_its_kinds_is_never_carried(output, kinds):
    standing = standing_of(output, kinds)
    assert (standing == "carried") == (kinds <= output.kinds)
    if standing == "slate":
        assert not kinds <= recipe_of(output).kinds, "its recipe has the slate drawn"
    if standing == "carried":
        assert kinds <= recipe_of(output).kinds


def test_each_segment_stands_with_each_output():
    play = stage(DAY)
    play.step()
    assert carrying(play.show) == ("kiosk", "web")
    assert carrying(play.show, "card") == ("kiosk", "web")
    assert carrying(play.show, "qr") == ("kiosk",)
    play.do(TakeLive())
    play.step()
    assert carrying(play.show) == ("kiosk", "lobby", "partner", "web")
    assert carrying(play.show, "card") == ("kiosk", "web")
    play.do(Busy(is_busy=True))
    play.step()
    assert kinds_on_air(play.show) == {"agent"}
    assert "partner" not in carrying(play.show)


def test_a_dissolve_out_of_a_clip_is_still_a_clip():
    play = stage(DAY)
    seen = []
    for _ in range(20 * 30 + 30):
        play.step()
        seen.append((play.show.segment.id, kinds_on_air(play.show)))
    into = [kinds for segment, kinds in seen if segment == "desk"]
    assert into[:9] == [{"clip", "live"}] * 9
    assert set(into[9:]) == {LIVE}


def test_a_camera_in_a_clip_s_corner_is_live_too():
    play = stage(DAY)
    play.step()
    play.do(SetLayout("pip"))
    play.step()
    assert kinds_on_air(play.show) == {"clip", "live"}


def test_a_lost_camera_is_the_slate_at_once():
    play = stage(DAY)
    play.do(TakeLive())
    play.step()
    assert kinds_on_air(play.show, is_lost=True) == {"slate"}
    play.sources["desk"] = "lost"
    play.go(2)
    assert kinds_on_air(play.show) == {"slate"}


def test_when_it_goes_on_is_the_end_of_what_it_may_not_carry():
    play = stage(DAY)
    play.go(5 * 30)
    left = back_in_s(play.show, PARTNER)
    assert left == pytest.approx(15, abs=0.1)
    assert reason(play.show, PARTNER, CLIP) == (
        "partner carries live, not clip, which is on air; it goes on at about 10:00"
    )


def test_nobody_knows_when_where_nothing_of_its_kind_is_played():
    play = stage(replace(DAY, blocks=rundown(play=("a",)).blocks))
    play.go(2)
    assert back_in_s(play.show, PARTNER) is None
    assert "goes on" not in reason(play.show, PARTNER, CLIP)


def test_the_standing_of_a_frame_is_that_of_its_time():
    play, standings = stage(DAY), Standings(DAY.outputs)
    changes = []
    standings.changed = changes.append
    for _ in range(3):
        play.step()
        standings.note(play.show, kinds_on_air(play.show))
    play.do(TakeLive())
    play.step()
    standings.note(play.show, kinds_on_air(play.show))
    at = play.show.pts
    assert [standings.at("partner", pts) for pts in (at - 3000, at, at + 3000)] == [
        "stopped", "carried", "carried",
    ]  # fmt: skip
    assert standings.at("lobby", at - 3000) == "slate"
    assert standings.at("nobody", at) == "stopped"
    assert len(changes) == 2
    assert changes[-1]["partner"] == "stopped"


@settings(deadline=None)
@given(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3 * CHANGES_KEPT))
def test_however_often_it_changes_the_latest_are_known(kinds):
    play, standings = stage(DAY), Standings(DAY.outputs)
    noted = []
    for kind in kinds:
        play.step()
        standings.note(play.show, frozenset({kind}))
        noted.append((play.show.pts, standing_of(PARTNER, frozenset({kind}))))
    for pts, standing in noted[-CHANGES_KEPT + 1 :]:
        assert standings.at("partner", pts) == standing


def test_another_day_s_outputs_count_from_its_first_frame():
    play, standings = stage(DAY), Standings(DAY.outputs)
    play.step()
    standings.note(play.show, kinds_on_air(play.show))
    before = play.show.pts
    play.edit(replace(DAY, outputs={"kiosk": ALL["kiosk"], "new": WEB}))
    play.step()
    standings.note(play.show, kinds_on_air(play.show))
    assert set(standings.now) == {"kiosk", "new"}
    assert standings.at("web", before) == "carried"
    assert standings.at("web", play.show.pts) == "stopped"
