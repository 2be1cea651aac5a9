"""Models that are linear in their parameters: the columns that the parameters multiply, and the penalty.

The decision values of all samples are columns @ theta. The columns are the features, or kernels of the samples
with some landmarks; a column of ones belongs to an intercept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ..datasets import Dataset
from ..objective import Array, Group, Progress, part_of
from ..projections import Plane
from .count_grids import count_grid, is_finite
from .fast_grids import Affine, add_squares


@dataclass(frozen=True, eq=False)
class Penalty:
    """l2 / 2 * theta^T M theta; `matrix` is M (P, P), or its diagonal (P,): 1 for weights, 0 for intercepts."""

    l2: float
    matrix: Array

    def times(self, thetas: Array) -> Array:
        """M theta for each row of thetas (..., P)."""
        return np.asarray(thetas * self.matrix if self.matrix.ndim == 1 else thetas @ self.matrix)

    def values(self, thetas: Array) -> Array:
        """The penalty of each row: thetas (G, P) to (G,)."""
        if not self.l2:
            return np.zeros(len(thetas))
        return np.asarray(0.5 * self.l2 * (thetas * self.times(thetas)).sum(axis=1))

    def gradient(self, theta: Array) -> Array:
        return np.asarray(self.l2 * self.times(theta)) if self.l2 else np.zeros_like(theta)

    def add_to_grid(self, loss: Array, plane: Plane, x: Array, y: Array, progress: Progress | None = None) -> None:
        """Add the penalty over a grid of the plane to the loss (Ny, Nx): the last of the work, so progress is at 1."""
        if not self.l2:
            return
        basis = np.stack([plane.origin, plane.u, plane.v])
        values, vectors = np.linalg.eigh(0.5 * self.l2 * (basis @ self.times(basis).T))
        root = np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T
        add_squares(loss, root, x, y, part_of(progress, 1.0, 1.0))


@dataclass(frozen=True, eq=False)
class Design:
    """columns (N, P), the penalty's matrix (see `Penalty`), and what the P parameters are."""

    columns: Array
    penalised: Array
    groups: tuple[Group, ...]
    parameter_names: tuple[str, ...]


def design_of(columns: Array, penalised: Array, names: tuple[str, ...], group: str, fit_intercept: bool) -> Design:
    """The columns as a design of one group of parameters, with an intercept, which is not penalised, if asked."""
    count = columns.shape[1]
    weights = Group(group, 0, count)
    if not fit_intercept:
        return Design(np.array(columns), penalised, (weights,), names)
    columns = np.column_stack([columns, np.ones(len(columns))])
    penalised = np.pad(penalised, (0, 1))
    groups = (weights, Group("intercept", count, count + 1, is_bias=True))
    return Design(columns, penalised, groups, (*names, "intercept"))


def signs_of(dataset: Dataset) -> Array:
    """+1 for the first class and -1 for the second (N,). Raises `LsbError` where there are not two classes."""
    if dataset.is_regression:
        raise LsbError(
            f"this model separates two classes and {dataset.name} has numbers to predict; choose the model "
            "least_squares, or data with classes"
        )
    n_classes = len(dataset.target_names)
    if n_classes != 2:
        raise LsbError(
            f"this model separates two classes and {dataset.name} has {n_classes} "
            f"({', '.join(dataset.target_names[:6])}); name two of them in dataset.classes"
        )
    return np.where(dataset.y == 0, 1.0, -1.0)


def wrong_share(decisions: Array, signs: Array) -> Array:
    """The share of samples on the wrong side: decisions (G, N), signs (N,) to (G,). 0 is the side of +1."""
    return np.asarray(np.mean((decisions >= 0.0) != (signs > 0.0), axis=1))


def sides_grid(
    signed: Array, signs: Array, plane: Plane, x: Array, y: Array, progress: Progress | None = None
) -> Array | None:
    """The share of samples on the wrong side over a grid of a plane (Ny, Nx), as `wrong_share` has it, for decisions
    times signs `signed` (N, P) @ theta; None where they are not finite all over it.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    margins = Affine(*((signed @ vector)[:, None] for vector in (plane.origin, plane.u, plane.v)))
    if not is_finite(margins, x, y):
        return None
    return (len(signs) - count_grid(margins, signs[:, None] > 0, x, y, progress)) / len(signs)
