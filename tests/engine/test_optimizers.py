"""Optimizers: every one goes downhill, repeats itself and leaves what was recorded alone."""

from __future__ import annotations

from itertools import islice, pairwise
from typing import Any

import numpy as np
import pytest

from lsblender.engine import MODELS, OPTIMIZERS, Dataset, Objective, train
from lsblender.engine.optimizers import GradientOptimizer, batches


@pytest.fixture
def convex(small: Dataset) -> Objective:
    return MODELS["logistic_regression"](l2=0.1, fit_intercept=True).bind(small)


def test_decreases_a_convex_loss(any_optimizer: Any, convex: Objective) -> None:
    loss = train(convex, any_optimizer(), 300, start=[2.0, -1.0, 1.0, -2.0]).loss
    assert loss[-1] < 0.8 * loss[0]
    assert loss[-1] < loss[len(loss) // 4]


def test_never_writes_into_recorded_arrays(any_optimizer: Any, convex: Objective) -> None:
    start = np.array([2.0, -1.0, 1.0, -2.0])
    start.flags.writeable = False
    copies = []
    thetas = [start]
    for theta in islice(any_optimizer().iterates(convex, start, np.random.default_rng(0)), 20):
        theta.flags.writeable = False
        thetas.append(theta)
        copies.append(theta.copy())
    np.testing.assert_array_equal(thetas[1:], copies)
    assert all((a != b).any() for a, b in pairwise(thetas))


BATCHED = [kind for kind, cls in OPTIMIZERS.items() if issubclass(cls, GradientOptimizer)]


@pytest.mark.parametrize("kind", BATCHED)
def test_seed_decides_the_batches(kind: str, convex: Objective) -> None:
    optimizer = OPTIMIZERS[kind](batch_size=8)
    first, again, other = (train(convex, optimizer, 30, seed=seed).theta for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


@pytest.mark.parametrize("kind", BATCHED)
@pytest.mark.parametrize("batch_size", [40, 41, 1000])
def test_a_batch_of_everything_is_gradient_descent(kind: str, batch_size: int, convex: Objective) -> None:
    whole = train(convex, OPTIMIZERS[kind](), 30, seed=0).theta
    batched = train(convex, OPTIMIZERS[kind](batch_size=batch_size), 30, seed=5).theta
    np.testing.assert_array_equal(batched, whole)


@pytest.mark.parametrize(("n_rows", "batch_size", "sizes"), [(10, 3, [3, 3, 3, 1]), (8, 4, [4, 4]), (3, 1, [1] * 3)])
def test_a_pass_visits_each_row_once(n_rows: int, batch_size: int, sizes: list[int]) -> None:
    stream = batches(n_rows, batch_size, np.random.default_rng(0))
    passes = [[rows for rows in islice(stream, len(sizes)) if rows is not None] for _ in range(2)]
    for one in passes:
        assert [len(rows) for rows in one] == sizes
        assert sorted(np.concatenate(one)) == list(range(n_rows))
    assert np.concatenate(passes[0]).tolist() != np.concatenate(passes[1]).tolist()


def test_sgd_step_by_hand(convex: Objective) -> None:
    theta = train(convex, OPTIMIZERS["sgd"](learning_rate=0.25), 2).theta
    first = -0.25 * convex.gradient(np.zeros(4))
    np.testing.assert_array_equal(theta, [np.zeros(4), first, first - 0.25 * convex.gradient(first)])


def test_minibatch_sgd_by_hand(small: Dataset) -> None:
    """The order of the rows is that of numpy's generator; the gradient is written out."""
    objective = MODELS["svm"]().bind(small)
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=0.1, batch_size=16), 3, seed=7)
    order = np.random.default_rng(7).permutation(40)
    theta = np.zeros(3)
    for rows in (order[:16], order[16:32], order[32:]):
        s = np.where(small.y[rows] == 0, 1.0, -1.0)
        inside = s * (small.X[rows] @ theta) < 1
        theta = theta + 0.1 * (s[inside, None] * small.X[rows][inside]).sum(axis=0) / len(rows)
    np.testing.assert_allclose(path.theta[3], theta, atol=1e-14)
