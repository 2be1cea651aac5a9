"""The loss over the grid of a chart, by any number of threads, or by workers elsewhere.

The rows are cut into bands that depend on the grid and the objective alone, and every band is computed with one thread
of BLAS. So the numbers are the same, bit for bit, whatever the number of threads, of processors and of workers; only
another kind of processor may round the last digit otherwise.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from threading import Lock
from typing import Any, Protocol

import numpy as np

from .blas import one_blas_thread
from .objective import Array, Objective, Progress, grid_by_rows, no_progress
from .projections import Chart, Plane

#: Bands of the largest grid.
MOST_BANDS = 64
#: Pieces of some tens of milliseconds, `Objective.points_at_once`, from which on it is worth to send a grid away.
WORTH_SENDING = 64


class Workers(Protocol):
    """Whoever works elsewhere: a `concurrent.futures.Executor` is one."""

    def map(self, work: Callable[[Any], Any], items: Iterable[Any], /) -> Iterator[Any]:
        """The result of every item, in their order."""


def evaluate_grid(
    objective: Objective,
    chart: Chart,
    x: Array,
    y: Array,
    progress: Progress | None = None,
    *,
    n_jobs: int = 1,
    workers: Workers | None = None,
) -> Array:
    """The loss (Ny, Nx) at every point of the grid x (Nx,), y (Ny,) of the chart.

    `n_jobs` threads share the work (joblib's meaning: -1 for one per processor), or `workers` where there are some and
    it is worth it; the result does not depend on it.
    """
    bands = np.array_split(np.arange(len(y)), max(1, min(MOST_BANDS, len(y) // objective.rows_together)))
    shared = SharedProgress(progress, [len(band) for band in bands])
    loss = np.empty((len(y), len(x)))
    if workers is not None and loss.size >= WORTH_SENDING * objective.points_at_once:
        done = workers.map(partial(_band, objective, chart, x), [y[band] for band in bands])
        for k, (band, part) in enumerate(zip(bands, done, strict=True)):
            loss[band] = part
            shared.part(k)(1.0)
        return loss

    def fill(k: int) -> None:
        loss[bands[k]] = _grid(objective, chart, x, y[bands[k]], shared.part(k))

    with one_blas_thread():
        if n_jobs == 1:
            for k in range(len(bands)):
                fill(k)
        else:
            from joblib import Parallel, delayed

            Parallel(n_jobs=n_jobs, require="sharedmem")(delayed(fill)(k) for k in range(len(bands)))
    return loss


def _band(objective: Objective, chart: Chart, x: Array, y: Array) -> Array:
    """Some rows of the grid, wherever that is."""
    with one_blas_thread():
        return _grid(objective, chart, x, y, None)


def _grid(objective: Objective, chart: Chart, x: Array, y: Array, progress: Progress | None) -> Array:
    # every thread has its own error state
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        if isinstance(chart, Plane):
            return objective.loss_grid(chart, x, y, progress)
        at_once = objective.points_at_once
        return grid_by_rows(lambda xy: objective.losses(chart.inverse_transform(xy)), x, y, progress, at_once=at_once)


class SharedProgress:
    """One progress for parts that run at the same time; if it raises in one of them, it does in all."""

    def __init__(self, progress: Progress | None, sizes: Sequence[int]) -> None:
        self._progress = progress or no_progress
        self._sizes = np.asarray(sizes, dtype=np.float64)
        self._done = np.zeros(len(sizes))
        self._lock = Lock()
        self._stop: BaseException | None = None

    def part(self, k: int) -> Progress:
        """The progress of part k."""

        def report(fraction: float) -> None:
            with self._lock:
                if self._stop is not None:
                    raise self._stop
                self._done[k] = fraction
                try:
                    self._progress(float(self._done @ self._sizes / self._sizes.sum()))
                finally:
                    self._stop = sys.exc_info()[1]

        return report
