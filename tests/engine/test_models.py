"""Models: gradients against finite differences, losses against scikit-learn, grids against the loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import hinge_loss, log_loss

import lsblender.engine.models as models
from lsblender.engine import DATASETS, MODELS, Dataset, Objective, Plane
from lsblender.errors import LsbError

# -- every model ---------------------------------------------------------------------------------------------


def central_differences(objective: Objective, theta: np.ndarray, h: float = 1e-6) -> np.ndarray:
    steps = h * np.eye(objective.n_params)
    return np.array([(objective.loss(theta + e) - objective.loss(theta - e)) / (2 * h) for e in steps])


@pytest.mark.parametrize("seed", range(3))
def test_gradient_against_central_differences(any_objective: Objective, seed: int) -> None:
    theta = np.random.default_rng(seed).normal(size=any_objective.n_params)
    expected = central_differences(any_objective, theta)
    np.testing.assert_allclose(any_objective.gradient(theta), expected, rtol=1e-6, atol=1e-8)


def test_gradient_of_batches_averages_to_that_of_all(any_objective: Objective) -> None:
    theta = np.random.default_rng(0).normal(size=any_objective.n_params)
    rows = np.random.default_rng(1).permutation(any_objective.n_rows)
    halves = [any_objective.gradient(theta, half) for half in np.split(rows, 2)]
    assert not np.allclose(*halves)
    np.testing.assert_allclose(np.mean(halves, axis=0), any_objective.gradient(theta), atol=1e-12)


def test_losses_are_those_of_the_rows(any_objective: Objective, monkeypatch: pytest.MonkeyPatch) -> None:
    thetas = np.random.default_rng(2).normal(size=(7, any_objective.n_params))
    expected = [any_objective.loss(theta) for theta in thetas]
    np.testing.assert_allclose(any_objective.losses(thetas), expected, rtol=1e-13)
    monkeypatch.setattr(models, "BLOCK", 2 * any_objective.n_rows)
    np.testing.assert_allclose(any_objective.losses(thetas), expected, rtol=1e-13)


def test_arguments_stay_as_they_were(any_objective: Objective) -> None:
    thetas = np.random.default_rng(3).normal(size=(5, any_objective.n_params))
    thetas.flags.writeable = False
    assert np.isfinite(any_objective.losses(thetas)).all()
    assert np.isfinite(any_objective.gradient(thetas[0])).all()


def test_groups_partition_the_parameters(any_objective: Objective) -> None:
    covered = [k for group in any_objective.groups for k in range(group.start, group.stop)]
    assert covered == list(range(any_objective.n_params))
    assert len(any_objective.parameter_names) == any_objective.n_params
    assert any_objective.initial(np.random.default_rng(0)).shape == (any_objective.n_params,)


def test_grid_rows_are_y(any_objective: Objective) -> None:
    rng = np.random.default_rng(4)
    plane = Plane(*rng.normal(size=(3, any_objective.n_params)))
    x, y = np.array([-1.5, 0.25, 2.0]), np.array([-0.5, 1.0])
    loss = any_objective.loss_grid(plane, x, y)
    assert loss.shape == (2, 3)
    for j, y_j in enumerate(y):
        for i, x_i in enumerate(x):
            expected = any_objective.loss(plane.origin + x_i * plane.u + y_j * plane.v)
            assert loss[j, i] == pytest.approx(expected, rel=1e-12)


finite = st.floats(-3, 3, allow_nan=False)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(data=st.data())
@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("kind", MODELS)
def test_grid_equals_the_plain_loss_on_random_planes(kind: str, l2: float, data: st.DataObject) -> None:
    iris = DATASETS["iris"](standardize=True).load()
    objective = MODELS[kind](l2=l2, fit_intercept=True).bind(iris)
    vector = st.lists(finite, min_size=objective.n_params, max_size=objective.n_params).map(np.array)
    plane = Plane(data.draw(vector), data.draw(vector), data.draw(vector))
    x, y = (np.array(data.draw(st.lists(finite, min_size=1, max_size=5))) for _ in range(2))
    grid_x, grid_y = np.meshgrid(x, y)
    thetas = plane.origin + grid_x[..., None] * plane.u + grid_y[..., None] * plane.v
    expected = [[objective.loss(theta) for theta in row] for row in thetas]
    np.testing.assert_allclose(objective.loss_grid(plane, x, y), expected, rtol=1e-12, atol=1e-12)


def test_grid_does_not_depend_on_the_blocks(any_objective: Objective, monkeypatch: pytest.MonkeyPatch) -> None:
    plane = Plane(*np.random.default_rng(5).normal(size=(3, any_objective.n_params)))
    x, y = np.linspace(-2, 2, 11), np.linspace(-1, 3, 5)
    whole = any_objective.loss_grid(plane, x, y)
    monkeypatch.setattr(models, "BLOCK", 3 * any_objective.n_rows)
    np.testing.assert_array_equal(any_objective.loss_grid(plane, x, y), whole)


def test_grid_reports_its_progress(any_objective: Objective) -> None:
    plane = Plane(*np.random.default_rng(6).normal(size=(3, any_objective.n_params)))
    seen: list[float] = []
    any_objective.loss_grid(plane, np.arange(3.0), np.arange(9.0), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


# -- the linear models ---------------------------------------------------------------------------------------

LINEAR = [kind for kind, cls in MODELS.items() if issubclass(cls, models.LinearModel)]


def sklearn_loss(kind: str, y: np.ndarray, decision: np.ndarray) -> float:
    """The same loss by scikit-learn; class 0 is +1."""
    positive = (y == 0).astype(int)
    if kind == "svm":
        return float(hinge_loss(positive, decision))
    return float(log_loss(positive, 1 / (1 + np.exp(-decision))))


@pytest.mark.parametrize("kind", LINEAR)
@pytest.mark.parametrize("source", ["iris", "breast_cancer"])
def test_loss_against_sklearn(kind: str, source: str) -> None:
    dataset = DATASETS[source](standardize=True).load()
    objective = MODELS[kind](fit_intercept=True).bind(dataset)
    theta = 0.3 * np.random.default_rng(0).normal(size=objective.n_params)
    expected = sklearn_loss(kind, dataset.y, dataset.X @ theta[:-1] + theta[-1])
    assert abs(objective.loss(theta) - expected) < 1e-12


@pytest.mark.parametrize("kind", LINEAR)
def test_first_class_is_positive(kind: str, small: Dataset) -> None:
    """Moving the decision towards the first class lowers the loss of its samples alone."""
    objective = MODELS[kind](fit_intercept=True).bind(small)
    towards_first = np.append(np.zeros(3), 0.1)
    grad_first = objective.gradient(np.zeros(4), np.flatnonzero(small.y == 0))
    grad_second = objective.gradient(np.zeros(4), np.flatnonzero(small.y == 1))
    assert grad_first @ towards_first < 0 < grad_second @ towards_first


@pytest.mark.parametrize("kind", LINEAR)
def test_penalty_leaves_the_intercept_out(kind: str, small: Dataset) -> None:
    theta = np.array([1.0, -2.0, 0.5, 30.0])
    plain, penalised = (MODELS[kind](l2=l2, fit_intercept=True).bind(small) for l2 in (0.0, 0.4))
    assert penalised.loss(theta) - plain.loss(theta) == pytest.approx(0.2 * (1 + 4 + 0.25), rel=1e-12)
    assert penalised.groups[-1].is_bias
    assert penalised.parameter_names == ("f0", "f1", "f2", "intercept")


@pytest.mark.parametrize("kind", LINEAR)
@pytest.mark.parametrize("margin", [1e4, -1e4])
@pytest.mark.filterwarnings("error")
def test_no_overflow_at_large_margins(kind: str, margin: float, small: Dataset) -> None:
    X = np.where(small.y == 0, 1.0, -1.0)[:, None]
    objective = MODELS[kind]().bind(Dataset(X, small.y, ("f",), small.target_names, "Signs"))
    theta = np.array([margin])
    expected = max(0.0, -margin) + (1 if kind == "svm" and margin < 0 else 0)
    assert objective.loss(theta) == pytest.approx(expected, rel=1e-15)
    assert objective.gradient(theta) == pytest.approx([0.0 if margin > 0 else -1.0])
    grid = objective.loss_grid(Plane(np.zeros(1), np.ones(1), np.ones(1)), theta, np.zeros(1))
    assert grid[0, 0] == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize("kind", LINEAR)
def test_three_classes_for_a_model_of_two(kind: str) -> None:
    with pytest.raises(LsbError) as error:
        MODELS[kind]().bind(DATASETS["iris"](classes=()).load())
    assert str(error.value) == (
        "this model separates two classes and Iris has 3 (setosa, versicolor, virginica); "
        "name two of them in dataset.classes"
    )


def test_binding_does_not_share_memory_with_the_data(any_objective: Any, small: Dataset) -> None:
    """An objective is fixed once it is bound."""
    theta = np.random.default_rng(7).normal(size=any_objective.n_params)
    before = any_objective.loss(theta)
    small.X[:] = 0.0
    assert any_objective.loss(theta) == before
