"""Charts: there and back again, PCA against numpy and scikit-learn, settings that do not fit."""

from __future__ import annotations

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
    Dataset,
    Objective,
    Plane,
    Trajectory,
    train,
)
from lsblender.errors import LsbError


def two_parameters(small: Dataset) -> Objective:
    return MODELS["logistic_regression"]().bind(FEATURES["feature_pca"]().apply(small))


def paths_of(objective: Objective, steps: int = 60) -> list[Trajectory]:
    return [
        train(objective, OPTIMIZERS["sgd"](learning_rate=1.0), steps),
        train(objective, OPTIMIZERS["sgd"](learning_rate=0.5, batch_size=7), steps, seed=3),
    ]


# -- every projection ----------------------------------------------------------------------------------------


def test_there_and_back(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    chart = any_projection().fit(paths_of(objective), objective)
    xy = np.random.default_rng(0).uniform(-5, 5, size=(50, 2))
    np.testing.assert_allclose(chart.transform(chart.inverse_transform(xy)), xy, atol=1e-9)
    assert all(chart.axis_names)
    assert chart.axis_names[0] != chart.axis_names[1]


def test_shapes_follow_the_leading_axes(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    chart = any_projection().fit(paths_of(objective), objective)
    grid = np.random.default_rng(1).normal(size=(3, 4, 2))
    theta = chart.inverse_transform(grid)
    assert theta.shape == (3, 4, objective.n_params)
    np.testing.assert_allclose(chart.inverse_transform(grid[1, 2]), theta[1, 2], atol=1e-12)
    assert chart.transform(theta).shape == (3, 4, 2)
    np.testing.assert_allclose(chart.transform(theta[1, 2]), grid[1, 2], atol=1e-9)


def test_fitting_leaves_the_paths_alone(any_projection: Any, small: Dataset) -> None:
    objective = two_parameters(small)
    paths = paths_of(objective)
    for path in paths:
        path.theta.flags.writeable = False
    chart = any_projection().fit(paths, objective)
    assert np.isfinite(chart.transform(paths[0].theta)).all()


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


@pytest.fixture(scope="module")
def cancer() -> Objective:
    return MODELS["svm"]().bind(DATASETS["breast_cancer"](standardize=True).load())


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
        ("pca", {"i": 0, "j": 3}, "j: 3 is out of range: 122 points of 3 parameters have 3; allowed: 0 to 2"),
        ("pca", {"i": 1, "j": 1}, "j: i and j are both 1; two different ones are needed"),
    ],
)
def test_settings_that_do_not_fit(kind: str, options: dict[str, int], message: str, small: Dataset) -> None:
    objective = MODELS["svm"]().bind(small)
    with pytest.raises(LsbError) as error:
        PROJECTIONS[kind](**options).fit(paths_of(objective), objective)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("kind", ["parameters", "pca"])
def test_model_of_one_parameter(kind: str, small: Dataset) -> None:
    objective = MODELS["svm"]().bind(FEATURES["feature_pca"](n_components=1).apply(small))
    with pytest.raises(LsbError) as error:
        PROJECTIONS[kind]().fit(paths_of(objective), objective)
    assert error.value.key == "j"
    assert "out of range" in str(error.value)
