"""Surfaces of other programs: a grid of losses, made into a landscape with the paths that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...errors import LsbError
from ..landscape import Landscape, Path, even_axis, explained_share
from ..missing import filled
from ..objective import Array
from ..projections import Plane
from .tracks import Track, checked_track, unique_names

#: Points of a grid, and along one axis, at most.
MOST_POINTS, MOST_ALONG = 2**24, 8192
#: Steps of an axis that differ by this share of the mean are still even: coordinates in single precision.
EVEN = 1e-3
#: Points of an axis that is made even, as a multiple of what it had.
FINER = 4


@dataclass(frozen=True, eq=False)
class FileSurface:
    """A grid of losses as a file has it: x (Nx,) and y (Ny,) rising, loss (Ny, Nx), nan where there is none.

    `plane` says where it lies in parameter space, if that is known; `tracks` are the paths in the same file; `notes`
    are sentences that a picture of it must carry, `facts` others on it.
    """

    x: Array
    y: Array
    loss: Array
    axis_names: tuple[str, str] = ("x", "y")
    height: str = "loss"
    explained: Array | None = None
    plane: Plane | None = None
    tracks: tuple[Track, ...] = ()
    notes: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


def check_size(nx: int, ny: int) -> None:
    """Raise `LsbError` for a grid that is no grid or too large, before memory is taken for it."""
    if nx < 2 or ny < 2:
        raise LsbError(f"the grid has {nx} by {ny} points; at least 2 by 2 are needed")
    if nx > MOST_ALONG or ny > MOST_ALONG or nx * ny > MOST_POINTS:
        raise LsbError(f"the grid has {nx} by {ny} points; at most {MOST_ALONG} along an axis, {MOST_POINTS} in all")


def landscape_of(surface: FileSurface | Landscape, tracks: Sequence[Track], name: str) -> Landscape:
    """The surface as a landscape called `name`, on which the given tracks come after those of its own file.

    Raises `LsbError` where there is not one finite loss, and for a track of which it is unknown where on the surface
    it runs.
    """
    if isinstance(surface, Landscape):
        landscape, plane, tracks = surface, None, tuple(tracks)
        landscape = landscape if landscape.model else replace(landscape, model=name)
    else:
        landscape, plane, tracks = (
            _bare(surface, name),
            surface.plane,
            (*(checked_track(track, name) for track in surface.tracks), *tracks),
        )
    if not np.isfinite(landscape.loss).any():
        raise LsbError(f"'{name}' has no point with a finite loss")
    names = unique_names([path.name for path in landscape.paths], tracks)
    laid = [_lay(landscape, plane, track, title) for track, title in zip(tracks, names, strict=True)]
    notes = tuple(dict.fromkeys(note for _, said in laid for note in said))
    paths = (*landscape.paths, *(path for path, _ in laid))
    return replace(landscape, paths=paths, notes=(*landscape.notes, *notes))


def _bare(surface: FileSurface, name: str) -> Landscape:
    """The landscape without paths, on even axes."""
    x, y, loss, notes = surface.x, surface.y, surface.loss, surface.notes
    even_x, even_y = _evened(x), _evened(y)
    if even_x is not x or even_y is not y:
        check_size(len(even_x), len(even_y))
        loss = _read_off(x, y, loss, *np.meshgrid(even_x, even_y))
        notes = (*notes, "The file's grid is uneven; between its points the loss is interpolated.")
    explained = np.full(2, np.nan) if surface.explained is None else surface.explained
    facts = (*surface.facts, *_counted(loss))
    return Landscape(
        even_x, even_y, loss, (), surface.axis_names, explained, surface.height, facts, model=name, notes=notes
    )


def _counted(loss: Array) -> tuple[str, ...]:
    missing = int(np.isnan(loss).sum())
    return (f"{missing} of {loss.size} points have no loss",) if missing else ()


def _evened(axis: Array) -> Array:
    """The axis itself, or where its steps differ an even one over the same range that is about as fine."""
    steps = np.diff(axis)
    if np.ptp(steps) <= EVEN * steps.mean():
        return axis
    count = min(FINER * len(axis), MOST_ALONG, int(np.ceil(np.ptp(axis) / steps.min())) + 1)
    return even_axis(float(axis[0]), float(axis[-1]), count)


def _read_off(x: Array, y: Array, loss: Array, at_x: Array, at_y: Array) -> Array:
    """The loss at places, linear between the grid's points; nan beyond them and beside missing ones."""
    from scipy.interpolate import RegularGridInterpolator

    places = np.stack([at_y, at_x], axis=-1)
    with np.errstate(invalid="ignore"):
        return np.asarray(RegularGridInterpolator((y, x), loss, bounds_error=False)(places))


def _lay(landscape: Landscape, plane: Plane | None, track: Track, name: str) -> tuple[Path, list[str]]:
    """The track as a path on the landscape, and what a picture must say of it."""
    xy = _places(plane, track)
    x, y = landscape.x, landscape.y
    surface_loss = _read_off(x, y, landscape.loss, xy[:, 0], xy[:, 1])
    notes = list(track.notes)
    loss = track.loss
    if loss is None:
        inside = np.clip(xy, (x[0], y[0]), (x[-1], y[-1]))
        loss = _read_off(x, y, filled(landscape.loss), inside[:, 0], inside[:, 1])
        notes.append("The path's losses are read off the surface.")
    theta = np.empty((len(xy), 0)) if track.theta is None else track.theta
    explained = float("nan") if plane is None or track.theta is None else explained_share(plane, theta, xy)
    return Path(name, xy, loss, surface_loss, theta, explained), notes


def _places(plane: Plane | None, track: Track) -> Array:
    """Where the track runs: xy (T, 2)."""
    if track.xy is not None:
        return track.xy
    assert track.theta is not None
    count = track.theta.shape[1]
    if plane is None and count == 2:
        return track.theta
    if plane is None:
        raise LsbError(
            f"the path '{track.name}' has {count} parameters, and the surface's file does not say in which plane it "
            "lies; give xy (T, 2) with the path, or origin, u and v with the surface"
        )
    if len(plane.origin) != count:
        raise LsbError(f"the path '{track.name}' has {count} parameters; the surface's plane has {len(plane.origin)}")
    return plane.transform(track.theta)
