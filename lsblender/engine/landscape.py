"""The landscape: the loss over a chart, and the optimizers' paths on it.

A path carries two losses. `loss` is the true one, at the theta where the optimizer was; `surface_loss` is the
loss at that theta's shadow on the chart. They agree where the chart contains the path, and their difference
is shown, never hidden. What is not a number or infinite stays so here; only pictures cap it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .grid import Workers, evaluate_grid
from .objective import Array, Objective, Progress, losses_in_blocks, part_of
from .projections import Chart
from .training import Trajectory

#: Numbers of a path's thetas worked on between two calls of `progress` (4 MB, some milliseconds).
ENTRIES = 2**19


@dataclass(frozen=True, eq=False)
class Path:
    """An optimizer's way on the chart: xy (T, 2), loss (T,), surface_loss (T,), theta (T, P).

    `explained` is the share of this path's variance that the chart holds: 1 less the mean squared distance of
    theta from the chart, in units of theta's variance. Below 0 the chart is farther away than the path is long;
    nan where the path does not move. `first_step` is the optimizer's step at the first of them: a piece of a run
    begins later.
    """

    name: str
    xy: Array
    loss: Array
    surface_loss: Array
    theta: Array
    explained: float = float("nan")
    first_step: int = 0


@dataclass(frozen=True, eq=False)
class Landscape:
    """x (Nx,), y (Ny,), loss (Ny, Nx): the row is y. `explained` (2,) is nan where it has no meaning.

    `height` is what `loss` holds: loss, error_rate or accuracy, or what a file calls it; `facts` are sentences on chart
    and data for people, `notes` those that every picture of it must carry. `data` and `model` say what it is of.
    """

    x: Array
    y: Array
    loss: Array
    paths: tuple[Path, ...]
    axis_names: tuple[str, str]
    explained: Array
    height: str = "loss"
    facts: tuple[str, ...] = ()
    data: str = ""
    model: str = ""
    notes: tuple[str, ...] = ()


def evaluate_landscape(
    objective: Objective,
    chart: Chart,
    trajectories: Sequence[Trajectory],
    x: Array,
    y: Array,
    progress: Progress | None = None,
    *,
    n_jobs: int = 1,
    workers: Workers | None = None,
) -> Landscape:
    """The loss at every point of the grid x (Nx,), y (Ny,) of the chart, with the paths laid onto it.

    `n_jobs` threads or `workers` share the grid, see `evaluate_grid`; the result is the same.
    """
    x, y = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    steps = [len(trajectory.theta) for trajectory in trajectories]
    total = len(x) * len(y) + sum(steps)
    ends = (len(x) * len(y) + np.concatenate([[0], np.cumsum(steps)])) / max(1, total)
    part = part_of(progress, 0.0, float(ends[0]))
    loss = evaluate_grid(objective, chart, x, y, part, n_jobs=n_jobs, workers=workers)
    paths = tuple(
        lay_path(objective, chart, trajectory, part_of(progress, float(start), float(stop)))
        for trajectory, start, stop in zip(trajectories, ends[:-1], ends[1:], strict=True)
    )
    explained = np.full(2, np.nan) if chart.explained is None else np.asarray(chart.explained, dtype=np.float64)
    return Landscape(
        x, y, loss, paths, chart.axis_names, explained, objective.quantity, chart.facts(), model=objective.name
    )


def lay_path(objective: Objective, chart: Chart, trajectory: Trajectory, progress: Progress | None = None) -> Path:
    """The trajectory as a path on the chart, with the objective's loss where it falls on the chart."""
    xy = on_chart(chart, trajectory.theta, part_of(progress, 0.0, 0.2))
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        surface_loss = losses_in_blocks(
            lambda points: objective.losses(chart.inverse_transform(points)),
            xy,
            objective.points_at_once,
            part_of(progress, 0.2, 0.8),
        )
    explained = explained_share(chart, trajectory.theta, xy, part_of(progress, 0.8, 1.0))
    return Path(trajectory.name, xy, trajectory.loss, surface_loss, trajectory.theta, explained, trajectory.first_step)


def on_chart(chart: Chart, theta: Array, progress: Progress | None = None) -> Array:
    """Coordinates (T, 2) of theta (T, P), a block of rows at a time."""
    parts = []
    for rows in _row_blocks(theta):
        parts.append(chart.transform(theta[rows]))
        part_of(progress, 0.0, 1.0)(rows.stop / len(theta))
    return np.concatenate(parts)


def explained_share(chart: Chart, theta: Array, xy: Array, progress: Progress | None = None) -> float:
    """1 less the squared distances of theta (T, P) from the chart at xy (T, 2), over those from theta's mean."""
    mean = theta.mean(axis=0)
    off = around = 0.0
    for rows in _row_blocks(theta):
        off += float(np.sum((theta[rows] - chart.inverse_transform(xy[rows])) ** 2))
        around += float(np.sum((theta[rows] - mean) ** 2))
        part_of(progress, 0.0, 1.0)(rows.stop / len(theta))
    return 1.0 - off / around if around > 0 and np.ptp(theta, axis=0).any() else float("nan")


def _row_blocks(theta: Array) -> list[slice]:
    """The rows of theta (T, P) in slices of about `ENTRIES` numbers."""
    rows = max(1, ENTRIES // theta.shape[1])
    return [slice(start, min(start + rows, len(theta))) for start in range(0, len(theta), rows)]


def axes_around(
    xy: Array,
    resolution: tuple[int, int],
    margin: float,
    *,
    ranges: tuple[Sequence[float], Sequence[float]] = ((), ()),
    equal: bool = False,
) -> tuple[Array, Array]:
    """Evenly spaced x (Nx,) and y (Ny,) around the points (T, 2), with `margin` of their extent added on
    every side.

    An axis along which the points do not spread takes the other axis's extent (1 if that has none either), so
    that the picture is never a line. With `equal` the shorter axis becomes as long as the other, so that distances
    along both can be compared. An axis with a range (first, last) in `ranges` has just that.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = high - low
    widest = extent.max() if extent.max() > 0 else 1.0
    extent = np.where(extent > 1e-9 * widest, extent, widest)
    centre = (low + high) / 2
    half = extent * (0.5 + margin)
    given = [k for k in (0, 1) if len(ranges[k])]
    for k in given:
        centre[k], half[k] = (ranges[k][0] + ranges[k][1]) / 2, (ranges[k][1] - ranges[k][0]) / 2
    if equal:
        longest = half[given[0]] if given else half.max()
        half = np.array([half[k] if k in given else longest for k in (0, 1)])
    low, high = centre - half, centre + half
    for k in given:
        low[k], high[k] = ranges[k]
    x, y = (even_axis(float(low[k]), float(high[k]), resolution[k]) for k in (0, 1))
    return x, y


def even_axis(first: float, last: float, count: int) -> Array:
    """Evenly spaced numbers (count,) from first to last, both exact, and so is the middle of an odd count: on an axis
    round a trained theta at 0 one grid point is that theta itself.
    """
    steps = (2.0 * np.arange(count) - (count - 1)) / (count - 1)
    axis = 0.5 * (first + last) + 0.5 * (last - first) * steps
    axis[0], axis[-1] = first, last
    return axis
