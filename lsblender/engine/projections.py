"""Projections: from many parameters to two.

Fitted to the recorded paths, a projection gives a `Chart`: two coordinates on parameter space, in
scikit-learn's words `transform` (to the chart) and `inverse_transform` (back to parameters, where the loss
can be evaluated). `Plane` is the affine chart.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import LsbError
from ..registry import Registry
from ..settings import setting
from .objective import Array, Objective
from .training import Trajectory

#: Directions whose angle (radians) is smaller than this span no plane.
PARALLEL = 1e-12


class Chart(ABC):
    """Two coordinates on parameter space.

    `explained` (2,) is the share of the path's variance along each axis, None where that has no meaning.
    """

    axis_names: tuple[str, str]
    explained: Array | None

    @abstractmethod
    def transform(self, theta: Array) -> Array:
        """Coordinates (..., 2) of parameters (..., P)."""

    @abstractmethod
    def inverse_transform(self, xy: Array) -> Array:
        """Parameters (..., P) at coordinates (..., 2)."""


@dataclass(frozen=True, eq=False)
class Plane(Chart):
    """theta = origin + x u + y v, all (P,).

    A theta off the plane is taken to its nearest point; nearest is meant in units of `scale` (P,), by default
    the same for all parameters. `u` and `v` need not be orthogonal. Raises `LsbError` on use where they are
    parallel or zero.
    """

    origin: Array
    u: Array
    v: Array
    explained: Array | None = None
    scale: Array | None = None
    axis_names: tuple[str, str] = ("u", "v")

    def transform(self, theta: Array) -> Array:
        scale = 1.0 if self.scale is None else self.scale
        basis = np.stack([self.u / scale, self.v / scale], axis=1)
        lengths = np.linalg.norm(basis, axis=0)
        # QR rather than the normal equations, which square the condition number.
        q, r = np.linalg.qr(basis / np.where(lengths > 0, lengths, 1.0))
        if len(r) < 2 or abs(r[1, 1]) < PARALLEL or not lengths.all():
            raise LsbError("the two directions of the plane are parallel or zero")
        away = (np.asarray(theta, dtype=np.float64) - self.origin) / scale
        return np.asarray(np.linalg.solve(r, (away @ q)[..., None])[..., 0] / lengths)

    def inverse_transform(self, xy: Array) -> Array:
        xy = np.asarray(xy, dtype=np.float64)
        return np.asarray(self.origin + xy[..., :1] * self.u + xy[..., 1:] * self.v)


class Projection(ABC):
    """A way to choose the two coordinates."""

    @abstractmethod
    def fit(self, trajectories: Sequence[Trajectory], objective: Objective) -> Chart:
        """The chart for these paths together. Raises `LsbError` where the settings do not fit them."""


PROJECTIONS: Registry[Projection] = Registry("projection", Projection)


def parameter_plane(at: Array, i: int, j: int, names: Sequence[str]) -> Plane:
    """Parameters i and j as coordinates, the others held at the theta `at` (P,)."""
    unit = np.eye(len(at))
    origin = at.copy()
    origin[[i, j]] = 0.0
    return Plane(origin, unit[i], unit[j], axis_names=(names[i], names[j]))


@PROJECTIONS.register("identity")
@dataclass(frozen=True)
class Identity(Projection):
    """The two parameters themselves, for models that have two."""

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective) -> Plane:
        if objective.n_params != 2:
            raise LsbError(
                f"identity needs a model of two parameters; {objective.name} has {objective.n_params} here: "
                "reduce the features to two, or choose another projection"
            )
        return parameter_plane(np.zeros(2), 0, 1, objective.parameter_names)


@PROJECTIONS.register("parameters")
@dataclass(frozen=True)
class Parameters(Projection):
    """Two of the parameters; the others stay at their last value (of the first path)."""

    i: int = setting(0, "The parameter along x, from 0", min=0)
    j: int = setting(1, "The parameter along y, from 0", min=0)

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective) -> Plane:
        _check_pair(self.i, self.j, objective.n_params, f"{objective.name} has {objective.n_params} parameters")
        return parameter_plane(trajectories[0].theta[-1], self.i, self.j, objective.parameter_names)


@PROJECTIONS.register("pca", "PCA of the path")
@dataclass(frozen=True)
class PathPCA(Projection):
    """The directions in which the paths vary most: principal component analysis.

    Lorch 2016; method 3 of the 2018 report.
    """

    i: int = setting(0, "The component along x, from 0", min=0)
    j: int = setting(1, "The component along y, from 0", min=0)
    standardize: bool = setting(False, "Count each parameter in units of its own standard deviation along the paths")

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective) -> Plane:
        from sklearn.decomposition import PCA

        theta = np.concatenate([trajectory.theta for trajectory in trajectories])
        _check_pair(
            self.i,
            self.j,
            min(theta.shape),
            f"{len(theta)} points of {theta.shape[1]} parameters have {min(theta.shape)}",
        )
        # By the range, since the computed deviation of a constant may differ from 0 by rounding.
        spread = np.where(np.ptp(theta, axis=0) > 0, theta.std(axis=0), 0.0)
        if not spread.any():
            raise LsbError("the path does not move, so there is no direction of highest variance; train for more steps")
        scale = np.where(spread > 0, spread, 1.0) if self.standardize else np.ones(theta.shape[1])
        mean = theta.mean(axis=0)
        pca = PCA(svd_solver="full").fit((theta - mean) / scale)
        pair = [self.i, self.j]
        u, v = pca.components_[pair] * scale
        return Plane(
            origin=mean,
            u=u,
            v=v,
            explained=pca.explained_variance_ratio_[pair],
            scale=scale if self.standardize else None,
            axis_names=(f"PC{self.i + 1}", f"PC{self.j + 1}"),
        )


def _check_pair(i: int, j: int, count: int, has: str) -> None:
    """Two different numbers below `count`."""
    for key, number in (("i", i), ("j", j)):
        if not 0 <= number < count:
            raise LsbError(f"{number} is out of range: {has}; allowed: 0 to {count - 1}", key)
    if i == j:
        raise LsbError(f"i and j are both {i}; two different ones are needed", "j")
