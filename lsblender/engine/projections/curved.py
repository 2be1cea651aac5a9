"""Charts that are not planes: a surface bent through parameter space, and the nearest point on it.

Such a chart is learnt from the paths and their surroundings, so it is right near them and a guess elsewhere. It
knows from where to where it is one-to-one and how far from it the paths are, and says both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ...errors import LsbError
from ..objective import Array, Progress
from ..training import Trajectory
from .base import Chart
from .neighbourhood import ROOM, Neighbourhood, box_around

#: Points along each side of the table in which the search for the nearest point starts.
TABLE = 32
#: How much of the bend is kept, tried in this order until the surface is one-to-one.
BENDS = (1.0, 0.75, 0.5, 0.25, 0.0)
#: There and back again must not differ by more than this share of the covered extent.
CLOSED = 1e-8
#: The surface must not be squeezed below this share of its usual stretch anywhere.
SQUEEZED = 0.03

#: Distances from the path, as shares of the covered extent, at which that is tested most closely: a surface bends
#: most where it follows the path.
BESIDE = (0.003, 0.01, 0.03)
#: Keeps quotients from zero.
TINY = 1e-300

#: xy (n, 2) to coordinates (n, k) of a neighbourhood.
Decode = Callable[[Array], Array]


@dataclass(frozen=True, eq=False)
class CurvedChart(Chart):
    """theta = what `near` makes of decode(xy); the other way, the nearest point of the surface.

    The search for it starts at the nearest entry of a table: `table_xy` (n, 2) with `table_z` (n, k), and
    `unit` (2,) is the size of the covered region. `reconstruction` is the mean and the largest distance of the
    paths from the surface, relative to the largest distance of the paths from their mean.
    """

    near: Neighbourhood
    decode: Decode
    table_xy: Array
    table_z: Array
    unit: Array
    axis_names: tuple[str, str]
    coverage: Array
    reconstruction: tuple[float, float] = (float("nan"), float("nan"))
    bend: float = 1.0
    explained: Array | None = None

    def transform(self, theta: Array) -> Array:
        theta = np.asarray(theta, dtype=np.float64)
        flat = theta.reshape(-1, theta.shape[-1])
        return self.nearest(self.near.coordinates(flat)).reshape(*theta.shape[:-1], 2)

    def nearest(self, z: Array, tick: Callable[[], None] = lambda: None) -> Array:
        """Where the surface is nearest to coordinates z (n, k): (n, 2)."""
        from scipy.spatial import cKDTree

        start = self.table_xy[cKDTree(self.table_z).query(z)[1]]
        return nearest_points(self.decode, z, start, self.unit, tick)

    def inverse_transform(self, xy: Array) -> Array:
        xy = np.asarray(xy, dtype=np.float64)
        return self.near.parameters(self.decode(xy.reshape(-1, 2))).reshape(*xy.shape[:-1], -1)

    def facts(self) -> tuple[str, ...]:
        mean, largest = self.reconstruction
        (left, right), (low, high) = self.coverage
        lines = [
            f"reconstruction error along the path: {mean:.2%} of its extent on average, {largest:.2%} at most",
            f"one-to-one for x from {left:.4g} to {right:.4g}, y from {low:.4g} to {high:.4g}",
        ]
        if self.bend < 1:
            lines.append(f"straightened by {1 - self.bend:.0%} to be one-to-one")
        return tuple(lines)


def bent_chart(
    near: Neighbourhood,
    decode: Decode,
    path_xy: Array,
    axis_names: tuple[str, str],
    trajectories: Sequence[Trajectory],
    progress: Progress,
) -> CurvedChart:
    """The chart of a surface on which the points `near.path` are at about path_xy (n, 2).

    `decode` gives coordinates in units of `near.size`.

    Where the surface folds within what it should cover, it is straightened towards its best plane, in steps, until
    it is one-to-one. `progress` is told 0 to 1 of this work.
    """
    plane = _plane_of(decode, path_xy)
    unit = np.ptp(box_around(path_xy, ROOM), axis=1)
    for k, bend in enumerate(BENDS):
        tick = partial(progress, 0.1 * k)
        mixed = _mixed(plane, decode, bend, near.size)
        # Where the paths are on the surface decides what it should cover.
        xy = nearest_points(mixed, near.path * near.size, path_xy, unit, tick)
        box = box_around(xy, ROOM)
        table = np.concatenate([_lattice(box, TABLE), xy])
        chart = CurvedChart(near, mixed, table, mixed(table), np.ptp(box, axis=1), axis_names, box, bend=bend)
        if is_one_to_one(chart, xy, tick):
            return replace(chart, reconstruction=_reconstruction(chart, trajectories, progress))
    raise LsbError("no chart that is one-to-one was found around this path; choose another projection or seed")


def nearest_points(
    decode: Decode, z: Array, start: Array, unit: Array, tick: Callable[[], None] = lambda: None
) -> Array:
    """xy (n, 2) where decode(xy) is nearest to z (n, k), from start (n, 2): Levenberg and Marquardt's method.

    Each point is on its own; differences are taken over 1e-6 of `unit` (2,). `tick` is called at every iteration.
    """
    xy = start.copy()
    residual = decode(xy) - z
    damping = np.full(len(xy), 1e-3)
    active = np.arange(len(xy))
    for _ in range(60):
        tick()
        slope = _slope(decode, xy[active], unit)
        normal = np.einsum("nki,nkj->nij", slope, slope)
        size = normal * np.eye(2) + TINY * np.eye(2)
        right = np.einsum("nki,nk->ni", slope, residual[active])
        step = -np.linalg.solve(normal + damping[active, None, None] * size, right[..., None])[..., 0]
        # A step is held within a fifth of the region, where the linear picture of it still tells something.
        step *= np.minimum(1.0, 0.2 / np.maximum(np.abs(step).max(axis=1, keepdims=True), TINY))
        tried = xy[active] + step * unit
        after = decode(tried) - z[active]
        better = (after**2).sum(axis=1) <= (residual[active] ** 2).sum(axis=1)
        xy[active[better]], residual[active[better]] = tried[better], after[better]
        damping[active] = np.clip(damping[active] * np.where(better, 0.1, 10.0), 1e-15, 1e6)
        active = active[(np.abs(step).max(axis=1) > 1e-13) & (better | (damping[active] < 1e3))]
        if not len(active):
            break
    return xy


def is_one_to_one(chart: CurvedChart, path_xy: Array, tick: Callable[[], None] = lambda: None) -> bool:
    """Whether points all over the covered box, and closely around the path (n, 2), come back to where they were and
    the surface is nowhere squeezed flat.
    """
    rng = np.random.default_rng(0)
    beside = [path_xy + rng.normal(size=path_xy.shape) * distance * chart.unit for distance in BESIDE]
    between = np.concatenate([_lattice(chart.coverage, TABLE - 1), *beside])
    slope = _slope(chart.decode, between, chart.unit)
    stretch = np.linalg.svd(slope, compute_uv=False)
    if not np.isfinite(stretch).all() or stretch[:, 1].min() < SQUEEZED * np.median(stretch[:, 1]):
        return False
    tick()
    back = chart.nearest(chart.decode(between), tick)
    return bool((np.abs(back - between) <= CLOSED * chart.unit).all())


def _slope(decode: Decode, xy: Array, unit: Array) -> Array:
    """The derivative (n, k, 2) of decode at xy (n, 2), in steps of `unit` (2,), by central differences."""
    columns = []
    for axis in (0, 1):
        step = np.zeros(2)
        step[axis] = 1e-6 * unit[axis]
        columns.append((decode(xy + step) - decode(xy - step)) / 2e-6)
    return np.stack(columns, axis=-1)


def _lattice(box: Array, count: int) -> Array:
    """The middles of count x count cells of a box (2, 2): (count^2, 2)."""
    share = (np.arange(count) + 0.5) / count
    x, y = (low + share * (high - low) for low, high in box)
    return np.column_stack([axis.ravel() for axis in np.meshgrid(x, y)])


def _plane_of(decode: Decode, path_xy: Array) -> Decode:
    """The affine map nearest to `decode` over the region of the path."""
    points = _lattice(box_around(path_xy, ROOM), TABLE)
    map_, *_ = np.linalg.lstsq(np.column_stack([points, np.ones(len(points))]), decode(points), rcond=None)
    return lambda xy: np.asarray(xy @ map_[:2] + map_[2])


def _mixed(plane: Decode, decode: Decode, bend: float, size: Array) -> Decode:
    """The surface with a share of its bend, in the units of the parameters."""
    if bend == 1.0:
        return lambda xy: decode(xy) * size
    return lambda xy: ((1.0 - bend) * plane(xy) + bend * decode(xy)) * size


def _reconstruction(chart: CurvedChart, trajectories: Sequence[Trajectory], progress: Progress) -> tuple[float, float]:
    """Mean and largest distance of the paths from the chart over their largest distance from their mean."""
    total = sum(len(trajectory.theta) for trajectory in trajectories)
    mean = sum(trajectory.theta.sum(axis=0) for trajectory in trajectories) / total
    distances, extent, done = [], 0.0, 0
    for trajectory in trajectories:
        for start in range(0, len(trajectory.theta), 128):
            theta = trajectory.theta[start : start + 128]
            distances.append(np.linalg.norm(theta - chart.inverse_transform(chart.transform(theta)), axis=1))
            extent = max(extent, float(np.linalg.norm(theta - mean, axis=1).max()))
            done += len(theta)
            progress(0.5 + 0.5 * done / total)
    distance = np.concatenate(distances)
    return float(distance.mean() / extent), float(distance.max() / extent)
