"""Training: the recorded path, where it ends, and how it fails."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.svm

from lsblender.engine import DATASETS, FEATURES, MODELS, OPTIMIZERS, Dataset, Group, Objective, train
from lsblender.engine.training import CHUNK, SANE, Diverged
from lsblender.errors import Cancelled, LsbError


@pytest.fixture
def objective(small: Dataset) -> Objective:
    return MODELS["logistic_regression"]().bind(small)


def test_feature_pca_descent_on_iris() -> None:
    """The set-up of the 2018 report's figure 3, on scikit-learn's copy of the data."""
    dataset = FEATURES["feature_pca"](n_components=2).apply(DATASETS["iris"]().load())
    objective = MODELS["logistic_regression"]().bind(dataset)
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=1.0), 5000)
    np.testing.assert_allclose(np.abs(path.theta[-1]), (6.5597, 3.6131), atol=1e-4)
    assert path.theta[-1].prod() < 0
    assert path.theta.shape == (5001, 2)
    np.testing.assert_array_equal(path.theta[0], 0)
    assert (np.diff(path.loss) < 0).all()


def test_feature_pca_descent_on_the_irises_of_uci() -> None:
    """What 2018 computed, to all its digits: UCI's file differs from scikit-learn's copy in two rows."""
    dataset = DATASETS["iris"]().load()
    dataset.X[[34, 37]] = (4.9, 3.1, 1.5, 0.1)
    objective = MODELS["logistic_regression"]().bind(FEATURES["feature_pca"](n_components=2).apply(dataset))
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=1.0), 5000)
    np.testing.assert_allclose(np.abs(path.theta[-1]), (6.55950304, 3.64188857), atol=1e-8)


def test_logistic_regression_ends_where_sklearn_does() -> None:
    dataset = DATASETS["breast_cancer"](standardize=True).load()
    l2 = 0.05
    objective = MODELS["logistic_regression"](l2=l2, fit_intercept=True).bind(dataset)
    theta = train(objective, OPTIMIZERS["sgd"](learning_rate=0.3), 4000).theta[-1]
    exact = sklearn.linear_model.LogisticRegression(C=1 / (l2 * len(dataset.X)), tol=1e-12, max_iter=10_000)
    exact.fit(dataset.X, dataset.y == 0)
    np.testing.assert_allclose(theta, [*exact.coef_[0], exact.intercept_[0]], atol=1e-6)


def test_svm_ends_where_sklearn_does() -> None:
    dataset = DATASETS["iris"](standardize=True, classes=("versicolor", "virginica")).load()
    l2 = 0.1
    objective = MODELS["svm"](l2=l2).bind(dataset)
    path = train(objective, OPTIMIZERS["sgd"](learning_rate=0.002), 10_000)
    exact = sklearn.svm.LinearSVC(
        C=1 / (l2 * len(dataset.X)), loss="hinge", fit_intercept=False, tol=1e-10, max_iter=10**6
    ).fit(dataset.X, dataset.y == 0)
    best = objective.loss(exact.coef_[0])
    assert best <= path.loss[-1] < best + 1e-4
    np.testing.assert_allclose(path.theta[-1], exact.coef_[0], atol=0.01)


@pytest.mark.parametrize("steps", [0, 1, CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_path_has_one_row_more_than_steps(objective: Objective, steps: int) -> None:
    path = train(objective, OPTIMIZERS["sgd"](), steps)
    assert path.theta.shape == (steps + 1, 3)
    np.testing.assert_allclose(path.loss, [objective.loss(theta) for theta in path.theta], rtol=1e-13)
    assert path.name == "sgd"


def test_starts_at_the_start_and_keeps_its_own_copy(objective: Objective) -> None:
    start = np.array([1.0, 2.0, 3.0])
    path = train(objective, OPTIMIZERS["sgd"](), 5, start)
    start[:] = 0
    np.testing.assert_array_equal(path.theta[0], (1.0, 2.0, 3.0))


@pytest.mark.parametrize(
    ("start", "message"),
    [
        ([1.0, 2.0], "start: the start has 2 numbers; Logistic regression has 3 parameters"),
        ([0.0] * 4, "start: the start has 4 numbers; Logistic regression has 3 parameters"),
        ([0.0, np.nan, 0.0], "start: the loss at the start is nan; choose another start"),
        ([0.0, np.inf, 0.0], "start: the loss at the start is inf; choose another start"),
    ],
)
def test_wrong_start(objective: Objective, start: list[float], message: str) -> None:
    with pytest.raises(LsbError) as error:
        train(objective, OPTIMIZERS["sgd"](), 5, start)
    assert str(error.value) == message


@pytest.mark.parametrize("learning_rate", [3.0, 20.0, 1e9])
def test_divergence_names_the_step_and_the_remedy(small: Dataset, learning_rate: float) -> None:
    """With l2 = 1 the penalty alone multiplies theta by 1 - learning_rate at each step."""
    objective = MODELS["svm"](l2=1.0).bind(small)
    optimizer = OPTIMIZERS["sgd"](learning_rate=learning_rate)
    step, theta = 0, np.ones(3)
    while objective.loss(theta) <= 1e10 * max(1.0, objective.loss(np.ones(3))):
        step, theta = step + 1, theta - learning_rate * objective.gradient(theta)
    with pytest.raises(LsbError) as error:
        train(objective, optimizer, 500, start=np.ones(3))
    assert str(error.value) == f"training diverged at step {step}; lower the learning_rate"


@pytest.mark.parametrize("learning_rate", [2.1, 3.0, 1e9])
def test_divergence_keeps_the_sane_part(small: Dataset, learning_rate: float) -> None:
    objective = MODELS["svm"](l2=1.0).bind(small)
    optimizer = OPTIMIZERS["sgd"](learning_rate=learning_rate)
    thetas = [np.ones(3)]
    limit = SANE * max(1.0, objective.loss(thetas[0]))
    while objective.loss(thetas[-1]) <= limit:
        thetas.append(thetas[-1] - learning_rate * objective.gradient(thetas[-1]))
    with pytest.raises(Diverged) as error:
        train(objective, optimizer, 500, start=np.ones(3))
    kept = error.value.trajectory
    np.testing.assert_allclose(kept.theta, thetas[:-1], rtol=1e-12)
    np.testing.assert_allclose(kept.loss, [objective.loss(theta) for theta in thetas[:-1]], rtol=1e-12)
    assert kept.name == "sgd"
    assert error.value.step >= len(kept.theta)


def test_divergence_of_a_method_without_learning_rate() -> None:
    """Downhill for ever: -exp(x) has no minimum."""

    class Cliff(Objective):
        name, n_params, n_rows, groups, parameter_names = "Cliff", 2, 1, (Group("x", 0, 2),), ("a", "b")

        def losses(self, thetas: np.ndarray) -> np.ndarray:
            return -np.exp(thetas.sum(axis=1))

        def gradient(self, theta: np.ndarray, rows: object = None) -> np.ndarray:
            return np.full(2, -np.exp(theta.sum()))

        def initial(self, rng: np.random.Generator) -> np.ndarray:
            return np.zeros(2)

    for kind in ("lbfgs", "newton_cg"):
        with pytest.raises(Diverged, match=r"training diverged at step \d+; add l2, or choose another start"):
            train(Cliff(), OPTIMIZERS[kind](), 200)


def test_divergence_after_the_last_full_chunk(small: Dataset) -> None:
    objective = MODELS["svm"](l2=1.0).bind(small)
    optimizer = OPTIMIZERS["sgd"](learning_rate=1e4)
    assert len(train(objective, optimizer, 1, start=np.ones(3)).loss) == 2
    with pytest.raises(LsbError, match="training diverged at step 2; lower"):
        train(objective, optimizer, 2, start=np.ones(3))


def test_progress_is_monotone_and_ends_at_1(objective: Objective) -> None:
    seen: list[float] = []
    train(objective, OPTIMIZERS["sgd"](), 150, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) >= 150
    assert seen[0] > 0
    assert seen[-1] == 1.0


def test_cancel(objective: Objective) -> None:
    seen: list[float] = []

    def stop_half_way(fraction: float) -> None:
        seen.append(fraction)
        if fraction >= 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        train(objective, OPTIMIZERS["sgd"](), 100, progress=stop_half_way)
    assert seen[-1] == 0.5
