"""Charts: there and back again, PCA against numpy and scikit-learn, settings that do not fit."""

from __future__ import annotations

from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from lsblender.engine import (
    DATASETS,
    FEATURES,
    MODELS,
    OPTIMIZERS,
    PROJECTIONS,
    Chart,
    Dataset,
    Experiment,
    Objective,
    Plane,
    Trajectory,
    axes_around,
    train,
)
from lsblender.errors import Cancelled, LsbError


def random_pair() -> Dataset:
    """Two features, two clouds."""
    rng = np.random.default_rng(8)
    y = np.arange(40) % 2
    return Dataset(rng.normal(size=(40, 2)) - y[:, None], y, ("a", "b"), ("first", "second"), "Random")


def two_parameters(small: Dataset) -> Objective:
    return MODELS["logistic_regression"]().bind(FEATURES["feature_pca"]().apply(small))


def paths_of(objective: Objective, steps: int = 60) -> list[Trajectory]:
    return [
        train(objective, OPTIMIZERS["sgd"](learning_rate=1.0), steps),
        train(objective, OPTIMIZERS["sgd"](learning_rate=0.5, batch_size=7), steps, seed=3),
    ]


@pytest.fixture(scope="module")
def cancer() -> Objective:
    return MODELS["svm"]().bind(DATASETS["breast_cancer"](standardize=True).load())


def closed(chart: Chart) -> float:
    """How exactly a chart comes back: planes to rounding, others to 1e-6 of what they cover."""
    return 1e-9 if chart.coverage is None else 1e-6 * float(np.ptp(chart.coverage, axis=1).min())


# -- every projection ----------------------------------------------------------------------------------------


def inside(chart: Chart, count: int, seed: int = 0) -> np.ndarray:
    """Points of the region in which the chart is one-to-one; of a part of it where that is everywhere."""
    low, high = np.array([[-5, 5], [-5, 5]] if chart.coverage is None else chart.coverage).T
    return np.random.default_rng(seed).uniform(low, high, size=(count, 2))


def test_there_and_back(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    chart = any_projection().fit(paths_of(objective), objective)
    xy = inside(chart, 50)
    np.testing.assert_allclose(chart.transform(chart.inverse_transform(xy)), xy, atol=closed(chart))
    assert all(chart.axis_names)
    assert chart.axis_names[0] != chart.axis_names[1]


def test_shapes_follow_the_leading_axes(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    chart = any_projection().fit(paths_of(objective), objective)
    grid = inside(chart, 12, seed=1).reshape(3, 4, 2)
    theta = chart.inverse_transform(grid)
    assert theta.shape == (3, 4, objective.n_params)
    np.testing.assert_allclose(chart.inverse_transform(grid[1, 2]), theta[1, 2], atol=1e-12)
    assert chart.transform(theta).shape == (3, 4, 2)
    np.testing.assert_allclose(chart.transform(theta[1, 2]), grid[1, 2], atol=closed(chart))


def test_fitting_leaves_the_paths_alone(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    paths = paths_of(objective)
    for path in paths:
        path.theta.flags.writeable = False
    chart = any_projection().fit(paths, objective)
    assert np.isfinite(chart.transform(paths[0].theta)).all()


def test_thirty_parameters_there_and_back(any_projection: Any, cancer: Objective) -> None:
    if any_projection is PROJECTIONS["identity"]:
        with pytest.raises(LsbError, match="needs a model of two parameters"):
            any_projection().fit(paths_of(cancer), cancer)
        return
    chart = any_projection().fit(paths_of(cancer), cancer)
    xy = inside(chart, 400)
    np.testing.assert_allclose(chart.transform(chart.inverse_transform(xy)), xy, atol=closed(chart))


def test_the_picture_around_the_paths_is_covered(any_projection: Any, small: Dataset) -> None:
    """The default margin of a landscape."""
    objective = two_parameters(small)
    paths = paths_of(objective)
    chart = any_projection().fit(paths, objective)
    x, y = axes_around(chart.window(chart.transform(np.concatenate([p.theta for p in paths]))), (9, 9), 0.25)
    if chart.coverage is not None:
        (left, right), (low, high) = chart.coverage
        assert left <= x[0] < x[-1] <= right
        assert low <= y[0] < y[-1] <= high


def test_fits_repeat_themselves(any_projection: Any, cancer: Objective) -> None:
    objective = MODELS["logistic_regression"]().bind(random_pair())
    charts = [any_projection().fit(paths_of(objective), objective) for _ in range(2)]
    first, again = (chart.inverse_transform(inside(charts[0], 20)) for chart in charts)
    np.testing.assert_array_equal(first, again)
    assert charts[0].facts() == charts[1].facts()


SEEDED = [kind for kind, cls in PROJECTIONS.items() if any(field.name == "seed" for field in fields(cls))]


@pytest.mark.parametrize("kind", SEEDED)
def test_seed_0_is_not_seed_1(kind: str, cancer: Objective) -> None:
    theta = [
        PROJECTIONS[kind](seed=seed).fit(paths_of(cancer), cancer).inverse_transform(np.full(2, 0.1)) for seed in (0, 1)
    ]
    assert not np.allclose(*theta, rtol=1e-9, atol=0)


def test_fitting_can_be_cancelled(any_projection: Any, cancer: Objective) -> None:
    """What takes long reports; what reports rises from 0 to 1 and may be ended at any report."""
    objective = MODELS["logistic_regression"]().bind(random_pair())
    seen: list[float] = []
    any_projection().fit(paths_of(objective), objective, seen.append)
    assert seen == sorted(seen)
    assert all(0 <= fraction <= 1 for fraction in seen)
    slow = {"hessian", "autoencoder", "locally_linear", "kernel_pca"}
    assert bool(seen) == (any_projection in [PROJECTIONS[kind] for kind in slow])
    for stop in range(1, len(seen), 1 + len(seen) // 5):
        count = 0

        def end(fraction: float, stop: int = stop) -> None:
            nonlocal count
            count += 1
            if count == stop:
                raise Cancelled

        with pytest.raises(Cancelled):
            any_projection().fit(paths_of(objective), objective, end)
        assert count == stop


# -- planes --------------------------------------------------------------------------------------------------

vectors = st.lists(st.floats(-10, 10), min_size=4, max_size=4).map(np.array)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(origin=vectors, u=vectors, v=vectors, xy=st.tuples(st.floats(-5, 5), st.floats(-5, 5)))
def test_plane_there_and_back(origin: np.ndarray, u: np.ndarray, v: np.ndarray, xy: tuple[float, float]) -> None:
    assume(np.linalg.svd(np.stack([u, v]), compute_uv=False)[-1] > 0.01)
    plane = Plane(origin, u, v)
    np.testing.assert_allclose(plane.transform(plane.inverse_transform(np.array(xy))), xy, atol=1e-9)


def test_plane_takes_the_nearest_point() -> None:
    rng = np.random.default_rng(2)
    origin, u, v, theta = rng.normal(size=(4, 6))
    expected = np.linalg.lstsq(np.column_stack([u, v]), theta - origin, rcond=None)[0]
    np.testing.assert_allclose(Plane(origin, u, v).transform(theta), expected, atol=1e-12)
    scale = np.array([1, 2, 0.5, 3, 1, 10.0])
    weighted = np.linalg.lstsq(np.column_stack([u, v]) / scale[:, None], (theta - origin) / scale, rcond=None)[0]
    np.testing.assert_allclose(Plane(origin, u, v, scale=scale).transform(theta), weighted, atol=1e-12)


@pytest.mark.parametrize(("u", "v"), [([1, 2, 3], [2, 4, 6]), ([0, 0, 0], [1, 2, 3]), ([1e-8, 0, 0], [-1e8, 0, 0])])
def test_plane_with_parallel_directions(u: list[float], v: list[float]) -> None:
    with pytest.raises(LsbError, match="the two directions of the plane are parallel or zero"):
        Plane(np.zeros(3), np.array(u, dtype=float), np.array(v, dtype=float)).transform(np.ones(3))


def test_plane_with_directions_of_very_different_length() -> None:
    plane = Plane(np.zeros(3), np.array([1e-6, 0, 0]), np.array([1e-7, 1e5, 0]))
    xy = np.array([[2.0, 3.0], [-1.0, 0.5]])
    np.testing.assert_allclose(plane.transform(plane.inverse_transform(xy)), xy, atol=1e-9)


# -- pca -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("i", "j"), [(0, 1), (1, 0), (2, 4)])
def test_pca_against_the_covariance(cancer: Objective, i: int, j: int) -> None:
    paths = paths_of(cancer)
    chart = PROJECTIONS["pca"](i=i, j=j).fit(paths, cancer)
    theta = np.concatenate([path.theta for path in paths])
    values, vectors = np.linalg.eigh(np.cov(theta.T))
    values, vectors = values[::-1], vectors[:, ::-1]
    np.testing.assert_allclose(chart.explained, values[[i, j]] / values.sum(), rtol=1e-10)
    np.testing.assert_allclose(np.abs([chart.u @ vectors[:, i], chart.v @ vectors[:, j]]), 1, atol=1e-9)
    np.testing.assert_allclose(chart.transform(theta), PCA().fit_transform(theta)[:, [i, j]], atol=1e-9)
    assert chart.axis_names == (f"PC{i + 1}", f"PC{j + 1}")


def test_pca_of_many_numbers_is_that_of_sklearn(small: Dataset) -> None:
    """Large paths take another way to the same components and signs, wide or tall."""
    rng = np.random.default_rng(5)
    for shape in ((40, 30_000), (30_000, 40)):
        theta = np.cumsum(rng.normal(size=shape), axis=0) * (1 + rng.uniform(size=shape[1])) + 100.0
        objective = MODELS["svm"]().bind(small)
        chart = PROJECTIONS["pca"](i=1, j=3).fit([Trajectory(theta, np.zeros(len(theta)), "sgd")], objective)
        expected = PCA(4, svd_solver="full").fit(theta)
        np.testing.assert_allclose(chart.explained, expected.explained_variance_ratio_[[1, 3]], rtol=1e-8)
        np.testing.assert_allclose(chart.u, expected.components_[1], atol=1e-9)
        np.testing.assert_allclose(chart.v, expected.components_[3], atol=1e-9)


def test_pca_facts(cancer: Objective) -> None:
    chart = PROJECTIONS["pca"]().fit(paths_of(cancer), cancer)
    x, y = 100 * chart.explained
    assert chart.facts() == (f"explained variance: {x:.3g} % along x, {y:.3g} % along y",)


def test_pca_explained_variance_is_that_of_sklearn(cancer: Objective) -> None:
    paths = paths_of(cancer)
    theta = np.concatenate([path.theta for path in paths])
    plain = PROJECTIONS["pca"]().fit(paths, cancer)
    scaled = PROJECTIONS["pca"](standardize=True).fit(paths, cancer)
    np.testing.assert_allclose(plain.explained, PCA(2).fit(theta).explained_variance_ratio_, rtol=1e-10)
    expected = PCA(2).fit(theta / theta.std(axis=0)).explained_variance_ratio_
    np.testing.assert_allclose(scaled.explained, expected, rtol=1e-10)


def test_standardized_pca_is_undone_on_the_way_back(cancer: Objective) -> None:
    """In 2018 the loss was evaluated at standardised parameters."""
    paths = paths_of(cancer)
    theta = np.concatenate([path.theta for path in paths])
    mean, spread = theta.mean(axis=0), theta.std(axis=0)
    chart = PROJECTIONS["pca"](standardize=True).fit(paths, cancer)
    pca = PCA(2).fit((theta - mean) / spread)
    expected = pca.inverse_transform(pca.transform((theta - mean) / spread)) * spread + mean
    np.testing.assert_allclose(chart.inverse_transform(chart.transform(theta)), expected, atol=1e-9)


@pytest.mark.parametrize("standardize", [False, True])
def test_pca_of_two_parameters_is_exact(standardize: bool, small: Dataset) -> None:
    objective = two_parameters(small)
    paths = paths_of(objective)
    chart = PROJECTIONS["pca"](standardize=standardize).fit(paths, objective)
    back = chart.inverse_transform(chart.transform(paths[1].theta))
    np.testing.assert_allclose(back, paths[1].theta, atol=1e-12)
    assert chart.explained.sum() == pytest.approx(1, abs=1e-12)


def test_standardized_pca_with_a_parameter_that_does_not_move(small: Dataset) -> None:
    """The computed deviation of 569 times 0.1 is not 0; counted in units of it the plane would be noise."""
    theta = np.column_stack([np.linspace(0, 1, 569), np.full(569, 0.1), np.linspace(0, 1, 569) ** 2])
    objective = MODELS["svm"]().bind(small)
    chart = PROJECTIONS["pca"](standardize=True).fit([Trajectory(theta, np.zeros(569), "sgd")], objective)
    assert abs(chart.u[1]) < 1e-12
    assert abs(chart.v[1]) < 1e-12
    np.testing.assert_allclose(chart.inverse_transform(chart.transform(theta)), theta, atol=1e-9)


def test_path_that_does_not_move(small: Dataset) -> None:
    theta = np.tile([0.1, 0.2, 0.3], (9, 1))
    assert theta.std(axis=0).any()
    with pytest.raises(LsbError) as error:
        PROJECTIONS["pca"]().fit([Trajectory(theta, np.zeros(9), "sgd")], MODELS["svm"]().bind(small))
    assert str(error.value) == (
        "the path does not move, so there is no direction of highest variance; train for more steps"
    )


# -- parameters and identity ---------------------------------------------------------------------------------


def test_parameters_hold_the_rest_at_the_end(small: Dataset) -> None:
    objective = MODELS["logistic_regression"]().bind(small)
    paths = paths_of(objective)
    chart = PROJECTIONS["parameters"](i=2, j=0).fit(paths, objective)
    end = paths[0].theta[-1]
    np.testing.assert_array_equal(chart.transform(end), end[[2, 0]])
    np.testing.assert_array_equal(chart.inverse_transform(np.array([7.0, -3.0])), [-3.0, end[1], 7.0])
    assert chart.axis_names == ("f2", "f0")
    assert chart.explained is None


def test_identity_is_the_identity(small: Dataset) -> None:
    objective = two_parameters(small)
    chart = PROJECTIONS["identity"]().fit(paths_of(objective), objective)
    theta = np.random.default_rng(3).normal(size=(9, 2))
    np.testing.assert_array_equal(chart.transform(theta), theta)
    np.testing.assert_array_equal(chart.inverse_transform(theta), theta)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (
            "identity",
            {},
            "identity needs a model of two parameters; Linear SVM has 3 here: reduce the features",
        ),
        ("parameters", {"i": 3}, "i: 3 is out of range: Linear SVM has 3 parameters; allowed: 0 to 2"),
        ("parameters", {"j": -1}, "j: -1 is out of range: Linear SVM has 3 parameters; allowed: 0 to 2"),
        ("parameters", {"i": 1, "j": 1}, "j: i and j are both 1; two different ones are needed"),
        ("most_changed", {"rank": 2}, "rank: 2 is out of range: Linear SVM has 3 parameters; allowed: 1 to 1"),
        ("pca", {"i": 0, "j": 3}, "j: 3 is out of range: 122 points of 3 parameters have 3; allowed: 0 to 2"),
        ("pca", {"i": 1, "j": 1}, "j: i and j are both 1; two different ones are needed"),
    ],
)
def test_settings_that_do_not_fit(kind: str, options: dict[str, int], message: str, small: Dataset) -> None:
    objective = MODELS["svm"]().bind(small)
    with pytest.raises(LsbError) as error:
        PROJECTIONS[kind](**options).fit(paths_of(objective), objective)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("kind", [kind for kind in PROJECTIONS if kind not in ("parameters", "pca", "segment_pca")])
def test_model_of_one_parameter_has_no_plane(kind: str, small: Dataset) -> None:
    objective = MODELS["svm"]().bind(FEATURES["feature_pca"](n_components=1).apply(small))
    with pytest.raises(LsbError) as error:
        PROJECTIONS[kind]().fit(paths_of(objective), objective)
    assert "parallel" not in str(error.value)


@pytest.mark.parametrize("kind", ["parameters", "pca", "segment_pca"])
def test_model_of_one_parameter(kind: str, small: Dataset) -> None:
    objective = MODELS["svm"]().bind(FEATURES["feature_pca"](n_components=1).apply(small))
    with pytest.raises(LsbError) as error:
        PROJECTIONS[kind]().fit(paths_of(objective), objective)
    assert error.value.key == "j"
    assert "out of range" in str(error.value)


# -- most changed --------------------------------------------------------------------------------------------


def trajectory(*rows: list[float], name: str = "sgd") -> Trajectory:
    return Trajectory(np.array(rows, dtype=float), np.zeros(len(rows)), name)


def five_parameters(names: str = "abcde") -> Objective:
    X = np.random.default_rng(0).normal(size=(10, 5))
    dataset = Dataset(X, np.arange(10) % 2, tuple(names), ("first", "second"), "Random")
    return MODELS["svm"](fit_intercept=False).bind(dataset)


def test_most_changed_by_hand() -> None:
    """Changes 4, 1, 6 (there and back), 0, 3; in the second path 0, 4, 0, 0, 0."""
    first = trajectory([0, 0, 0, 7, 0], [2, 1, 3, 7, -1], [4, 1, 0, 7, -3])
    second = trajectory([0, 0, 0, 7, 0], [0, 4, 0, 7, 0])
    objective = five_parameters()
    top, next_ = (PROJECTIONS["most_changed"](rank=rank).fit([first], objective) for rank in (1, 2))
    assert top.axis_names == ("c", "a")
    assert next_.axis_names == ("e", "b")
    np.testing.assert_array_equal(top.inverse_transform(np.array([10.0, 20.0])), [20, 1, 10, 7, -3])
    np.testing.assert_array_equal(top.transform(first.theta[-1]), [0, 4])
    both = PROJECTIONS["most_changed"](rank=1).fit([first, second], objective)
    assert both.axis_names == ("c", "b")


def test_most_changed_of_a_long_path() -> None:
    theta = np.cumsum(np.random.default_rng(1).normal(size=(300, 5)) * (1, 5, 2, 4, 3), axis=0)
    chart = PROJECTIONS["most_changed"](rank=2).fit([Trajectory(theta, np.zeros(300), "sgd")], five_parameters())
    assert chart.axis_names == ("e", "c")


# -- pieces --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [1, 2, 3, 7, 60, 100])
def test_segments_join(segments: int, cancer: Objective) -> None:
    paths = paths_of(cancer)
    pieces = [PROJECTIONS["segment_pca"](segments=segments, segment=k).part(paths) for k in range(segments)]
    for number, path in enumerate(paths):
        mine = [piece[number] for piece in pieces]
        np.testing.assert_array_equal(mine[0].theta[0], path.theta[0])
        np.testing.assert_array_equal(mine[-1].theta[-1], path.theta[-1])
        for one, after in pairwise(mine):
            np.testing.assert_array_equal(one.theta[-1], after.theta[0])
            assert one.loss[-1] == after.loss[0]
        assert sum(len(piece.theta) - 1 for piece in mine) == len(path.theta) - 1
        steps = [len(piece.theta) - 1 for piece in mine]
        assert max(steps) - min(steps) <= 1


def test_a_segment_has_the_plane_of_its_own_steps(cancer: Objective) -> None:
    projection = PROJECTIONS["segment_pca"](segments=4, segment=2)
    pieces = projection.part(paths_of(cancer))
    chart = projection.fit(pieces, cancer)
    theta = np.concatenate([piece.theta for piece in pieces])
    np.testing.assert_allclose(chart.transform(theta), PCA(2).fit_transform(theta), atol=1e-9)


def test_segments_of_an_experiment() -> None:
    ends = []
    for segment in range(3):
        projection = PROJECTIONS["segment_pca"](segments=3, segment=segment)
        (path,) = Experiment(projection=projection, steps=31, resolution=(8, 8)).run().paths
        ends.append((path.theta[0], path.theta[-1], path.loss[[0, -1]], len(path.theta)))
    for (_, last, loss, _), (first, _, next_loss, _) in pairwise(ends):
        np.testing.assert_array_equal(last, first)
        assert loss[1] == next_loss[0]
    assert [count for *_, count in ends] == [11, 12, 11]


def test_segment_that_is_not_there(cancer: Objective) -> None:
    with pytest.raises(LsbError) as error:
        PROJECTIONS["segment_pca"](segments=3, segment=3).part(paths_of(cancer))
    assert str(error.value) == "segment: 3 is out of range: the run is cut into 3; allowed: 0 to 2"
