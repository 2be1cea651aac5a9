"""Models: least squares, the first formula of the 2018 report.

The loss is the mean of (f - t)^2 with f = w . x + b. The targets t are the numbers of a regression, or +1 for the first
and -1 for the second of two classes. Over a plane it is a quadratic form in the two coordinates, found once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..datasets import Dataset
from ..objective import Array, Objective, Progress
from ..projections import Plane
from .base import MODELS
from .designs import Design, Penalty, sides_grid, signs_of, wrong_share
from .fast_grids import add_squares, square_root_of
from .linear import LinearModel

#: Numbers held at once while many residuals are evaluated (2 MB).
BLOCK = 2**18


class LeastSquaresObjective(Objective):
    """Mean of (columns @ theta - target)^2: target (N,)."""

    name = "Least squares"

    def __init__(self, design: Design, target: Array, l2: float, is_regression: bool) -> None:
        self.columns = design.columns
        self.target = target
        self.penalty = Penalty(l2, design.penalised)
        self.is_regression = is_regression
        self.groups = design.groups
        self.parameter_names = design.parameter_names
        self.n_rows, self.n_params = design.columns.shape

    def losses(self, thetas: Array) -> Array:
        thetas = np.asarray(thetas, dtype=np.float64)
        rows = max(1, BLOCK // self.n_rows)
        loss = self.penalty.values(thetas)
        for start in range(0, len(thetas), rows):
            residuals = thetas[start : start + rows] @ self.columns.T
            residuals -= self.target
            loss[start : start + rows] += np.square(residuals, out=residuals).mean(axis=1)
        return loss

    def errors(self, thetas: Array) -> Array:
        if self.is_regression:
            return super().errors(thetas)
        thetas = np.asarray(thetas, dtype=np.float64)
        rows = max(1, BLOCK // self.n_rows)
        blocks = (thetas[start : start + rows] for start in range(0, len(thetas), rows))
        return np.concatenate([wrong_share(block @ self.columns.T, self.target) for block in blocks])

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        columns, target = (self.columns, self.target) if rows is None else (self.columns[rows], self.target[rows])
        return 2.0 * (columns @ theta - target) @ columns / len(target) + self.penalty.gradient(theta)

    def initial(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.n_params)

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        residuals = self.columns @ np.stack([plane.origin, plane.u, plane.v], axis=1)
        residuals[:, 0] -= self.target
        loss = np.zeros((len(y), len(x)))
        add_squares(loss, square_root_of(residuals) / np.sqrt(self.n_rows), x, y, progress)
        self.penalty.add_to_grid(loss, plane, x, y, progress)
        return loss

    def error_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        grid = None
        if not self.is_regression:
            grid = sides_grid(self.target[:, None] * self.columns, self.target, plane, x, y, progress)
        return super().error_grid(plane, x, y, progress) if grid is None else grid


@MODELS.register("least_squares")
class LeastSquares(LinearModel):
    """Linear regression with the mean squared error; two classes count as +1 and -1."""

    def bind(self, dataset: Dataset) -> LeastSquaresObjective:
        target = np.array(dataset.y, dtype=np.float64) if dataset.is_regression else signs_of(dataset)
        return LeastSquaresObjective(self.design(dataset), target, self.l2, dataset.is_regression)
