"""A/B by loop: shuffled pairs, the same after a restart."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from node.program.experiments import variant_of
from node.program.rundown import Block, Experiment
from node.program.schedule import opening, saved_of
from tests.fakes.rundowns import DAY, clip, rundown
from tests.fakes.stage import order, stage

AB = Experiment("order", 20261121, {"A": ("a", "b"), "B": ("b", "a")})


def drawn(loop: int, *, seed: int = 20261121, start: int = 570, day=DAY) -> str:
    experiment = Experiment("order", seed, AB.variants)
    return variant_of(experiment, began=day, start=start, loop=loop)


@given(st.integers(0, 10**9), st.integers(0, 1439), st.integers(0, 500))
def test_each_pair_of_loops_plays_both_variants(seed, start, pair):
    two = {drawn(2 * pair, seed=seed, start=start), drawn(2 * pair + 1, seed=seed, start=start)}
    assert two == {"A", "B"}


def test_the_pairs_are_shuffled_and_differ_by_day():
    def week(day):
        return [drawn(2 * pair, day=day) for pair in range(40)]

    assert 8 < week(DAY).count("A") < 32
    assert week(DAY) != week(DAY + timedelta(days=1))
    assert week(DAY) == week(DAY)


def test_each_loop_plays_its_variants_order_and_says_so():
    day = rundown(clip("a", 1), clip("b", 1), blocks=(Block(0, 0, ("a", "b"), experiment="order"),),
                  experiments=(AB,))  # fmt: skip
    on = stage(day)
    on.go(30 * 16)
    played = [on.show.rundown.experiments["order"].variants[drawn(loop, start=0)]
              for loop in range(8)]  # fmt: skip
    expected = [name for loop in played for name in loop]
    assert order(on.facts) == expected[1:16]
    assert {(fact.loop, fact.variant) for fact in on.facts} == {
        (loop, drawn(loop, start=0)) for loop in range(8)
    }


def test_a_restart_goes_on_in_the_same_variant():
    day = rundown(clip("a", 60), clip("b", 60), experiments=(AB,),
                  blocks=(Block(720, 720, ("a", "b"), experiment="order"),))  # fmt: skip
    on = stage(day, 1439)
    on.go(30 * 150)  # over midnight
    again = opening(day, on.now, saved_of(on.show, on.now.timestamp()))
    assert (again.variant, again.loop, again.play) == (on.show.variant, 1, on.show.play)
    assert again.airing.segment == on.show.airing.segment
