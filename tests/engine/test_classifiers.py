"""Softmax regression and the kernel models against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, hinge_loss, log_loss
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.svm import SVC

from lsblender.engine import DATASETS, MODELS, Dataset, Plane
from lsblender.errors import LsbError

# -- softmax -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def iris() -> Dataset:
    return DATASETS["iris"](classes=(), standardize=True).load()


def scores_of(theta: np.ndarray, X: np.ndarray, n_classes: int) -> np.ndarray:
    """Class by class, in plain words."""
    n_features = X.shape[1]
    weights, biases = theta[: n_classes * n_features], theta[n_classes * n_features :]
    return np.stack([X @ weights[k * n_features : (k + 1) * n_features] + biases[k] for k in range(n_classes)], axis=1)


def test_softmax_loss_and_errors(iris: Dataset) -> None:
    objective = MODELS["softmax_regression"](fit_intercept=True).bind(iris)
    theta = np.random.default_rng(0).normal(size=objective.n_params)
    scores = scores_of(theta, iris.X, 3)
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert objective.loss(theta) == pytest.approx(log_loss(iris.y, shares), rel=1e-13)
    assert objective.errors(theta[None]) == pytest.approx([1 - accuracy_score(iris.y, scores.argmax(axis=1))])
    assert objective.loss(np.zeros(objective.n_params)) == pytest.approx(np.log(3))


def test_softmax_is_lowest_where_sklearn_is(iris: Dataset) -> None:
    l2 = 0.05
    objective = MODELS["softmax_regression"](fit_intercept=True, l2=l2).bind(iris)
    exact = LogisticRegression(C=1 / (l2 * len(iris.X)), tol=1e-10, max_iter=10_000).fit(iris.X, iris.y)
    theta = np.concatenate([exact.coef_.ravel(), exact.intercept_])
    np.testing.assert_allclose(objective.gradient(theta), 0, atol=1e-7)


def test_softmax_of_two_classes_is_logistic_regression(small: Dataset) -> None:
    softmax, logistic = (MODELS[kind]().bind(small) for kind in ("softmax_regression", "logistic_regression"))
    first, second = np.random.default_rng(1).normal(size=(2, 3))
    assert softmax.loss(np.concatenate([first, second])) == pytest.approx(logistic.loss(first - second), rel=1e-13)


def test_softmax_groups_and_penalty(iris: Dataset) -> None:
    plain, penalised = (MODELS["softmax_regression"](l2=l2, fit_intercept=True).bind(iris) for l2 in (0.0, 0.6))
    theta = np.arange(15.0) / 10
    assert penalised.loss(theta) - plain.loss(theta) == pytest.approx(0.3 * np.sum(theta[:12] ** 2), rel=1e-12)
    weights, biases = penalised.groups
    assert (weights.start, weights.stop, weights.n_filters, weights.is_bias) == (0, 12, 3, False)
    assert (biases.start, biases.stop, biases.n_filters, biases.is_bias) == (12, 15, 3, True)
    assert penalised.parameter_names[4] == "versicolor: sepal length (cm)"
    assert penalised.parameter_names[-1] == "virginica: intercept"


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("size", [1.0, 1e4, 1e8])
def test_softmax_does_not_overflow(iris: Dataset, size: float) -> None:
    objective = MODELS["softmax_regression"]().bind(iris)
    theta, u, v = size * np.random.default_rng(2).normal(size=(3, 12))
    scores = scores_of(np.append(theta, np.zeros(3)), iris.X, 3)
    true = scores[np.arange(150), iris.y]
    top = scores.max(axis=1)
    expected = np.mean(top + np.log(np.exp(scores - top[:, None]).sum(axis=1)) - true)
    assert objective.loss(theta) == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(objective.gradient(theta)).all()
    grid = objective.loss_grid(Plane(theta, u, v), np.linspace(-1, 1, 5), np.linspace(-1, 1, 3))
    assert grid[1, 2] == pytest.approx(expected, rel=1e-12)


def test_softmax_grid_of_many_classes() -> None:
    digits = DATASETS["digits"]().load()
    objective = MODELS["softmax_regression"](fit_intercept=True, l2=0.01).bind(digits)
    rng = np.random.default_rng(3)
    for length in (0.01, 0.3, 10.0):
        plane = Plane(*(length * rng.normal(size=(3, objective.n_params))))
        x, y = np.linspace(-1, 1, 7), np.linspace(-1, 2, 5)
        points = np.stack(np.meshgrid(x, y), axis=-1)
        thetas = plane.inverse_transform(points).reshape(35, -1)
        expected = []
        for theta in thetas:
            scores = scores_of(theta, digits.X, 10)
            top = scores.max(axis=1)
            sums = np.log(np.exp(scores - top[:, None]).sum(axis=1)) + top
            penalty = 0.005 * np.sum(theta[:640] ** 2)
            expected.append(np.mean(sums - scores[np.arange(len(scores)), digits.y]) + penalty)
        np.testing.assert_allclose(objective.loss_grid(plane, x, y).ravel(), expected, rtol=1e-12)


# -- kernels -------------------------------------------------------------------------------------------------

KERNELS = ["rbf_logistic_regression", "rbf_svm"]


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("gamma", [0.0, 0.4])
def test_kernel_loss(kind: str, gamma: float, small: Dataset) -> None:
    objective = MODELS[kind](gamma=gamma, l2=0.3, fit_intercept=True).bind(small)
    theta = np.random.default_rng(0).normal(size=objective.n_params)
    scale = SVC(gamma="scale").fit(small.X, small.y)._gamma
    kernel = rbf_kernel(small.X, gamma=gamma or scale)
    decision = kernel @ theta[:-1] + theta[-1]
    positive = (small.y == 0).astype(int)
    loss = hinge_loss(positive, decision) if kind == "rbf_svm" else log_loss(positive, 1 / (1 + np.exp(-decision)))
    penalty = 0.15 * theta[:-1] @ kernel @ theta[:-1]
    assert objective.loss(theta) == pytest.approx(loss + penalty, rel=1e-12)
    assert objective.errors(theta[None]) == pytest.approx([1 - accuracy_score(positive, decision >= 0)])


def test_rbf_svm_is_lowest_where_sklearn_is(small: Dataset) -> None:
    """No step from SVC's solution goes down by more than its tolerance, and a way off it goes up."""
    l2 = 0.05
    objective = MODELS["rbf_svm"](l2=l2, fit_intercept=True).bind(small)
    exact = SVC(C=1 / (l2 * len(small.X)), gamma="scale", tol=1e-10).fit(small.X, small.y == 0)
    theta = np.zeros(objective.n_params)
    theta[exact.support_] = exact.dual_coef_[0]
    theta[-1] = exact.intercept_[0]
    lowest = objective.loss(theta)
    rng = np.random.default_rng(1)
    for length in (1e-4, 1e-2, 1.0):
        steps = length * rng.normal(size=(200, objective.n_params))
        assert objective.losses(theta + steps).min() > lowest - 1e-9


@pytest.mark.parametrize("kind", KERNELS)
def test_landmarks(kind: str, small: Dataset) -> None:
    zero, again, one = (MODELS[kind](landmarks=6, seed=seed).bind(small) for seed in (0, 0, 1))
    assert zero.n_params == 6
    assert zero.parameter_names == again.parameter_names != one.parameter_names
    chosen = [int(name[1:]) for name in zero.parameter_names]
    theta = np.zeros((6, 6))
    np.fill_diagonal(theta, 1.0)
    gamma = 1 / (3 * small.X.var())
    kernel = rbf_kernel(small.X, small.X[chosen], gamma=gamma)
    signs = np.where(small.y == 0, 1.0, -1.0)
    margins = signs[:, None] * kernel
    loss = np.maximum(0, 1 - margins) if kind == "rbf_svm" else np.log1p(np.exp(-margins))
    np.testing.assert_allclose(zero.losses(theta), loss.mean(axis=0), rtol=1e-13)


@pytest.mark.parametrize("kind", KERNELS)
def test_landmarks_and_gamma_come_from_the_training_data(kind: str, small: Dataset) -> None:
    model = MODELS[kind](landmarks=6)
    other = Dataset(5 * small.X[:20], small.y[:20], small.feature_names, small.target_names, "Other")
    theta = np.random.default_rng(2).normal(size=6)
    bound = model.rebind(other, small)
    chosen = [int(name[1:]) for name in bound.parameter_names]
    kernel = rbf_kernel(other.X, small.X[chosen], gamma=1 / (3 * small.X.var()))
    wrong = np.mean((kernel @ theta >= 0) != (other.y == 0))
    assert bound.n_rows == 20
    assert bound.errors(theta[None]) == pytest.approx([wrong])
    assert bound.loss(theta) != pytest.approx(model.bind(other).loss(theta))


def test_too_many_landmarks(small: Dataset) -> None:
    with pytest.raises(LsbError) as error:
        MODELS["rbf_svm"](landmarks=41).bind(small)
    assert str(error.value) == "landmarks: 41 landmarks of 40 samples; allowed: 0 to 40"


def test_constant_features_have_a_gamma(small: Dataset) -> None:
    same = Dataset(np.ones((4, 2)), small.y[:4], ("a", "b"), small.target_names, "Same")
    assert MODELS["rbf_svm"]().bind(same).loss(np.full(4, 0.25)) == pytest.approx(1.0)
