"""Planes along which the paths vary most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import LsbError
from ...settings import setting
from ..objective import Array, Objective, Progress
from ..training import Trajectory
from .base import PROJECTIONS, Plane, Projection
from .planes import check_pair

#: Numbers in the paths above which components come from products of the points, 15 to 40 times as fast; only
#: components that hold next to nothing would lose digits.
LARGE = 2**20
#: The share of the largest component's variance below which a component is not taken from the products.
FAINT = 1e-8


@PROJECTIONS.register("pca", "PCA of the path")
@dataclass(frozen=True)
class PathPCA(Projection):
    """The directions in which the paths vary most: principal component analysis.

    Lorch 2016; method 3 of the 2018 report.
    """

    i: int = setting(0, "The component along x, from 0", min=0)
    j: int = setting(1, "The component along y, from 0", min=0)
    standardize: bool = setting(False, "Count each parameter in units of its own standard deviation along the paths")

    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Plane:
        theta = np.concatenate([trajectory.theta for trajectory in trajectories])
        check_pair(
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
        pair = [self.i, self.j]
        components, shares = principal_components((theta - mean) / scale, pair)
        u, v = components * scale
        return Plane(
            origin=mean,
            u=u,
            v=v,
            explained=shares,
            scale=scale if self.standardize else None,
            axis_names=(f"PC{self.i + 1}", f"PC{self.j + 1}"),
        )


@PROJECTIONS.register("segment_pca", "PCA of a piece of the path")
@dataclass(frozen=True)
class SegmentPCA(PathPCA):
    """The run cut into pieces of equally many steps, one of them shown, on the plane of its own PCA.

    A piece ends at the theta at which the next one starts, so a ball that rolls through one piece after the other is
    where it was, in parameters and in true loss. The plane goes through the mean of the piece, not through its ends:
    so at the joint the heights of the two surfaces need not be the same, and neither need be the true loss. How far
    each is off, `surface_loss` tells.
    """

    segments: int = setting(3, "Pieces that the run is cut into", min=1, max=10**6, soft_max=20)
    segment: int = setting(0, "The piece that is shown, from 0", min=0, soft_max=20)

    def part(self, trajectories: Sequence[Trajectory]) -> list[Trajectory]:
        if self.segment >= self.segments:
            raise LsbError(
                f"{self.segment} is out of range: the run is cut into {self.segments}; "
                f"allowed: 0 to {self.segments - 1}",
                "segment",
            )
        return [self._piece(trajectory) for trajectory in trajectories]

    def _piece(self, trajectory: Trajectory) -> Trajectory:
        steps = len(trajectory.theta) - 1
        # Whole numbers, so that the end of one piece is by construction the start of the next.
        start, stop = ((k * steps + self.segments // 2) // self.segments for k in (self.segment, self.segment + 1))
        piece = slice(start, stop + 1)
        first_step = trajectory.first_step + start
        return replace(trajectory, theta=trajectory.theta[piece], loss=trajectory.loss[piece], first_step=first_step)


def principal_components(points: Array, which: Sequence[int]) -> tuple[Array, Array]:
    """Some components (K, P) of centred points (T, P) and their shares (K,) of the variance.

    Signs are scikit-learn's: the entry of the largest size is positive.
    """
    found = _from_products(points, list(which)) if points.size > LARGE else None
    if found is not None:
        return found
    # numpy's, since scikit-learn's lets no other thread run, so that it can not be cancelled
    _, sizes, components = np.linalg.svd(points, full_matrices=False)
    variances = sizes * sizes
    return _signed(components[which]), variances[which] / variances.sum()


def _from_products(points: Array, which: list[int]) -> tuple[Array, Array] | None:
    """From the eigenvectors of the smaller of X'X and XX'; None where a component is too faint for that.

    With X = U S V', XX' = U S^2 U' and V' = U'X / S.
    """
    wide = points.shape[1] > len(points)
    values, vectors = np.linalg.eigh(points @ points.T if wide else points.T @ points)
    values, rows = values[::-1][which], vectors.T[::-1][which]
    if values.min() < FAINT * values.max():
        return None
    components = rows @ points if wide else rows
    components = components / np.linalg.norm(components, axis=1, keepdims=True)
    return _signed(components), values / np.sum(points * points)


def _signed(components: Array) -> Array:
    """The components (K, P) or their opposites: the entry of the largest size is positive."""
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return np.asarray(components * np.sign(largest))
