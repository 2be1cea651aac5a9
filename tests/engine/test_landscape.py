"""The landscape: rows are y, paths carry both losses, the range fits the paths."""

from __future__ import annotations

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_info, threadpool_limits

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
    Trajectory,
    axes_around,
    evaluate_landscape,
    train,
)
from lsblender.engine.landscape import even_axis
from lsblender.engine.objective import Array, grid_by_rows
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


#: Models that have two parameters for two features.
OF_TWO = [kind for kind in MODELS if pair_of_features(kind).n_params == 2]


@pytest.mark.parametrize("kind", OF_TWO)
@pytest.mark.parametrize(
    ("projection", "options"), [("identity", {}), ("pca", {}), ("pca", {"standardize": True, "i": 1, "j": 0})]
)
def test_full_rank_surface_loss_is_the_loss(kind: str, projection: str, options: dict[str, int]) -> None:
    objective = pair_of_features(kind)
    start = (0.3, -0.2)
    paths = [train(objective, OPTIMIZERS["adam"](batch_size=size), 100, start) for size in (0, 9)]
    chart = PROJECTIONS[projection](**options).fit(paths, objective)
    landscape = evaluate_landscape(objective, chart, paths, np.zeros(2), np.zeros(3))
    for path in landscape.paths:
        np.testing.assert_allclose(path.surface_loss, path.loss, rtol=1e-9, atol=1e-9)
        assert path.explained == pytest.approx(1.0, abs=1e-9)
    assert np.isnan(landscape.explained).all() == (projection == "identity")


@pytest.mark.parametrize("kind", ["logistic_regression", "svm", "softmax_regression", "mlp"])
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


@pytest.mark.parametrize("kind", ["pca", "parameters"])
def test_explained_is_the_share_of_the_path_on_the_chart(kind: str) -> None:
    """For the principal components of one path it is the sum of scikit-learn's ratios."""
    objective = MODELS["logistic_regression"]().bind(DATASETS["breast_cancer"](standardize=True).load())
    path = train(objective, OPTIMIZERS["sgd"](batch_size=50), 60)
    chart = PROJECTIONS[kind]().fit([path], objective)
    landscape = evaluate_landscape(objective, chart, [path], np.zeros(1), np.zeros(1))
    explained = landscape.paths[0].explained
    if kind == "pca":
        assert explained == pytest.approx(PCA(2).fit(path.theta).explained_variance_ratio_.sum(), rel=1e-9)
        assert explained == pytest.approx(landscape.explained.sum(), rel=1e-9)
    else:
        off = path.theta[:, 2:] - path.theta[-1, 2:]
        variance = np.sum((path.theta - path.theta.mean(axis=0)) ** 2)
        assert explained == pytest.approx(1 - np.sum(off**2) / variance, rel=1e-9)
        assert explained < 1


def test_path_that_stands_still_explains_nothing() -> None:
    path = Trajectory(np.full((4, 2), 0.1), np.ones(4), "still")
    assert np.isnan(evaluate_landscape(Slope(), PLANE, [path], np.zeros(1), np.zeros(1)).paths[0].explained)


def test_facts_and_height() -> None:
    objective = MODELS["logistic_regression"]().bind(DATASETS["iris"]().load())
    path = train(objective, OPTIMIZERS["sgd"](), 20)
    chart = PROJECTIONS["pca"]().fit([path], objective)
    landscape = evaluate_landscape(objective, chart, [path], np.zeros(1), np.zeros(1))
    assert landscape.height == "loss"
    assert landscape.facts == chart.facts()
    assert any("%" in fact for fact in landscape.facts)


# -- what is not a number ------------------------------------------------------------------------------------


class Broken(Slope):
    """Not a number on the left, infinite on the right, numpy's warnings and all."""

    def losses(self, thetas: Array) -> Array:
        x = thetas[:, 0]
        return np.where(x < 0, np.log(np.minimum(x, -1.0)), np.where(x > 1, np.exp(1e3 * x), x))


@pytest.mark.parametrize("n_jobs", [1, 3])
def test_not_a_number_stays_so(n_jobs: int) -> None:
    plane = Plane(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]))
    x, y = np.array([-1.0, 0.5, 2.0]), np.arange(4.0)
    path = Trajectory(np.array([[-1.0, 0.0], [2.0, 1.0], [0.5, 2.0]]), np.zeros(3), "broken")
    landscape = evaluate_landscape(Broken(), plane, [path], x, y, n_jobs=n_jobs)
    for row in landscape.loss:
        assert np.isnan(row[0])
        assert row[1] == 0.5
        assert row[2] == np.inf
    shown = landscape.paths[0].surface_loss
    assert np.isnan(shown[0])
    assert shown[1] == np.inf
    assert shown[2] == 0.5


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


# -- threads and blocks --------------------------------------------------------------------------------------


@pytest.mark.parametrize("chart", [PLANE, Polar()], ids=["plane", "polar"])
@pytest.mark.parametrize("n_jobs", [2, 5, -1])
def test_threads_give_the_same_grid(chart: Chart, n_jobs: int) -> None:
    x, y = np.linspace(1, 2, 13), np.linspace(0, 1, 31)
    one, many = (evaluate_landscape(Slope(), chart, [], x, y, n_jobs=jobs).loss for jobs in (1, n_jobs))
    np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("kind", MODELS)
def test_any_number_of_threads_gives_the_same_bits(kind: str, small: Dataset) -> None:
    """Also with more threads than processors, and in every height that the model has."""
    objective = MODELS[kind]().bind(small)
    rng = np.random.default_rng(4)
    plane = Plane(*rng.normal(size=(3, objective.n_params)))
    x, y = np.linspace(-1, 1, 21), np.linspace(-1, 1, 290)
    one, two, five = (evaluate_landscape(objective, plane, [], x, y, n_jobs=jobs).loss for jobs in (1, 2, 5))
    np.testing.assert_array_equal(two, one)
    np.testing.assert_array_equal(five, one)
    few = evaluate_landscape(objective, plane, [], x, y[100:103]).loss
    np.testing.assert_allclose(few, one[100:103], rtol=1e-6 if "mlp" in kind else 1e-12)


@pytest.mark.parametrize("kind", ["logistic_regression", "rbf_svm", "mlp"])
def test_threads_of_blas_do_not_matter(kind: str) -> None:
    """Products large enough for BLAS to share among its threads; what it was set to is set again afterwards."""
    objective = MODELS[kind]().bind(DATASETS["breast_cancer"](standardize=True).load())
    plane = Plane(*(0.1 * np.random.default_rng(4).normal(size=(3, objective.n_params))))
    axis = np.linspace(-1, 1, 40)
    found = []
    for threads, jobs in ((1, 1), (2, 1), (2, 3)):
        with threadpool_limits(threads, "blas"):
            found.append(evaluate_landscape(objective, plane, [], axis, axis, n_jobs=jobs).loss)
            assert {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"} == {threads}
    np.testing.assert_array_equal(found[1], found[0])
    np.testing.assert_array_equal(found[2], found[0])


def test_threads_share_one_progress() -> None:
    seen: list[float] = []
    evaluate_landscape(Slope(), PLANE, [], np.arange(5.0), np.arange(40.0), seen.append, n_jobs=4)
    assert seen == sorted(seen)
    assert len(seen) == 40
    assert seen[-1] == 1.0


def test_cancel_stops_every_thread() -> None:
    calls: list[float] = []

    def stop(fraction: float) -> None:
        calls.append(fraction)
        if fraction > 0.2:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate_landscape(Slope(), PLANE, [], np.arange(5.0), np.arange(4000.0), stop, n_jobs=4)
    # nobody is told anything after that
    assert sum(fraction > 0.2 for fraction in calls) == 1


def test_a_failure_in_a_thread_is_not_hidden() -> None:
    class Failing(Slope):
        def losses(self, thetas: Array) -> Array:
            raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        evaluate_landscape(Failing(), PLANE, [], np.arange(5.0), np.arange(40.0), n_jobs=2)


def test_long_rows_come_in_pieces() -> None:
    asked: list[int] = []

    def losses_at(xy: Array) -> Array:
        asked.append(len(xy))
        return np.asarray(xy[:, 0] + 100 * xy[:, 1])

    seen: list[float] = []
    x, y = np.arange(10.0), np.arange(3.0)
    loss = grid_by_rows(losses_at, x, y, seen.append, at_once=4)
    np.testing.assert_array_equal(loss, x + 100 * y[:, None])
    assert asked == [4, 4, 2] * 3
    np.testing.assert_allclose(seen, [0.4 / 3, 0.8 / 3, 1 / 3, 1.4 / 3, 1.8 / 3, 2 / 3, 2.4 / 3, 2.8 / 3, 1])


def test_points_at_once_are_fewer_for_more_work() -> None:
    objective = Slope()
    assert objective.points_at_once > 10_000
    objective.n_rows, objective.n_params = 10_000, 7850
    assert objective.points_at_once == 1
    objective.n_rows, objective.n_params = 1, 10**6
    assert objective.points_at_once <= 16


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


def test_given_ranges_are_exact() -> None:
    points = np.array([[0.0, 10.0], [4.0, 20.0]])
    x, y = axes_around(points, (9, 5), 0.25, ranges=((-0.1, 0.3), ()))
    assert (x[0], x[-1]) == (-0.1, 0.3)
    np.testing.assert_allclose(y, np.linspace(7.5, 22.5, 5))
    x, y = axes_around(points, (9, 5), 0.25, ranges=((), (1.0, 3.0)))
    np.testing.assert_allclose(x, np.linspace(-1, 5, 9))
    assert (y[0], y[-1], len(y)) == (1.0, 3.0, 5)


def test_equal_axes() -> None:
    points = np.array([[0.0, 10.0], [4.0, 20.0], [1.0, 12.0]])
    x, y = axes_around(points, (9, 5), 0.25, equal=True)
    np.testing.assert_allclose(y, np.linspace(7.5, 22.5, 5))
    np.testing.assert_allclose(x, np.linspace(2 - 7.5, 2 + 7.5, 9))
    x, y = axes_around(points, (9, 5), 0.25, equal=True, ranges=((0.0, 1.0), ()))
    assert (x[0], x[-1]) == (0.0, 1.0)
    np.testing.assert_allclose([y[0], y[-1]], [14.5, 15.5])
    x, y = axes_around(points, (9, 5), 0.25, equal=True, ranges=((0.0, 1.0), (0.0, 9.0)))
    assert (x[0], x[-1], y[0], y[-1]) == (0.0, 1.0, 0.0, 9.0)


@hypothesis.settings(max_examples=200, deadline=None, derandomize=True)
@hypothesis.given(first=st.floats(-1e6, 1e6), length=st.floats(1e-3, 1e6), count=st.integers(2, 400))
def test_even_axis(first: float, length: float, count: int) -> None:
    last = first + length
    axis = even_axis(first, last, count)
    assert (axis[0], axis[-1], len(axis)) == (first, last, count)
    size = max(abs(first), abs(last))
    np.testing.assert_allclose(axis, np.linspace(first, last, count), atol=1e-13 * size, rtol=0)
    around = even_axis(-length, length, 2 * count + 1)
    assert around[count] == 0.0
    np.testing.assert_array_equal(around, -around[::-1])
