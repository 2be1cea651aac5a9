"""Models: linear classifiers with a loss of the margin.

For labels s = +1/-1 the margin of a sample is m = s * (w . x + b). Logistic regression takes the mean of
log(1 + exp(-m)), the support vector machine the mean of the hinge max(0, 1 - m). Either adds l2 / 2 * |w|^2
(the intercept is left out). theta holds w, then b if there is an intercept.

On a plane theta = o + x u + y v the margins are affine in (x, y), so a grid needs three products with the
data and no more.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import LsbError
from ..registry import Registry
from ..settings import setting
from .datasets import Dataset
from .objective import Array, Group, Objective, Progress
from .projections import Plane

#: Numbers held at once while many margins are evaluated (32 MB).
BLOCK = 2**22


@dataclass(frozen=True)
class Model(ABC):
    """A model; with a dataset it becomes an objective."""

    l2: float = setting(0.0, "Weight of the penalty |w|^2 / 2", min=0.0, max=1e6, soft_max=1.0)

    @abstractmethod
    def bind(self, dataset: Dataset) -> Objective:
        """The loss of this model on the dataset. Raises `LsbError` where the two do not fit."""


MODELS: Registry[Model] = Registry("model", Model)


class MarginObjective(Objective):
    """The mean of a convex function of the margins.

    `signed` (N, P) is s * (x, 1); `penalised` (P,) is 1 for weights and 0 for the intercept.
    """

    def __init__(self, signed: Array, penalised: Array, l2: float, parameter_names: tuple[str, ...], name: str) -> None:
        self.signed = signed
        self.penalised = penalised
        self.l2 = l2
        self.name = name
        self.parameter_names = parameter_names
        self.n_rows, self.n_params = signed.shape
        n_weights = int(penalised.sum())
        weights = Group("weights", 0, n_weights)
        bias = Group("intercept", n_weights, self.n_params, is_bias=True)
        self.groups = (weights, bias) if n_weights < self.n_params else (weights,)

    @abstractmethod
    def of_margins(self, margins: Array) -> Array:
        """The loss of each sample from its margin; the array may be written over."""

    @abstractmethod
    def slope_of_margins(self, margins: Array) -> Array:
        """The derivative of `of_margins`, where there is a kink one of its subgradients."""

    def losses(self, thetas: Array) -> Array:
        thetas = np.asarray(thetas, dtype=np.float64)
        rows = max(1, BLOCK // self.n_rows)
        loss = np.empty(len(thetas))
        for start in range(0, len(thetas), rows):
            block = thetas[start : start + rows]
            loss[start : start + rows] = self.of_margins(block @ self.signed.T).mean(axis=1)
        return loss + 0.5 * self.l2 * (thetas * thetas) @ self.penalised if self.l2 else loss

    def gradient(self, theta: Array, rows: NDArray[np.int64] | None = None) -> Array:
        signed = self.signed if rows is None else self.signed[rows]
        return self.slope_of_margins(signed @ theta) @ signed / len(signed) + self.l2 * self.penalised * theta

    def initial(self, rng: np.random.Generator) -> Array:
        return np.zeros(self.n_params)

    def loss_grid(self, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> Array:
        at_origin, along_u, along_v = (self.signed @ vector for vector in (plane.origin, plane.u, plane.v))
        columns = max(1, BLOCK // self.n_rows)
        loss = np.empty((len(y), len(x)))
        for j, y_j in enumerate(y):
            row = at_origin + y_j * along_v
            for start in range(0, len(x), columns):
                block = slice(start, start + columns)
                loss[j, block] = self.of_margins(row + np.multiply.outer(x[block], along_u)).mean(axis=1)
            if progress:
                progress((j + 1) / len(y))
        return loss + self._penalty_grid(plane, x, y) if self.l2 else loss

    def _penalty_grid(self, plane: Plane, x: Array, y: Array) -> Array:
        """l2 / 2 * |w|^2 over the grid: a quadratic form in (1, x, y)."""
        basis = np.stack([plane.origin, plane.u, plane.v]) * self.penalised
        products = basis @ basis.T
        grid_x, grid_y = np.meshgrid(x, y)
        coordinates = np.stack([np.ones_like(grid_x), grid_x, grid_y])
        return np.asarray(0.5 * self.l2 * np.einsum("ijk,il,ljk->jk", coordinates, products, coordinates))


class LogisticObjective(MarginObjective):
    """Mean of log(1 + exp(-m))."""

    def of_margins(self, margins: Array) -> Array:
        return np.logaddexp(0.0, np.negative(margins, out=margins), out=margins)

    def slope_of_margins(self, margins: Array) -> Array:
        from scipy.special import expit

        return np.asarray(-expit(-margins))


class HingeObjective(MarginObjective):
    """Mean of max(0, 1 - m)."""

    def of_margins(self, margins: Array) -> Array:
        np.subtract(1.0, margins, out=margins)
        return np.maximum(margins, 0.0, out=margins)

    def slope_of_margins(self, margins: Array) -> Array:
        return np.where(margins < 1.0, -1.0, 0.0)


@dataclass(frozen=True)
class LinearModel(Model):
    """A linear two-class model; the first class is +1, the second -1."""

    fit_intercept: bool = setting(False, "Add a constant to the decision function")

    def signed_design(self, dataset: Dataset) -> tuple[Array, Array, tuple[str, ...]]:
        """s * (x, 1) (N, P), the mask of the weights (P,) and the parameters' names."""
        n_classes = len(dataset.target_names)
        if n_classes != 2:
            raise LsbError(
                f"this model separates two classes and {dataset.name} has {n_classes} "
                f"({', '.join(dataset.target_names[:6])}); name two of them in dataset.classes"
            )
        columns, names = dataset.X, dataset.feature_names
        penalised = np.ones(columns.shape[1] + self.fit_intercept)
        if self.fit_intercept:
            columns, names = np.column_stack([columns, np.ones(len(columns))]), (*names, "intercept")
            penalised[-1] = 0.0
        sign = np.where(dataset.y == 0, 1.0, -1.0)
        return sign[:, None] * columns, penalised, names


@MODELS.register("logistic_regression")
@dataclass(frozen=True)
class LogisticRegression(LinearModel):
    """Linear classifier with the logistic loss (the mean negative log-likelihood)."""

    def bind(self, dataset: Dataset) -> LogisticObjective:
        signed, penalised, names = self.signed_design(dataset)
        return LogisticObjective(signed, penalised, self.l2, names, "Logistic regression")


@MODELS.register("svm", "SVM")
@dataclass(frozen=True)
class SVM(LinearModel):
    """Linear support vector machine: the hinge loss, flat beyond the margin."""

    def bind(self, dataset: Dataset) -> HingeObjective:
        signed, penalised, names = self.signed_design(dataset)
        return HingeObjective(signed, penalised, self.l2, names, "Linear SVM")
