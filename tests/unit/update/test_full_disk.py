"""On a disk without any room the node still says that somebody is live, and no show ends."""

import os

import pytest

from node.errors import DeviceError
from node.update import apply as applying
from node.update import trial
from node.update.mailbox import ON_AIR, ROOM_BYTES, Healthy, Mailbox, OnAir, is_on_air
from tests.fakes.installation import Booth
from tests.fakes.tight_disk import small_disk

LONGEST_BOOT = "\\" * 64


@pytest.fixture
def disk(tmp_path):
    """The state directory as a small file system of its own."""
    with small_disk(tmp_path / "state") as small:
        if small is None:
            pytest.skip("no file system may be mounted here")
        yield small


def on_trial(folder):
    """A booth whose 1.1 is on trial, its ten minutes over."""
    booth = Booth(folder)
    for version in ("1.0", "1.1"):
        (folder / version).mkdir()
        booth.publish(version, folder=folder / version)
        applying.install(booth.site(), folder / version, booth.state, booth.keys)
    booth.machine.clock_s += trial.TRIAL_S
    return booth


def test_an_entirely_full_disk_takes_the_letter_and_the_show_goes_on(tmp_path, disk):
    booth = on_trial(tmp_path)
    before, pid = booth.current, os.getpid()
    booth.mailbox.put_over(ON_AIR, OnAir(1))  # as the node does when it starts
    disk.fill(pid)
    with pytest.raises(DeviceError, match="No space left"):
        booth.mailbox.put("healthy.json", Healthy(1, before, "boot-1", 0.0))
    booth.say_on_air()
    assert trial.settle(booth.site(), booth.state).did == "put_off"
    booth.mailbox.put_over(ON_AIR, OnAir(1))
    assert trial.settle(booth.site(), booth.state).did == "put_back"
    assert booth.current != before
    disk.clear(pid)


def test_without_room_for_the_first_letter_the_disk_is_named(tmp_path, disk):
    mailbox = Mailbox(tmp_path / "state")
    disk.fill(os.getpid())
    with pytest.raises(DeviceError, match="No space left"):
        mailbox.put_over(ON_AIR, OnAir(1))
    disk.clear(os.getpid())


def test_a_letter_is_written_where_the_one_before_lies(tmp_path):
    mailbox, path = Mailbox(tmp_path), tmp_path / "update" / ON_AIR
    mailbox.put_over(ON_AIR, OnAir(1))
    first = path.stat()
    mailbox.put_over(ON_AIR, OnAir(1, LONGEST_BOOT, 1234567890.123456))
    later = path.stat()
    assert (first.st_ino, first.st_size) == (later.st_ino, later.st_size)
    assert later.st_size == ROOM_BYTES
    assert is_on_air(tmp_path, LONGEST_BOOT, 1234567900.0)
    mailbox.put_over(ON_AIR, OnAir(1))
    assert not is_on_air(tmp_path, LONGEST_BOOT, 1234567900.0)


def test_what_lay_there_before_leaves_nothing_behind(tmp_path):
    (tmp_path / "update").mkdir()
    (tmp_path / "update" / ON_AIR).write_bytes(b"x" * 5000)
    Mailbox(tmp_path).put_over(ON_AIR, OnAir(1, "boot-1", 10.0))
    assert is_on_air(tmp_path, "boot-1", 20.0)


def test_a_link_is_not_written_through(tmp_path):
    (tmp_path / "update").mkdir()
    (tmp_path / "elsewhere").write_bytes(b"kept")
    (tmp_path / "update" / ON_AIR).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DeviceError):
        Mailbox(tmp_path).put_over(ON_AIR, OnAir(1))
    assert (tmp_path / "elsewhere").read_bytes() == b"kept"
