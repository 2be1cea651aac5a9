"""What non-linear charts are learnt from: the paths in a few coordinates, and points around them.

A path alone is a line, and a chart learnt from it would know only one direction. So points are added around it: a
sheet over the plane of the paths' two principal components that is bent to go near the paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import LsbError
from ..objective import Array, Objective
from ..training import Trajectory

#: Points of the paths that a chart is learnt from, evenly spread along them.
ANCHORS = 150
#: Directions kept: at most so many, and those whose singular value is this share of the largest.
DIRECTIONS, FAINT = 12, 1e-3
#: Points of the sheet along each side.
SHEET = 15
#: How far the sheet goes beyond the paths on every side, and what a chart should cover, as shares of their extent.
SHEET_ROOM, ROOM = 0.7, 0.5
#: How near a path the sheet follows it, in units of half the paths' extent.
NEAR = 0.15


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """theta = mean (P,) + a (k,) @ basis (k, P), the basis orthonormal: the paths' principal components.

    `path` (n, k) are points of the paths and `sheet` (m, k) points around them, in units of `size` (k,): each of the
    first two components in units of its extent, so that a path which hardly varies along the second is no thin
    strip to what learns from it; the others in units of the second's.
    """

    mean: Array
    basis: Array
    size: Array
    path: Array
    sheet: Array

    def coordinates(self, theta: Array) -> Array:
        """a (n, k) of parameters (n, P), in the units of the parameters."""
        return (theta - self.mean) @ self.basis.T

    def parameters(self, a: Array) -> Array:
        """Parameters (n, P) at a (n, k)."""
        return self.mean + a @ self.basis

    @property
    def points(self) -> Array:
        """Paths and sheet, (n + m, k)."""
        return np.concatenate([self.path, self.sheet])


def neighbourhood(trajectories: Sequence[Trajectory], objective: Objective, seed: int) -> Neighbourhood:
    """The paths' neighbourhood. Raises `LsbError` where nothing moves or there is one parameter only."""
    if objective.n_params < 2:
        raise LsbError(f"{objective.name} has {objective.n_params} parameter here; a chart takes two at least")
    quota = max(2, ANCHORS // len(trajectories))
    theta = np.concatenate([spread_points(trajectory.theta, quota) for trajectory in trajectories])
    mean = theta.mean(axis=0)
    if not np.ptp(theta, axis=0).any():
        raise LsbError("the path does not move, so there is nothing to learn a chart from; train for more steps")
    # A row of zeros so that there are two directions even where there are two points.
    _, sizes, basis = np.linalg.svd(np.concatenate([theta - mean, np.zeros((1, len(mean)))]), full_matrices=False)
    k = int(np.clip((sizes > FAINT * sizes[0]).sum(), 2, min(DIRECTIONS, len(basis))))
    basis = basis[:k]
    basis = basis * np.sign(np.take_along_axis(basis, np.abs(basis).argmax(axis=1)[:, None], axis=1))
    path = (theta - mean) @ basis.T
    extent = 0.5 * np.ptp(box_around(path[:, :2], 0.0), axis=1)
    size = np.concatenate([extent, np.full(k - 2, extent[1])])
    path = path / size
    return Neighbourhood(mean, basis, size, path, _sheet(path, np.random.default_rng(seed)))


def spread_points(theta: Array, count: int) -> Array:
    """At most `count` points of a path (T, P), first and last among them, evenly spread along its length."""
    # By blocks: the differences of a long path need not be held at once.
    steps = [np.linalg.norm(np.diff(theta[k : k + 65], axis=0), axis=1) for k in range(0, len(theta) - 1, 64)]
    length = np.concatenate([[0.0], np.cumsum(np.concatenate(steps) if steps else np.zeros(0))])
    wanted = np.searchsorted(length, np.linspace(0.0, length[-1], count) * (1 - 1e-12))
    chosen = theta[np.unique(wanted)]
    moved = np.any(np.diff(chosen, axis=0) != 0, axis=1)
    return np.asarray(chosen[np.concatenate([[True], moved])])


def box_around(points: Array, room: float) -> Array:
    """From where to where points (n, 2) go, with room on every side: (2, 2), rows x and y.

    The rule of `landscape.axes_around`: where they do not spread along one axis, the other's extent holds.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    extent = high - low
    widest = extent.max() if extent.max() > 0 else 1.0
    half = (0.5 + room) * np.where(extent > 1e-9 * widest, extent, widest)
    centre = (low + high) / 2
    return np.stack([centre - half, centre + half], axis=1)


def _sheet(path: Array, rng: np.random.Generator) -> Array:
    """Points (m, k) over the box around path[:, :2], the other coordinates averages of the path's near there."""
    box = box_around(path[:, :2], SHEET_ROOM)
    lattice = np.stack(np.meshgrid(*[np.arange(SHEET)] * 2), axis=-1).reshape(-1, 2)
    share = (lattice + 0.5 + rng.uniform(-0.3, 0.3, size=lattice.shape)) / SHEET
    flat = box[:, 0] + share * (box[:, 1] - box[:, 0])
    squares = ((flat[:, None] - path[None, :, :2]) ** 2).sum(axis=-1)
    weights = 1.0 / (squares + NEAR**2) ** 2
    return np.column_stack([flat, (weights / weights.sum(axis=1, keepdims=True)) @ path[:, 2:]])
