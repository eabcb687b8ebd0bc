"""The guard over heat and power, in virtual time."""

import asyncio
import logging
from pathlib import Path

import pytest

from node.board.thermal import Heat, read_heat
from node.channels import State
from node.encode import guard
from node.encode.codec import Relief, Sparing
from node.encode.guard import Guard, Ladder, trouble
from tests.fakes.inline_pool import InlinePool
from tests.virtual_time import run_virtually

COOL = Heat(50.0, limit_c=80.0, room_c=30.0)
WARM = Heat(73.0, limit_c=80.0, room_c=7.0)
HOT = Heat(76.0, limit_c=80.0, room_c=4.0)
SLOWED = Heat(62.0, is_slowed=True, limit_c=80.0, room_c=18.0)
WEAK = Heat(50.0, is_low_voltage=True, limit_c=80.0, room_c=30.0)


def climbed(*looks: tuple[float, Heat]) -> Ladder:
    ladder = Ladder()
    for now_s, heat in looks:
        ladder = ladder.after(heat, now_s)
    return ladder


@pytest.mark.parametrize(
    ("heat", "words"),
    [
        (COOL, ""),
        (WARM, ""),
        (HOT, "76 °C, slowing down at 80 °C"),
        (SLOWED, "the firmware slows the processor down"),
        (WEAK, "the power supply is too weak"),
        (Heat(None), ""),
        (Heat(99.0), ""),
    ],
)
def test_trouble_is_told_in_words(heat: Heat, words: str):
    assert trouble(heat) == words


@pytest.mark.parametrize("heat", [HOT, SLOWED, WEAK])
def test_trouble_steps_down_at_once(heat: Heat):
    assert climbed((0.0, heat)).relief is Relief.CHEAPER_PICTURES


def test_a_step_gets_time_to_show_before_the_next():
    every_five = [(5.0 * look, HOT) for look in range(4)]
    assert climbed(*every_five).relief is Relief.CHEAPER_PICTURES
    assert climbed(*every_five, (20.0, HOT)).relief is Relief.LOWER_BITRATE


def test_there_is_a_last_step():
    assert climbed(*((20.0 * look, HOT) for look in range(9))).relief is Relief.FEWER_PICTURES


def test_between_hot_and_calm_it_stays_where_it_is():
    looks = [(0.0, HOT), *((5.0 * look, WARM) for look in range(1, 200))]
    assert climbed(*looks).relief is Relief.CHEAPER_PICTURES


def test_calm_for_three_minutes_it_goes_up_a_step_and_no_more():
    down = [(0.0, HOT), (20.0, HOT)]
    assert climbed(*down, (25.0, COOL), (204.0, COOL)).relief is Relief.LOWER_BITRATE
    up = [*down, (25.0, COOL), (205.0, COOL)]
    assert climbed(*up).relief is Relief.CHEAPER_PICTURES
    assert climbed(*up, (384.0, COOL)).relief is Relief.CHEAPER_PICTURES
    assert climbed(*up, (385.0, COOL)).relief is Relief.NONE


def test_trouble_begins_the_calm_anew():
    looks = [(0.0, HOT), (5.0, COOL), (100.0, WARM), (105.0, COOL), (200.0, COOL)]
    assert climbed(*looks).relief is Relief.CHEAPER_PICTURES


def zone(root: Path, celsius: float) -> None:
    folder = root / "sys/class/thermal/thermal_zone0"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "temp").write_text(f"{round(celsius * 1000)}\n")
    (folder / "trip_point_0_type").write_text("passive\n")
    (folder / "trip_point_0_temp").write_text("82000\n")


def test_an_hour_on_a_hot_afternoon(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """A simulated machine: each step down cools it by 4 °C, from 78 °C to 70."""
    sparing = State(Sparing())
    told: list[str] = []
    seen: list[Relief] = []

    def read() -> Heat:
        sunny = 78.0 if asyncio.get_running_loop().time() < 1800 else 55.0
        zone(tmp_path, sunny - 4.0 * sparing.value.relief)
        seen.append(sparing.value.relief)
        return read_heat(tmp_path, lambda: "")

    async def afternoon() -> None:
        part = Guard(sparing, alarm=told.append, read=read, pool=InlinePool())
        async with asyncio.timeout(3600):
            await part.run(lambda: None)

    with caplog.at_level(logging.INFO), pytest.raises(TimeoutError):
        run_virtually(afternoon())
    assert max(seen) is Relief.CHEAPER_PICTURES
    assert seen[-1] is Relief.NONE
    assert told == [
        "78 °C, slowing down at 82 °C: cheaper pictures",
        "calm again: none",
    ]
    assert sparing.value == Sparing()
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert len(seen) == pytest.approx(3600 / guard.LOOK_S, abs=2)


def test_a_machine_that_says_nothing_is_left_alone(tmp_path: Path):
    sparing = State(Sparing())

    async def silence() -> None:
        part = Guard(
            sparing,
            alarm=pytest.fail,
            read=lambda: read_heat(tmp_path, lambda: ""),
            pool=InlinePool(),
        )
        async with asyncio.timeout(600):
            await part.run(lambda: None)

    with pytest.raises(TimeoutError):
        run_virtually(silence())
    assert sparing.value == Sparing()
