"""What may be shown after damage: nothing that leans on it, until a whole key frame."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from node.decode.recovery import HELD_MAX, REORDER_MAX, Recovery


@dataclass
class _Picture:
    """As much of a decoded picture as is judged."""

    pts: int | None
    key_frame: bool = False
    is_corrupt: bool = False
    width: int = 640
    height: int = 360
    format: SimpleNamespace = field(default_factory=lambda: SimpleNamespace(name="yuv420p"))


def verdicts(recovery, *pictures):
    return [recovery.is_whole(picture) for picture in pictures]


def test_pictures_pass_as_long_as_nothing_is_lost():
    assert all(verdicts(Recovery(), _Picture(0, key_frame=True), *map(_Picture, range(1, 300))))


def test_what_follows_a_lost_packet_is_held_back_until_the_next_key_frame():
    recovery = Recovery()
    recovery.lost(3)
    shown = verdicts(recovery, _Picture(3), _Picture(4), _Picture(5, key_frame=True), _Picture(6))
    assert shown == [False, False, True, True]


def test_pictures_from_before_the_damage_that_the_decoder_gives_late_are_shown():
    recovery = Recovery()
    recovery.lost(3)
    assert verdicts(recovery, _Picture(1), _Picture(2), _Picture(3)) == [True, True, False]


def test_the_key_frame_of_the_damaged_packet_itself_is_no_new_begin():
    recovery = Recovery()
    recovery.lost(3)
    shown = verdicts(
        recovery, _Picture(3, key_frame=True), _Picture(4), _Picture(9, key_frame=True)
    )
    assert shown == [False, False, True]


def test_a_corrupt_key_frame_is_held_back_with_all_that_leans_on_it():
    recovery = Recovery()
    shown = verdicts(
        recovery, _Picture(0, key_frame=True), _Picture(1, key_frame=True, is_corrupt=True),
        _Picture(2), _Picture(3), _Picture(4, key_frame=True), _Picture(5),
    )  # fmt: skip
    assert shown == [True, False, False, False, True, True]


def test_another_size_is_shown_from_its_first_key_frame_on():
    recovery = Recovery()
    shown = verdicts(
        recovery, _Picture(0, key_frame=True), _Picture(1), _Picture(2, width=320),
        _Picture(3, width=320), _Picture(4, key_frame=True, width=320), _Picture(5, width=320),
    )  # fmt: skip
    assert shown == [True, True, False, False, True, True]
    assert verdicts(recovery, _Picture(6, key_frame=True)) == [True]


@pytest.mark.parametrize("pts", [None, 3])
def test_a_stream_without_time_stamps_goes_on_at_its_next_key_frame(pts):
    recovery = Recovery()
    recovery.lost(pts)
    shown = verdicts(recovery, _Picture(None), _Picture(None, key_frame=True), _Picture(None))
    assert shown == [False, True, True]


def test_a_stream_whose_time_stamps_fall_back_goes_on_at_a_key_frame():
    recovery = Recovery()
    recovery.lost(90_000)
    old = [_Picture(n) for n in range(REORDER_MAX)]
    assert all(verdicts(recovery, *old))
    shown = verdicts(recovery, _Picture(50), _Picture(51, key_frame=True), _Picture(52))
    assert shown == [False, True, True]


@pytest.mark.parametrize("is_corrupt", [False, True])
def test_a_stream_without_key_frames_is_shown_again_after_a_while(is_corrupt):
    recovery = Recovery()
    recovery.lost(0)
    shown = verdicts(
        recovery, *(_Picture(n, is_corrupt=is_corrupt) for n in range(1, HELD_MAX + 2))
    )
    assert shown == [False] * HELD_MAX + [True]
