"""When a roll-out goes on, and when it stops."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.fleet.rollouts import (
    Fate,
    Rollout,
    RolloutError,
    after,
    approved,
    turned,
    waves,
)

SOAK_MS = 60_000


def rollout(count: int = 100, **changes: object) -> Rollout:
    nodes = tuple(f"n{i:04d}" for i in range(count))
    made = Rollout("r", "show", {}, "ann", 0, nodes, SOAK_MS / 1000)
    return msgspec.structs.replace(made, **changes)


def fates(one: Rollout, applied: int, failed: int = 0) -> dict[str, Fate]:
    words: list[Fate] = ["applied"] * applied + ["failed"] * failed
    return dict(zip(one.reached, words, strict=False))


def test_the_waves_are_one_a_twentieth_a_quarter_and_all():
    assert waves(1000) == (1, 50, 250, 1000)


@given(st.integers(1, 5000))
def test_the_waves_grow_to_all(count: int):
    sizes = waves(count)
    assert sizes[0] == 1
    assert sizes[-1] == count
    assert list(sizes) == sorted(set(sizes))


def test_the_next_wave_waits_for_the_soak():
    one = after(rollout(), fates(rollout(), 1), 1000)
    assert (one.wave, one.good_at) == (0, 1000)
    assert after(one, fates(one, 1), 999 + SOAK_MS).wave == 0
    assert after(one, fates(one, 1), 1000 + SOAK_MS).wave == 1


def test_the_soak_begins_anew_when_nodes_fall_back():
    one = after(rollout(wave=1), fates(rollout(wave=1), 5), 1000)
    one = after(one, fates(one, 3), 2000)
    assert one.good_at == 0


def test_more_than_a_twentieth_failed_and_at_least_three_stop_it():
    one = rollout(wave=2, approved_by="bob")
    assert after(one, fates(one, 20, 2), 1000).standing == "running"
    stopped = after(one, fates(one, 20, 3), 1000)
    assert (stopped.standing, stopped.reason) == ("stopped", "3 of 25 failed")


def test_a_failed_first_node_holds_it_without_end():
    one = after(rollout(), fates(rollout(), 0, 1), 10 * SOAK_MS)
    assert (one.wave, one.standing) == (0, "running")


def test_beyond_a_tenth_somebody_else_approves():
    one = rollout(wave=1, good_at=1)
    waiting = after(one, fates(one, 5), 1 + SOAK_MS)
    assert (waiting.standing, waiting.wave) == ("approval", 1)
    with pytest.raises(RolloutError):
        approved(waiting, "ann", needs_other=True)
    ready = approved(waiting, "bob", needs_other=True)
    gone = after(ready, fates(ready, 5), 1 + SOAK_MS)
    assert (gone.standing, gone.wave) == ("running", 2)


def test_it_is_done_when_all_have_applied():
    one = rollout(wave=3, approved_by="bob")
    assert after(one, fates(one, 99), 1000).standing == "running"
    assert after(one, fates(one, 100), 1000).standing == "done"


def test_what_is_paused_stands_still_and_what_is_over_stays_so():
    one = turned(rollout(good_at=1), "pause")
    assert after(one, fates(one, 1), 10 * SOAK_MS) is one
    over = turned(one, "abort")
    with pytest.raises(RolloutError):
        turned(over, "start")
