"""Models: softmax regression, the linear classifier of any number of classes.

A class k has the score z_k = w_k . x + b_k; the loss is the mean cross-entropy log sum_k exp(z_k) - z_true, plus
l2 / 2 * |w|^2. theta holds the weights class by class (K, F), then the K intercepts if there are any.

The cross-entropy is log(1 + sum exp(z_k - z_true)) over the other classes, and scores are affine on a plane, so a grid
is one of `log_grids`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ...settings import setting
from ..datasets import Dataset
from ..objective import Array, Group, Objective, Progress
from ..projections import Plane
from .base import MODELS, Model
from .count_grids import count_grid, is_finite
from .designs import Penalty
from .fast_grids import Affine
from .log_grids import TILE_ROWS, log_one_plus_sum, log_sums_grid

#: Numbers held at once while many scores are evaluated (2 MB).
BLOCK = 2**18


class SoftmaxObjective(Objective):
    """Mean cross-entropy of `classes` over X (N, F) with y (N,) from 0 to K - 1."""

    name = "Softmax regression"
    rows_together = TILE_ROWS

    def __init__(self, dataset: Dataset, l2: float, fit_intercept: bool) -> None:
        self.X = np.array(dataset.X)
        self.y = np.array(dataset.y)
        classes, (self.n_rows, n_features) = dataset.target_names, self.X.shape
        self.n_classes = len(classes)
        self.n_weights = self.n_classes * n_features
        self.fit_intercept = fit_intercept
        self.n_params = self.n_weights + (self.n_classes if fit_intercept else 0)
        self.penalty = Penalty(l2, (np.arange(self.n_params) < self.n_weights).astype(np.float64))
        names = [f"{name}: {feature}" for name in classes for feature in dataset.feature_names]
        self.groups: tuple[Group, ...] = (Group("weights", 0, self.n_weights, n_filters=self.n_classes),)
        if fit_intercept:
            names += [f"{name}: intercept" for name in classes]
            bias = Group("intercepts", self.n_weights, self.n_params, is_bias=True, n_filters=self.n_classes)
            self.groups += (bias,)
        self.parameter_names = tuple(names)

    def scores(self, thetas: Array, X: Array) -> Array:
        """z of every class and sample: thetas (G, P), X (N, F) to (G, K, N)."""
        weights = thetas[:, : self.n_weights].reshape(-1, X.shape[1])
        scores = (weights @ X.T).reshape(len(thetas), self.n_classes, len(X))
        if self.fit_intercept:
            scores += thetas[:, self.n_weights :, None]
        return np.asarray(scores)

    def _blocks(self, thetas: Array) -> list[Array]:
        """The rows of thetas in blocks whose scores fit."""
        rows = max(1, BLOCK // (self.n_rows * self.n_classes))
        thetas = np.asarray(thetas, dtype=np.float64)
        return [thetas[start : start + rows] for start in range(0, len(thetas), rows)]

    def losses(self, thetas: Array) -> Array:
        samples = np.arange(self.n_rows)
        losses = [np.empty(0)]
        for block in self._blocks(thetas):
            scores = self.scores(block, self.X)
            scores -= scores[:, self.y, samples][:, None]
            scores[:, self.y, samples] = -np.inf
            losses.append(log_one_plus_sum(scores, axis=1).mean(axis=1) + self.penalty.values(block))
        return np.concatenate(losses)

    def errors(self, thetas: Array) -> Array:
        shares = [
            np.mean(self.scores(block, self.X).argmax(axis=1) != self.y, axis=1) for block in self._blocks(thetas)
        ]
        return np.concatenate([np.empty(0), *shares])

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        X, y = (self.X, self.y) if rows is None else (self.X[rows], self.y[rows])
        scores = self.scores(theta[None], X)[0]
        share = np.exp(scores - scores.max(axis=0))
        share /= share.sum(axis=0)
        share[y, np.arange(len(y))] -= 1.0
        share /= len(y)
        parts = [(share @ X).ravel()] + ([share.sum(axis=1)] if self.fit_intercept else [])
        return np.asarray(np.concatenate(parts) + self.penalty.gradient(theta))

    def initial(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.n_params)

    @property
    def points_at_once(self) -> int:
        return max(1, super().points_at_once // 4)

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        exponents, _ = self._above_true(plane)
        loss = log_sums_grid(exponents, x, y, progress)
        loss /= self.n_rows
        self.penalty.add_to_grid(loss, plane, x, y, progress)
        return loss

    def error_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        above, others = self._above_true(plane)
        below = Affine(-above.at, -above.along_x, -above.along_y)
        if not is_finite(below, x, y):
            return super().error_grid(plane, x, y, progress)
        # of equal scores the first one counts
        right = count_grid(below, others > self.y[:, None], x, y, progress)
        return (self.n_rows - right) / self.n_rows

    def _above_true(self, plane: Plane) -> tuple[Affine, NDArray[np.int64]]:
        """Scores less that of the true class on a plane, for the other classes, and which those are: (N, K - 1)."""
        scores = self.scores(np.stack([plane.origin, plane.u, plane.v]), self.X)
        above_true = (scores - scores[:, self.y, np.arange(self.n_rows)][:, None]).transpose(0, 2, 1)
        classes = np.broadcast_to(np.arange(self.n_classes), (self.n_rows, self.n_classes))
        others = classes != self.y[:, None]
        shape = self.n_rows, self.n_classes - 1
        return Affine(*(part[others].reshape(shape) for part in above_true)), classes[others].reshape(shape)


@MODELS.register("softmax_regression")
@dataclass(frozen=True)
class SoftmaxRegression(Model):
    """Linear classifier of any number of classes with the mean cross-entropy."""

    fit_intercept: bool = setting(False, "Add a constant to the score of every class")

    def bind(self, dataset: Dataset) -> SoftmaxObjective:
        if dataset.is_regression:
            raise LsbError(
                f"this model tells classes apart and {dataset.name} has numbers to predict; choose the model "
                "least_squares, or data with classes"
            )
        return SoftmaxObjective(dataset, self.l2, self.fit_intercept)
