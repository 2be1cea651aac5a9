"""The landscape: the loss over a chart, and the optimizers' paths on it.

A path carries two losses. `loss` is the true one, at the theta where the optimizer was; `surface_loss` is the
loss at that theta's shadow on the chart. They agree where the chart contains the path, and their difference
is shown, never hidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .objective import Array, Objective, Progress, grid_by_rows
from .projections import Chart, Plane
from .training import Trajectory


@dataclass(frozen=True, eq=False)
class Path:
    """An optimizer's way on the chart: xy (T, 2), loss (T,), surface_loss (T,), theta (T, P)."""

    name: str
    xy: Array
    loss: Array
    surface_loss: Array
    theta: Array


@dataclass(frozen=True, eq=False)
class Landscape:
    """x (Nx,), y (Ny,), loss (Ny, Nx): the row is y. `explained` (2,) is nan where it has no meaning."""

    x: Array
    y: Array
    loss: Array
    paths: tuple[Path, ...]
    axis_names: tuple[str, str]
    explained: Array


def evaluate_landscape(
    objective: Objective,
    chart: Chart,
    trajectories: Sequence[Trajectory],
    x: Array,
    y: Array,
    progress: Progress | None = None,
) -> Landscape:
    """The loss at every point of the grid x (Nx,), y (Ny,) of the chart, with the paths laid onto it."""
    if isinstance(chart, Plane):
        loss = objective.loss_grid(chart, x, y, progress)
    else:
        loss = grid_by_rows(lambda xy: objective.losses(chart.inverse_transform(xy)), x, y, progress)
    explained = np.full(2, np.nan) if chart.explained is None else np.asarray(chart.explained, dtype=np.float64)
    paths = tuple(_path(objective, chart, trajectory) for trajectory in trajectories)
    return Landscape(np.asarray(x), np.asarray(y), loss, paths, chart.axis_names, explained)


def _path(objective: Objective, chart: Chart, trajectory: Trajectory) -> Path:
    xy = chart.transform(trajectory.theta)
    surface_loss = objective.losses(chart.inverse_transform(xy))
    return Path(trajectory.name, xy, trajectory.loss, surface_loss, trajectory.theta)


def axes_around(xy: Array, resolution: tuple[int, int], margin: float) -> tuple[Array, Array]:
    """Evenly spaced x (Nx,) and y (Ny,) around the points (T, 2), with `margin` of their extent added on
    every side.

    An axis along which the points do not spread takes the other axis's extent (1 if that has none either), so
    that the picture is never a line.
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    extent = high - low
    widest = extent.max() if extent.max() > 0 else 1.0
    extent = np.where(extent > 1e-9 * widest, extent, widest)
    centre = (low + high) / 2
    half = extent * (0.5 + margin)
    x, y = (np.linspace(centre[k] - half[k], centre[k] + half[k], resolution[k]) for k in (0, 1))
    return x, y
