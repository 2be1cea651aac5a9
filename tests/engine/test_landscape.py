"""The landscape: rows are y, paths carry both losses, the range fits the paths."""

from __future__ import annotations

import numpy as np
import pytest

from lsblender.engine import (
    DATASETS,
    FEATURES,
    MODELS,
    OPTIMIZERS,
    PROJECTIONS,
    Chart,
    Dataset,
    Objective,
    Plane,
    axes_around,
    evaluate_landscape,
    train,
)
from lsblender.engine.objective import Array
from lsblender.errors import Cancelled


class Slope(Objective):
    """x + 10 y: no symmetry for a transposed grid to hide behind."""

    name = "Slope"
    n_params = 2
    n_rows = 1
    groups = ()
    parameter_names = ("x", "y")

    def losses(self, thetas: Array) -> Array:
        return thetas @ np.array([1.0, 10.0])

    def gradient(self, theta: Array, rows: object = None) -> Array:
        return np.array([1.0, 10.0])

    def initial(self, rng: np.random.Generator) -> Array:
        return np.array([3.0, -2.0])


class Polar(Chart):
    """Radius and angle: a chart that is no plane."""

    axis_names = ("radius", "angle")
    explained = None

    def transform(self, theta: Array) -> Array:
        return np.stack([np.hypot(theta[..., 0], theta[..., 1]), np.arctan2(theta[..., 1], theta[..., 0])], axis=-1)

    def inverse_transform(self, xy: Array) -> Array:
        return np.stack([xy[..., 0] * np.cos(xy[..., 1]), xy[..., 0] * np.sin(xy[..., 1])], axis=-1)


PLANE = Plane(np.array([1.0, 2.0]), np.array([1.0, 0.5]), np.array([0.0, 2.0]))


@pytest.mark.parametrize("chart", [PLANE, Polar()], ids=["plane", "polar"])
def test_rows_are_y(chart: Chart) -> None:
    objective, x, y = Slope(), np.array([0.5, 1.0, 1.5]), np.array([0.1, 0.7])
    landscape = evaluate_landscape(objective, chart, [], x, y)
    assert landscape.loss.shape == (2, 3)
    for j in range(2):
        for i in range(3):
            a, b = chart.inverse_transform(np.array([x[i], y[j]]))
            assert landscape.loss[j, i] == pytest.approx(a + 10 * b, abs=1e-12)
    np.testing.assert_array_equal(landscape.x, x)
    np.testing.assert_array_equal(landscape.y, y)


@pytest.mark.parametrize("chart", [PLANE, Polar()], ids=["plane", "polar"])
def test_chart_that_contains_the_path(chart: Chart) -> None:
    objective = Slope()
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=0.1), 10)
    landscape = evaluate_landscape(objective, chart, [path], np.zeros(1), np.zeros(1))
    expected = path.theta @ (1.0, 10.0)
    np.testing.assert_allclose(landscape.paths[0].surface_loss, expected, atol=1e-9)
    np.testing.assert_allclose(landscape.paths[0].loss, expected, atol=1e-12)
    np.testing.assert_allclose(chart.inverse_transform(landscape.paths[0].xy), path.theta, atol=1e-9)


def pair_of_features(kind: str) -> Objective:
    dataset = FEATURES["feature_pca"]().apply(DATASETS["iris"]().load())
    return MODELS[kind](l2=0.01).bind(dataset)


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize(
    ("projection", "options"), [("identity", {}), ("pca", {}), ("pca", {"standardize": True, "i": 1, "j": 0})]
)
def test_full_rank_surface_loss_is_the_loss(kind: str, projection: str, options: dict[str, int]) -> None:
    objective = pair_of_features(kind)
    paths = [train(objective, OPTIMIZERS["sgd"](batch_size=size), 100) for size in (0, 9)]
    chart = PROJECTIONS[projection](**options).fit(paths, objective)
    landscape = evaluate_landscape(objective, chart, paths, np.zeros(2), np.zeros(3))
    for path in landscape.paths:
        np.testing.assert_allclose(path.surface_loss, path.loss, atol=1e-9)
    assert np.isnan(landscape.explained).all() == (projection == "identity")


@pytest.mark.parametrize("kind", MODELS)
def test_parameters_surface_holds_the_last_point(kind: str) -> None:
    objective = MODELS[kind]().bind(DATASETS["breast_cancer"](standardize=True).load())
    path = train(objective, OPTIMIZERS["sgd"](), 50)
    chart = PROJECTIONS["parameters"](i=3, j=17).fit([path], objective)
    shown = evaluate_landscape(objective, chart, [path], np.zeros(1), np.zeros(1)).paths[0]
    assert shown.surface_loss[-1] == pytest.approx(path.loss[-1], abs=1e-9)
    assert abs(shown.surface_loss[0] - path.loss[0]) > 1e-3
    held = path.theta[-1].copy()
    held[[3, 17]] = path.theta[20][[3, 17]]
    assert shown.surface_loss[20] == pytest.approx(objective.loss(held), abs=1e-12)


def test_grid_is_the_loss_where_the_optimizer_was(small: Dataset) -> None:
    """The grid and the path meet: the last theta on the chart, evaluated by both ways."""
    objective = MODELS["svm"](l2=0.1, fit_intercept=True).bind(small)
    path = train(objective, OPTIMIZERS["sgd"](), 80)
    chart = PROJECTIONS["pca"]().fit([path], objective)
    x, y = chart.transform(path.theta).T
    landscape = evaluate_landscape(objective, chart, [path], x, y)
    np.testing.assert_allclose(np.diag(landscape.loss), landscape.paths[0].surface_loss, atol=1e-12)


def test_progress_and_cancel() -> None:
    objective, axis = Slope(), np.arange(20.0)
    seen: list[float] = []
    evaluate_landscape(objective, PLANE, [], axis, axis, seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(seen) == 20

    def stop(fraction: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        evaluate_landscape(objective, PLANE, [], axis, axis, stop)


# -- axes_around ---------------------------------------------------------------------------------------------


def test_axes_have_the_margin_on_every_side() -> None:
    x, y = axes_around(np.array([[0.0, 10.0], [4.0, 20.0], [1.0, 12.0]]), (9, 5), 0.25)
    np.testing.assert_allclose(x, np.linspace(-1, 5, 9))
    np.testing.assert_allclose(y, np.linspace(7.5, 22.5, 5))


@pytest.mark.parametrize("margin", [0.0, 0.5])
def test_axis_without_extent_takes_the_other_ones(margin: float) -> None:
    x, y = axes_around(np.array([[1.0, 3.0], [5.0, 3.0]]), (8, 8), margin)
    assert np.ptp(x) == pytest.approx(4 * (1 + 2 * margin))
    assert np.ptp(y) == pytest.approx(np.ptp(x))
    assert y.mean() == pytest.approx(3.0)


def test_axes_around_a_single_point() -> None:
    x, y = axes_around(np.array([[2.0, -7.0]]), (8, 8), 0.0)
    np.testing.assert_allclose([x[0], x[-1], y[0], y[-1]], [1.5, 2.5, -7.5, -6.5])


def test_thin_but_real_extent_is_kept() -> None:
    _, y = axes_around(np.array([[0.0, 0.0], [1.0, 1e-4]]), (8, 8), 0.0)
    assert np.ptp(y) == pytest.approx(1e-4)


def test_extent_from_rounding_alone_is_none() -> None:
    _, y = axes_around(np.array([[0.0, 1.0], [1.0, 1.0 + 4e-16]]), (8, 8), 0.0)
    assert np.ptp(y) == pytest.approx(1.0)
