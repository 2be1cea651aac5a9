"""Models: two-class classifiers that are linear in their parameters, with a loss of the margin.

For labels s = +1/-1 and decision values f the margin of a sample is m = s f. Logistic regression takes the mean of
log(1 + exp(-m)), the support vector machine the mean of the hinge max(0, 1 - m) or of its square. Either adds
l2 / 2 * |w|^2 (the intercept is left out). theta holds w, then b if there is an intercept.

On a plane theta = o + x u + y v the margins are affine in (x, y): see `log_grids` and `fast_grids`.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...settings import setting
from ..datasets import Dataset
from ..objective import Array, Objective, Progress
from ..projections import Plane
from .base import MODELS, Model
from .designs import Design, Penalty, design_of, sides_grid, signs_of, wrong_share
from .fast_grids import Affine, hinge_grid
from .log_grids import TILE_ROWS, log_sums_grid

#: Numbers held at once while many margins are evaluated (2 MB).
BLOCK = 2**18


class MarginObjective(Objective):
    """The mean of a convex function of the margins, for labels `signs` (N,) of +1 and -1."""

    def __init__(self, design: Design, signs: Array, l2: float, name: str) -> None:
        self.signed = signs[:, None] * design.columns
        self.signs = signs
        self.penalty = Penalty(l2, design.penalised)
        self.name = name
        self.groups = design.groups
        self.parameter_names = design.parameter_names
        self.n_rows, self.n_params = design.columns.shape

    @abstractmethod
    def of_margins(self, margins: Array) -> Array:
        """The loss of each sample from its margin; the array may be written over."""

    @abstractmethod
    def slope_of_margins(self, margins: Array) -> Array:
        """The derivative of `of_margins`, where there is a kink one of its subgradients."""

    @abstractmethod
    def sum_grid(self, margins: Affine, x: Array, y: Array, progress: Progress | None) -> Array:
        """The sum of `of_margins` over a grid of a plane, from margins affine in its coordinates: (Ny, Nx)."""

    def losses(self, thetas: Array) -> Array:
        thetas = np.asarray(thetas, dtype=np.float64)
        rows = max(1, BLOCK // self.n_rows)
        loss = self.penalty.values(thetas)
        for start in range(0, len(thetas), rows):
            block = slice(start, start + rows)
            loss[block] += self.of_margins(thetas[block] @ self.signed.T).mean(axis=1)
        return loss

    def errors(self, thetas: Array) -> Array:
        thetas = np.asarray(thetas, dtype=np.float64)
        rows = max(1, BLOCK // self.n_rows)
        share = np.empty(len(thetas))
        for start in range(0, len(thetas), rows):
            block = slice(start, start + rows)
            share[block] = wrong_share(thetas[block] @ self.signed.T * self.signs, self.signs)
        return share

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        signed = self.signed if rows is None else self.signed[rows]
        return self.slope_of_margins(signed @ theta) @ signed / len(signed) + self.penalty.gradient(theta)

    def initial(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.n_params)

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        margins = Affine(*(self.signed @ vector for vector in (plane.origin, plane.u, plane.v)))
        loss = self.sum_grid(margins, x, y, progress)
        loss /= self.n_rows
        self.penalty.add_to_grid(loss, plane, x, y, progress)
        return loss

    def error_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        grid = sides_grid(self.signed, self.signs, plane, x, y, progress)
        return super().error_grid(plane, x, y, progress) if grid is None else grid


class LogisticObjective(MarginObjective):
    """Mean of log(1 + exp(-m))."""

    rows_together = TILE_ROWS

    def of_margins(self, margins: Array) -> Array:
        tail = np.abs(margins)
        np.log1p(np.exp(np.negative(tail, out=tail), out=tail), out=tail)
        tail -= np.minimum(margins, 0.0, out=margins)
        return tail

    def slope_of_margins(self, margins: Array) -> Array:
        from scipy.special import expit

        return np.asarray(-expit(-margins))

    def sum_grid(self, margins: Affine, x: Array, y: Array, progress: Progress | None) -> Array:
        exponents = Affine(*(-part[:, None] for part in (margins.at, margins.along_x, margins.along_y)))
        return log_sums_grid(exponents, x, y, progress)


class HingeObjective(MarginObjective):
    """Mean of max(0, 1 - m), or of its square."""

    def __init__(self, design: Design, signs: Array, l2: float, name: str, squared: bool = False) -> None:
        super().__init__(design, signs, l2, name)
        self.squared = squared

    def of_margins(self, margins: Array) -> Array:
        np.subtract(1.0, margins, out=margins)
        np.maximum(margins, 0.0, out=margins)
        return np.square(margins, out=margins) if self.squared else margins

    def slope_of_margins(self, margins: Array) -> Array:
        return -2.0 * np.maximum(1.0 - margins, 0.0) if self.squared else np.where(margins < 1.0, -1.0, 0.0)

    def sum_grid(self, margins: Affine, x: Array, y: Array, progress: Progress | None) -> Array:
        short = Affine(1.0 - margins.at, -margins.along_x, -margins.along_y)
        return hinge_grid(short, 2 if self.squared else 1, x, y, progress)


@dataclass(frozen=True)
class LinearModel(Model):
    """A model whose decision function is linear in the features; of two classes the first is +1, the second -1."""

    fit_intercept: bool = setting(False, "Add a constant to the decision function")

    def design(self, dataset: Dataset) -> Design:
        """The features, and ones if there is an intercept."""
        penalised = np.ones(dataset.X.shape[1])
        return design_of(dataset.X, penalised, dataset.feature_names, "weights", self.fit_intercept)


@MODELS.register("logistic_regression")
class LogisticRegression(LinearModel):
    """Linear classifier with the logistic loss (the mean negative log-likelihood)."""

    def bind(self, dataset: Dataset) -> LogisticObjective:
        return LogisticObjective(self.design(dataset), signs_of(dataset), self.l2, "Logistic regression")


@MODELS.register("svm", "SVM")
@dataclass(frozen=True)
class SVM(LinearModel):
    """Linear support vector machine: the hinge loss, flat beyond the margin."""

    squared: bool = setting(False, "Take the square of the hinge, which has no kink")

    def bind(self, dataset: Dataset) -> HingeObjective:
        return HingeObjective(self.design(dataset), signs_of(dataset), self.l2, "Linear SVM", self.squared)
