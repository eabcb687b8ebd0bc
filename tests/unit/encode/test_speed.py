"""When a codec counts as too slow: simulated queues of pictures, one codec, no time."""

from collections.abc import Callable, Iterable

from node.encode.encoder import BEHIND_FRAMES
from node.encode.speed import CodecSpeed

FPS = 30
PERIOD_S = 1 / FPS


def eased_at_s(come_s: Iterable[float], takes_s: Callable[[float], float]) -> float | None:
    """When a codec is first found too slow that takes `takes_s(now)` for a picture.

    The pictures come at `come_s` and wait for it; None if it never is.
    """
    speed, arrivals, now_s = CodecSpeed(FPS), list(come_s), 0.0
    for number, came_s in enumerate(arrivals):
        began_s = max(now_s, came_s)
        took_s = takes_s(began_s)
        now_s = began_s + took_s
        speed.note(took_s)
        waiting = sum(other_s <= now_s for other_s in arrivals[number + 1 :])
        if waiting >= BEHIND_FRAMES and speed.is_too_slow:
            return now_s
    return None


def even(seconds: float) -> list[float]:
    return [number * PERIOD_S for number in range(round(seconds * FPS))]


def halted(at_s: float, for_s: float, seconds: float) -> list[float]:
    """The program stands still for a while, and makes up for it at once."""
    return [at_s + for_s if at_s <= come_s < at_s + for_s else come_s for come_s in even(seconds)]


def test_a_burst_after_a_stall_of_the_program_eases_nothing():
    assert eased_at_s(halted(5.0, 0.6, 20.0), lambda _: 0.022) is None


def test_nor_does_a_stall_of_the_whole_machine_while_the_codec_works():
    def takes_s(now_s: float) -> float:
        return 0.6 if 5.0 <= now_s < 5.0 + PERIOD_S else 0.02

    assert eased_at_s(even(20.0), takes_s) is None


def test_a_codec_slower_than_the_program_is_found_out_within_2_s():
    for takes_s in (0.045, 0.06, 0.1, 0.3):
        found_s = eased_at_s(even(10.0), lambda _, takes_s=takes_s: takes_s)
        assert found_s is not None
        assert found_s < 2.0, takes_s


def test_so_is_one_that_becomes_slow_in_the_middle_of_the_show():
    for slow_s in (0.045, 0.06, 0.1):
        found_s = eased_at_s(
            even(20.0), lambda now_s, slow_s=slow_s: slow_s if now_s >= 10.0 else 0.02
        )
        assert found_s is not None
        assert 10.0 < found_s < 12.0, slow_s


def test_one_that_is_slow_at_every_third_picture_is_found_out():
    turns = iter(range(10_000))
    found_s = eased_at_s(even(10.0), lambda _: 0.01 if next(turns) % 3 else 0.15)
    assert found_s is not None
    assert found_s < 3.0


def test_two_pictures_prove_nothing():
    speed = CodecSpeed(FPS)
    speed.note(1.0)
    speed.note(1.0)
    assert not speed.is_too_slow


def test_what_it_took_before_it_was_eased_no_longer_counts():
    speed = CodecSpeed(FPS)
    for _ in range(60):
        speed.note(0.2)
    assert speed.is_too_slow
    speed.begin_anew()
    for _ in range(3):
        speed.note(0.02)
    assert not speed.is_too_slow
