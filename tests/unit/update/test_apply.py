"""Root's side: verified again, built apart, swapped when the node says go, and never half."""

import errno
import os

import pytest

from node.update import apply as applying
from node.update import trial
from node.update.layout import COMPLETE
from node.update.mailbox import LINE, REQUEST, Go, Line, Request
from node.update.record import read_record, read_seal
from tests.fakes.installation import id_of
from tests.unit.update.conftest import applied, committed, fetched_from_stick, updated


def test_the_first_release_of_a_machine_is_not_on_trial(booth):
    record = read_record(booth.layout)
    assert (record.phase, record.floor) == ("steady", "1.0")
    assert booth.layout.is_complete(booth.current)


def test_a_release_is_built_apart_and_waits_for_the_nodes_word(booth):
    before, manifest = booth.current, booth.publish("1.1")
    booth.ask(manifest)
    assert applied(booth).did == "staged"
    assert booth.current == before
    assert applied(booth).did == "waiting"
    booth.ask(manifest, goes=True)
    assert applied(booth).needs_restart
    assert booth.current == id_of("1.1", manifest)
    assert booth.layout.led_to(booth.layout.previous) == before
    record = read_record(booth.layout)
    assert (record.phase, record.tries) == ("trial", 3)


def test_a_go_of_another_boot_or_an_old_one_is_none(booth):
    manifest = booth.publish("1.1")
    booth.ask(manifest)
    applied(booth)
    for go in (Go("boot-0", 100.0), Go("boot-1", 60.0), Go("boot-1", 200.0)):
        booth.mailbox.put(REQUEST, Request(1, manifest, 1, go))
        assert applied(booth).did == "waiting"


def test_a_release_that_is_well_is_committed_and_two_are_kept(booth):
    first = booth.current
    second = updated(booth, "1.1")
    assert applied(booth).did == "on_trial"
    committed(booth, second)
    third = updated(booth, "1.2", wish=2)
    for made_s, release in enumerate((first, second, third)):  # the disk's clock goes in steps
        os.utime(booth.layout.release(release) / COMPLETE, (made_s, made_s))
    assert booth.layout.complete() == [first, second, third]
    committed(booth, third)
    assert applied(booth).did == "nothing"
    assert first not in booth.layout.complete()
    assert booth.layout.complete() == [second, third]
    record = read_record(booth.layout)
    assert (record.floor, record.last.fate, record.last.wish) == ("1.2", "committed", 2)


def test_what_said_that_it_is_well_before_the_trial_is_not_believed(booth):
    manifest = booth.publish("1.1")
    booth.say_healthy(id_of("1.1", manifest))
    updated(booth, "1.1")
    assert applied(booth).did == "on_trial"


def test_a_folder_that_cannot_be_written_leaves_what_runs(booth, monkeypatch):
    def read_only(_disk, path, _body):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    before = booth.current
    booth.ask(booth.publish("1.1"))
    monkeypatch.setattr("node.update.disk.Disk.write", read_only)
    with pytest.raises(OSError, match="Read-only"):
        applied(booth)
    assert booth.current == before


def test_two_at_once_do_not_build(booth):
    booth.ask(booth.publish("1.1"))
    with booth.site().building() as is_ours:
        assert is_ours
        assert applied(booth).did == "busy"
    assert applied(booth).did == "staged"


def test_a_newer_request_takes_the_place_of_one_that_waits(booth):
    booth.ask(booth.publish("1.1"))
    applied(booth)
    manifest = booth.publish("1.2")
    booth.ask(manifest, wish=2)
    assert applied(booth).release == id_of("1.2", manifest)
    assert len(booth.layout.complete()) == 2


def test_a_request_that_is_withdrawn_leaves_nothing(booth):
    booth.ask(booth.publish("1.1"))
    applied(booth)
    booth.mailbox.folder.joinpath(REQUEST).unlink()
    assert applied(booth).did == "nothing"
    assert read_record(booth.layout).phase == "steady"
    assert booth.layout.complete() == [booth.current]


def test_going_back_to_the_release_before_builds_nothing(booth):
    first = booth.current
    seal = read_seal(booth.layout, first)
    committed(booth, updated(booth, "1.1", min_version="1.0"))
    fetched_from_stick(booth, seal.manifest)
    booth.ask(seal.manifest, wish=2)
    assert applied(booth).release == first
    assert booth.machine.installed.count(first) == 1


def test_what_runs_already_is_not_tried_again_and_the_way_back_stays(booth, tmp_path):
    before, stick = booth.current, tmp_path / "stick-2"
    stick.mkdir()
    booth.publish("1.1", folder=stick)
    applying.install(booth.site(), stick, booth.state, booth.keys)
    trial.commit(booth.site())
    report = applying.install(booth.site(), stick, booth.state, booth.keys)
    assert (report.did, report.needs_restart) == ("committed", False)
    assert read_record(booth.layout).phase == "steady"
    assert booth.layout.led_to(booth.layout.previous) == before


def test_a_new_wish_for_what_runs_is_answered_at_once(booth):
    manifest = read_seal(booth.layout, booth.current).manifest
    fetched_from_stick(booth, manifest)
    booth.ask(manifest, wish=9)
    applied(booth)
    booth.ask(manifest, wish=9, goes=True)
    applied(booth)
    last = read_record(booth.layout).last
    assert (last.manifest, last.wish, last.fate) == (manifest, 9, "committed")
    assert applied(booth).did == "nothing"


@pytest.mark.parametrize(
    ("said", "needs"),
    [
        (lambda booth: None, True),
        (lambda booth: booth.say_line(is_heard=True), True),
        (lambda booth: booth.say_line(is_heard=False), False),
        (lambda booth: booth.mailbox.put(LINE, Line(1, "0.9-000000000000", is_heard=False)), True),
        (lambda booth: (booth.mailbox.folder / LINE).write_bytes(b"{"), True),
    ],
    ids=["nothing", "a line", "no line", "another release", "nonsense"],
)
def test_a_line_is_asked_of_a_release_unless_the_one_before_had_none(booth, said, needs):
    said(booth)
    updated(booth, "1.1")
    assert read_record(booth.layout).needs_line == needs


def test_the_same_holds_for_one_from_a_stick(booth, tmp_path):
    booth.say_line(is_heard=False)
    stick = tmp_path / "stick-2"
    stick.mkdir()
    booth.publish("1.1", folder=stick)
    assert applying.install(booth.site(), stick, booth.state, booth.keys).did == "swapped"
    assert not read_record(booth.layout).needs_line


def test_a_line_that_was_not_asked_for_once_is_asked_for_again_once_it_was_there(booth):
    booth.say_line(is_heard=False)
    committed(booth, updated(booth, "1.1"))
    booth.say_line(is_heard=True)
    updated(booth, "1.2", wish=2)
    assert read_record(booth.layout).needs_line
