"""The release before comes back: in time, on a full disk, and not tried again for the same wish."""

import errno
import os

import pytest

from node.update import apply as applying
from node.update import trial
from node.update.mailbox import ON_AIR, ON_AIR_HOLDS_S, ON_AIR_SAID_S, OnAir
from node.update.record import read_record, read_seal
from tests.unit.update.conftest import applied, committed, fetched_from_stick, updated


def full(what, where):
    """A disk that has room for names and none for content."""
    if what == "write":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(where))


def test_a_trial_that_nobody_finds_good_ends_after_ten_minutes(booth):
    before = booth.current
    release = updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    report = applied(booth)
    assert (report.did, report.needs_restart, booth.current) == ("put_back", True, before)
    last = read_record(booth.layout).last
    assert (last.fate, last.code, last.wish) == ("rolled_back", "timeout", 1)
    applied(booth)
    assert release not in booth.layout.complete()


def test_what_was_taken_back_is_not_tried_again_until_it_is_wished_anew(booth):
    updated(booth, "1.1")
    trial.roll_back(booth.site())
    assert applied(booth).did == "nothing"
    manifest = read_record(booth.layout).last.manifest
    booth.ask(manifest, wish=2)
    assert applied(booth).did == "staged"


def test_an_older_release_that_fails_again_is_not_tried_for_ever(booth):
    first = booth.current
    manifest = read_seal(booth.layout, first).manifest
    committed(booth, updated(booth, "1.1", min_version="1.0"))
    fetched_from_stick(booth, manifest)
    booth.ask(manifest, wish=7)
    assert applied(booth).did == "staged"
    booth.ask(manifest, wish=7, goes=True)
    assert applied(booth).did == "swapped"
    assert trial.roll_back(booth.site()).did == "put_back"
    last = read_record(booth.layout).last
    assert (last.manifest, last.wish, last.fate) == (manifest, 7, "rolled_back")
    booth.ask(manifest, wish=7, goes=True)
    assert applied(booth).did == "nothing"


def test_a_disk_that_fills_up_is_told_with_the_place(booth, monkeypatch):
    def no_room(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(OSError, match=r"state\.json"):
        booth.site().keep(read_record(booth.layout))


@pytest.mark.parametrize("way", ["given up", "not found good"])
def test_a_full_disk_does_not_keep_what_works_from_coming_back(booth, way):
    before = booth.current
    updated(booth, "1.1")
    site = booth.site()
    site.disk.step = full
    if way == "given up":
        assert trial.roll_back(site).did == "put_back"
    else:
        booth.machine.clock_s += trial.TRIAL_S
        assert trial.settle(site, booth.state).did == "put_back"
    assert booth.current == before
    with pytest.raises(OSError, match="No space"):
        trial.attempt(site)
    assert booth.current == before
    trial.attempt(booth.site())
    assert (booth.current, read_record(booth.layout).phase) == (before, "staged")


def test_what_runs_on_trial_is_settled_before_anything_else_is_taken(booth, tmp_path):
    updated(booth, "1.1")
    booth.ask(booth.publish("1.2"), wish=2)
    assert applied(booth).did == "on_trial"
    assert (
        applying.install(booth.site(), tmp_path / "stick", booth.state, booth.keys).did
        == "on_trial"
    )


def test_a_start_of_the_node_does_not_wait_until_old_releases_are_gone(booth, monkeypatch):
    updated(booth, "1.1")
    trial.roll_back(booth.site())
    started = []

    def slow(_folder):
        started.append(trial.attempt(booth.site()).did)

    monkeypatch.setattr("shutil.rmtree", slow)
    assert applied(booth).did == "nothing"
    assert started == ["nothing"]
    assert booth.layout.complete() == [booth.current]


def test_nothing_is_taken_back_from_under_a_show(booth):
    before, release = booth.current, updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    booth.say_on_air()
    for _ in range(3):
        report = applied(booth)
        assert (report.did, report.needs_restart, booth.current) == ("put_off", False, release)
        booth.machine.clock_s += ON_AIR_SAID_S
    booth.mailbox.put_over(ON_AIR, OnAir(1))
    report = applied(booth)
    assert (report.did, report.needs_restart, booth.current) == ("put_back", True, before)
    assert read_record(booth.layout).last.code == "timeout"


def test_who_said_long_ago_that_somebody_is_on_the_air_hangs_or_has_ended(booth):
    updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    booth.say_on_air()
    booth.machine.clock_s += ON_AIR_HOLDS_S + 1
    assert applied(booth).did == "put_back"


def test_what_an_earlier_boot_said_of_the_air_is_over(booth):
    updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    booth.mailbox.put_over(ON_AIR, OnAir(1, "boot-0", booth.machine.clock_s))
    assert applied(booth).did == "put_back"


def test_a_release_that_is_due_goes_at_the_next_start_while_nothing_runs(booth):
    before = booth.current
    updated(booth, "1.1")
    trial.attempt(booth.site())
    booth.machine.clock_s += trial.TRIAL_S
    booth.say_on_air()
    assert applied(booth).did == "put_off"
    assert read_record(booth.layout).is_due
    assert trial.attempt(booth.site()).did == "put_back"
    assert booth.current == before


def test_a_release_that_is_due_and_gets_well_meanwhile_stays(booth):
    release = updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    booth.say_on_air()
    applied(booth)
    committed(booth, release)
    assert not read_record(booth.layout).is_due


def test_a_release_that_says_for_ever_that_somebody_is_on_the_air_goes_as_well(booth):
    before = booth.current
    updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S + trial.PUT_OFF_S - 1
    booth.say_on_air()
    assert applied(booth).did == "put_off"
    booth.machine.clock_s += 1
    assert (applied(booth).did, booth.current) == ("put_back", before)


def test_what_dies_at_each_start_waits_for_no_show(booth):
    before = booth.current
    updated(booth, "1.1")
    booth.say_on_air()
    assert trial.roll_back(booth.site()).did == "put_back"
    updated(booth, "1.1", wish=2)
    booth.say_on_air()
    for _ in range(4):
        trial.attempt(booth.site())
    assert booth.current == before


def test_a_link_is_repaired_under_a_show_without_ending_it(booth):
    booth.layout.current.unlink()
    report = applied(booth)
    assert (report.did, report.needs_restart) == ("repaired", False)
    assert booth.layout.is_complete(booth.current)


def test_a_disk_without_room_for_the_record_does_not_end_a_show(booth):
    release = updated(booth, "1.1")
    booth.machine.clock_s += trial.TRIAL_S
    booth.say_on_air()
    site = booth.site()
    site.disk.step = full
    assert trial.settle(site, booth.state).did == "put_off"
    assert booth.current == release
