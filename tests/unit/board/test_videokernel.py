"""The real kernel behind the seam, on files and pipes."""

import errno
import os
from pathlib import Path

import pytest

from node.board import videokernel
from node.board.videokernel import LinuxKernel, listed
from node.errors import DeviceError


@pytest.fixture
def pipe():
    ends = list(os.pipe())
    yield ends
    for end in ends:
        if end >= 0:
            os.close(end)


def test_devices_are_listed_by_number(tmp_path: Path):
    (tmp_path / "dev").mkdir()
    for name in ("video10", "video2", "videotape", "vbi0"):
        (tmp_path / "dev" / name).touch()
    found = [Path(path).name for path in LinuxKernel(tmp_path).paths()]
    assert found == ["video2", "video10"]


def test_a_picture_that_lies_there_ends_the_wait(pipe):
    out, into = pipe
    assert not LinuxKernel().wait(out, 0)
    os.write(into, b"picture")
    assert LinuxKernel().wait(out, 60)


def test_a_device_that_is_gone_is_told_from_one_that_broke(pipe):
    out, into = pipe
    os.close(into)
    pipe[1] = -1
    with pytest.raises(OSError) as gone:  # noqa: PT011  # its number follows
        LinuxKernel().wait(out, 60)
    assert gone.value.errno == errno.ENODEV


def test_a_queue_that_broke_is_an_error_of_the_device(pipe):
    out, into = pipe
    os.close(out)
    pipe[0] = -1
    with pytest.raises(OSError) as broken:  # noqa: PT011  # its number follows
        LinuxKernel().wait(into, 60)
    assert broken.value.errno == errno.EIO


def test_a_buffer_is_shared_with_its_owner():
    kernel = LinuxKernel()
    descriptor = os.memfd_create("buffer")
    os.ftruncate(descriptor, 8192)
    with kernel.map(descriptor, 4096, 4096) as mapped:
        mapped[:4] = b"node"
        assert os.pread(descriptor, 4, 4096) == b"node"
    kernel.close(descriptor)


def test_a_driver_whose_list_never_ends_is_left_at_last():
    answers = list(listed(lambda _request, _buffer: None, 1, lambda number: bytes([number])))
    assert len(answers) == videokernel.LISTED_MAX


def test_a_system_of_32_bits_is_refused_in_a_line(tmp_path):
    device = tmp_path / "dev/video0"
    device.parent.mkdir()
    device.touch()
    kernel = LinuxKernel(tmp_path, address_bytes=8)
    kernel.close(kernel.open(str(device)))
    with pytest.raises(DeviceError, match=r"video0: needs a 64-bit system: .* is of 32 bits$"):
        LinuxKernel(tmp_path, address_bytes=4).open(str(device))
