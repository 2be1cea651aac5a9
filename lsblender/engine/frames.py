"""A landscape that changes: what a stochastic optimizer goes down is another surface at every step.

Step t follows the gradient of one batch of samples; frame t is the loss of that very batch over the same grid of
the same chart. Over an epoch every sample is seen once, so from epoch to epoch only the path's place changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from .grid import Workers, evaluate_grid
from .objective import Array, Objective, Progress, no_progress, part_of
from .optimizers import GradientOptimizer, Optimizer, batches
from .projections import Chart

#: Row numbers of a batch; None stands for all samples.
Rows = NDArray[np.int64] | None


def seen_batches(
    objective: Objective,
    optimizer: Optimizer,
    steps: int,
    start: Sequence[float] | Array | None = None,
    seed: int = 0,
) -> Iterator[Rows]:
    """The batches that `train` with the same arguments goes through: one for each step."""
    rng = np.random.default_rng(seed)
    if start is None:
        # train() draws the start from the same generator before the batches
        objective.initial(rng)
    size = optimizer.batch_size if isinstance(optimizer, GradientOptimizer) else 0
    return islice(batches(objective.n_rows, size, rng), steps)


def epochs(n_rows: int, batch_size: int, steps: int) -> NDArray[np.int64]:
    """The numbers of the steps after which every sample was seen once more; all steps where a batch has all samples."""
    per_epoch = -(-n_rows // batch_size) if 0 < batch_size < n_rows else 1
    return np.arange(per_epoch, steps + 1, per_epoch)


def evaluate_frames(
    on_rows: Callable[[Rows], Objective],
    chart: Chart,
    x: Array,
    y: Array,
    shown: Iterable[tuple[int, Rows]],
    count: int,
    progress: Progress | None = None,
    *,
    n_jobs: int = 1,
    workers: Workers | None = None,
) -> Iterator[tuple[int, Array]]:
    """(step, loss (Ny, Nx)) for each (step, batch) of `shown`, one after the other: only one grid is held.

    `on_rows` gives the objective of a batch; `count` is how many frames there will be, for the progress. The grid
    of all samples is computed once and is the same read-only array each time.
    """
    progress = progress or no_progress
    whole: Array | None = None
    for k, (step, rows) in enumerate(shown):
        part = part_of(progress, k / count, (k + 1) / count)
        if rows is not None:
            loss = evaluate_grid(on_rows(rows), chart, x, y, part, n_jobs=n_jobs, workers=workers)
        else:
            if whole is None:
                whole = evaluate_grid(on_rows(None), chart, x, y, part, n_jobs=n_jobs, workers=workers)
                whole.setflags(write=False)
            loss = whole
        part(1.0)
        yield step, loss
