"""The account of a rehearsed day: what aired, what was opened and sold, what to look at."""

from dataclasses import replace
from datetime import datetime

from node.program.account import Account, Warned, account_of
from node.program.commands import Busy, Pressed, Scanned, Sold
from node.program.rehearsal import Rehearsal
from node.program.rundown import Block, Condition, Cue, Experiment
from node.program.visitors import Happening, simulated
from tests.fakes.rundowns import agent, clip, gate, live, offer, offered, rundown

SHUT = replace(clip("ep4", 20), gate=gate(Condition("scan", 2, 600), otherwise="teaser"))
DESK = replace(live("desk", 60, 0, offered("desk", 0, 730)), on_busy="agent")
ORDERS = {"A": ("desk", "ep4"), "B": ("ep4", "desk")}
DAY = rundown(
    DESK, SHUT, clip("teaser", 5), agent("agent", 30), clip("never", 5),
    blocks=(Block(720, 780, ("desk", "ep4"), experiment="order"), Block(780, 720, ("teaser",))),
    offers=(offer(qty=4), offer("late", "P18", 800, 810)),
    experiments=(Experiment("order", 1, ORDERS),),
)  # fmt: skip
NOON = datetime(2026, 11, 21, 12, tzinfo=DAY.timezone)


def account(*script: Happening, span_s: float = 3900) -> Account:
    return account_of(DAY, Rehearsal(DAY, start=NOON, script=script).walk(span_s))


def test_what_aired_is_told_in_order_with_its_loop_and_variant():
    told = account(span_s=200).aired
    assert {one.segment for one in told} <= {"desk", "teaser"}
    assert {one.variant for one in told} == {"A", "B"}
    assert [one.at for one in told] == sorted(one.at for one in told)


def test_a_gate_that_never_opened_and_an_offer_never_seen_are_warned_of():
    warned = account().warnings
    assert Warned("gate_shut", "ep4") in warned
    assert Warned("offer_unseen", "late") in warned
    assert not any(one.name == "never" for one in warned)  # no block plays it


def test_visitors_open_gates_and_buy():
    scans = [Happening(5.0 + n, Scanned("P17")) for n in range(3)]
    sold = [Happening(700.0, Sold("noon", 3)), Happening(800.0, Sold("noon", 4))]
    told = account(*scans, *sold, Happening(9.0, Pressed("like", 7)))
    assert True in [gate.is_open for gate in told.gates]
    assert "ep4" in {one.segment for one in told.aired}
    assert (told.scans, told.presses) == (3, 7)
    assert (told.offers["noon"].sold, told.offers["noon"].end) == (4, "sold_out")
    assert told.offers["noon"].shown >= 1


def test_busy_and_lost_cameras_are_counted():
    day = rundown(DESK, agent("agent", 30), play=("desk",))
    script = [
        Happening(5.0, Busy(is_busy=True)), Happening(15.0, Busy(is_busy=False)),
        Happening(20.0, "camera lost"), Happening(25.0, "camera back"),
        Happening(60.0, "camera lost"), Happening(63.0, "camera back"),
    ]  # fmt: skip
    told = account_of(day, Rehearsal(day, start=NOON, script=script).walk(120))
    assert (told.busy, told.camera_losses) == (1, 2)


def test_loops_of_each_variant_are_counted_and_few_are_warned_of():
    told = account(span_s=600)
    assert sum(told.loops.values()) in range(6, 11)
    assert {one.code for one in told.warnings} >= {"few_loops"}


def test_an_arm_that_was_not_next_is_no_warning():
    day = rundown(clip("a", 5, Cue("a.0", 30, "arm", segment="b")), clip("b", 5), play=("a",))
    told = account_of(day, Rehearsal(day, start=NOON).walk(60))
    assert told.skipped
    assert not [one for one in told.warnings if one.code == "skipped"]


def test_a_simulated_day_has_visitors_a_busy_host_and_camera_losses():
    whats = [one.what for one in simulated(1, 86_400)]
    assert whats.count("camera lost") == whats.count("camera back") >= 1
    assert Busy(is_busy=True) in whats
    assert len(whats) > 1000
