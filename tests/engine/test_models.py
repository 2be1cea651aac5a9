"""Every model: gradients against finite differences, grids against the loss; the linear ones against scikit-learn."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import accuracy_score, hinge_loss, log_loss, mean_squared_error

from lsblender.engine import DATASETS, MODELS, Dataset, Objective, Plane
from lsblender.engine.models import LinearModel, Surface, fast_grids, least_squares, linear, log_grids, softmax
from lsblender.engine.models.networks import NetworkObjective
from lsblender.errors import LsbError

#: Models whose grids are computed in single precision.
SINGLE = ("mlp", "residual_mlp")


def grid_tolerance(objective: Objective) -> float:
    return 2e-6 if isinstance(objective, NetworkObjective) else 1e-12


# -- every model ---------------------------------------------------------------------------------------------


def central_differences(objective: Objective, theta: np.ndarray, h: float = 1e-6) -> np.ndarray:
    steps = h * np.eye(objective.n_params)
    return np.array([(objective.loss(theta + e) - objective.loss(theta - e)) / (2 * h) for e in steps])


@pytest.mark.parametrize("seed", range(3))
def test_gradient_against_central_differences(any_objective: Objective, seed: int) -> None:
    theta = np.random.default_rng(seed).normal(size=any_objective.n_params)
    expected = central_differences(any_objective, theta)
    rounding = 1e-8 * max(1.0, abs(any_objective.loss(theta)))
    np.testing.assert_allclose(any_objective.gradient(theta), expected, rtol=1e-6, atol=rounding)


def test_gradient_of_batches_averages_to_that_of_all(learning_objective: Objective) -> None:
    theta = np.random.default_rng(0).normal(size=learning_objective.n_params)
    rows = np.random.default_rng(1).permutation(learning_objective.n_rows)
    halves = [learning_objective.gradient(theta, half) for half in np.split(rows, 2)]
    assert not np.allclose(*halves)
    np.testing.assert_allclose(np.mean(halves, axis=0), learning_objective.gradient(theta), atol=1e-12)


def small_blocks(patch: pytest.MonkeyPatch, n_rows: int) -> None:
    """Blocks that hold two samples, or two thetas of all samples, at a time."""
    for module in (linear, least_squares, softmax):
        patch.setattr(module, "BLOCK", 2 * n_rows)
    patch.setattr(fast_grids, "BLOCK", 3 * n_rows)
    patch.setattr(log_grids, "TILE", (6, 3))
    patch.setattr(log_grids, "LEAST", (2, 3))
    patch.setattr(log_grids, "FACTORS", 50)


def test_losses_are_those_of_the_rows(any_objective: Objective, monkeypatch: pytest.MonkeyPatch) -> None:
    thetas = np.random.default_rng(2).normal(size=(7, any_objective.n_params))
    expected = [any_objective.loss(theta) for theta in thetas]
    np.testing.assert_allclose(any_objective.losses(thetas), expected, rtol=1e-13)
    small_blocks(monkeypatch, any_objective.n_rows)
    np.testing.assert_allclose(any_objective.losses(thetas), expected, rtol=1e-13)


def test_arguments_stay_as_they_were(any_objective: Objective) -> None:
    thetas = np.random.default_rng(3).normal(size=(5, any_objective.n_params))
    thetas.flags.writeable = False
    assert np.isfinite(any_objective.losses(thetas)).all()
    assert np.isfinite(any_objective.gradient(thetas[0])).all()


def test_groups_partition_the_parameters(any_objective: Objective) -> None:
    covered = [k for group in any_objective.groups for k in range(group.start, group.stop)]
    assert covered == list(range(any_objective.n_params))
    assert all((group.stop - group.start) % group.n_filters == 0 for group in any_objective.groups)
    assert len(any_objective.parameter_names) == any_objective.n_params
    assert len(set(any_objective.parameter_names)) == any_objective.n_params
    assert any_objective.initial(np.random.default_rng(0)).shape == (any_objective.n_params,)


def test_grid_rows_are_y(any_objective: Objective) -> None:
    rng = np.random.default_rng(4)
    plane = Plane(*rng.normal(size=(3, any_objective.n_params)))
    x, y = np.array([-1.5, 0.25, 2.0]), np.array([-0.5, 1.0])
    loss = any_objective.loss_grid(plane, x, y)
    assert loss.shape == (2, 3)
    assert loss.dtype == np.float64
    for j, y_j in enumerate(y):
        for i, x_i in enumerate(x):
            expected = any_objective.loss(plane.origin + x_i * plane.u + y_j * plane.v)
            assert loss[j, i] == pytest.approx(expected, rel=grid_tolerance(any_objective))


def test_centre_of_the_grid_is_the_theta_there(any_objective: Objective) -> None:
    rng = np.random.default_rng(8)
    theta, u, v = rng.normal(size=(3, any_objective.n_params))
    axis = np.linspace(-1, 1, 33)
    loss = any_objective.loss_grid(Plane(theta, u, v), axis, axis)
    assert loss[16, 16] == pytest.approx(any_objective.loss(theta), rel=grid_tolerance(any_objective))


finite = st.floats(-3, 3, allow_nan=False)
EXACT = [kind for kind in MODELS if kind not in SINGLE]


@settings(max_examples=25, deadline=None, derandomize=True)
@given(data=st.data())
@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("kind", EXACT)
def test_grid_equals_the_plain_loss_on_random_planes(kind: str, l2: float, data: st.DataObject) -> None:
    iris = DATASETS["iris"](standardize=True).load()
    names = {field.name for field in fields(MODELS[kind])}
    options = {name: value for name, value in {"fit_intercept": True, "landmarks": 6}.items() if name in names}
    objective = MODELS[kind](l2=l2, **options).bind(iris)
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
    small_blocks(monkeypatch, any_objective.n_rows)
    again = any_objective.loss_grid(plane, x, y)
    np.testing.assert_allclose(again, whole, rtol=grid_tolerance(any_objective))


def test_grid_reports_its_progress(any_objective: Objective) -> None:
    plane = Plane(*np.random.default_rng(6).normal(size=(3, any_objective.n_params)))
    seen: list[float] = []
    any_objective.loss_grid(plane, np.arange(3.0), np.arange(9.0), seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_binding_does_not_share_memory_with_the_data(any_objective: Any, small: Dataset) -> None:
    """An objective is fixed once it is bound."""
    theta = np.random.default_rng(7).normal(size=any_objective.n_params)
    before = any_objective.loss(theta)
    small.X[:] = 0.0
    small.y[:] = 0
    assert any_objective.loss(theta) == before


@pytest.mark.parametrize("kind", [kind for kind, cls in MODELS.items() if not issubclass(cls, Surface)])
def test_bound_to_other_samples_theta_means_the_same(kind: str, small: Dataset) -> None:
    """The loss of all samples is the mean of those of its two parts, each bound by itself."""
    model = MODELS[kind]()
    whole = model.bind(small)
    theta = np.random.default_rng(9).normal(size=whole.n_params)
    rows = np.random.default_rng(1).permutation(whole.n_rows)
    parts = [model.rebind(small.rows(half), small).loss(theta) for half in np.split(rows, 2)]
    assert np.mean(parts) == pytest.approx(whole.loss(theta), rel=1e-12)
    assert parts[0] != pytest.approx(parts[1], rel=1e-3)


# -- the linear models ---------------------------------------------------------------------------------------

LINEAR = [(kind, {}) for kind, cls in MODELS.items() if issubclass(cls, LinearModel)] + [("svm", {"squared": True})]


def sklearn_loss(kind: str, options: dict[str, Any], y: np.ndarray, decision: np.ndarray) -> float:
    """The same loss by scikit-learn; class 0 is +1."""
    positive = (y == 0).astype(int)
    if kind == "least_squares":
        return float(mean_squared_error(2 * positive - 1, decision))
    if kind == "svm" and options:
        # the squared hinge is the squared error of what is below its margin
        return float(mean_squared_error(np.ones(len(y)), np.minimum((2 * positive - 1) * decision, 1.0)))
    if kind == "svm":
        return float(hinge_loss(positive, decision))
    return float(log_loss(positive, 1 / (1 + np.exp(-decision))))


@pytest.mark.parametrize(("kind", "options"), LINEAR)
@pytest.mark.parametrize("source", ["iris", "breast_cancer"])
def test_loss_against_sklearn(kind: str, options: dict[str, Any], source: str) -> None:
    dataset = DATASETS[source](standardize=True).load()
    objective = MODELS[kind](fit_intercept=True, **options).bind(dataset)
    theta = 0.3 * np.random.default_rng(0).normal(size=objective.n_params)
    decision = dataset.X @ theta[:-1] + theta[-1]
    expected = sklearn_loss(kind, options, dataset.y, decision)
    assert abs(objective.loss(theta) - expected) < 1e-12
    errors = 1 - accuracy_score(dataset.y == 0, decision >= 0)
    assert objective.errors(np.stack([theta, -theta])) == pytest.approx([errors, 1 - errors], abs=1e-15)


@pytest.mark.parametrize(("kind", "options"), LINEAR)
def test_first_class_is_positive(kind: str, options: dict[str, Any], small: Dataset) -> None:
    """Moving the decision towards the first class lowers the loss of its samples alone."""
    objective = MODELS[kind](fit_intercept=True, **options).bind(small)
    towards_first = np.append(np.zeros(3), 0.1)
    grad_first = objective.gradient(np.zeros(4), np.flatnonzero(small.y == 0))
    grad_second = objective.gradient(np.zeros(4), np.flatnonzero(small.y == 1))
    assert grad_first @ towards_first < 0 < grad_second @ towards_first
    assert objective.errors(np.zeros((1, 4))) == pytest.approx(0.5)


@pytest.mark.parametrize(("kind", "options"), LINEAR)
def test_penalty_leaves_the_intercept_out(kind: str, options: dict[str, Any], small: Dataset) -> None:
    theta = np.array([1.0, -2.0, 0.5, 30.0])
    plain, penalised = (MODELS[kind](l2=l2, fit_intercept=True, **options).bind(small) for l2 in (0.0, 0.4))
    assert penalised.loss(theta) - plain.loss(theta) == pytest.approx(0.2 * (1 + 4 + 0.25), rel=1e-12)
    assert penalised.groups[-1].is_bias
    assert penalised.parameter_names == ("f0", "f1", "f2", "intercept")


@pytest.mark.parametrize(("kind", "options"), LINEAR)
@pytest.mark.parametrize("margin", [1e4, -1e4])
@pytest.mark.filterwarnings("error")
def test_no_overflow_at_large_margins(kind: str, options: dict[str, Any], margin: float, small: Dataset) -> None:
    X = np.where(small.y == 0, 1.0, -1.0)[:, None]
    objective = MODELS[kind](**options).bind(Dataset(X, small.y, ("f",), small.target_names, "Signs"))
    theta = np.array([margin])
    short = max(0.0, 1 - margin)
    loss, slope = {
        "least_squares": ((margin - 1) ** 2, 2 * (margin - 1)),
        "logistic_regression": (max(0.0, -margin), 0.0 if margin > 0 else -1.0),
        "svm": (short**2, -2 * short) if options else (short, 0.0 if margin > 0 else -1.0),
    }[kind]
    assert objective.loss(theta) == pytest.approx(loss, rel=1e-15)
    assert objective.gradient(theta) == pytest.approx([slope])
    grid = objective.loss_grid(Plane(np.zeros(1), np.ones(1), np.ones(1)), theta, np.zeros(1))
    assert grid[0, 0] == pytest.approx(loss, rel=1e-15)


TWO_CLASSES = [kind for kind in MODELS if kind in ("logistic_regression", "svm", "least_squares") or "rbf" in kind]


@pytest.mark.parametrize("kind", TWO_CLASSES)
def test_three_classes_for_a_model_of_two(kind: str) -> None:
    with pytest.raises(LsbError) as error:
        MODELS[kind]().bind(DATASETS["iris"](classes=()).load())
    assert str(error.value) == (
        "this model separates two classes and Iris has 3 (setosa, versicolor, virginica); "
        "name two of them in dataset.classes"
    )


@pytest.fixture
def regression() -> Dataset:
    rng = np.random.default_rng(11)
    X = rng.normal(size=(30, 4))
    return Dataset(X, X @ (1.0, -2.0, 0.5, 3.0) + rng.normal(size=30) + 7, tuple("abcd"), (), "Numbers")


@pytest.mark.parametrize("kind", [*(kind for kind in TWO_CLASSES if kind != "least_squares"), "softmax_regression"])
def test_classifiers_refuse_a_regression(kind: str, regression: Dataset) -> None:
    with pytest.raises(LsbError) as error:
        MODELS[kind]().bind(regression)
    assert "Numbers has numbers to predict; choose the model least_squares, or data with classes" in str(error.value)


@pytest.mark.parametrize("fit_intercept", [False, True])
def test_least_squares_of_a_regression(regression: Dataset, fit_intercept: bool) -> None:
    """Lowest where scikit-learn's ridge regression is, with its mean squared error."""
    l2 = 0.2
    objective = MODELS["least_squares"](l2=l2, fit_intercept=fit_intercept).bind(regression)
    exact = Ridge(alpha=l2 * 30 / 2, fit_intercept=fit_intercept, tol=1e-12).fit(regression.X, regression.y)
    theta = np.append(exact.coef_, [exact.intercept_] if fit_intercept else [])
    np.testing.assert_allclose(objective.gradient(theta), 0, atol=1e-12)
    error = mean_squared_error(regression.y, exact.predict(regression.X))
    assert objective.loss(theta) == pytest.approx(error + l2 / 2 * exact.coef_ @ exact.coef_, rel=1e-13)
    with pytest.raises(LsbError, match="Least squares does not classify"):
        objective.errors(theta[None])


def test_least_squares_grid_keeps_a_small_residual(regression: Dataset) -> None:
    """Exact data: the loss is 0 at a point of the plane, however large it is around."""
    theta = np.array([1.0, -2.0, 0.5, 3.0])
    exact = Dataset(regression.X, regression.X @ theta, regression.feature_names, (), "Exact")
    objective = MODELS["least_squares"]().bind(exact)
    u, v = 1e3 * np.random.default_rng(0).normal(size=(2, 4))
    grid = objective.loss_grid(Plane(theta - u, u, v), np.array([0.0, 1.0]), np.array([0.0]))
    assert grid[0, 0] > 1e5
    assert grid[0, 1] < 1e-20
