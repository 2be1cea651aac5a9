"""Error rates and accuracies as heights: what a model gets wrong, counted one sample at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from lsblender.engine import MODELS, Dataset, Plane
from lsblender.engine.heights import HEIGHTS, measured
from lsblender.engine.objective import Array, Objective
from lsblender.errors import LsbError


class Sides(Objective):
    """Points on a line, classified by whether they are above theta[0]; theta[1] does nothing."""

    name = "Sides"
    n_params = 2
    n_rows = 5
    groups = ()
    parameter_names = ("cut", "idle")
    points = np.array([0.0, 1.0, 2.0, 3.0, 4.0])
    above = np.array([False, False, True, True, False])

    def losses(self, thetas: Array) -> Array:
        return np.asarray(thetas[:, 0] ** 2)

    def gradient(self, theta: Array, rows: object = None) -> Array:
        return np.array([2 * theta[0], 0.0])

    def initial(self, rng: np.random.Generator) -> Array:
        return np.array([1.5, 0.0])

    def errors(self, thetas: Array) -> Array:
        return np.asarray(((self.points > thetas[:, :1]) != self.above).mean(axis=1))


PLANE = Plane(np.zeros(2), np.array([1.0, 0.0]), np.array([0.0, 1.0]))


@pytest.mark.parametrize(("quantity", "expected"), [("error_rate", [0.6, 0.2, 0.4]), ("accuracy", [0.4, 0.8, 0.6])])
def test_height_is_the_share(quantity: str, expected: list[float]) -> None:
    shown = measured(Sides(), quantity)
    x, y = np.array([-1.0, 1.5, 5.0]), np.array([0.0, 7.0])
    np.testing.assert_allclose(shown.loss_grid(PLANE, x, y), [expected, expected], atol=1e-15)
    assert shown.quantity == quantity
    assert shown.initial(np.random.default_rng(0)).tolist() == [1.5, 0.0]
    assert (shown.n_params, shown.n_rows, shown.parameter_names) == (2, 5, ("cut", "idle"))


def test_loss_is_the_objective_itself() -> None:
    objective = Sides()
    assert measured(objective, "loss") is objective
    assert HEIGHTS == ("loss", "error_rate", "accuracy")


def test_no_gradient_to_follow() -> None:
    with pytest.raises(LsbError, match="error_rate is flat almost everywhere, so it has no gradient"):
        measured(Sides(), "error_rate").gradient(np.zeros(2))


def test_model_without_classes() -> None:
    from lsblender.engine.datasets import Diabetes

    objective = MODELS["least_squares"]().bind(Diabetes().load())
    with pytest.raises(LsbError, match="does not classify, so it has no error rate"):
        measured(objective, "accuracy")


@pytest.mark.parametrize("kind", ["logistic_regression", "svm"])
@pytest.mark.parametrize("fit_intercept", [False, True])
def test_accuracy_against_scikit_learn(kind: str, fit_intercept: bool, small: Dataset) -> None:
    shown = measured(MODELS[kind](fit_intercept=fit_intercept).bind(small), "accuracy")
    thetas = np.random.default_rng(2).normal(size=(20, shown.n_params))
    for theta, accuracy in zip(thetas, shown.losses(thetas), strict=True):
        score: Any = small.X @ theta[:3] + (theta[3] if fit_intercept else 0.0)
        assert accuracy == pytest.approx(accuracy_score(small.y, np.where(score > 0, 0, 1)), abs=1e-12)
