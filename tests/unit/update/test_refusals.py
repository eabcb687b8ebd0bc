"""What is never installed: not signed, not whole, not for here, older than allowed, no room."""

import errno
import os

import pytest

from node.jws import new_key, write_public_key
from node.update import apply as applying
from node.update.layout import COMPLETE
from node.update.machine import MachineError
from node.update.mailbox import HEALTHY, REQUEST
from tests.unit.update.conftest import applied, committed, refused, updated


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


def test_what_is_copied_for_root_is_read_by_nobody_else_before_it_is_judged(booth, monkeypatch):
    modes = set()
    install = booth.machine.install

    def look(folder, wheels, requirements):
        modes.update(path.stat().st_mode & 0o777 for path in wheels.glob("*.whl"))
        install(folder, wheels, requirements)

    monkeypatch.setattr(booth.machine, "install", look)
    booth.ask(booth.publish("1.1"))
    assert applied(booth).did == "staged"
    assert modes == {0o600}


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


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"v":2}', b'{"v":1,"manifest":"../x"}', b"\xff" * 5000, b"[" * 900]
)
def test_a_request_that_is_none_does_nothing(booth, body):
    before = booth.current
    booth.mailbox.folder.joinpath(REQUEST).write_bytes(body)
    booth.mailbox.folder.joinpath(HEALTHY).write_bytes(body)
    assert applied(booth).did == "nothing"
    assert booth.current == before


def test_a_folder_without_a_manifest_is_refused(booth, tmp_path):
    report = applying.install(booth.site(), tmp_path, booth.state, booth.keys)
    assert (report.did, COMPLETE in report.why) == ("refused", False)
    assert "manifest.jws" in report.why
