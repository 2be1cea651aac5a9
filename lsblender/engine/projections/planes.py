"""Planes chosen by parameters or by the variance of the paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..objective import Array, Objective
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection


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
