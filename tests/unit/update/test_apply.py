"""Root's side: verified again, built apart, swapped when the node says go, and never half."""

import errno
import os

import pytest

from node.jws import new_key, write_public_key
from node.update import apply as applying
from node.update import trial
from node.update.layout import COMPLETE
from node.update.machine import MachineError
from node.update.mailbox import HEALTHY, REQUEST, Go, Request
from node.update.record import read_record, read_seal
from tests.fakes.installation import Booth, id_of


@pytest.fixture
def booth(tmp_path):
    """A machine on which 1.0 runs and has been found good."""
    one = Booth(tmp_path)
    folder = tmp_path / "stick"
    folder.mkdir()
    one.publish("1.0", folder=folder)
    assert applying.install(one.site(), folder, one.keys).did == "committed"
    return one


def applied(booth):
    return applying.apply(booth.site(), booth.state, booth.keys)


def updated(booth, version, wish=1, **changes):
    """Bring a version onto its trial."""
    manifest = booth.publish(version, **changes)
    booth.ask(manifest, wish=wish)
    assert applied(booth).did == "staged"
    booth.ask(manifest, wish=wish, goes=True)
    assert applied(booth).did == "swapped"
    return id_of(version, manifest)


def committed(booth, release):
    booth.machine.clock_s += 130
    booth.say_healthy(release)
    assert applied(booth).did == "committed"


def refused(booth, manifest, wish=1):
    """Why a request is refused; what runs stays."""
    before = booth.current
    booth.ask(manifest, wish=wish)
    report = applied(booth)
    assert report.did == "refused"
    assert booth.current == before
    assert booth.layout.complete() == [before]
    assert not booth.layout.incoming.exists()
    return read_record(booth.layout).last


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
    assert set(booth.layout.complete()) == {first, second, third}
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


def test_a_wrong_signature_is_refused(booth):
    stranger = new_key("software-1", "software")
    assert refused(booth, booth.publish("1.1", key=stranger)).code == "bad_signature"


def test_a_key_for_something_else_signs_no_release(booth, tmp_path):
    other = new_key("assets-1", "assets")
    write_public_key(booth.keys / "assets-1.jwk", other.public)
    assert refused(booth, booth.publish("1.1", key=other)).code == "unknown_key"


def test_a_signature_for_something_else_is_none_for_a_release(booth):
    assert refused(booth, booth.publish("1.1", typ="ls-assets+jws")).code == "bad_signature"


def test_without_a_trusted_key_nothing_is_installed(booth):
    (booth.keys / "software-1.jwk").unlink()
    assert refused(booth, booth.publish("1.1")).code == "unknown_key"


@pytest.mark.parametrize("place", ["", "software-1.jwk"])
def test_keys_that_others_may_write_are_no_keys(booth, place):
    (booth.keys / place).chmod(0o777)
    last = refused(booth, booth.publish("1.1"))
    assert (last.code, "others may write" in last.why) == ("unknown_key", True)


def test_without_the_folder_of_keys_nothing_is_installed(booth):
    booth.keys.rename(booth.keys.with_name("gone"))
    assert refused(booth, booth.publish("1.1")).code == "unknown_key"


def test_an_older_version_than_the_floor_is_refused(booth):
    assert "older than 1.0" in refused(booth, booth.publish("0.9")).why


def test_an_older_version_is_taken_where_the_newer_one_allows_it(booth):
    committed(booth, updated(booth, "1.5", min_version="1.2"))
    committed(booth, updated(booth, "1.3", wish=2, min_version="1.2"))
    assert booth.current.startswith("1.3-")
    booth.ask(booth.publish("1.1"), wish=3)
    assert applied(booth).did == "refused"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"min_version": "1.2"}, "is above 1.1"),
        ({"version": "1.1/../../etc"}, "no version"),
        ({"v": 2}, "manifest"),
        ({"files": []}, "files"),
        ({"files": [{"name": "../x-1-py3-none-any.whl", "size": 1, "sha256": "0" * 64}]}, "name"),
        ({"files": [{"name": f"a-{n}-py3-none-any.whl", "size": 1, "sha256": "0" * 64}
                    for n in (1, 2)]}, "two wheels of a"),
    ],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused_though_it_is_signed(booth, changes, said):
    last = refused(booth, booth.publish("1.1", **changes))
    assert last.code == "bad_payload"
    assert said in last.why


def test_a_half_written_wheel_is_refused(booth):
    manifest = booth.publish("1.1")
    for path in booth.files.iterdir():
        if path.read_bytes().startswith(b"the wheel of 1.1"):
            path.write_bytes(b"the whe")
    last = refused(booth, manifest)
    assert last.code == "asset_missing"
    assert "bytes" in last.why


def test_an_altered_wheel_is_refused(booth):
    manifest = booth.publish("1.1")
    for path in booth.files.iterdir():
        if path.read_bytes().startswith(b"the wheel of 1.1"):
            path.write_bytes(b"the wheel of 6.6")
    assert "another hash" in refused(booth, manifest).why


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "none"])
def test_nothing_but_a_plain_file_is_copied(booth, tmp_path, kind):
    manifest = booth.publish("1.1")
    (wheel,) = [p for p in booth.files.iterdir() if p.read_bytes().startswith(b"the wheel of 1.1")]
    elsewhere = tmp_path / "elsewhere"
    wheel.rename(elsewhere)
    match kind:
        case "link":
            wheel.symlink_to(elsewhere)
        case "pipe":
            os.mkfifo(wheel)
        case "folder":
            wheel.mkdir()
        case _:
            pass
    assert refused(booth, manifest).code == "asset_missing"


def test_no_folder_of_the_nodes_may_be_a_link(booth, tmp_path):
    manifest = booth.publish("1.1")
    booth.files.rename(tmp_path / "blobs")
    booth.files.symlink_to(tmp_path / "blobs")
    assert refused(booth, manifest).code == "asset_missing"


def test_a_manifest_of_another_hash_than_was_asked_for_is_refused(booth):
    manifest, other = booth.publish("1.1"), booth.publish("1.2")
    (booth.files / manifest).write_bytes((booth.files / other).read_bytes())
    assert refused(booth, manifest).code == "asset_missing"


def test_no_room_is_said_before_anything_is_built(booth):
    booth.machine.free = 2000
    last = refused(booth, booth.publish("1.1"))
    assert last.code == "disk_full"
    assert booth.machine.installed == [booth.current]


def test_a_disk_that_is_full_half_way_leaves_what_runs(booth):
    booth.machine.faults["install"] = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert refused(booth, booth.publish("1.1")).code == "disk_full"


def test_pip_that_finds_no_room_is_a_full_disk(booth):
    booth.machine.faults["install"] = MachineError("pip: No space left on device")
    assert refused(booth, booth.publish("1.1")).code == "disk_full"


def test_a_release_for_another_python_or_machine_is_refused(booth):
    assert "Python 3.13" in refused(booth, booth.publish("1.1", python="3.13")).why
    assert "aarch64" in refused(booth, booth.publish("1.1", machine="aarch64"), 2).why


def test_a_wheel_that_pip_does_not_take_is_refused(booth):
    booth.machine.faults["install"] = MachineError("pip: not a supported wheel on this platform")
    assert "not a supported wheel" in refused(booth, booth.publish("1.1")).why


def test_a_release_whose_self_check_fails_or_hangs_never_runs(booth):
    booth.machine.faults["check"] = MachineError("it cannot import node.app")
    assert refused(booth, booth.publish("1.1")).code == "precondition"
    booth.machine.faults["check"] = MachineError("not done in 180 s", is_late=True)
    assert refused(booth, booth.publish("1.1"), 2).code == "timeout"


def test_a_refused_wish_is_not_worked_on_again(booth):
    manifest = booth.publish("0.9")
    refused(booth, manifest)
    assert applied(booth).did == "nothing"


def test_a_folder_that_cannot_be_written_leaves_what_runs(booth, monkeypatch):
    def read_only(_disk, path, _body):
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    before = booth.current
    booth.ask(booth.publish("1.1"))
    monkeypatch.setattr("node.update.disk.Disk.write", read_only)
    with pytest.raises(OSError, match="Read-only"):
        applied(booth)
    assert booth.current == before


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"v":2}', b'{"v":1,"manifest":"../x"}', b"\xff" * 5000, b"[" * 900]
)
def test_a_request_that_is_none_does_nothing(booth, body):
    before = booth.current
    booth.mailbox.folder.joinpath(REQUEST).write_bytes(body)
    booth.mailbox.folder.joinpath(HEALTHY).write_bytes(body)
    assert applied(booth).did == "nothing"
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


def fetched_from_stick(booth, manifest):
    stick = booth.files.parents[3] / "stick"
    (booth.files / manifest).write_bytes((stick / "manifest.jws").read_bytes())


def test_going_back_to_the_release_before_builds_nothing(booth):
    first = booth.current
    seal = read_seal(booth.layout, first)
    committed(booth, updated(booth, "1.1", min_version="1.0"))
    fetched_from_stick(booth, seal.manifest)
    booth.ask(seal.manifest, wish=2)
    assert applied(booth).release == first
    assert booth.machine.installed.count(first) == 1


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


def test_what_runs_already_is_not_tried_again_and_the_way_back_stays(booth, tmp_path):
    before, stick = booth.current, tmp_path / "stick-2"
    stick.mkdir()
    booth.publish("1.1", folder=stick)
    applying.install(booth.site(), stick, booth.keys)
    trial.commit(booth.site())
    report = applying.install(booth.site(), stick, booth.keys)
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


def test_a_disk_that_fills_up_is_told_with_the_place(booth, monkeypatch):
    def no_room(_handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", no_room)
    with pytest.raises(OSError, match=r"state\.json"):
        booth.site().keep(read_record(booth.layout))


def full(what, where):
    """A disk that has room for names and none for content."""
    if what == "write":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(where))


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
    assert applying.install(booth.site(), tmp_path / "stick", booth.keys).did == "on_trial"


def test_a_folder_without_a_manifest_is_refused(booth, tmp_path):
    report = applying.install(booth.site(), tmp_path, booth.keys)
    assert (report.did, COMPLETE in report.why) == ("refused", False)
    assert "manifest.jws" in report.why


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
