"""Losses over a whole grid of a plane at once, for what is affine in its two coordinates.

On a plane theta = o + x u + y v the decision values of a linear model are q = a + x b + y c, one a, b and c per
sample. Two of the losses of q need no evaluation per sample and grid point then:

- A hinge max(0, q)^p is piecewise linear (quadratic) along a row of the grid. Each sample enters at its breakpoint;
  running sums over the cells between grid points give the row in O(N + Nx). Samples whose q falls with x are treated
  from the right, so that only terms >= 0 are ever added, and nothing cancels.
- A square is a quadratic form in (1, x, y), here as a sum of at most three squares.

`log_grids` has the third one, log(1 + sum exp q). Axes may be in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..objective import Array, Progress, no_progress

#: Numbers held at once while rows are evaluated (1 MB each).
BLOCK = 2**17


@dataclass(frozen=True, eq=False)
class Affine:
    """q = at + x along_x + y along_y: three arrays of one shape, whose first axis is the samples."""

    at: Array
    along_x: Array
    along_y: Array

    def __getitem__(self, part: slice | NDArray[Any]) -> Affine:
        return Affine(self.at[part], self.along_x[part], self.along_y[part])


def add_squares(total: Array, root: Array, x: Array, y: Array, progress: Progress | None = None) -> None:
    """Add sum_r (root[r, 0] + x root[r, 1] + y root[r, 2])^2 to a grid: root (R, 3), total (Ny, Nx)."""
    progress = progress or no_progress
    n_rows = max(1, BLOCK // len(x))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(y), n_rows):
            rows = slice(start, start + n_rows)
            for at, along_x, along_y in root:
                total[rows] += np.square(np.add.outer(at + y[rows] * along_y, x * along_x))
            progress(min(1.0, (start + n_rows) / len(y)))


def square_root_of(columns: Array) -> Array:
    """A root (R, 3) for `add_squares`, R <= 3, of |columns @ (1, x, y)|^2 with columns (M, 3).

    By QR with the constant column last, so that at the lowest point the squares that depend on (x, y) vanish and the
    smallest residual stays without cancellation.
    """
    root = np.asarray(np.linalg.qr(columns[:, [1, 2, 0]], mode="r"))
    return root[:, [2, 0, 1]]


def hinge_grid(q: Affine, power: int, x: Array, y: Array, progress: Progress | None = None) -> Array:
    """sum over the samples of max(0, q)^power over the grid, power 1 or 2: q of (N,) to (Ny, Nx)."""
    progress = progress or no_progress
    order = np.argsort(x, kind="stable")
    rises = q.along_x >= 0
    sides = [(q[rises], x[order], order), (_mirrored(q[~rises]), -x[order[::-1]], order[::-1])]
    total = np.zeros((len(y), len(x)))
    n_rows = max(1, BLOCK // max(len(q.at), len(x)))
    with np.errstate(all="ignore"):
        for start in range(0, len(y), n_rows):
            rows = slice(start, start + n_rows)
            alive = _alive(progress, start / len(y))
            for side, axis, columns in sides:
                if len(side.at):
                    total[rows, columns] += _rising_rows(side, power, axis, y[rows], alive)
            progress(min(1.0, (start + n_rows) / len(y)))
    return total


def _mirrored(q: Affine) -> Affine:
    """The same q as a function of -x."""
    return Affine(q.at, -q.along_x, q.along_y)


def _alive(progress: Progress, fraction: float) -> Callable[[], None]:
    return lambda: progress(fraction)


def _rising_rows(q: Affine, power: int, x: Array, y: Array, alive: Callable[[], None]) -> Array:
    """sum of max(0, q)^power for samples that do not fall along the ascending x: (Ny, Nx).

    With b the slope, the sums of b^(p - j) q^j over the samples above 0, j = 0 to p, move along the row: by their
    binomials from one grid point to the next, and by what enters between the two.
    """
    entered = np.zeros((power + 1, len(y), len(x)))
    for start in range(0, len(q.at), BLOCK):
        _add_entered(entered, q[start : start + BLOCK], x, y)
        alive()
    steps = np.diff(x)
    slope = np.cumsum(entered[0], axis=1)
    entered[1, :, 1:] += steps * slope[:, :-1]
    value = np.cumsum(entered[1], axis=1)
    if power == 1:
        return np.asarray(value)
    entered[2, :, 1:] += steps * (2.0 * value[:, :-1] + steps * slope[:, :-1])
    return np.asarray(np.cumsum(entered[2], axis=1))


def _add_entered(entered: Array, q: Affine, x: Array, y: Array) -> None:
    """Add b^(p - j) q^j of every sample to the first grid point of each row where it is above 0."""
    power, size = len(entered) - 1, len(x) + 1
    at = q.at + np.multiply.outer(y, q.along_y)
    cell = _first_above(-at / np.abs(q.along_x), x)
    value = np.maximum(at + x.take(cell, mode="clip") * q.along_x, 0.0).ravel()
    slope = np.broadcast_to(q.along_x, at.shape).ravel()
    cell += np.arange(len(y))[:, None] * size
    for j in range(power + 1):
        weights = slope ** (power - j) * value**j
        entered[j] += np.bincount(cell.ravel(), weights, len(y) * size).reshape(len(y), size)[:, :-1]


def _first_above(cut: Array, x: Array) -> NDArray[np.intp]:
    """The number of the first grid point above each cut, len(x) where there is none; of nan, 0.

    On an even axis by division; a rounding to the wrong side of a grid point costs a rounding of the hinge, since
    that is 0 there.
    """
    step = (x[-1] - x[0]) / max(1, len(x) - 1)
    even = x[0] + step * np.arange(len(x))
    if step > 0 and np.abs(x - even).max() <= 8 * np.finfo(float).eps * np.abs(x).max():
        cell = np.ceil((cut - x[0]) / step)
        return np.asarray(np.fmin(np.fmax(cell, 0.0), len(x)).astype(np.intp))
    return np.searchsorted(x, np.where(np.isnan(cut), -np.inf, cut))
