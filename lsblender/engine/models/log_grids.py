"""log(1 + sum_t exp(d_t)) over a whole grid of a plane: logistic and softmax losses.

On a plane every exponent is affine, d = a + x b + y c, and exp factorises: exp(d) is exp(a + x0 b + y c), a number per
sample and row, times exp((x - x0) b), a number per sample and column. So over a tile of the grid

- 1 + sum_t exp(d_t) is a matrix product of T + 1 columns with T + 1 rows, no exponential per grid point;
- so is the product of the factors 1 + exp(d) of three samples, with the 8 products of their subsets;
- the logarithm is taken of the product of as many samples as can not overflow, often hundreds.

Nothing cancels, for all terms are >= 0. What could overflow or lose digits is told from the range of d over the tile:

- the largest exponent of a row is divided out where a sample is beyond doubt on the wrong side (log(1 + e^d) near d);
- where all samples are right by far, the products minus 1 are multiplied up (log1p at the end), so that a loss of
  1e-20 has its digits too;
- samples with all d < -36 add sum exp(d), one matrix product for all of them;
- samples whose d varies by hundreds within the tile are evaluated point by point.

Tiles stay in cache and become smaller where d is steep, so that few samples are of the last kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..objective import Array, Progress, no_progress
from .fast_grids import Affine

#: The largest tile: its points and columns; the smallest: its rows and columns.
TILE, LEAST = (2**15, 256), (8, 16)
#: Rows of the largest tile of a wide grid.
TILE_ROWS = TILE[0] // TILE[1]
#: Numbers held at once for the factors of samples along a tile, or for values point by point (2 MB each).
FACTORS, POINTS = 2**18, 2**18
#: |d| up to which e^d, for three samples together, is safe to multiply; the largest logarithm of a product.
SAFE, LARGEST = 200.0, 700.0
#: Below exp(-FAR), log(1 + e) is e.
FAR = 36.0
#: A mean loss per sample below which the product minus 1 is kept rather than the product.
SMALL = 1e-3
#: Matrix products made in one call.
BATCH = 4


def log_one_plus_sum(d: Array, axis: int) -> Array:
    """log(1 + sum exp(d)) along an axis, with all its digits for any d."""
    top = np.clip(d.max(axis=axis), 0.0, np.finfo(np.float64).max)  # finite, so that infinity - top is no nan
    sums = np.exp(d - np.expand_dims(top, axis)).sum(axis=axis)
    return np.asarray(top + np.log1p(sums + np.expm1(-top)))


def log_sums_grid(d: Affine, x: Array, y: Array, progress: Progress | None = None) -> Array:
    """The sum over the samples of log(1 + sum_t exp(d_t)) over the grid: d of (N, T) to (Ny, Nx).

    Relative error about 1e-13, as far as d itself is known (to rounding of the larger of a, x b and y c).
    """
    n_samples, n_terms = d.at.shape
    n_rows, n_columns = _tile_shape(d, x, y)
    block = max(3, FACTORS // (n_columns * (n_terms + 1)))
    order_x, order_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    ascending = bool((order_x[:-1] < order_x[1:]).all() and (order_y[:-1] < order_y[1:]).all())
    x, y = x[order_x], y[order_y]
    total = np.zeros((len(y), len(x)))
    work = _Work(progress or no_progress, total.size * n_samples)
    with np.errstate(all="ignore"):
        for start in range(0, n_samples, block):
            samples = d[start : start + block]
            for i in range(0, len(x), n_columns):
                strip = _Strip(samples, x[i : i + n_columns], work)
                for j in range(0, len(y), n_rows):
                    strip.add_to(total[j : j + n_rows, i : i + n_columns], y[j : j + n_rows])
    if ascending:
        return total
    result = np.empty_like(total)
    result[np.ix_(order_y, order_x)] = total
    return result


def _tile_shape(d: Affine, x: Array, y: Array) -> tuple[int, int]:
    """Rows and columns of a tile over which nine of ten samples vary by less than SAFE / 2 from its centre."""
    columns = min(TILE[1], len(x))
    rows = max(1, TILE[0] // columns)
    steep = [
        np.quantile(np.abs(slope).max(axis=1), 0.9) * np.ptp(axis) / max(1, len(axis) - 1) / 2
        for slope, axis in ((d.along_y, y), (d.along_x, x))
    ]
    rows = min(rows, len(y))
    while rows * steep[0] + columns * steep[1] > SAFE / 2 and (rows > LEAST[0] or columns > LEAST[1]):
        if columns <= LEAST[1] or (rows > LEAST[0] and rows * steep[0] > columns * steep[1]):
            rows //= 2
        else:
            columns //= 2
    return rows, columns


@dataclass
class _Work:
    """How much of the work is done, in samples times grid points."""

    progress: Progress
    total: int
    done: int = 0

    def advance(self, count: int) -> None:
        self.done += count
        self.progress(self.done / self.total)


class _Strip:
    """Some samples over some columns of the grid: x ascending, d of (n, T)."""

    def __init__(self, d: Affine, x: Array, work: _Work) -> None:
        self.d, self.x, self.work = d, x, work
        self.half = (x[-1] - x[0]) / 2
        centre = x[0] + self.half
        self.at = d.at + centre * d.along_x
        self.along_columns = np.ones((d.at.shape[0], d.at.shape[1] + 1, len(x)))
        np.exp(np.multiply.outer(d.along_x, x - centre), out=self.along_columns[:, 1:])

    def add_to(self, total: Array, y: Array) -> None:
        """Add the samples' log(1 + sum exp d) over a tile, whose y are ascending, to its total (ny, nx)."""
        centre, half = (y[-1] + y[0]) / 2, (y[-1] - y[0]) / 2
        middle = self.at + centre * self.d.along_y
        reach_x = np.abs(self.d.along_x) * self.half
        reach = reach_x + np.abs(self.d.along_y) * half
        rows = self.at[:, :, None] + np.multiply.outer(self.d.along_y, y)
        # Wrong beyond doubt: one d is positive all over the tile. Its row's largest d is divided out.
        wrong = (middle - reach).max(axis=1) > 0
        shift = np.where(wrong[:, None], rows.max(axis=1), 0.0)
        steepest, highest = reach_x.max(axis=1), (middle + reach).max(axis=1)
        safe = (steepest <= SAFE) & (highest <= np.where(wrong, np.finfo(np.float64).max, SAFE))
        far = safe & (highest < -FAR)
        near = safe & ~far
        if far.any():
            total += _sum_of_exponentials(rows[far], self.along_columns[far, 1:])
            self.work.advance(int(far.sum()) * total.size)
        if near.any():
            log_largest = np.log(1 + rows.shape[1]) + np.where(wrong, steepest, np.maximum(highest, 0.0))
            least = np.log1p(np.exp((middle - reach).max(axis=1)))[near].sum()
            careful = bool(least < SMALL * near.sum())
            along_rows = np.exp(np.concatenate([-shift[:, None], rows - shift[:, None]], axis=1)[near])
            total += shift[near].sum(axis=0)[:, None]
            _add_logs(total, along_rows, self.along_columns[near], log_largest[near], careful)
            self.work.advance(int(near.sum()) * total.size)
        self._add_points(total, y, ~safe)

    def _add_points(self, total: Array, y: Array, members: Array) -> None:
        """The samples for which nothing else is safe, point by point."""
        numbers = np.flatnonzero(members)
        block = max(1, POINTS // (total.size * self.d.at.shape[1]))
        for start in range(0, len(numbers), block):
            d = self.d[numbers[start : start + block]]
            along_x, along_y = np.multiply.outer(d.along_x, self.x), np.multiply.outer(d.along_y, y)
            exponents = d.at[..., None, None] + along_y[..., :, None] + along_x[..., None, :]
            total += log_one_plus_sum(exponents, axis=1).sum(axis=0)
            self.work.advance(len(d.at) * total.size)


def _sum_of_exponentials(rows: Array, along_columns: Array) -> Array:
    """sum_nt exp(rows[n, t, j]) along_columns[n, t, i]: (ny, nx)."""
    flat_rows, flat_columns = (part.reshape(-1, part.shape[2]) for part in (np.exp(rows), along_columns))
    return np.asarray(flat_rows.T @ flat_columns)


def _add_logs(total: Array, along_rows: Array, along_columns: Array, log_largest: Array, careful: bool) -> None:
    """Add sum_n log(sum_r along_rows[n, r, j] along_columns[n, r, i]) to the total (ny, nx).

    `log_largest` (n,) bounds |log| of each sum. `careful` needs first factors of 1: products are kept minus 1.
    """
    size = {2: 3, 3: 2}.get(along_rows.shape[1], 1)
    along_rows, along_columns = _subset_products(along_rows, size), _subset_products(along_columns, size)
    bounds = np.add.reduceat(log_largest, np.arange(0, len(log_largest), size))
    if careful:
        along_rows[:, 0] = 0.0
    factors, beyond = np.empty((BATCH, *total.shape)), np.empty(total.shape)
    for start, stop in _runs(bounds):
        product = np.zeros(total.shape) if careful else np.ones(total.shape)
        for first in range(start, stop, BATCH):
            last = min(first + BATCH, stop)
            batch = factors[: last - first]
            np.matmul(along_rows[first:last].transpose(0, 2, 1), along_columns[first:last], out=batch)
            for factor in batch:
                if careful:  # (1 + p) (1 + f) - 1
                    np.multiply(product, factor, out=beyond)
                    product += factor
                    product += beyond
                else:
                    product *= factor
        total += np.log1p(product) if careful else np.log(product)


def _subset_products(factors: Array, size: int) -> Array:
    """The products of one factor of each of `size` samples that follow each other: (n, R, w) to (n / size, R^size, w).

    The last samples are filled up with ones that have no other terms.
    """
    n, n_factors, width = factors.shape
    missing = -n % size
    if missing:
        ones = np.zeros((missing, n_factors, width))
        ones[:, 0] = 1.0
        factors = np.concatenate([factors, ones])
    products = factors[::size]
    for k in range(1, size):
        products = (products[:, :, None] * factors[k::size, None]).reshape(len(products), -1, width)
    return products


def _runs(bounds: Array) -> Iterator[tuple[int, int]]:
    """Ranges of numbers whose bounds add up to no more than LARGEST."""
    start, held = 0, 0.0
    for k, bound in enumerate(bounds):
        if held + bound > LARGEST and k > start:
            yield start, k
            start, held = k, 0.0
        held += bound
    yield start, len(bounds)
