"""What a shot's ground shows over time: one landscape, or the one that the optimizer sees at each step.

A stochastic optimizer goes down another surface at every step, that of its batch. Such a shot has a row of grids, of
which every frame shows the one of the step that the ball is at.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..engine.frames import epochs
from ..engine.grid import evaluate_grid
from ..engine.objective import Progress, part_of
from ..engine.optimizers import GradientOptimizer
from ..engine.projections import Plane
from ..engine.survey import View
from ..errors import LsbError
from ..registry import Registry
from ..settings import setting

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Changes:
    """Grids of a landscape that changes: loss (S, Ny, Nx) as it is at each of the steps (S,)."""

    steps: NDArray[np.int64]
    loss: Array


class Surface(ABC):
    """What a shot's ground shows over time."""

    @abstractmethod
    def changes(self, view: View, progress: Progress | None) -> Changes | None:
        """The grids of the steps; None for a ground that stays what it is."""


SURFACES: Registry[Surface] = Registry("surface", Surface)


@SURFACES.register("fixed")
@dataclass(frozen=True)
class Fixed(Surface):
    """The loss over all samples: the ground stays what it is."""

    def changes(self, view: View, progress: Progress | None) -> Changes | None:
        return None


@dataclass(frozen=True)
class Changing(Surface):
    """A ground that changes with the steps of the first optimizer."""

    most: int = setting(60, "Landscapes at most, evenly spaced over the steps", min=2, max=1000, soft_max=240)

    def collected(self, shown: Iterator[tuple[int, Array]]) -> Changes:
        """The grids in memory, which `most` bounds."""
        steps, grids = zip(*shown, strict=True)
        return Changes(np.array(steps), np.stack(grids))


@SURFACES.register("batches")
class Batches(Changing):
    """The loss over the batch of samples that the optimizer sees at each step."""

    def changes(self, view: View, progress: Progress | None) -> Changes | None:
        survey, run = view.training()
        every = max(1, -(-run.steps // self.most))
        return self.collected(survey.frames(every=every, progress=progress))


@SURFACES.register("epochs")
class Epochs(Changing):
    """The slice of the loss that the optimizer is in at the end of each epoch: the plane is moved along to go through
    its parameters, so that the ground under the ball is the true loss. For flat charts.
    """

    def changes(self, view: View, progress: Progress | None) -> Changes | None:
        survey, run = view.training()
        chart = survey.chart
        if not isinstance(chart, Plane):
            raise LsbError("a chart that is curved has no slices; choose a flat projection, for example pca", "kind")
        size = run.optimizer.batch_size if isinstance(run.optimizer, GradientOptimizer) else 0
        theta = survey.trajectories[0].theta
        steps = np.concatenate([[0], epochs(survey.trained.n_rows, size, len(theta) - 1)])
        steps = steps[np.unique(np.linspace(0, len(steps) - 1, min(len(steps), self.most)).round().astype(int))]

        def shown() -> Iterator[tuple[int, Array]]:
            for k, step in enumerate(steps):
                here = theta[step]
                aside = here - chart.inverse_transform(chart.transform(here[None]))[0]
                part = part_of(progress, k / len(steps), (k + 1) / len(steps))
                slice_ = replace(chart, origin=chart.origin + aside)
                yield int(step), evaluate_grid(survey.shown, slice_, survey.x, survey.y, part, **survey.sharing)

        return self.collected(shown())
