"""Planes around trained models: random directions, lines between models, the Hessian's eigenvectors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import approx_fprime
from scipy.special import expit

from lsblender.engine import (
    DATASETS,
    MODELS,
    OPTIMIZERS,
    PROJECTIONS,
    Group,
    Objective,
    Trajectory,
    axes_around,
    evaluate_landscape,
    train,
)
from lsblender.engine.hessian import dense_hessian, hessian_product
from lsblender.engine.objective import Array
from lsblender.engine.projections.curvature import DENSE, leading_eigenvectors
from lsblender.errors import LsbError

#: A net of 4 inputs, 3 hidden units and 2 outputs, as models lay it out.
GROUPS = (
    Group("weights 1", 0, 12, n_filters=3),
    Group("biases 1", 12, 15, is_bias=True, n_filters=3),
    Group("weights 2", 15, 21, n_filters=2),
    Group("biases 2", 21, 23, is_bias=True),
)


class Quadratic(Objective):
    """theta' A theta / 2."""

    def __init__(self, a: Array, groups: tuple[Group, ...] | None = None) -> None:
        self.a, self.n_params, self.n_rows, self.name = a, len(a), 1, "Quadratic"
        self.groups = groups or (Group("theta", 0, len(a)),)
        self.parameter_names = tuple(f"theta {k}" for k in range(len(a)))

    def losses(self, thetas: Array) -> Array:
        return np.asarray(0.5 * np.einsum("gi,ij,gj->g", thetas, self.a, thetas))

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        return np.asarray(self.a @ theta)

    def initial(self, rng: np.random.Generator) -> Array:
        return rng.normal(size=self.n_params)


def path_to(*theta: Array) -> list[Trajectory]:
    """Paths of one step, from 0 to each theta."""
    return [Trajectory(np.stack([np.zeros_like(end), end]), np.zeros(2), "sgd") for end in theta]


@pytest.fixture(scope="module")
def net() -> Objective:
    return Quadratic(np.eye(23), GROUPS)


@pytest.fixture(scope="module")
def trained() -> Array:
    return np.random.default_rng(3).normal(size=23) * np.repeat([1.0, 0.1, 30.0, 2.0], [12, 3, 6, 2])


@pytest.fixture(scope="module")
def logistic() -> Objective:
    dataset = DATASETS["breast_cancer"](standardize=True).load()
    return MODELS["logistic_regression"](l2=0.05, fit_intercept=True).bind(dataset)


# -- random --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("normalize", ["none", "layer", "filter"])
def test_norms(normalize: str, biases: bool, net: Objective, trained: Array) -> None:
    """Row by row, in a plain loop over the net's parts."""
    plane = PROJECTIONS["random"](normalize=normalize, biases=biases).fit(path_to(trained), net)
    filters = [slice(k, k + 4) for k in (0, 4, 8)] + [slice(k, k + 3) for k in (15, 18)]
    layers = [slice(0, 12), slice(15, 21)]
    bias_filters = [slice(k, k + 1) for k in (12, 13, 14)] + [slice(21, 23)]
    bias_layers = [slice(12, 15), slice(21, 23)]
    for direction in (plane.u, plane.v):
        if not biases:
            for part in bias_layers:
                np.testing.assert_array_equal(direction[part], 0)
        if normalize != "none":
            of_weights, of_biases = (filters, bias_filters) if normalize == "filter" else (layers, bias_layers)
            for part in of_weights + of_biases * biases:
                assert np.linalg.norm(direction[part]) == pytest.approx(np.linalg.norm(trained[part]), rel=1e-14)
    assert abs(plane.u @ plane.v) < 0.9 * np.linalg.norm(plane.u) * np.linalg.norm(plane.v)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(seed=st.integers(0, 2**32 - 1), scale=st.floats(1e-6, 1e6))
def test_filter_normalized_directions_follow_the_scale_of_a_filter(seed: int, scale: float) -> None:
    """Li et al. 2018: scaling the weights of a unit scales its part of the directions, and nothing else."""
    net, theta = Quadratic(np.eye(23), GROUPS), np.linspace(-1, 1, 23)
    scaled = theta.copy()
    scaled[4:8] *= scale
    before, after = (PROJECTIONS["random"](seed=seed).fit(path_to(end), net) for end in (theta, scaled))
    factor = np.ones(23)
    factor[4:8] = scale
    np.testing.assert_allclose(after.u, before.u * factor, rtol=1e-12)
    np.testing.assert_allclose(after.v, before.v * factor, rtol=1e-12)


def test_without_normalization_directions_are_standard_gaussian(net: Objective) -> None:
    wide = Quadratic(np.eye(2), (Group("theta", 0, 2),))
    values = [
        PROJECTIONS["random"](normalize="none", seed=seed).fit(path_to(np.ones(2)), wide).u for seed in range(500)
    ]
    assert np.mean(values) == pytest.approx(0, abs=0.1)
    assert np.std(values) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("resolution", [(9, 11), (11, 21), (129, 97)])
@pytest.mark.parametrize(("kind", "options"), [("random", {}), ("random", {"normalize": "none"}), ("hessian", {})])
def test_the_centre_of_the_grid_is_the_trained_theta(
    kind: str, options: dict[str, Any], resolution: tuple[int, int], logistic: Objective
) -> None:
    paths = [train(logistic, OPTIMIZERS["adam"](), 40)]
    chart = PROJECTIONS[kind](**options).fit(paths, logistic)
    window = chart.window(chart.transform(paths[0].theta))
    x, y = axes_around(window, resolution, 0.3)
    middle = np.array([x[len(x) // 2], y[len(y) // 2]])
    np.testing.assert_array_equal(middle, 0)
    np.testing.assert_array_equal(chart.inverse_transform(middle), paths[0].theta[-1])
    landscape = evaluate_landscape(logistic, chart, paths, x, y)
    assert landscape.loss[len(y) // 2, len(x) // 2] == pytest.approx(paths[0].loss[-1], rel=1e-13)
    if kind == "random":
        assert x[0] <= -1
        assert y[-1] >= 1


def test_weights_of_zero_have_no_normalized_direction(net: Objective) -> None:
    with pytest.raises(LsbError, match="normalize: the weights at the end of the path are all zero"):
        PROJECTIONS["random"]().fit(path_to(np.zeros(23)), net)
    PROJECTIONS["random"](normalize="none").fit(path_to(np.zeros(23)), net)


# -- lines between models ------------------------------------------------------------------------------------


@pytest.mark.parametrize("second", ["random", "third", "path"])
def test_ends_of_the_line(second: str, net: Objective, trained: Array) -> None:
    a, b, c = trained, np.sin(np.arange(23.0)), np.cos(np.arange(23.0))
    chart = PROJECTIONS["interpolation"](second=second).fit(path_to(a, b, c), net)
    np.testing.assert_array_equal(chart.inverse_transform(np.zeros(2)), a)
    np.testing.assert_array_equal(chart.transform(a), [0, 0])
    np.testing.assert_allclose(chart.transform(b), [1, 0], atol=1e-14)
    np.testing.assert_allclose(chart.inverse_transform(np.array([1.0, 0.0])), b, atol=1e-14)
    assert chart.u @ chart.v == pytest.approx(0, abs=1e-10)
    assert np.linalg.norm(chart.v) == pytest.approx(np.linalg.norm(b - a), rel=1e-14)
    assert chart.facts()[0].startswith("ends at (0, 0), (1, 0)")


def test_plane_through_three_models(net: Objective, trained: Array) -> None:
    a, b, c = trained, np.sin(np.arange(23.0)), np.cos(np.arange(23.0))
    chart = PROJECTIONS["interpolation"](second="third").fit(path_to(a, b, c), net)
    xy = chart.transform(c)
    np.testing.assert_allclose(chart.inverse_transform(xy), c, atol=1e-12)
    along = (c - a) @ (b - a) / ((b - a) @ (b - a))
    off = np.sqrt((c - a) @ (c - a) - along**2 * ((b - a) @ (b - a)))
    np.testing.assert_allclose(xy, [along, off / np.linalg.norm(b - a)], rtol=1e-12)
    assert f"({xy[0]:.3g}, {xy[1]:.3g})" in chart.facts()[0]
    x, y = axes_around(chart.window(chart.transform(np.stack([a, b, c]))), (9, 9), 0.1)
    assert x[0] < min(0, along) < max(1, along) < x[-1]
    assert y[0] < -0.25 < xy[1] < y[-1]


def test_two_models_and_their_start(net: Objective, trained: Array) -> None:
    a, b = trained, np.sin(np.arange(23.0))
    chart = PROJECTIONS["interpolation"](second="third").fit(path_to(a, b), net)
    np.testing.assert_allclose(chart.inverse_transform(chart.transform(np.zeros(23))), 0, atol=1e-12)


def test_one_model_from_its_start_to_its_end(logistic: Objective) -> None:
    """Goodfellow et al. 2015: the loss along the line, here against a plain loop."""
    path = train(logistic, OPTIMIZERS["sgd"](), 80)
    chart = PROJECTIONS["interpolation"]().fit([path], logistic)
    np.testing.assert_allclose(chart.transform(path.theta[[0, -1]]), [[0, 0], [1, 0]], atol=1e-14)
    share = np.linspace(-0.5, 1.5, 21)
    grid = evaluate_landscape(logistic, chart, [path], share, np.array([-0.1, 0.0, 0.1])).loss
    line = [logistic.loss((1 - t) * path.theta[0] + t * path.theta[-1]) for t in share]
    np.testing.assert_allclose(grid[1], line, rtol=1e-12)


def test_across_the_line_where_the_path_leaves_it_most(net: Objective) -> None:
    theta = np.zeros((5, 23))
    theta[:, 0] = [0, 1, 2, 3, 4]
    theta[:, 7] = [0, 2, 3, 2, 0]
    theta[:, 9] = [0, 0.1, 0, -0.1, 0]
    chart = PROJECTIONS["interpolation"](second="path").fit([Trajectory(theta, np.zeros(5), "sgd")], net)
    np.testing.assert_allclose(chart.v / np.linalg.norm(chart.v), np.eye(23)[7], atol=1e-2)


@pytest.mark.parametrize(
    ("ends", "options", "message"),
    [
        ([np.zeros(23)], {}, "the line has no length: both of its ends are the same point; train for more steps"),
        ([np.ones(23)] * 2, {}, "the line has no length: both of its ends are the same point; let another"),
        ([np.ones(23)], {"second": "third"}, "second: one path has no third end; add an optimizer"),
        ([np.ones(23)], {"second": "path"}, "second: there is nothing across the line in this direction"),
        ([np.ones(23), 2 * np.ones(23)], {"second": "third"}, "second: there is nothing across the line"),
    ],
)
def test_lines_that_can_not_be_drawn(ends: list[Array], options: dict[str, Any], message: str, net: Objective) -> None:
    with pytest.raises(LsbError) as error:
        PROJECTIONS["interpolation"](**options).fit(path_to(*ends), net)
    assert str(error.value).startswith(message)


# -- Hessian -------------------------------------------------------------------------------------------------


def exact_hessian(theta: Array) -> Array:
    """Of the logistic loss, in closed form: the mean of p (1 - p) x x' plus the penalty of the weights."""
    dataset = DATASETS["breast_cancer"](standardize=True).load()
    X = np.column_stack([dataset.X, np.ones(len(dataset.X))])
    share = expit(X @ theta)
    weighted = X * (share * (1 - share))[:, None]
    return np.asarray(weighted.T @ X / len(X) + 0.05 * np.diag([1.0] * 30 + [0.0]))


def test_products_with_the_hessian(logistic: Objective) -> None:
    theta, vector = np.random.default_rng(0).normal(size=(2, 31))
    expected = exact_hessian(theta)
    for length in (1e-3, 1.0, 1e3):
        product = hessian_product(logistic, theta, length * vector)
        np.testing.assert_allclose(product, length * expected @ vector, atol=1e-8 * length)
    np.testing.assert_allclose(dense_hessian(logistic, theta), expected, atol=1e-8)
    np.testing.assert_array_equal(hessian_product(logistic, theta, np.zeros(31)), 0)


def test_eigenvalues_against_a_dense_hessian_by_differences(logistic: Objective) -> None:
    path = train(logistic, OPTIMIZERS["adam"](), 60)
    theta = path.theta[-1]
    rows = [approx_fprime(theta, lambda t, k=k: logistic.gradient(t)[k], 1e-6) for k in range(31)]
    expected = np.linalg.eigvalsh(0.5 * (np.array(rows) + np.array(rows).T))
    chart = PROJECTIONS["hessian"]().fit([path], logistic)
    values, vectors = leading_eigenvectors(logistic, theta)
    np.testing.assert_allclose(values, expected[[-1, -2]], rtol=1e-4)
    exact = exact_hessian(theta)
    np.testing.assert_allclose(vectors @ exact, values[:, None] * vectors, atol=1e-6)
    np.testing.assert_array_equal([chart.u, chart.v], vectors)
    np.testing.assert_array_equal(chart.origin, theta)
    assert chart.facts() == (f"Hessian eigenvalues: {values[0]:.4g} along x, {values[1]:.4g} along y",)


@pytest.mark.parametrize(
    ("which", "expected"), [("magnitude", (-9.0, 7.0)), ("largest", (7.0, 4.0)), ("extremes", (7.0, -9.0))]
)
@pytest.mark.parametrize("size", [10, DENSE, DENSE + 1, 2000])
def test_leading_eigenvectors_dense_and_by_lanczos(size: int, which: str, expected: tuple[float, float]) -> None:
    values = np.concatenate([[-9.0, 7.0, 4.0], np.linspace(-1, 1, size - 3)])
    mirror = np.random.default_rng(size).normal(size=size)
    mirror /= np.linalg.norm(mirror)
    # A Householder reflection: its columns are the eigenvectors.
    q = np.eye(size) - 2 * np.outer(mirror, mirror)
    found, vectors = leading_eigenvectors(Quadratic((q * values) @ q.T), np.ones(size), which)
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    for value, vector in zip(expected, vectors, strict=True):
        column = q[:, list(values).index(value)]
        assert abs(vector @ column) == pytest.approx(1, abs=1e-6)
        assert vector[np.abs(vector).argmax()] > 0


@pytest.mark.parametrize("size", [5, DENSE + 5])
def test_gradients_that_are_not_finite(size: int) -> None:
    class Wall(Quadratic):
        def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
            return np.where(theta > 1.0, np.inf, theta)

    with np.errstate(invalid="ignore"), pytest.raises(LsbError, match="the gradient is not finite around the end"):
        PROJECTIONS["hessian"]().fit(path_to(np.ones(size)), Wall(np.eye(size)))
