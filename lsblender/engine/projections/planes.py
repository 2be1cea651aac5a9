"""Planes along two of the parameters, the others held where training ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..objective import Array, Objective, Progress
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection


def parameter_plane(at: Array, i: int, j: int, names: Sequence[str]) -> Plane:
    """Parameters i and j as coordinates, the others held at the theta `at` (P,)."""
    u, v, origin = np.zeros_like(at), np.zeros_like(at), at.copy()
    u[i], v[j] = 1.0, 1.0
    origin[[i, j]] = 0.0
    return Plane(origin, u, v, axis_names=(names[i], names[j]))


def check_pair(i: int, j: int, count: int, has: str) -> None:
    """Two different numbers below `count`."""
    for key, number in (("i", i), ("j", j)):
        if not 0 <= number < count:
            raise LsbError(f"{number} is out of range: {has}; allowed: 0 to {count - 1}", key)
    if i == j:
        raise LsbError(f"i and j are both {i}; two different ones are needed", "j")


@PROJECTIONS.register("identity")
@dataclass(frozen=True)
class Identity(Projection):
    """The two parameters themselves, for models that have two."""

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
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

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        check_pair(self.i, self.j, objective.n_params, f"{objective.name} has {objective.n_params} parameters")
        return parameter_plane(trajectories[0].theta[-1], self.i, self.j, objective.parameter_names)


@PROJECTIONS.register("most_changed")
@dataclass(frozen=True)
class MostChanged(Projection):
    """The parameters that changed most in training, two by two; method 2 of the 2018 report.

    A parameter's change is the sum of the absolute changes of its steps, over all paths. The others stay at
    their last value (of the first path).
    """

    rank: int = setting(1, "The pair: 1 takes the two that changed most, 2 the next two, ...", min=1, soft_max=10)

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        pairs = objective.n_params // 2
        if self.rank > pairs:
            count = f"{objective.n_params} parameters"
            if pairs == 0:
                raise LsbError(f"{objective.name} has {count} here and a pair takes two; choose more features", "rank")
            raise LsbError(f"{self.rank} is out of range: {objective.name} has {count}; allowed: 1 to {pairs}", "rank")
        order = np.argsort(-total_change(trajectories), kind="stable")
        i, j = (int(number) for number in order[2 * self.rank - 2 : 2 * self.rank])
        return parameter_plane(trajectories[0].theta[-1], i, j, objective.parameter_names)


def total_change(trajectories: Sequence[Trajectory]) -> Array:
    """The sum of |steps| of each parameter over all paths: (P,)."""
    total = np.zeros(trajectories[0].theta.shape[1])
    for trajectory in trajectories:
        # A block at a time: the differences of a long path need not be held at once.
        for start in range(0, len(trajectory.theta) - 1, 64):
            total += np.abs(np.diff(trajectory.theta[start : start + 65], axis=0)).sum(axis=0)
    return total
