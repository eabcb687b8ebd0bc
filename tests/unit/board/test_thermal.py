"""Heat and power."""

from pathlib import Path

import pytest

from node.board.thermal import Heat, read_heat


def zones(root: Path, *readings: str) -> Path:
    for number, reading in enumerate(readings):
        folder = root / f"sys/class/thermal/thermal_zone{number}"
        folder.mkdir(parents=True)
        (folder / "temp").write_text(reading)
    return root


def test_the_hottest_sensor_counts(tmp_path):
    root = zones(tmp_path, "48312\n", "61000\n", "asleep")
    assert read_heat(root, lambda: "") == Heat(61.0)


def test_a_machine_without_sensors_has_no_temperature(tmp_path):
    assert read_heat(tmp_path, lambda: "") == Heat(None)


@pytest.mark.parametrize(
    ("answer", "is_slowed", "has_low_voltage"),
    [
        ("throttled=0x0", False, False),
        ("throttled=0x50005", True, True),
        ("throttled=0x10000", False, True),
        ("throttled=0x8", True, False),
        ("throttled=nonsense", False, False),
        ("", False, False),
    ],
)
def test_the_firmware_tells_of_slowing_and_low_voltage(
    tmp_path, answer, is_slowed, has_low_voltage
):
    assert read_heat(tmp_path, lambda: answer) == Heat(None, is_slowed, has_low_voltage)
