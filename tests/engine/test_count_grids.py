"""Error rates over whole grids: the counts of a plain loop over the points, sample by sample."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lsblender.engine import DATASETS, MODELS, Dataset, Plane
from lsblender.engine.heights import measured
from lsblender.engine.models import count_grids
from lsblender.engine.models.count_grids import count_grid, is_finite
from lsblender.engine.models.fast_grids import Affine
from lsblender.engine.objective import Objective
from lsblender.errors import Cancelled, LsbError

LINEAR = ["logistic_regression", "svm", "least_squares", "rbf_logistic_regression", "rbf_svm", "softmax_regression"]
NETWORKS = ["mlp", "residual_mlp"]


def plain_counts(q: Affine, or_zero: Any, x: Any, y: Any) -> Any:
    values = q.at + np.multiply.outer(y, q.along_y)[:, None] + np.multiply.outer(x, q.along_x)
    return ((values > 0) | (or_zero & (values == 0))).all(axis=-1).sum(axis=-1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(draw=st.data())
def test_counts_against_a_plain_loop(draw: st.DataObject) -> None:
    """Small whole numbers, so that zeros and ties are frequent and nothing is rounded; axes in any order."""
    rng = np.random.default_rng(draw.draw(st.integers(0, 2**32 - 1)))
    shape = draw.draw(st.integers(1, 30)), draw.draw(st.integers(1, 4))
    q = Affine(*(rng.integers(-3, 4, shape).astype(float) for _ in range(3)))
    or_zero = rng.integers(0, 2, shape).astype(bool)
    x, y = (
        draw.draw(
            st.sampled_from(
                [np.arange(-5.0, 6), rng.normal(size=7).round(1), rng.integers(-3, 4, 5) * 1.0, np.array([2.0])]
            )
        )
        for _ in range(2)
    )
    exact = Affine(*(8 * part for part in (q.at, q.along_x, q.along_y)))
    np.testing.assert_array_equal(count_grid(exact, or_zero, x, y), plain_counts(exact, or_zero, x, y))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1), st.sampled_from([1.0, 1e-7, 1e9]))
def test_counts_of_any_numbers(seed: int, scale: float) -> None:
    """The sign of q at each point decides, computed as the loop computes it: not even rounding differs."""
    rng = np.random.default_rng(seed)
    q = Affine(*(rng.normal(scale=s, size=(50, 3)) for s in (scale, 1.0, 1.0)))
    x, y = np.sort(rng.normal(scale=scale, size=40)), np.linspace(-scale, scale, 9)
    even = np.linspace(-2 * scale, scale, 33)
    or_zero = np.zeros((50, 3), dtype=bool)
    for axis in (x, even):
        np.testing.assert_array_equal(count_grid(q, or_zero, axis, y), plain_counts(q, or_zero, axis, y))


def test_blocks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    q, or_zero = Affine(*rng.normal(size=(3, 60, 2))), np.ones((60, 2), dtype=bool)
    axis = np.linspace(-1, 1, 25)
    whole = count_grid(q, or_zero, axis, axis)
    monkeypatch.setattr(count_grids, "BLOCK", 34)
    np.testing.assert_array_equal(count_grid(q, or_zero, axis, axis), whole)


def test_what_is_not_finite() -> None:
    ones = np.ones((2, 1))
    assert is_finite(Affine(ones, ones, ones), np.ones(3), np.ones(2))
    assert not is_finite(Affine(ones, 1e300 * ones, ones), np.array([1e10]), np.ones(2))
    assert not is_finite(Affine(np.nan * ones, ones, ones), np.ones(3), np.ones(2))


def data_of(n_classes: int) -> Dataset:
    rng = np.random.default_rng(2)
    y = rng.integers(0, n_classes, 60)
    return Dataset(rng.normal(size=(60, 4)), y, ("p", "q", "r", "s"), tuple("abcd"[:n_classes]), "Random")


def plain_errors(objective: Objective, plane: Plane, x: Any, y: Any) -> Any:
    return np.array([[objective.errors(plane.inverse_transform(np.array([[a, b]])))[0] for a in x] for b in y])


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1))
@pytest.mark.parametrize(
    ("kind", "n_classes"), [*((kind, 2) for kind in LINEAR + NETWORKS), ("softmax_regression", 4), ("mlp", 3)]
)
def test_error_grid_is_the_loop(kind: str, n_classes: int, seed: int) -> None:
    objective = MODELS[kind]().bind(data_of(n_classes))
    rng = np.random.default_rng(seed)
    plane = Plane(*rng.normal(scale=0.4, size=(3, objective.n_params)))
    x, y = np.linspace(-2, 2, 13), rng.normal(size=4)
    expected = plain_errors(objective, plane, x, y)
    np.testing.assert_array_equal(measured(objective, "error_rate").loss_grid(plane, x, y), expected)
    np.testing.assert_array_equal(measured(objective, "accuracy").loss_grid(plane, x, y), 1 - expected)


@pytest.mark.parametrize("kind", [*LINEAR, *NETWORKS])
def test_ties_and_what_is_no_number_are_as_in_the_loop(kind: str) -> None:
    """Where theta is zero all scores are equal; far out they are beyond what numbers can hold."""
    objective = MODELS[kind]().bind(data_of(2))
    rng = np.random.default_rng(3)
    plane = Plane(np.zeros(objective.n_params), *rng.normal(size=(2, objective.n_params)))
    near = np.linspace(-2, 2, 9)
    with np.errstate(all="ignore"):
        for axis in (near, np.array([-1.0, 1e200, 1e306, 1.0])):
            expected = plain_errors(objective, plane, axis, near)
            np.testing.assert_array_equal(objective.error_grid(plane, axis, near), expected)


def test_progress_and_cancel() -> None:
    objective = MODELS["softmax_regression"]().bind(DATASETS["digits"]().load())
    plane = Plane(*np.random.default_rng(0).normal(size=(3, objective.n_params)))
    axis, seen = np.linspace(-1, 1, 40), [0.0]
    objective.error_grid(plane, axis, axis, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) > 4

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        objective.error_grid(plane, axis, axis, stop)


def test_regression_has_no_error_grid() -> None:
    data = DATASETS["diabetes"]().load()
    for kind in ("least_squares", "mlp"):
        objective = MODELS[kind]().bind(data)
        plane = Plane(*np.random.default_rng(0).normal(size=(3, objective.n_params)))
        with pytest.raises(LsbError, match="has no error rate"):
            objective.error_grid(plane, np.arange(3.0), np.arange(2.0))
