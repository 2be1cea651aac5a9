"""The loss over the grid of a chart, by any number of threads.

The rows are cut into bands that depend on the grid and the objective alone, and every band is computed with one thread
of BLAS. So the numbers are the same, bit for bit, whatever the number of threads and of processors.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from threading import Lock

import numpy as np

from .blas import one_blas_thread
from .objective import Array, Objective, Progress, grid_by_rows, no_progress
from .projections import Chart, Plane

#: Bands of the largest grid.
MOST_BANDS = 64


def evaluate_grid(
    objective: Objective, chart: Chart, x: Array, y: Array, progress: Progress | None = None, *, n_jobs: int = 1
) -> Array:
    """The loss (Ny, Nx) at every point of the grid x (Nx,), y (Ny,) of the chart.

    `n_jobs` threads share the work (joblib's meaning: -1 for one per processor); the result does not depend on it.
    """
    bands = np.array_split(np.arange(len(y)), max(1, min(MOST_BANDS, len(y) // objective.rows_together)))
    shared = SharedProgress(progress, [len(band) for band in bands])
    loss = np.empty((len(y), len(x)))

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
