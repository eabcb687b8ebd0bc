"""Fits a head to looks, in JAX: LayerNorm, two convolutions over time, two dense layers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from node.voice.frontend import ROW_WIDTH
from node.voice.spotter import ROWS_PER_LOOK
from tools.train_keywords.examples import GROUPS, Looks

Weights = dict[str, Array]

_HIDDEN = 128
_DROPOUT, _SMOOTHING, _NOISE_SIGMAS = 0.3, 0.02, 0.3
_DECAY, _BETAS, _EPSILON = 0.01, (0.9, 0.999), 1e-8
_RISE = 0.3
"""Of the steps: the learning rate climbs, then falls along a cosine (one cycle)."""
_START, _FINISH = 1 / 25, 1e-4
"""Of the peak rate."""
_KEEP = 0.9
"""Running averages of the batch statistics."""
_BN_EPSILON = 1e-5


@dataclass(frozen=True, slots=True)
class Course:
    """How a fit runs; `shares`: looks drawn in an epoch, of each group in `GROUPS`."""

    epochs: int = 8
    batch: int = 512
    peak_rate: float = 4e-3
    draws: tuple[int, ...] = (90_000, 40_000, 60_000, 40_000, 50_000, 15_000)


class State(NamedTuple):
    """Weights, running statistics of the normalisations, and the optimiser's moments."""

    weights: Weights
    running: Weights
    first: Weights
    second: Weights


def fit(
    looks: Looks,
    classes: int,
    course: Course,
    seed: int,
    progress: Callable[[int, int, float], None],
) -> dict[str, NDArray[np.float32]]:
    """The weights of a head with `classes` classes (0 = none), running statistics among them.

    Args:
        looks: What to learn from.
        classes: Keywords + 1.
        course: How long and how fast.
        seed: Of the draws and the first weights; the same seed gives the same head.
        progress: Told after every hundredth step: step, steps, loss.
    """
    rng = np.random.default_rng(seed)
    spread = jnp.asarray(looks.rows[:: max(1, len(looks.rows) // 20_000)].std(axis=0))
    batches = sum(_drawn(looks, group, count) for group, count in enumerate(course.draws))
    steps = course.epochs * (batches // course.batch)
    state = _fresh(classes, jax.random.PRNGKey(seed))
    step_of = partial(_step, steps=steps, peak=course.peak_rate)
    jitted = jax.jit(step_of, donate_argnums=0)
    key = jax.random.PRNGKey(seed + 1)
    for number, chosen in enumerate(_batches(looks, course, rng)):
        x = looks.rows[looks.last[chosen][:, None] + np.arange(1 - ROWS_PER_LOOK, 1)]
        state, loss = jitted(state, x, looks.label[chosen], spread, jnp.int32(number), key)
        if number % 100 == 0 or number == steps - 1:
            progress(number + 1, steps, float(loss))
    kept = {**state.weights, **state.running}
    return {name: np.asarray(value, np.float32) for name, value in kept.items()}


def fresh_weights(classes: int, seed: int) -> dict[str, NDArray[np.float32]]:
    """The weights of a head that has learnt nothing yet."""
    state = _fresh(classes, jax.random.PRNGKey(seed))
    kept = {**state.weights, **state.running}
    return {name: np.asarray(value, np.float32) for name, value in kept.items()}


def forward(weights: Weights, x: Array) -> Array:
    """The logits of a finished head: x [n, 12, 96] -> [n, K + 1]."""
    return _forward(
        weights,
        x,
        lambda _, name: (weights[f"{name}_mean"], weights[f"{name}_var"]),
        lambda h, _: h,
    )


def _forward(
    weights: Weights,
    x: Array,
    statistics: Callable[[Array, str], tuple[Array, Array]],
    drop: Callable[[Array, int], Array],
) -> Array:
    mean, var = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
    h = (x - mean) / jnp.sqrt(var + _BN_EPSILON) * weights["norm_scale"] + weights["norm_bias"]
    for number in (1, 2):
        padded = jnp.pad(h, ((0, 0), (1, 1), (0, 0)))
        three = jnp.concatenate([padded[:, :-2], padded[:, 1:-1], padded[:, 2:]], axis=-1)
        h = three @ weights[f"conv{number}"]
        mean, var = statistics(h, f"bn{number}")
        scale = weights[f"bn{number}_scale"] / jnp.sqrt(var + _BN_EPSILON)
        h = drop(jax.nn.relu((h - mean) * scale + weights[f"bn{number}_bias"]), number)
    h = h.reshape(len(h), -1)
    h = drop(jax.nn.relu(h @ weights["dense"] + weights["dense_bias"]), 3)
    return h @ weights["out"] + weights["out_bias"]


def _loss(
    weights: Weights, running: Weights, x: Array, label: Array, spread: Array, key: Array
) -> tuple[Array, Weights]:
    keys = jax.random.split(key, 6)
    sigma = jax.random.uniform(keys[4], (len(x), 1, 1)) * _NOISE_SIGMAS
    x = x + jax.random.normal(keys[5], x.shape) * sigma * spread
    seen: Weights = {}

    def statistics(h: Array, name: str) -> tuple[Array, Array]:
        mean, var = h.mean((0, 1)), h.var((0, 1))
        seen[f"{name}_mean"] = _KEEP * running[f"{name}_mean"] + (1 - _KEEP) * mean
        seen[f"{name}_var"] = _KEEP * running[f"{name}_var"] + (1 - _KEEP) * var
        return mean, var

    def drop(h: Array, place: int) -> Array:
        return jnp.where(
            jax.random.bernoulli(keys[place], 1 - _DROPOUT, h.shape), h / (1 - _DROPOUT), 0
        )

    logits = jax.nn.log_softmax(_forward(weights, x, statistics, drop))
    right = jnp.take_along_axis(logits, label[:, None], axis=1)[:, 0]
    return -((1 - _SMOOTHING) * right + _SMOOTHING * logits.mean(1)).mean(), seen


def _step(
    state: State,
    x: Array,
    label: Array,
    spread: Array,
    number: Array,
    key: Array,
    *,
    steps: int,
    peak: float,
) -> tuple[State, Array]:
    key = jax.random.fold_in(key, number)
    grad = jax.value_and_grad(_loss, has_aux=True)
    (loss, running), slopes = grad(state.weights, state.running, x, label, spread, key)
    rate = peak * _one_cycle(number / steps)
    step = number + 1.0
    first, second, weights = {}, {}, {}
    for name, slope in slopes.items():
        first[name] = _BETAS[0] * state.first[name] + (1 - _BETAS[0]) * slope
        second[name] = _BETAS[1] * state.second[name] + (1 - _BETAS[1]) * slope**2
        move = first[name] / (1 - _BETAS[0] ** step)
        move /= jnp.sqrt(second[name] / (1 - _BETAS[1] ** step)) + _EPSILON
        weights[name] = state.weights[name] * (1 - rate * _DECAY) - rate * move
    return State(weights, running, first, second), loss


def _one_cycle(share: Array) -> Array:
    climb = _START + (1 - _START) * 0.5 * (1 - jnp.cos(jnp.pi * share / _RISE))
    fall = _FINISH + (1 - _FINISH) * 0.5 * (1 + jnp.cos(jnp.pi * (share - _RISE) / (1 - _RISE)))
    return jnp.asarray(jnp.where(share < _RISE, climb, fall))


def _fresh(classes: int, key: Array) -> State:
    keys = jax.random.split(key, 4)
    wide = 3 * ROW_WIDTH
    flat = ROWS_PER_LOOK * ROW_WIDTH

    def random(key: Array, rows: int, columns: int) -> Array:
        return jnp.asarray(jax.random.normal(key, (rows, columns)) * np.sqrt(2 / rows))

    weights = {
        "norm_scale": jnp.ones(ROW_WIDTH),
        "norm_bias": jnp.zeros(ROW_WIDTH),
        "conv1": random(keys[0], wide, ROW_WIDTH),
        "conv2": random(keys[1], wide, ROW_WIDTH),
        "dense": random(keys[2], flat, _HIDDEN),
        "dense_bias": jnp.zeros(_HIDDEN),
        "out": random(keys[3], _HIDDEN, classes) * 0.1,
        "out_bias": jnp.zeros(classes),
    }
    running: Weights = {}
    for name in ("bn1", "bn2"):
        weights |= {f"{name}_scale": jnp.ones(ROW_WIDTH), f"{name}_bias": jnp.zeros(ROW_WIDTH)}
        running |= {f"{name}_mean": jnp.zeros(ROW_WIDTH), f"{name}_var": jnp.ones(ROW_WIDTH)}
    first, second = (
        {name: jnp.zeros(value.shape) for name, value in weights.items()} for _ in range(2)
    )
    return State(weights, running, first, second)


def _batches(looks: Looks, course: Course, rng: np.random.Generator) -> Iterator[NDArray[np.int64]]:
    pools = [np.flatnonzero(looks.group == group) for group in range(len(GROUPS))]
    for _ in range(course.epochs):
        drawn = [
            rng.choice(pool, min(count, len(pool)), replace=False)
            for pool, count in zip(pools, course.draws, strict=True)
        ]
        order = rng.permutation(np.concatenate(drawn))
        for first in range(0, len(order) - course.batch + 1, course.batch):
            yield order[first : first + course.batch]


def _drawn(looks: Looks, group: int, count: int) -> int:
    return min(count, int((looks.group == group).sum()))
