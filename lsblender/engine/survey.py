"""A trained experiment, ready to be seen: its chart, its paths and the ground that the grid covers.

Training is the part that can not be had in a coarse version; grids can. So a survey gives the landscape first at a
quarter of the resolution and then in full, and the frames of a landscape that changes, without training again.
Between two surveys of the same training that are planes there are further landscapes: the plane turns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import LsbError
from .datasets import Dataset
from .frames import Rows, epochs, evaluate_frames, seen_batches
from .grid import Workers
from .landscape import Landscape, Path, evaluate_landscape, even_axis
from .objective import Array, Objective, Progress, part_of
from .optimizers import GradientOptimizer, Optimizer
from .projections import Chart, Plane, turned
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
class Trained:
    """A finished training, which any number of landscapes may share: the data, the objective bound to it, every
    optimizer's whole path and what is needed to repeat it: nothing of a training that was recorded elsewhere.

    `key` is what decided it; it is equal for experiments that would train alike, see `Experiment.training`. `notes` are
    sentences that every picture of it must carry.
    """

    key: object
    dataset: Dataset
    objective: Objective
    trajectories: tuple[Trajectory, ...]
    runs: tuple[Training, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Between:
    """A landscape, without paths, on the way from one plane to another, and where some thetas are on it: xy (n, 2)
    and surface_loss (n,).
    """

    share: float
    landscape: Landscape
    xy: Array
    surface_loss: Array


class View(ABC):
    """What a shot shows: a landscape, which may be able to change and to turn into another."""

    @abstractmethod
    def landscape(self, progress: Progress | None = None, paths: tuple[Path, ...] | None = None) -> Landscape:
        """The landscape in full; `paths` that are known, from the coarse one, are not computed again."""

    def by(self, workers: Workers | None) -> View:
        """The same view, its grids computed by workers."""
        return self

    @abstractmethod
    def coarse(self, progress: Progress | None = None) -> Landscape:
        """The same landscape, there at once."""

    def training(self, run: int = 0) -> tuple[Survey, Training]:
        """The survey and the optimizer (number `run`) whose steps the ground can follow.

        Raises `LsbError` where nothing was trained here, so that the batches and epochs are unknown.
        """
        raise LsbError("nothing is trained here, so the ground can not change with the steps; choose 'fixed'", "kind")

    def turning_into(self, other: View) -> tuple[Survey, Survey]:
        """The two surveys between which there are landscapes. Raises `LsbError` where there are none."""
        raise LsbError("unfold needs landscapes that are computed here; choose another transition")


@dataclass(frozen=True, eq=False)
class Given(View):
    """A landscape that is there already."""

    given: Landscape

    def landscape(self, progress: Progress | None = None, paths: tuple[Path, ...] | None = None) -> Landscape:
        part_of(progress, 0.0, 1.0)(1.0)
        return self.given

    def coarse(self, progress: Progress | None = None) -> Landscape:
        return self.landscape(progress)


@dataclass(frozen=True, eq=False)
class Survey(View):
    """What grids are computed from: the objective that was trained, the one that is shown, chart and axes.

    They differ where a landscape is of held-out samples or of an error rate; `trajectories` carry the losses of the
    one that is shown. `on_rows` gives the shown quantity over a batch of the training samples (None: all of them).
    Surveys whose heights mean the same, so that one can be turned into the other, have the same `meaning`. `data`,
    `model` and `notes` are those of its landscapes; `workers` compute its grids.
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
    meaning: object = None
    data: str = ""
    model: str = ""
    notes: tuple[str, ...] = ()
    workers: Workers | None = None

    def by(self, workers: Workers | None) -> Survey:
        return replace(self, workers=workers)

    @property
    def sharing(self) -> dict[str, Any]:
        """Who computes the grids."""
        return {"n_jobs": self.n_jobs, "workers": self.workers}

    def landscape(self, progress: Progress | None = None, paths: tuple[Path, ...] | None = None) -> Landscape:
        """The landscape in full; `paths` that are known, from the coarse one, are not computed again."""
        return self._landscape(self.x, self.y, progress, paths)

    def coarse(self, progress: Progress | None = None) -> Landscape:
        """The same landscape from a sixteenth of the points, or a little more: there at once."""
        x, y = (even_axis(axis[0], axis[-1], max(FEWEST, -(-len(axis) // COARSER))) for axis in (self.x, self.y))
        return self._landscape(x, y, progress, None)

    def _landscape(self, x: Array, y: Array, progress: Progress | None, paths: tuple[Path, ...] | None) -> Landscape:
        trajectories = self.trajectories if paths is None else ()
        landscape = evaluate_landscape(self.shown, self.chart, trajectories, x, y, progress, **self.sharing)
        paths = landscape.paths if paths is None else paths
        return self._told(replace(landscape, paths=paths))

    def _told(self, landscape: Landscape) -> Landscape:
        """The landscape with what is known of it."""
        facts = (*self.facts, *landscape.facts)
        return replace(landscape, facts=facts, data=self.data, model=self.model or landscape.model, notes=self.notes)

    def training(self, run: int = 0) -> tuple[Survey, Training]:
        return (self, self.runs[run]) if self.runs else super().training(run)

    def frames(
        self, run: int = 0, *, per_epoch: bool = False, every: int = 1, progress: Progress | None = None
    ) -> Iterator[tuple[int, Array]]:
        """(step, loss (Ny, Nx)): the landscape that the optimizer (number `run`) went down at its steps 1, 2, ...

        Each frame is over the batch of training samples that led from theta[step - 1] to theta[step]; with
        `per_epoch` there is one over all training samples at the end of each epoch. `every` leaves frames out.
        One grid is held at a time. Steps count from the start of training, also where only a piece of it is shown.
        """
        _, training = self.training(run)
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
            self.on_rows,
            self.chart,
            self.x,
            self.y,
            chosen,
            max(1, len(wanted)),
            progress,
            **self.sharing,
        )

    def turn(
        self,
        other: Survey,
        shares: Sequence[float] | Array,
        thetas: Array,
        resolution: tuple[int, int] | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Between]:
        """The landscapes on the way to another survey of the same training, at shares (S,) from 0 to 1 of it.

        The plane turns through parameter space (see `turned`), the axes go from this survey's to the other's, and
        every landscape is evaluated: none is a blend. `thetas` (S, n, P), or (n, P) that stay, are laid onto each.
        `resolution` is that of the grids, by default this survey's. One landscape is held at a time. Raises
        `LsbError` where a chart is curved or the two do not show the same height of the same training.
        """
        self.turning_into(other)
        counts = resolution or (len(self.x), len(self.y))
        return self._between(other, np.asarray(shares, dtype=np.float64), np.asarray(thetas), counts, progress)

    def turning_into(self, other: View) -> tuple[Survey, Survey]:
        if not isinstance(other, Survey):
            return super().turning_into(other)
        if not (isinstance(self.chart, Plane) and isinstance(other.chart, Plane)):
            raise LsbError("unfold needs flat charts; choose projections onto planes, or another transition")
        if self.meaning != other.meaning:
            raise LsbError("unfold needs the same height of the same training in both shots; choose another transition")
        turned(self.chart, other.chart, 0.5)  # what does not turn is told here, not when the first one is asked for
        return self, other

    def _between(
        self, other: Survey, shares: Array, thetas: Array, counts: tuple[int, int], progress: Progress | None
    ) -> Iterator[Between]:
        assert isinstance(self.chart, Plane)
        assert isinstance(other.chart, Plane)
        moving = np.broadcast_to(thetas, (len(shares), *thetas.shape[-2:]))
        for k, (share, theta) in enumerate(zip(shares.tolist(), moving, strict=True)):
            plane = turned(self.chart, other.chart, share)
            x, y = (
                even_axis(_between_ends(a[0], b[0], share), _between_ends(a[-1], b[-1], share), count)
                for a, b, count in ((self.x, other.x, counts[0]), (self.y, other.y, counts[1]))
            )
            part = part_of(progress, k / len(shares), (k + 1) / len(shares))
            landscape = evaluate_landscape(self.shown, plane, (), x, y, part, **self.sharing)
            xy = plane.transform(theta)
            with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
                surface_loss = self.shown.losses(plane.inverse_transform(xy))
            yield Between(share, self._told(landscape), xy, surface_loss)


def _between_ends(first: float, second: float, share: float) -> float:
    """The number at a share of the way, the ends exact."""
    return float(first * (1.0 - share) + second * share)
