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


def trip(root: Path, zone: int, number: int, kind: str, reading: str) -> None:
    folder = root / f"sys/class/thermal/thermal_zone{zone}"
    (folder / f"trip_point_{number}_type").write_text(f"{kind}\n")
    (folder / f"trip_point_{number}_temp").write_text(f"{reading}\n")


def test_the_hottest_sensor_counts(tmp_path):
    root = zones(tmp_path, "48312\n", "61000\n", "asleep")
    assert read_heat(root, lambda: "") == Heat(61.0)


def test_a_machine_without_sensors_has_no_temperature(tmp_path):
    assert read_heat(tmp_path, lambda: "") == Heat(None)


@pytest.mark.parametrize(
    ("answer", "is_slowed", "has_low_voltage", "is_low_voltage"),
    [
        ("throttled=0x0", False, False, False),
        ("throttled=0x50005", True, True, True),
        ("throttled=0x10000", False, True, False),
        ("throttled=0x8", True, False, False),
        ("throttled=nonsense", False, False, False),
        ("", False, False, False),
    ],
)
def test_the_firmware_tells_of_slowing_and_low_voltage(
    tmp_path, answer, is_slowed, has_low_voltage, is_low_voltage
):
    told = read_heat(tmp_path, lambda: answer)
    assert told == Heat(None, is_slowed, has_low_voltage, is_low_voltage)


def test_the_zone_nearest_to_its_lowest_passive_trip_point_counts(tmp_path):
    root = zones(tmp_path, "70000", "60000")
    trip(root, 0, 0, "critical", "105000")
    trip(root, 0, 1, "passive", "99000")
    trip(root, 1, 0, "active", "50000")
    trip(root, 1, 1, "hot", "85000")
    trip(root, 1, 2, "passive", "68000")
    told = read_heat(root, lambda: "")
    assert (told.temperature_c, told.limit_c, told.room_c) == (70.0, 68.0, 8.0)


@pytest.mark.parametrize("nonsense", ["0", "-274000", "20000", "200000", "", "hot"])
def test_a_trip_point_that_cannot_be_is_none(tmp_path, nonsense):
    root = zones(tmp_path, "50000")
    trip(root, 0, 0, "passive", nonsense)
    assert read_heat(root, lambda: "").limit_c is None


def test_a_raspberry_pi_without_trip_points_slows_down_at_80(tmp_path):
    root = zones(tmp_path, "74500")
    trip(root, 0, 0, "critical", "110000")
    told = read_heat(root, lambda: "throttled=0x0")
    assert (told.limit_c, told.room_c) == (80.0, 5.5)
