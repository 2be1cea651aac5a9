"""The kinds of surface files that are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from ...errors import LsbError
from ...registry import unknown
from ...settings import setting
from ..archives import Archive, open_archive
from ..landscape import Landscape
from ..objective import Array
from ..projections import Plane
from ..tables import read_numbers
from .base import LANDSCAPES, LandscapeFile
from .columns import LOSSES, surface_of
from .own import is_own, read_own
from .points import grid_of
from .surfaces import FileSurface, check_size
from .tracks import archive_tracks

#: What Li et al. write where a point was not computed.
NOT_COMPUTED = -1.0


@LANDSCAPES.register("npz", "NumPy archive (.npz)")
class NpzSurface(LandscapeFile):
    """Arrays in NumPy's format: a landscape that lsblender computed, or x (Nx), y (Ny) and loss (Ny, Nx) of your own.

    Besides these there may be the path, xy (T, 2) or theta (T, P) with path_loss (T), and the plane in parameter
    space, origin, u and v (P). A point without a loss is nan.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".npz",)

    def surface(self, file: Path) -> FileSurface | Landscape:
        with open_archive(file) as archive:
            return read_own(archive) if is_own(archive) and not self.quantity else _generic(archive, self.quantity)


def _generic(archive: Archive, quantity: str) -> FileSurface:
    """A grid under the usual names."""
    key = quantity or next((name for name in LOSSES if name in archive), LOSSES[0])
    if quantity and quantity not in archive:
        raise unknown("array", quantity, archive.keys())
    loss = archive.numbers(key, ("points of y", "points of x"))
    check_size(loss.shape[1], loss.shape[0])
    x, y = (_axis(archive, name, count) for name, count in (("x", loss.shape[1]), ("y", loss.shape[0])))
    tracks = tuple(archive_tracks(archive, "path", loss="path_loss")) if "xy" in archive or "theta" in archive else ()
    return FileSurface(x, y, loss, _axis_names(archive), _height(key), plane=_plane(archive), tracks=tracks)


def _axis(archive: Archive, name: str, count: int) -> Array:
    """The coordinates along an axis; from a grid of them as numpy.meshgrid makes it, its first row or column."""
    array = archive.anything(name) if name in archive else None
    if array is not None and array.ndim == 2 and array.dtype.kind in "fiu":
        grid = archive.numbers(name, ("points of y", "points of x"))
        axis = grid[0] if name == "x" else grid[:, 0]
        if not np.array_equal(grid, np.broadcast_to(axis if name == "x" else axis[:, None], grid.shape)):
            raise LsbError("is no grid as numpy.meshgrid makes it; give the coordinates along the axis", name)
    else:
        axis = archive.numbers(name, (count,))
    if len(axis) != count or not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
        raise LsbError(f"{count} finite, rising numbers are needed", name)
    return axis


def _axis_names(archive: Archive) -> tuple[str, str]:
    if "axis_names" not in archive:
        return "x", "y"
    first, second = archive.texts("axis_names", (2,))
    return first, second


def _plane(archive: Archive) -> Plane | None:
    """Where the surface lies in parameter space, if the file says so."""
    if not all(name in archive for name in ("origin", "u", "v")):
        return None
    origin = archive.numbers("origin", ("parameters",))
    u, v = (archive.numbers(name, origin.shape) for name in ("u", "v"))
    return Plane(origin, u, v)


def _height(quantity: str) -> str:
    """What the height is, in words; percents stay what they are."""
    return (
        quantity
        if quantity in ("accuracy", "error_rate")
        else quantity.removesuffix("_loss") + (" loss" if quantity.endswith("_loss") else "")
    )


@LANDSCAPES.register("h5", "Li et al.'s loss-landscape (.h5)")
class H5Surface(LandscapeFile):
    """Surfaces of the loss-landscape program of Li et al. (2018): xcoordinates, ycoordinates and train_loss.

    Points that were not computed (-1) have no loss. `trajectory` is its file with proj_xcoord and proj_ycoord.
    """

    suffixes: ClassVar[tuple[str, ...]] = (".h5", ".hdf5")

    def surface(self, file: Path) -> FileSurface:
        from .hdf5 import open_hdf5

        quantity = self.quantity or "train_loss"
        with open_hdf5(file) as data:
            if "ycoordinates" not in data and "xcoordinates" in data:
                raise LsbError(f"'{file.name}' is a line (it has no 'ycoordinates'); a surface is needed")
            x, y = (data.numbers(key, 1) for key in ("xcoordinates", "ycoordinates"))
            check_size(len(x), len(y))
            stored = data.numbers(quantity, 2)
        if stored.size != len(x) * len(y):
            raise LsbError(f"'{quantity}' in '{file.name}' has {stored.size} numbers for {len(x)} by {len(y)} points")
        for name, axis in (("xcoordinates", x), ("ycoordinates", y)):
            if not np.isfinite(axis).all() or (np.diff(axis) <= 0).any():
                raise LsbError(f"'{name}' in '{file.name}' must be finite and rising")
        # stored as (nx, ny), but filled in the order of numpy.meshgrid, whose row is y
        loss = stored.ravel().reshape(len(y), len(x))
        loss = np.where(loss == NOT_COMPUTED, np.nan, loss)
        return FileSurface(x, y, loss, ("direction 1", "direction 2"), quantity.replace("_", " "))


@LANDSCAPES.register("csv", "Table (.csv)")
@dataclass(frozen=True)
class CsvSurface(LandscapeFile):
    """A table of points (two coordinates and the loss, in any order of rows and columns), or a matrix of losses.

    The pairs of 2018 are such tables. Delimiter, encoding and header are found; which coordinate varies fastest does
    not matter. A point without a loss is nan, or left out.
    """

    transpose: bool = setting(
        False,
        "The losses were written in the order of the other axis, as in 2018's surfaces of principal components",
    )
    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".tsv", ".txt")

    def surface(self, file: Path) -> FileSurface:
        return surface_of(read_numbers(file), self.quantity, self.transpose)


@LANDSCAPES.register("vtp", "ParaView points (.vtp)")
class VtpSurface(LandscapeFile):
    """The points of a ParaView file: x and y, and as height the first number of each point, or z."""

    suffixes: ClassVar[tuple[str, ...]] = (".vtp",)

    def surface(self, file: Path) -> FileSurface:
        from .vtp import read_points

        read = read_points(file)
        if self.quantity and self.quantity not in read.data:
            raise unknown("number of the points", self.quantity, list(read.data))
        name = self.quantity or next(iter(read.data), "")
        height = read.data[name] if name else read.points[:, 2]
        return grid_of(np.column_stack([read.points[:, :2], height]), ("x", "y"))
