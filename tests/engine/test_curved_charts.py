"""Charts that are not planes: what they cover, how far the paths are from them, and that they bend."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.optimize import check_grad, least_squares
from sklearn.decomposition import PCA, KernelPCA

from lsblender.engine import DATASETS, MODELS, OPTIMIZERS, PROJECTIONS, Experiment, Objective, Trajectory, train
from lsblender.engine.projections.autoencoder import BottleneckNetwork
from lsblender.engine.projections.curved import CurvedChart
from lsblender.engine.projections.neighbourhood import neighbourhood, spread_points

KINDS = ["autoencoder", "locally_linear", "kernel_pca"]


@pytest.fixture(scope="module")
def objective() -> Objective:
    return MODELS["logistic_regression"]().bind(DATASETS["breast_cancer"](standardize=True).load())


@pytest.fixture(scope="module")
def bow() -> list[Trajectory]:
    """A path on a curved sheet in four of thirty parameters."""
    t = np.linspace(0.0, 1.0, 120)
    inner = np.column_stack([2 * t, np.sin(3 * t), 0.5 * np.cos(5 * t), 0.3 * t**3])
    turned = inner @ np.linalg.qr(np.random.default_rng(0).normal(size=(30, 30)))[0][:4]
    return [Trajectory(turned + 5.0, 1.0 - t, "made")]


@pytest.fixture(scope="module", params=KINDS)
def chart(request: pytest.FixtureRequest, bow: list[Trajectory], objective: Objective) -> CurvedChart:
    fitted = PROJECTIONS[request.param]().fit(bow, objective)
    assert isinstance(fitted, CurvedChart)
    return fitted


@settings(max_examples=60, deadline=None, derandomize=True)
@given(shares=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20))
def test_there_and_back_on_the_covered_region(chart: CurvedChart, shares: list[tuple[float, float]]) -> None:
    low, high = chart.coverage.T
    xy = low + np.array(shares) * (high - low)
    back = chart.transform(chart.inverse_transform(xy))
    np.testing.assert_allclose((back - xy) / (high - low), 0, atol=1e-6)


def test_reported_reconstruction_error(chart: CurvedChart, bow: list[Trajectory]) -> None:
    """Point by point with scipy's trust region, from beside where the chart says that it is.

    (MINPACK, as it was before scipy 1.16, stops early here.)
    """
    theta = bow[0].theta
    unit = np.ptp(chart.coverage, axis=1)

    def away(share: NDArray[np.float64], point: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(chart.inverse_transform(share * unit) - point)

    distance = [
        np.linalg.norm(least_squares(away, xy / unit + 0.002, args=(point,), method="trf").fun)
        for point, xy in zip(theta, chart.transform(theta), strict=True)
    ]
    extent = np.linalg.norm(theta - theta.mean(axis=0), axis=1).max()
    expected = (np.mean(distance) / extent, np.max(distance) / extent)
    np.testing.assert_allclose(chart.reconstruction, expected, atol=1e-5)
    assert chart.facts()[0] == (
        f"reconstruction error along the path: {chart.reconstruction[0]:.2%} of its extent on average, "
        f"{chart.reconstruction[1]:.2%} at most"
    )
    (left, right), (low, high) = chart.coverage
    assert chart.facts()[1] == f"one-to-one for x from {left:.4g} to {right:.4g}, y from {low:.4g} to {high:.4g}"


def test_kernel_pca_is_that_of_sklearn(bow: list[Trajectory], objective: Objective) -> None:
    """The way back is scikit-learn's pre-images, and what is near the path is where its transform says."""
    projection = PROJECTIONS["kernel_pca"]()
    chart = projection.fit(bow, objective)
    near = neighbourhood(bow, objective, 0)
    oracle = KernelPCA(2, kernel="rbf", gamma=0.1, alpha=1e-6, fit_inverse_transform=True).fit(near.points)
    xy = oracle.transform(near.path)
    expected = near.parameters(oracle.inverse_transform(xy) * near.size)
    np.testing.assert_allclose(chart.inverse_transform(xy), expected, atol=1e-9)
    np.testing.assert_allclose((chart.transform(bow[0].theta[[0, -1]]) - xy[[0, -1]]), 0, atol=0.05)


def test_nearer_to_the_path_than_the_best_plane(chart: CurvedChart, bow: list[Trajectory]) -> None:
    theta = bow[0].theta
    pca = PCA(2).fit(theta)
    off_plane = np.linalg.norm(theta - pca.inverse_transform(pca.transform(theta)), axis=1)
    off_chart = np.linalg.norm(theta - chart.inverse_transform(chart.transform(theta)), axis=1)
    assert chart.bend == 1.0
    assert np.mean(off_chart) < 0.5 * np.mean(off_plane)


def test_several_paths_are_covered(objective: Objective) -> None:
    paths = [train(objective, OPTIMIZERS[kind](), 60) for kind in ("sgd", "momentum", "adam")]
    for kind in KINDS:
        chart = PROJECTIONS[kind]().fit(paths, objective)
        xy = chart.transform(np.concatenate([path.theta for path in paths]))
        assert (chart.coverage[:, 0] < xy.min(axis=0)).all()
        assert (xy.max(axis=0) < chart.coverage[:, 1]).all()


def test_straight_path_and_path_of_two_points(objective: Objective) -> None:
    line = np.multiply.outer(np.linspace(0, 1, 50), np.arange(30.0))
    for theta in (line, line[[0, -1]]):
        for kind in KINDS:
            chart = PROJECTIONS[kind]().fit([Trajectory(theta, np.zeros(len(theta)), "made")], objective)
            assert chart.reconstruction[1] < 1e-3


@pytest.mark.parametrize("kind", KINDS)
def test_a_fold_is_straightened_and_said(kind: str, objective: Objective) -> None:
    """Noise in many directions gives no sheet; whatever the chart is, it is one-to-one and says how bent it is."""
    theta = np.random.default_rng(2).normal(size=(80, 30)) * np.linspace(3, 0.5, 30)
    chart = PROJECTIONS[kind]().fit([Trajectory(theta, np.zeros(80), "made")], objective)
    assert any("straightened" in fact for fact in chart.facts()) == (chart.bend < 1)
    low, high = chart.coverage.T
    xy = np.random.default_rng(0).uniform(low, high, size=(1000, 2))
    np.testing.assert_allclose((chart.transform(chart.inverse_transform(xy)) - xy) / (high - low), 0, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_landscape_on_a_curved_chart(kind: str) -> None:
    experiment = Experiment(projection=PROJECTIONS[kind](), steps=40, resolution=(12, 8))
    landscape = experiment.run()
    assert np.isfinite(landscape.loss).all()
    assert any("reconstruction error" in fact for fact in landscape.facts)
    (path,) = landscape.paths
    objective = experiment.objective()
    chart = PROJECTIONS[kind]().fit([train(objective, experiment.optimizers[0], 40)], objective)
    for j, i in ((0, 0), (3, 5), (7, 11)):
        theta = chart.inverse_transform(np.array([landscape.x[i], landscape.y[j]]))
        assert landscape.loss[j, i] == pytest.approx(objective.loss(theta), rel=1e-9)
    np.testing.assert_allclose(
        path.surface_loss, objective.losses(chart.inverse_transform(chart.transform(path.theta))), rtol=1e-6
    )


def test_gradient_of_the_autoencoder() -> None:
    rng = np.random.default_rng(0)
    network = BottleneckNetwork(rng.normal(size=(20, 4)), rng.uniform(size=20), 5)
    weights = network.initial(rng) + 0.1 * rng.normal(size=network.initial(rng).size)
    error = check_grad(
        lambda w: network.loss_and_gradient(w)[0], lambda w: network.loss_and_gradient(w)[1], weights, epsilon=1e-7
    )
    assert error < 1e-5 * np.linalg.norm(network.loss_and_gradient(weights)[1])


def test_loss_of_the_autoencoder_by_hand() -> None:
    rng = np.random.default_rng(1)
    z, weight = rng.normal(size=(7, 3)), rng.uniform(size=7)
    network = BottleneckNetwork(z, weight, 4)
    weights = 0.3 * rng.normal(size=network.initial(rng).size)
    _, _, v1, _, _, v2, _, _ = network.parts(weights)
    total = 1e-6 * (np.sum(v1**2) + np.sum(v2**2))
    for point, share in zip(z, weight, strict=True):
        back = network.decode(weights, network.encode(weights, point[None]))[0]
        total += share * float(np.sum((back - point) ** 2))
    assert network.loss_and_gradient(weights)[0] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("count", [2, 5, 50])
def test_spread_points(count: int) -> None:
    """Where steps are long, more points; those that are the same once."""
    theta = np.concatenate([np.linspace(0, 100, 500) ** 1.5, np.full(300, 1000.0)])[:, None] * np.ones(3)
    chosen = spread_points(theta, count)
    assert 2 <= len(chosen) <= count
    np.testing.assert_array_equal(chosen[[0, -1]], theta[[0, -1]])
    gaps: Any = np.diff(chosen[:, 0])
    assert gaps.min() > 0
    assert gaps.max() < 2.5 * 1000 / (count - 1)
