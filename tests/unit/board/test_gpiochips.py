"""Facts about the kernel's GPIO chips as the node asks for them."""

import errno
import os
from pathlib import Path

import pytest

from node.board.gpiochips import CHIP_INFO, LINE_INFO, Chip, GpioChips, Line, ask_kernel
from tests.fakes.fake_gpio import FakeChip, FakeGpio


def test_the_structures_have_the_sizes_that_the_requests_name():
    assert (CHIP_INFO.size, LINE_INFO.size) == (0x44, 0x100)


def test_chips_are_told_by_number_with_label_and_lines(tmp_path):
    chips = [FakeChip(f"chip {number}", number + 1) for number in range(11)]
    machine = FakeGpio(tmp_path, *chips).machine
    told = [machine.chip(device) for device in machine.devices()]
    assert told == [Chip(number, f"chip {number}", number + 1) for number in range(11)]


def test_a_second_name_of_a_chip_is_no_chip(tmp_path):
    machine = FakeGpio(tmp_path, FakeChip("pinctrl-rp1", 54)).machine
    (tmp_path / "dev/gpiochip4").symlink_to("gpiochip0")
    assert [device.name for device in machine.devices()] == ["gpiochip0"]


def test_lines_have_their_names_and_their_holders(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("tegra234-gpio", 3, {1: "PA.01"}))
    gpio.chips[0].lines[2].user = "camera reset"
    lines = gpio.machine.lines(Chip(0, "tegra234-gpio", 3))
    assert lines == (Line(0, "", ""), Line(1, "PA.01", ""), Line(2, "", "camera reset"))


def test_a_kernel_that_is_too_old_for_lines_is_an_os_error(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("tegra-gpio", 256))
    gpio.is_old = True
    with pytest.raises(OSError, match="Invalid argument"):
        gpio.machine.lines(Chip(0, "tegra-gpio", 256))


def test_a_file_that_is_no_chip_is_an_os_error(tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev/gpiochip0").touch()
    machine = GpioChips(tmp_path, ask_kernel)
    with pytest.raises(OSError) as told:  # noqa: PT011  # the number says it
        machine.chip(machine.devices()[0])
    assert told.value.errno == errno.ENOTTY
    opened = {os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()}
    assert os.path.realpath(tmp_path / "dev/gpiochip0") not in opened
