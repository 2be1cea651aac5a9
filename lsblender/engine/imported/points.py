"""From points (x, y, loss) in any order to a grid."""

from __future__ import annotations

import logging

import numpy as np
from numpy.typing import NDArray

from ...errors import LsbError
from ..objective import Array
from .surfaces import FileSurface, check_size

logger = logging.getLogger(__name__)

#: Coordinates that differ by less than this share of their range are one: they were computed, and rounded.
SAME = 1e-7
#: A grid of which less than this share has a point is none.
FEWEST_FILLED = 0.25


def grid_of(points: Array, names: tuple[str, str], *, transpose: bool = False) -> FileSurface:
    """The grid of points (N, 3): x, y and loss in any order of rows; where there is no point, the loss is nan.

    Of points at the same place the last one is taken, and the grid's notes say so. With `transpose` the losses are
    taken to have been written in the order of the other axis (as in 2018's surfaces of principal components). Raises
    `LsbError` where the points form no grid.
    """
    if not np.isfinite(points[:, :2]).all():
        row = int(np.argmax(~np.isfinite(points[:, :2]).all(axis=1)))
        raise LsbError(f"point {row + 1} has coordinates that are not finite")
    x, column = _levels(points[:, 0], names[0])
    y, row_of = _levels(points[:, 1], names[1])
    count, size = len(points), len(x) * len(y)
    if size * FEWEST_FILLED > count:
        raise LsbError(
            f"the points form no grid: {count} of them have {len(x)} different '{names[0]}' and {len(y)} different "
            f"'{names[1]}'"
        )
    check_size(len(x), len(y))
    place = row_of * len(x) + column
    loss = np.full(size, np.nan)
    loss[place] = points[:, 2]
    notes = _duplicates(place, points[:, 2], loss)
    if transpose:
        loss = _reordered(loss, place, column, row_of, (len(y), len(x)))
    return FileSurface(x, y, loss.reshape(len(y), len(x)), names, notes=notes)


def _levels(values: Array, name: str) -> tuple[Array, NDArray[np.int64]]:
    """The different values, rising, and which of them each one is."""
    found, which = np.unique(values, return_inverse=True)
    new = np.append(True, np.diff(found) > SAME * (found[-1] - found[0]))
    if new.sum() < 2:
        raise LsbError(f"all points have the same '{name}', {found[0]:g}; they form a line and no surface")
    return found[new], (np.cumsum(new) - 1)[which.ravel()]


def _duplicates(place: NDArray[np.int64], given: Array, kept: Array) -> tuple[str, ...]:
    """What is to be said of points at the same place, in the log if all agree."""
    more = len(place) - len(np.unique(place))
    if not more:
        return ()
    differ = int(np.sum((given != kept[place]) & ~(np.isnan(given) & np.isnan(kept[place]))))
    if not differ:
        logger.warning("%d points are given more than once, each time with the same loss", more)
        return ()
    logger.warning("%d points are given more than once with different losses; the last one counts", differ)
    return (f"{differ} points of the file are there again with another loss; the last one counts.",)


def _reordered(
    loss: Array, place: NDArray[np.int64], column: NDArray[np.int64], row: NDArray[np.int64], shape: tuple[int, int]
) -> Array:
    """The losses as if the other axis had varied fastest in the order in which they were written."""
    if len(np.unique(place)) != loss.size or len(place) != loss.size:
        raise LsbError("a grid with missing or repeated points can not be transposed")
    x_fastest = np.count_nonzero(np.diff(column)) > np.count_nonzero(np.diff(row))
    grid = loss.reshape(shape)
    return np.ravel(grid.reshape(shape[::-1]).T if x_fastest else grid.T.reshape(shape))
