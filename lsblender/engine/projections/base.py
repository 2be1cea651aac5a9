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

from ...errors import LsbError
from ...registry import Registry
from ..objective import Array, Objective, Progress
from ..training import Trajectory

#: Directions whose angle (radians) is smaller than this span no plane.
PARALLEL = 1e-12


class Chart(ABC):
    """Two coordinates on parameter space.

    `explained` (2,) is the share of the path's variance along each axis, None where that has no meaning.
    `coverage` (2, 2), rows x and y, is from where to where the chart is one-to-one; None is everywhere.
    """

    axis_names: tuple[str, str]
    explained: Array | None
    coverage: Array | None = None

    @abstractmethod
    def transform(self, theta: Array) -> Array:
        """Coordinates (..., 2) of parameters (..., P)."""

    @abstractmethod
    def inverse_transform(self, xy: Array) -> Array:
        """Parameters (..., P) at coordinates (..., 2)."""

    def window(self, xy: Array) -> Array:
        """The points (K, 2) that a picture of paths at xy (T, 2) should hold: by default the paths'."""
        return xy

    def facts(self) -> tuple[str, ...]:
        """What a reader of the picture should know of the chart, a line each."""
        if self.explained is None:
            return ()
        x, y = 100 * self.explained
        return (f"explained variance: {x:.3g} % along x, {y:.3g} % along y",)


@dataclass(frozen=True, eq=False)
class Plane(Chart):
    """theta = origin + x u + y v, all (P,).

    A theta off the plane is taken to its nearest point; nearest is meant in units of `scale` (P,), by default
    the same for all parameters. `u` and `v` need not be orthogonal. `corners` (K, 2) belong in the picture
    besides the paths; `centred` makes it symmetric about the origin. `notes` are added to the facts. Raises
    `LsbError` on use where the directions are parallel or zero.
    """

    origin: Array
    u: Array
    v: Array
    explained: Array | None = None
    scale: Array | None = None
    axis_names: tuple[str, str] = ("u", "v")
    corners: Array | None = None
    centred: bool = False
    notes: tuple[str, ...] = ()

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

    def window(self, xy: Array) -> Array:
        points = xy if self.corners is None else np.concatenate([xy, self.corners])
        return np.concatenate([points, -points]) if self.centred else points

    def facts(self) -> tuple[str, ...]:
        return super().facts() + self.notes


class Projection(ABC):
    """A way to choose the two coordinates."""

    @abstractmethod
    def fit(self, trajectories: Sequence[Trajectory], objective: Objective, progress: Progress | None = None) -> Chart:
        """The chart for these paths together. Raises `LsbError` where the settings do not fit them."""

    def part(self, trajectories: Sequence[Trajectory]) -> list[Trajectory]:
        """The part of the paths that is shown, and that the chart is to be fitted to: by default all of them."""
        return list(trajectories)


PROJECTIONS: Registry[Projection] = Registry("projection", Projection)
