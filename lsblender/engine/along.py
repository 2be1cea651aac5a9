"""Landscapes of what was trained elsewhere: a loss of your own, and the paths that were recorded on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as File

import numpy as np
from numpy.typing import ArrayLike

from ..errors import LsbError
from .history import History, read_history
from .imported.surfaces import FileSurface, check_size, landscape_of
from .imported.tracks import Track
from .landscape import Landscape, axes_around, evaluate_landscape, on_chart
from .objective import Array, Objective, Progress, part_of
from .projections import PathPCA, Projection
from .training import Trajectory

#: The share of the progress that the paths take; the grid takes the rest.
PATHS = 0.2


def landscape_along(
    objective: Objective,
    *paths: Trajectory | History | str | File,
    projection: Projection | None = None,
    resolution: tuple[int, int] = (65, 65),
    margin: float = 0.25,
    progress: Progress | None = None,
) -> Landscape:
    """The landscape of an objective round one or more paths: of `train`, of a recorder, or history files.

    The projection is fitted to all of them (by default the plane of highest variance). Raises `LsbError` where a path
    does not belong to the objective.
    """
    if not paths:
        raise LsbError("a landscape along nothing; give at least one path")
    trajectories: list[Trajectory] = []
    notes: list[str] = []
    for path in paths:
        run = read_history(path) if isinstance(path, str | File) else path
        if isinstance(run, History):
            trajectories.append(run.trajectory(objective, part_of(progress, 0.0, PATHS)))
            notes += run.notes(trajectories[-1].loss)
        else:
            trajectories.append(run)
    projection = projection or PathPCA()
    trajectories = projection.part(trajectories)
    chart = projection.fit(trajectories, objective)
    points = chart.window(on_chart(chart, np.concatenate([path.theta for path in trajectories])))
    x, y = axes_around(points, resolution, margin)
    landscape = evaluate_landscape(objective, chart, trajectories, x, y, part_of(progress, PATHS, 1.0))
    return replace(landscape, notes=tuple(dict.fromkeys(notes)))


def landscape_from_arrays(
    x: ArrayLike,
    y: ArrayLike,
    loss: ArrayLike,
    path: ArrayLike | None = None,
    path_loss: ArrayLike | None = None,
    *,
    axis_names: tuple[str, str] = ("x", "y"),
    name: str = "Arrays",
) -> Landscape:
    """A landscape that is there already: x (Nx,), y (Ny,), both rising, and loss (Ny, Nx), nan where it is not known;
    `path` (T, 2) runs on it, with the losses `path_loss` (T,). Raises `LsbError` where these do not fit together.
    """
    along_x, along_y = _numbers(x, "x", 1), _numbers(y, "y", 1)
    for key, axis in (("x", along_x), ("y", along_y)):
        if not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
            raise LsbError("finite, rising numbers are needed", key)
    heights = _numbers(loss, "loss", 2)
    check_size(len(along_x), len(along_y))
    if heights.shape != (len(along_y), len(along_x)):
        raise LsbError(f"the shape is {heights.shape}; (y, x), ({len(along_y)}, {len(along_x)}), is needed", "loss")
    tracks: Sequence[Track] = ()
    if path is not None:
        xy = _numbers(path, "path", 2)
        if xy.shape[1] != 2 or not len(xy) or not np.isfinite(xy).all():
            raise LsbError("finite numbers of the shape (T, 2) are needed", "path")
        losses = None if path_loss is None else _numbers(path_loss, "path_loss", 1)
        if losses is not None and len(losses) != len(xy):
            raise LsbError(f"{len(losses)} losses for {len(xy)} points", "path_loss")
        tracks = (Track("path", xy, losses),)
    return landscape_of(FileSurface(along_x, along_y, heights, axis_names), tracks, name)


def _numbers(values: ArrayLike, key: str, dimensions: int) -> Array:
    """The values as an array of so many dimensions."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise LsbError("numbers are needed", key) from None
    if array.ndim != dimensions:
        raise LsbError(f"the shape is {array.shape}; {dimensions} dimensions are needed", key)
    return array
