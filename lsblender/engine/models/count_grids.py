"""How many samples are classified correctly over a whole grid of a plane, where scores are affine in its coordinates.

A sample is right where all of some functions q = a + x b + y c are above zero. Along a row each q is above zero from
one grid point on, or up to one: so a sample is right in a single run of grid points, or nowhere. Two marks for each
sample, where its run begins and where it is over, and running sums over the marks give the row in O(N + Nx).

Where q changes its sign is found by division, and made sure by the sign of q itself at the grid points beside. So the
counts are those of a loop over the points, up to the rounding of q.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..objective import Array, Progress, no_progress
from .fast_grids import Affine

#: Numbers held at once while rows are evaluated (1 MB each).
BLOCK = 2**17

#: Numbers of grid points, 0 to Nx.
Cells = NDArray[np.intp]


def is_finite(q: Affine, x: Array, y: Array) -> bool:
    """Whether q is finite all over the grid, which `count_grid` needs."""
    with np.errstate(over="ignore", invalid="ignore"):
        largest = (
            np.abs(q.at).max() + np.abs(x).max() * np.abs(q.along_x).max() + np.abs(y).max() * np.abs(q.along_y).max()
        )
    return bool(np.isfinite(largest))


def count_grid(q: Affine, or_zero: NDArray[np.bool_], x: Array, y: Array, progress: Progress | None = None) -> Array:
    """How many samples have all their q above zero (`or_zero`: at zero too) over the grid: q, or_zero (N, T) to
    (Ny, Nx).
    """
    progress = progress or no_progress
    order = np.argsort(x, kind="stable")
    n_samples, n_terms = q.at.shape
    at_once = max(1, BLOCK // n_terms)
    n_rows = max(1, at_once // max(n_samples, len(x)))
    total = np.zeros((len(y), len(x)))
    for start in range(0, len(y), n_rows):
        rows = slice(start, start + n_rows)
        for first in range(0, n_samples, at_once):
            samples = slice(first, first + at_once)
            total[rows, order] += _right_in_rows(q[samples], or_zero[samples], x[order], y[rows])
            progress((start + min(n_rows, len(y) - start) * min(1.0, (first + at_once) / n_samples)) / len(y))
    return total


def _right_in_rows(q: Affine, or_zero: NDArray[np.bool_], x: Array, y: Array) -> Array:
    """The counts over some rows, x ascending: (Ny, Nx)."""
    begins = np.zeros((len(y), len(q.at)), dtype=np.intp)
    ends = np.full((len(y), len(q.at)), len(x), dtype=np.intp)
    for term in range(q.at.shape[1]):
        part = Affine(q.at[:, term], q.along_x[:, term], q.along_y[:, term])
        rises = part.along_x >= 0
        begins[:, rises] = np.maximum(begins[:, rises], _first_above(part[rises], or_zero[rises, term], x, y))
        # What falls is above zero up to where its opposite is.
        falls = part[~rises]
        opposite = Affine(-falls.at, -falls.along_x, -falls.along_y)
        ends[:, ~rises] = np.minimum(ends[:, ~rises], _first_above(opposite, ~or_zero[~rises, term], x, y))
    ends = np.maximum(ends, begins)
    row_starts = np.arange(len(y))[:, None] * (len(x) + 1)
    marks = np.zeros((len(y), len(x) + 1), dtype=np.intp)
    marks += np.bincount((begins + row_starts).ravel(), minlength=marks.size).reshape(marks.shape)
    marks -= np.bincount((ends + row_starts).ravel(), minlength=marks.size).reshape(marks.shape)
    return np.asarray(np.cumsum(marks[:, :-1], axis=1), dtype=np.float64)


def _first_above(q: Affine, or_zero: NDArray[np.bool_], x: Array, y: Array) -> Cells:
    """The number (Ny, N) of the first grid point of each row at which q, which does not fall, is above zero; Nx where
    there is none.
    """
    at = q.at + np.multiply.outer(y, q.along_y)

    def is_above(cell: Cells) -> NDArray[np.bool_]:
        value = at + x.take(cell, mode="clip") * q.along_x
        return np.asarray((value > 0) | (or_zero & (value == 0)))

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        cell = _about(-at / q.along_x, x)
    return _made_sure(cell, is_above, len(x))


def _about(cut: Array, x: Array) -> Cells:
    """The number of the first grid point above each cut, or one beside; of nan, 0."""
    step = (x[-1] - x[0]) / max(1, len(x) - 1)
    even = x[0] + step * np.arange(len(x))
    if step > 0 and np.abs(x - even).max() <= 0.01 * step:
        return np.asarray(np.fmin(np.fmax(np.ceil((cut - x[0]) / step), 0.0), len(x)).astype(np.intp))
    return np.searchsorted(x, np.where(np.isnan(cut), -np.inf, cut))


def _made_sure(cell: Cells, is_above: Callable[[Cells], NDArray[np.bool_]], count: int) -> Cells:
    """The cells moved until what is at them is above zero and what is before them is not."""
    moved = True
    while moved:
        too_far = (cell > 0) & is_above(cell - 1)
        too_near = (cell < count) & ~is_above(cell) & ~too_far
        moved = bool(too_far.any() or too_near.any())
        cell = cell - too_far + too_near
    return cell
