"""A trained experiment, ready to be seen: its chart, its paths and the ground that the grid covers.

Training is the part that can not be had in a coarse version; grids can. So a survey gives the landscape first at a
quarter of the resolution and then in full, and the frames of a landscape that changes, without training again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from .frames import Rows, epochs, evaluate_frames, seen_batches
from .landscape import Landscape, Path, evaluate_landscape, even_axis
from .objective import Array, Objective, Progress
from .optimizers import GradientOptimizer, Optimizer
from .projections import Chart
from .training import Trajectory

#: A coarse grid has one point for so many of the full one, along each axis.
COARSER = 4
#: The fewest points of a coarse grid along an axis.
FEWEST = 8


@dataclass(frozen=True, eq=False)
class Training:
    """One optimizer's run: what is needed to say which batches it saw."""

    optimizer: Optimizer
    steps: int
    start: Array | None
    seed: int


@dataclass(frozen=True, eq=False)
class Survey:
    """What grids are computed from: the objective that was trained, the one that is shown, chart and axes.

    They differ where a landscape is of held-out samples or of an error rate; `trajectories` carry the losses of the
    one that is shown. `on_rows` gives the shown quantity over a batch of the training samples (None: all of them).
    """

    trained: Objective
    shown: Objective
    chart: Chart
    trajectories: tuple[Trajectory, ...]
    runs: tuple[Training, ...]
    x: Array
    y: Array
    on_rows: Callable[[Rows], Objective]
    facts: tuple[str, ...] = ()
    n_jobs: int = 1

    def landscape(self, progress: Progress | None = None, paths: tuple[Path, ...] | None = None) -> Landscape:
        """The landscape in full; `paths` that are known, from the coarse one, are not computed again."""
        return self._landscape(self.x, self.y, progress, paths)

    def coarse(self, progress: Progress | None = None) -> Landscape:
        """The same landscape from a sixteenth of the points, or a little more: there at once."""
        x, y = (even_axis(axis[0], axis[-1], max(FEWEST, -(-len(axis) // COARSER))) for axis in (self.x, self.y))
        return self._landscape(x, y, progress, None)

    def _landscape(self, x: Array, y: Array, progress: Progress | None, paths: tuple[Path, ...] | None) -> Landscape:
        trajectories = self.trajectories if paths is None else ()
        landscape = evaluate_landscape(self.shown, self.chart, trajectories, x, y, progress, n_jobs=self.n_jobs)
        paths = landscape.paths if paths is None else paths
        return replace(landscape, paths=paths, facts=(*self.facts, *landscape.facts))

    def frames(
        self, run: int = 0, *, per_epoch: bool = False, every: int = 1, progress: Progress | None = None
    ) -> Iterator[tuple[int, Array]]:
        """(step, loss (Ny, Nx)): the landscape that the optimizer (number `run`) went down at its steps 1, 2, ...

        Each frame is over the batch of training samples that led from theta[step - 1] to theta[step]; with
        `per_epoch` there is one over all training samples at the end of each epoch. `every` leaves frames out.
        One grid is held at a time. Steps count from the start of training, also where only a piece of it is shown.
        """
        training = self.runs[run]
        optimizer, steps = training.optimizer, training.steps
        seen = seen_batches(self.trained, optimizer, steps, training.start, training.seed)
        frames: Iterator[tuple[int, Rows]] = enumerate(seen, 1)
        numbers = np.arange(1, steps + 1)
        if per_epoch:
            size = optimizer.batch_size if isinstance(optimizer, GradientOptimizer) else 0
            numbers = epochs(self.trained.n_rows, size, steps)
            frames = ((int(step), None) for step in numbers)
        wanted = set(numbers[every - 1 :: every].tolist())
        chosen = ((step, rows) for step, rows in frames if step in wanted)
        return evaluate_frames(
            self.on_rows, self.chart, self.x, self.y, chosen, max(1, len(wanted)), progress, n_jobs=self.n_jobs
        )
