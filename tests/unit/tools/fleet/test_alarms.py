"""What somebody should look at."""

from node.control.messages import Birth, ClockView, Dropped, Reason
from node.control.sections import Reported
from node.control.telemetry import CloudEvent
from tools.fleet.alarms import ALERT_LIFE_MS, Alarms, standing
from tools.fleet.presence import NodeView, Reading


def codes(view: NodeView) -> set[str]:
    return {one.code for one in standing(view)}


def test_a_node_that_is_well_gives_none():
    assert codes(NodeView("n0001", is_online=True)) == set()


def test_a_node_that_is_gone_gives_one_since_it_went():
    (alarm,) = standing(NodeView("n0001", changed_at=500))
    assert (alarm.code, alarm.level, alarm.at) == ("offline", "bad", 500)


def test_what_a_birth_tells_is_looked_at():
    birth = Birth(1, "n0001", 1, 0, "1", "m", (), "none", ClockView("unsynced"),
                  dropped=Dropped(0, 4), refused={"bad_signature": 2})  # fmt: skip
    view = NodeView("n0001", is_online=True, birth=birth)
    assert codes(view) == {"unsigned", "clock", "events_dropped", "refused_messages"}


def test_a_section_that_failed_says_why():
    report = Reported(1, "n0001", "show", 3, "failed", 9, Reason("asset_missing"))
    (alarm,) = standing(NodeView("n0001", is_online=True, reported={"show": report}))
    assert alarm.detail == "show: asset_missing"


def test_a_part_that_is_ill_and_a_hot_processor_are_told():
    tele = {
        "stream": Reading(1, {"ill": {"camera": "no such device"}}),
        "sys": Reading(1, {"cpu_c": 84.0}),
    }
    assert codes(NodeView("n0001", is_online=True, tele=tele)) == {"part_ill", "hot"}


def test_an_alert_holds_an_hour():
    alarms, view = Alarms(), NodeView("n0001", is_online=True)
    event = CloudEvent("1.0", "i", "ls/a/n0001", "sys.alert", "t", {"code": "camera_lost"})
    alarms.event("n0001", event, 1000)
    (alarm,) = alarms.of(view, 2000)
    assert alarm.detail == "camera_lost"
    assert alarms.of(view, 1000 + ALERT_LIFE_MS) == []
