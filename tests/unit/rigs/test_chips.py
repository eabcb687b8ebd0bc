"""Facts about the simulated GPIO chips of the emulated machine."""

import pytest

from tools.rigs.guest import chips
from tools.rigs.guest.chips import Bank, SimulatedDevice


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """The folder in which the kernel is asked for devices."""
    monkeypatch.setattr(chips, "CONFIG", tmp_path)
    return tmp_path


def test_a_device_is_described_bank_by_bank_before_it_is_plugged(kernel):
    SimulatedDevice("jetson", Bank("main", 164, {112: "PR.04"}), Bank("aon", 32, {}))
    folder = kernel / "jetson"
    assert (folder / "bank0/num_lines").read_text() == "164"
    assert (folder / "bank0/line112/name").read_text() == "PR.04"
    assert (folder / "bank1/label").read_text() == "aon"
    assert not (folder / "live").exists()


def test_a_plugged_device_tells_where_its_chips_lines_are_and_an_unplugged_one_is_gone(kernel):
    device = SimulatedDevice("usb", Bank("one", 4, {}), Bank("two", 4, {}))
    (kernel / "usb/dev_name").write_text("gpio-sim.1\n")
    for number, chip in enumerate(("gpiochip3", "gpiochip4")):
        (kernel / f"usb/bank{number}/chip_name").write_text(f"{chip}\n")
    lines = device.plug()
    assert {label: str(path) for label, path in lines.items()} == {
        "one": "/sys/devices/platform/gpio-sim.1/gpiochip3",
        "two": "/sys/devices/platform/gpio-sim.1/gpiochip4",
    }
    assert (kernel / "usb/live").read_text() == "1"
    device.unplug()
    assert (kernel / "usb/live").read_text() == "0"
