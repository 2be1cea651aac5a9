"""Planes through trained models: the line between two of them, and a second direction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..objective import Array, Objective, Progress
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection
from .directions import random_direction
from .pca import principal_components


@PROJECTIONS.register("interpolation", "Between trained models")
@dataclass(frozen=True)
class Interpolation(Projection):
    """The line from the end of the first path, at x = 0, to the end of the second, at x = 1, as a ribbon.

    With one path the line goes from its start to its end (Goodfellow et al. 2015). The second direction is at
    right angles to the line and as long, so that distances are true: a random one, filter by filter as long as the
    weights; the one along which the paths leave the line most; or the one towards the end of a third path (the
    start, where there are two), which gives the plane through three models (Garipov et al. 2018).
    """

    second: str = setting("random", "The direction across the line", choices=("random", "path", "third"))
    seed: int = setting(0, "Decides the random direction", min=0, max=2**32 - 1)
    width: float = setting(0.5, "Width of the ribbon, in lengths of the line", min=1e-3, max=1e3, soft_max=2.0)

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        ends = _ends(trajectories)
        u = ends[1] - ends[0]
        length = float(np.linalg.norm(u))
        if length == 0.0:
            remedy = "train for more steps" if len(trajectories) == 1 else "let another optimizer take the second place"
            raise LsbError(f"the line has no length: both of its ends are the same point; {remedy}")
        away = self._across(ends, u, trajectories, objective)
        # Twice, since the first time leaves the rounding of what was taken away.
        v = away
        for _ in range(2):
            v = v - (v @ u) / length**2 * u
        size = float(np.linalg.norm(v))
        if size <= 1e-9 * max(float(np.linalg.norm(away)), 1e-300):
            raise LsbError("there is nothing across the line in this direction; choose another one", "second")
        plane = Plane(ends[0], u, v * (length / size), axis_names=("line", _ACROSS[self.second]))
        marks = ends if self.second == "third" else ends[:2]
        return self._framed(plane, plane.transform(np.array(marks)))

    def _framed(self, plane: Plane, marks: Array) -> Plane:
        """The plane with the ribbon to be shown, and where its ends are."""
        half = 0.5 * self.width
        corners = np.concatenate([marks, [[0.0, -half], [1.0, half]]])
        where = ", ".join(f"({x:.3g}, {y:.3g})" for x, y in np.round(marks, 9) + 0.0)
        names = plane.axis_names
        return Plane(plane.origin, plane.u, plane.v, axis_names=names, corners=corners, notes=(f"ends at {where}",))

    def _across(self, ends: list[Array], u: Array, trajectories: Sequence[Trajectory], objective: Objective) -> Array:
        """A direction (P,) that is not along the line u."""
        if self.second == "random":
            return random_direction(objective, ends[1], np.random.default_rng(self.seed))
        if self.second == "third":
            if len(ends) < 3:
                raise LsbError("one path has no third end; add an optimizer, or choose random or path", "second")
            return ends[2] - ends[0]
        theta = np.concatenate([trajectory.theta for trajectory in trajectories]) - ends[0]
        off = theta - np.multiply.outer(theta @ u / (u @ u), u)
        if np.abs(off).max() <= 1e-9 * np.abs(u).max():
            return np.zeros_like(u)
        components, _ = principal_components(off - off.mean(axis=0), [0])
        return np.asarray(components[0])


_ACROSS = {"random": "random", "path": "across", "third": "third"}


def _ends(trajectories: Sequence[Trajectory]) -> list[Array]:
    """The points of the line, from and to, and a third one if there is."""
    start, last = trajectories[0].theta[0], [trajectory.theta[-1] for trajectory in trajectories]
    return [start, *last] if len(last) == 1 else [*last, start]
